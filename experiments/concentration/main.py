"""The mean is half of a population: its concentration says how much students differ.

Beta(0.1, 0.1) and Beta(10, 10) have the same mean. In the first nearly every student always brings the same, in the
second every student is close to a coin. (i) Both, exactly and simulated; (ii) the dials (a, b) and (mu, lam); (iii) the
limits lam -> 0 and lam -> infinity; (iv) the course's forward program with the right link, and with theta read as
log-odds.
"""

import time
from typing import Any

import jax
from matplotlib.figure import Figure

from experiments.concentration.dials import dial_table, limit_table
from experiments.concentration.links import course_table
from experiments.concentration.options import Concentration
from experiments.concentration.panels import plot_limits, plot_links, plot_worlds
from experiments.concentration.result import MEAN, Result
from experiments.concentration.simulation import link_table, world_table
from experiments.concentration.tables import print_result
from experiments.presentation.axes import new_figure
from experiments.presentation.results import write_results


def run(options: Concentration) -> Result:
    """Simulate students of both populations and under both links, next to the exact numbers.

    Args:
        options: seed and number of students.

    Returns:
        Every table.
    """
    of_worlds, of_links = jax.random.split(jax.random.key(options.seed))
    start = time.perf_counter()
    worlds = world_table(options.students, of_worlds)
    links = link_table(options.students, of_links)
    seconds = {"simulation": time.perf_counter() - start}
    return Result(worlds, dial_table(), limit_table(MEAN), links, course_table(), seconds)


def plot(result: Result) -> Figure:
    """Two populations of one mean; how much students differ, by concentration; what reading theta as log-odds does."""
    figure, (worlds, limits, links) = new_figure(3)
    plot_worlds(worlds)
    plot_limits(limits)
    plot_links(links)
    return figure


def main(options: Concentration) -> None:
    """Run, write the files, print the tables."""
    result = run(options)
    write_results(
        options.folder,
        show=lambda: print_result(result),
        summary=summary(result),
        seconds=result.seconds,
        tables=_tables(result),
        figures={"concentration": plot(result)},
    )


def _tables(result: Result):
    return {name: table for name, table in result._asdict().items() if name != "seconds"}


def summary(result: Result) -> dict[str, Any]:
    """Every printed number except times."""
    return {name: table.to_dicts() for name, table in _tables(result).items()}
