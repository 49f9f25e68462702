"""Time and memory: every comparison side by side in one run.

What is measured: weights of particles, next to hand-written JAX, TFP's pmf in GenJAX and NumPyro; E[lam] to 1 %, next
to NUTS in NumPyro and in PyMC with nutpie; effective draws a second of these, of BlackJAX and of `mcmc`; seconds and
memory from ten students to a hundred million, and from one address to ten; and the time to start. Calls are timed in
turns, after a first one that compiles and a second that warms up; the median counts. Methods that do not compute the
same are not timed. If a library of the group `peers` is not installed, its rows are left out.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import jax
import polars as pl
from matplotlib.figure import Figure

from experiments import machine
from experiments.machine import device, versions
from experiments.performance import chains as chain
from experiments.performance import peers
from experiments.performance import posterior as posteriors
from experiments.performance import processes as processes
from experiments.performance import profile as profile
from experiments.performance import tables as tables
from experiments.performance import weights as weighing
from experiments.performance.goals import X64, ratios
from experiments.performance.growth import cost as growing
from experiments.performance.growth.panels import plot_growth
from experiments.performance.options import Performance
from experiments.performance.panels import plot_posterior, plot_scaling, plot_weights
from experiments.presentation.axes import new_figure
from experiments.presentation.markdown import markdown
from experiments.presentation.results import png, write_results
from experiments.presentation.screen import print_line, print_table, progress_bar
from experiments.presentation.table_text import TableText
from experiments.presentation.written_docs import ROOT, write

PAGES = Path("docs/performance.md"), Path("README.md")
FIGURES = Path("docs/performance.png"), Path("docs/growth.png")
STUDENTS = tuple(10**power for power in range(1, 9))
DEVICES = (1, 2, 4)


class Plan(NamedTuple):
    """The sizes of a run."""

    sizes: tuple[weighing.Size, ...] = weighing.SIZES
    sizes_x64: tuple[weighing.Size, ...] = weighing.WRITTEN_OUT_SIZES
    effort: posteriors.Effort = posteriors.FULL
    lengths: chain.Lengths = chain.FULL
    growth: tuple[growing.Series, ...] = growing.FULL
    students: tuple[int, ...] = STUDENTS
    particles: int = 10_000
    devices: tuple[int, ...] = DEVICES
    particles_shared: int = 400_000
    job_particles: int = 20_000


QUICK = Plan(
    weighing.QUICK_SIZES,
    weighing.QUICK_SIZES[:1],
    posteriors.QUICK,
    chain.QUICK,
    growing.QUICK,
    (1_000,),
    200,
    (2,),
    200,
    200,
)


class Result(NamedTuple):
    """A row per method and size, with its seconds; ratios of them; the machine."""

    weights: pl.DataFrame
    weights_x64: pl.DataFrame
    posterior: pl.DataFrame
    chains: pl.DataFrame
    growth: pl.DataFrame
    parts: pl.DataFrame
    scaling: pl.DataFrame
    devices: pl.DataFrame
    starts: dict[str, float]
    ratios: pl.DataFrame
    machine: dict[str, Any]


def run(options: Performance) -> Result:
    """Measure all times.

    Args:
        options: seed, timed rounds, and whether to use tiny sizes.

    Returns:
        Everything found.

    Raises:
        DisagreementError: if methods that are to be compared do not compute the same.
    """
    plan = QUICK if options.quick else Plan()
    common: Any = {"seed": options.seed, "repeats": options.repeats}
    load = machine.load_average()
    with progress_bar() as progress, _compilation_cache_off():

        def step(name: str, total: int):
            task = progress.add_task(name, total=total)
            return lambda: progress.advance(task)

        weights = weighing.measure(plan.sizes, advance=step("weights", len(plan.sizes)), **common)
        weights_x64 = weighing.measure_x64(plan.sizes_x64, advance=step("weights, x64", len(plan.sizes_x64)), **common)
        posterior = posteriors.measure(plan.effort, advance=step("posterior", len(posteriors.methods())), **common)
        chains = chain.measure(plan.lengths, advance=step("chains", len(chain.names())), **common)
        growth = growing.measure(plan.growth, seed=options.seed, advance=step("growth", len(plan.growth)))
        parts = profile.measure(plan.sizes[1], seed_of_draws=options.seed, repeats=options.repeats)
        scaling = processes.scaling(
            plan.students, n_particles=plan.particles, advance=step("students", len(plan.students)), **common
        )
        devices = processes.devices(
            plan.devices, n_particles=plan.particles_shared, advance=step("devices", len(plan.devices)), **common
        )
        starts = processes.starting(n_particles=plan.job_particles, seed=options.seed, advance=step("starting", 3))
    where = {
        "processor": machine.processor(),
        "cores": machine.cores(),
        "device": device(),
        "load_before": load,
        "versions": versions() | {"blackjax": version("blackjax")} | peers.versions(),
    }
    found = ratios(weights, weights_x64, posterior, scaling, starts)
    return Result(weights, weights_x64, posterior, chains, growth, parts, scaling, devices, starts, found, where)


def plot(result: Result) -> Figure:
    """Times against the number of students, per particle and per whole call; every algorithm's time to 1 %."""
    figure, (weights, posterior, scaling) = new_figure(3, width=6.0, height=5.6)
    plot_weights(weights, result.weights)
    plot_posterior(posterior, result.posterior)
    plot_scaling(scaling, result.scaling)
    return figure


def _print(result: Result) -> None:
    for table in _tables(result).values():
        print_table(table)
    print_line(tables.conditions(result.machine))


def main(options: Performance) -> None:
    """Run, write the files, print the tables, and with --write-docs the documentation."""
    for peer in peers.missing():
        print_line(f"{peer} is not installed, and its rows are left out: run with `uv run --group peers`")
    result = run(options)
    figures = plot(result), plot_growth(result.growth)
    write_results(
        options.folder,
        show=lambda: _print(result),
        summary=summary(result),
        seconds=_seconds(result),
        measured={
            "machine": result.machine,
            "ratios": result.ratios.to_dicts(),
            "memory_mb": result.scaling.select("students", "peak_mb", "imports_mb").to_dicts(),
        },
        tables={
            "weights": result.weights,
            "weights_x64": result.weights_x64,
            "posterior": result.posterior,
            "chains": result.chains,
            "growth": result.growth,
            "parts": result.parts,
            "scaling": result.scaling,
            "devices": result.devices,
            "ratios": result.ratios,
        },
        figures=dict(zip(("performance", "growth"), figures, strict=True)),
    )
    if options.write_docs:
        blocks = {name: markdown(table) for name, table in _tables(result).items()}
        write(blocks | {"conditions": tables.conditions(result.machine)}, options.experiment, PAGES)
        for figure, path in zip(figures, FIGURES, strict=True):
            (ROOT / path).write_bytes(png(figure))


def summary(result: Result) -> dict[str, Any]:
    """Every number except times, memory and the machine."""
    return {
        "weights": result.weights.select("students", "particles", "method", "error").to_dicts(),
        "weights_x64": result.weights_x64.select("students", "particles", "method", "error").to_dicts(),
        "posterior": result.posterior.select("method", "mean_lam", "draws", "effective_draws").to_dicts(),
        "chains": result.chains.select(
            "method", "mean_lam", "sd_lam", "draws", "effective_draws", "divergences"
        ).to_dicts(),
        "growth": result.growth.select(
            "algorithm", "population", "addresses", "groups", "rows", "log_evidence"
        ).to_dicts(),
        "scaling": result.scaling.select("students", "rows", "particles", "ess", "mean_lam").to_dicts(),
        "devices": result.devices.select("devices", "particles", "ess").to_dicts(),
    }


def _tables(result: Result) -> dict[str, TableText]:
    return {
        "weights": tables.of_weights(result.weights),
        "weights_x64": tables.of_weights(result.weights_x64, ", in float64"),
        "posterior": tables.of_posterior(result.posterior),
        "chains": tables.of_chains(result.chains),
        "growth": tables.of_growth(result.growth),
        "parts": tables.of_parts(result.parts),
        "scaling": tables.of_scaling(result.scaling),
        "devices": tables.of_devices(result.devices),
        "starts": tables.of_starts(result.starts),
        "ratios": tables.of_ratios(result.ratios),
        "goals": tables.of_goals(result.ratios),
    }


def _seconds(result: Result) -> dict[str, float]:
    weights = {
        f"{row['method']}, {row['students']} x {row['particles']}{suffix}": row["seconds"]
        for table, suffix in ((result.weights, ""), (result.weights_x64, X64))
        for row in table.iter_rows(named=True)
    }
    chains = {f"all draws, {method}": seconds for method, seconds in result.chains.select("method", "seconds").rows()}
    growth = {
        f"{row['algorithm']}, {row['population']}, {row['addresses']} addresses, {row['groups']} groups": row["seconds"]
        for row in result.growth.iter_rows(named=True)
    }
    posterior = {
        f"E[lam], {method}": seconds for method, seconds in result.posterior.select("method", "seconds").rows()
    }
    scaling = {
        f"importance, {size} students": seconds for size, seconds in result.scaling.select("students", "seconds").rows()
    }
    devices = {
        f"importance, {number} devices": seconds
        for number, seconds in result.devices.select("devices", "seconds").rows()
    }
    return weights | posterior | chains | growth | scaling | devices | result.starts


@contextmanager
def _compilation_cache_off() -> Iterator[None]:
    """Switch off the cache of compiled programs: reading from it would be measured as compiling."""
    kept = jax.config.jax_enable_compilation_cache
    jax.config.update("jax_enable_compilation_cache", False)
    try:
        yield
    finally:
        jax.config.update("jax_enable_compilation_cache", kept)
