"""The results of performance as text: tables for the screen and for the documentation."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from experiments.presentation.table_text import TableText, table_text

MILLISECONDS = 1e3
DIGITS = 4


def of_weights(weights: pl.DataFrame, suffix: str = "") -> TableText:
    """Milliseconds, error and compile time of every method, size by size; the suffix ends the caption."""
    fastest = pl.col("seconds").min().over("students", "particles")
    return table_text(
        f"Time to draw and weigh all particles{suffix}",
        weights.with_columns(call=MILLISECONDS * pl.col("seconds"), times=pl.col("seconds") / fastest),
        columns={
            "method": "method",
            "students": "students",
            "particles": "particles",
            "call": "a call (ms)",
            "times": "times the fastest",
            "error": "error (nats)",
            "compile_seconds": "compiling (s)",
        },
        digits={"call": DIGITS, "times": 2, "compile_seconds": 3},
    )


def of_posterior(posterior: pl.DataFrame) -> TableText:
    """Milliseconds to 1 % of every algorithm."""
    return table_text(
        "Time until E[lam] of classroom A has a standard error of 1 %",
        posterior.with_columns(
            adapting=MILLISECONDS * pl.col("adapt_seconds"),
            to_accuracy=MILLISECONDS * pl.col("seconds"),
            times=pl.col("seconds") / pl.col("seconds").first(),
        ),
        columns={
            "method": "algorithm",
            "mean_lam": "E[lam]",
            "draws": "draws",
            "effective_draws": "effective",
            "adapting": "adapting (ms)",
            "to_accuracy": "time to 1 % (ms)",
            "times": "times exact",
            "compile_seconds": "compiling (s)",
        },
        digits={
            "mean_lam": DIGITS,
            "effective_draws": 1,
            "adapting": DIGITS,
            "to_accuracy": DIGITS,
            "times": 2,
            "compile_seconds": 3,
        },
    )


def of_chains(chains: pl.DataFrame) -> TableText:
    """Effective draws a second of every library's chains, and what was found of lam."""
    return table_text(
        "NUTS on classroom A, four chains",
        chains.with_columns(adapting=MILLISECONDS * pl.col("adapt_seconds")),
        columns={
            "method": "chains",
            "mean_lam": "E[lam]",
            "sd_lam": "sd of lam",
            "draws": "draws",
            "effective_draws": "effective",
            "divergences": "divergent",
            "per_second": "effective a second",
            "adapting": "adapting (ms)",
            "compile_seconds": "compiling (s)",
        },
        digits={"effective_draws": 1, "per_second": 3, "adapting": DIGITS, "compile_seconds": 3},
    )


def of_growth(growth: pl.DataFrame) -> TableText:
    """Seconds and memory against the addresses and the groups."""
    return table_text(
        "One algorithm on one population, in a process of its own",
        growth.with_columns(beyond=pl.col("peak_mb") - pl.col("imports_mb")),
        columns={
            "algorithm": "algorithm",
            "population": "population",
            "addresses": "numbers",
            "groups": "groups",
            "rows": "different rows",
            "seconds": "a call (s)",
            "compile_seconds": "compiling (s)",
            "peak_mb": "peak memory (MB)",
            "beyond": "beyond imports (MB)",
        },
        digits={"seconds": 3, "compile_seconds": 3, "peak_mb": 1, "beyond": 1},
    )


def of_parts(parts: pl.DataFrame) -> TableText:
    """Milliseconds of the parts of a call."""
    students, particles, terms = (parts[name][0] for name in ("students", "particles", "terms"))
    return table_text(
        f"Where the time goes, aggregated: {students} students, {particles:,} particles, {terms} terms each",
        parts.with_columns(call=MILLISECONDS * pl.col("seconds")),
        columns={"part": "part, timed by itself", "call": "a call (ms)"},
        digits={"call": DIGITS},
    )


def of_scaling(scaling: pl.DataFrame) -> TableText:
    """Milliseconds and memory by number of students."""
    return table_text(
        f"A whole call, aggregated, {scaling['particles'][0]:,} particles",
        scaling.with_columns(
            importance=MILLISECONDS * pl.col("seconds"),
            exact=MILLISECONDS * pl.col("exact_seconds"),
            beyond=pl.col("peak_mb") - pl.col("imports_mb"),
        ),
        columns={
            "students": "students",
            "rows": "different (k, n)",
            "importance": "importance (ms)",
            "exact": "exact (ms)",
            "peak_mb": "peak memory (MB)",
            "beyond": "beyond imports (MB)",
        },
        digits={"importance": DIGITS, "exact": DIGITS, "peak_mb": 1, "beyond": 1},
    )


def of_devices(devices: pl.DataFrame) -> TableText:
    """Milliseconds by number of devices."""
    return table_text(
        f"A whole call by number of devices, {devices['students'][0]:,} students and "
        f"{devices['particles'][0]:,} particles",
        devices.with_columns(importance=MILLISECONDS * pl.col("seconds")),
        columns={"devices": "devices", "importance": "importance (ms)", "peak_mb": "peak memory (MB)"},
        digits={"importance": DIGITS, "peak_mb": 1},
    )


def of_starts(starts: Mapping[str, float]) -> TableText:
    """Seconds that it takes to start."""
    table = pl.DataFrame({"command": [*starts], "seconds": [*starts.values()]})
    return table_text("Starting", table, digits={"seconds": 3})


def of_goals(ratios: pl.DataFrame) -> TableText:
    """The ratios that have a goal."""
    return table_text(
        "Goals",
        ratios.drop_nulls("goal"),
        columns={"what": "ratio", "ratio": "found", "bound": "to be", "goal": "goal", "met": "met"},
        digits={"ratio": 3, "goal": 2},
    )


def of_ratios(ratios: pl.DataFrame) -> TableText:
    """The ratios that have no goal."""
    shown = ratios.filter(pl.col("goal").is_null())
    return table_text("Further ratios", shown, columns={"what": "ratio", "ratio": "found"}, digits={"ratio": 3})


def conditions(machine: Mapping[str, Any]) -> str:
    """The machine and the versions of a run, as a sentence.

    Args:
        machine: processor, cores, device, load_before and versions.
    """
    packages = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    return (
        f"On {machine['cores']} cores of {machine['processor']}, JAX on {machine['device']}, "
        f"load average {machine['load_before']:.1f} before the run; {packages}."
    )
