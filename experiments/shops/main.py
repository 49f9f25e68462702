"""Chapter 19 takes the course's model to twelve shops, with a hyperprior flat in log kappa and without bounds.

That posterior is improper: however far kappa goes, the counts stay about as probable. A chain does not notice, and
prints a median. Here are (i) the exact answers against an upper bound of kappa; (ii) the chapter's exercise, in which
all shops are alike and no answer is left; (iii) both under proper hyperpriors.
"""

import time
from typing import Any

import jax
import polars as pl
from matplotlib.figure import Figure

from experiments.methods.population import population_estimates
from experiments.methods.sampled_and_exact import comparison_table
from experiments.presentation.axes import new_figure
from experiments.presentation.results import write_results
from experiments.shops.bounds import (
    BOUNDS,
    PROPER,
    SHOPS,
    STATED,
    bound_table,
    data_sets,
    flat_to,
    half_beyond,
    proper_table,
)
from experiments.shops.options import Shops
from experiments.shops.panels import plot_kappa, plot_phi
from experiments.shops.result import Result
from experiments.shops.tables import print_result
from inference import exact, importance
from models import marginal

REPAIR = "half_cauchy()"  # the proper hyperprior that the figure and the sentences show


def run(options: Shops) -> Result:
    """Learn both data sets under every bound and every proper hyperprior, exactly; under two, sample too.

    Args:
        options: seed, number of particles, and whether to use only a few bounds.

    Returns:
        Everything found.
    """
    bounds, data, start = STATED if options.quick else sorted({*BOUNDS, *STATED}), data_sets(), time.perf_counter()
    of_bounds = _of_each({name: bound_table(counts, bounds) for name, counts in data.items()})
    proper = _of_each({name: proper_table(counts) for name, counts in data.items()})
    beyond = half_beyond(data[SHOPS])
    seconds = {"exact": time.perf_counter() - start}

    start, checks = time.perf_counter(), {}
    asked = {f"kappa to {STATED[0]:g}": flat_to(STATED[0]), REPAIR: PROPER[REPAIR]}
    keys = iter(jax.random.split(jax.random.key(options.seed), len(asked) * len(data)))
    for called, hyperprior in asked.items():
        for name, counts in data.items():
            sampled = importance(marginal(hyperprior), counts, key=next(keys), n_particles=options.particles)
            truth = population_estimates(exact(hyperprior, counts))
            checks[f"{name}, {called}"] = comparison_table(sampled, population_estimates(sampled), truth)
    seconds["importance"] = time.perf_counter() - start
    return Result(of_bounds, proper, beyond, checks, seconds)


def _of_each(tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Tables of several data sets as one, with their names in the column data."""
    return pl.concat(table.select(pl.lit(name).alias("data"), pl.all()) for name, table in tables.items())


def plot(result: Result) -> Figure:
    """Kappa of both data sets against its upper bound, next to a proper hyperprior's median; and phi of the shops."""
    figure, (shops, alike, phi) = new_figure(3)
    for ax, name in zip((shops, alike), data_sets(), strict=True):
        plot_kappa(ax, name, result.bounds.filter(data=name), result.under(name, REPAIR)["kappa_50"], REPAIR)
    plot_phi(phi, result.bounds)
    return figure


def main(options: Shops) -> None:
    """Run, write the files, print the tables."""
    result = run(options)
    write_results(
        options.folder,
        show=lambda: print_result(result, REPAIR),
        summary=summary(result),
        seconds=result.seconds,
        tables={"bounds": result.bounds, "proper": result.proper},
        figures={"shops": plot(result)},
    )


def summary(result: Result) -> dict[str, Any]:
    """Every printed number except times."""
    return {
        "bounds": result.bounds.to_dicts(),
        "proper": result.proper.to_dicts(),
        "half_beyond": result.half_beyond,
        "checks": {name: table.to_dicts() for name, table in result.checks.items()},
    }
