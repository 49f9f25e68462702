"""The results of performance as text: tables for the screen and for the documentation."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import polars as pl

from experiments.performance.goals import AT_LEAST


class Table(NamedTuple):
    """A table, all text."""

    title: str
    header: list[str]
    rows: list[list[str]]


def duration(seconds: float) -> str:
    """A time as text, with three digits and a unit that makes it readable: s, ms or us."""
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}" if seconds < 1000 * size else f"{seconds / size:.0f} {unit}"
    return f"{1e6 * seconds:.3g} us"


def of_weights(weights: pl.DataFrame) -> Table:
    """Seconds, error and compile time of every method, size by size."""
    rows = []
    for (students, particles), size in weights.group_by("students", "particles", maintain_order=True):
        fastest = min(size["seconds"])
        for row in size.iter_rows(named=True):
            cells = [duration(row["seconds"]), f"{row['seconds'] / fastest:.1f}", f"{row['error']:.0e}"]
            rows.append([row["method"], f"{students:,}", f"{particles:,}", *cells, duration(row["compile_seconds"])])
    header = ["method", "students", "particles", "a call", "of the fastest", "error (nats)", "compiling"]
    return Table("From a random key to everybody's log weights", header, rows)


def of_posterior(posterior: pl.DataFrame) -> Table:
    """Seconds to 1 % of every algorithm."""
    exact = posterior["seconds"][0]
    rows = [
        [
            row["method"],
            f"{row['mean_lam']:.2f}",
            *("-" if row[name] is None else f"{row[name]:,.0f}" for name in ("draws", "effective_draws")),
            "-" if row["adapt_seconds"] is None else duration(row["adapt_seconds"]),
            duration(row["seconds"]),
            f"{row['seconds'] / exact:.1f}",
            duration(row["compile_seconds"]),
        ]
        for row in posterior.iter_rows(named=True)
    ]
    header = ["algorithm", "E[lam]", "draws", "effective", "adapting", "to 1 %", "of exact", "compiling"]
    return Table("Until E[lam] of classroom A is known to 1 %", header, rows)


def of_parts(parts: pl.DataFrame) -> Table:
    """Seconds of the parts of a call."""
    rows = [[row["part"], duration(row["seconds"])] for row in parts.iter_rows(named=True)]
    students, particles, terms = (parts[name][0] for name in ("students", "particles", "terms"))
    title = f"Where the time goes, aggregated: {students} students, {particles:,} particles, {terms} terms each"
    return Table(title, ["part, timed by itself", "a call"], rows)


def of_scaling(scaling: pl.DataFrame) -> Table:
    """Seconds and memory by number of students."""
    rows = [
        [
            f"{row['students']:,}",
            str(row["rows"]),
            duration(row["seconds"]),
            duration(row["exact_seconds"]),
            f"{row['peak_mb']:.0f} MB",
            f"{row['peak_mb'] - row['imports_mb']:.0f} MB",
        ]
        for row in scaling.iter_rows(named=True)
    ]
    header = ["students", "different (k, n)", "importance", "exact", "peak memory", "beyond imports"]
    return Table(f"A whole call, aggregated, {scaling['particles'][0]:,} particles", header, rows)


def of_devices(devices: pl.DataFrame) -> Table:
    """Seconds by number of devices."""
    rows = [
        [str(row["devices"]), duration(row["seconds"]), f"{row['peak_mb']:.0f} MB"]
        for row in devices.iter_rows(named=True)
    ]
    title = f"The same, {devices['students'][0]:,} students and {devices['particles'][0]:,} particles"
    return Table(title, ["devices", "importance", "peak memory"], rows)


def of_starts(starts: Mapping[str, float]) -> Table:
    """Seconds that it takes to start."""
    return Table("Starting", ["command", "seconds"], [[name, f"{seconds:.2f}"] for name, seconds in starts.items()])


def of_goals(ratios: pl.DataFrame) -> Table:
    """The ratios that have a goal."""
    rows = []
    for row in ratios.filter(pl.col("goal").is_not_null()).iter_rows(named=True):
        sign = "≥" if row["bound"] == AT_LEAST else "≤"
        rows.append([row["what"], f"{row['ratio']:.3g}", f"{sign} {row['goal']:g}", "yes" if row["met"] else "no"])
    return Table("What is to be shown", ["ratio", "found", "goal", "met"], rows)


def of_ratios(ratios: pl.DataFrame) -> Table:
    """The ratios that have no goal."""
    rows = [
        [row["what"], f"{row['ratio']:.3g}"] for row in ratios.filter(pl.col("goal").is_null()).iter_rows(named=True)
    ]
    return Table("Further ratios", ["ratio", "found"], rows)


def conditions(machine: Mapping[str, Any]) -> str:
    """The machine and the versions of a run, as a sentence.

    Args:
        machine: processor, cores, device, load_before and versions.
    """
    packages = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    return (
        f"On {machine['cores']} cores of {machine['processor']}, JAX on {machine['device']}, "
        f"{machine['load_before']:.1f} processes wanting a core before the run; {packages}."
    )
