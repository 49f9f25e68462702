"""The course calls plain importance sampling "a blunt tool". Here are sharper ones, each against the exact answer.

Every algorithm of `inference` on classroom A, on B, and on a hundred simulated students, under mean_concentration():
how far its means are from the exact ones in posterior sds, how far it says they are, how many effective draws it gives
a second, log Z where it has one, and what its own diagnostics say of it.
"""

from typing import Any

import jax
import polars as pl
from matplotlib.figure import Figure

from experiments.data.classrooms import classroom_a, classroom_b
from experiments.data.simulated import simulated_class
from experiments.methods.learned import EXACT, learn_and_time
from experiments.methods.method_table import method_seconds
from experiments.presentation.axes import new_figure
from experiments.presentation.results import write_results
from experiments.sharper.algorithms import FULL, QUICK, SOON_COMPILED, STUDENTS, algorithms, row
from experiments.sharper.options import Sharper
from experiments.sharper.panels import plot_distances, plot_rates
from experiments.sharper.result import Result
from experiments.sharper.tables import print_result


def run(options: Sharper) -> Result:
    """Learn every class by every algorithm.

    Args:
        options: seed, and quick: then only classroom A, by the methods that compile fast.

    Returns:
        The posteriors, and a row for each class and algorithm.
    """
    key = jax.random.key(options.seed)
    classes = {"A": classroom_a(), "B": classroom_b(), "100 students": simulated_class(STUDENTS, options.seed)}
    if options.quick:
        classes = {"A": classes["A"]}
    sizes = QUICK if options.quick else FULL
    learned = {}
    for i, (name, counts) in enumerate(classes.items()):
        every = algorithms(counts, jax.random.fold_in(key, i), sizes)
        learned[name] = learn_and_time(
            {method: every[method] for method in (SOON_COMPILED if options.quick else every)}
        )
    rows = [
        row(name, method, found[method], found[EXACT].posterior) for name, found in learned.items() for method in found
    ]
    return Result(learned, pl.DataFrame(rows, infer_schema_length=None))


def plot(result: Result) -> Figure:
    """How far each mean is from the exact one, and how many effective draws a second each algorithm gives."""
    figure, (distances, rates) = new_figure(2, width=6.2, height=5.2)
    plot_distances(distances, result)
    plot_rates(rates, result)
    return figure


def main(options: Sharper) -> None:
    """Run, write the files, print the tables."""
    result = run(options)
    write_results(
        options.folder,
        show=lambda: print_result(result),
        summary=summary(result),
        seconds={
            f"{name}, {call}": seconds
            for name, learned in result.learned.items()
            for call, seconds in method_seconds(learned).items()
        },
        tables={"algorithms": result.table},
        figures={"sharper": plot(result)},
    )


def summary(result: Result) -> dict[str, Any]:
    """Every printed number except times."""
    return {"algorithms": result.table.to_dicts()}
