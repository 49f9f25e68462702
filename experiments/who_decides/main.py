"""Which students decide what a class learns?

The course says that its learned rate is a bit above 0.6 because Alyssa and Ben carry most of the evidence, and that the
two classrooms learn their concentrations purely from their heavy bringers. Both are asked of the counts: leave students
out, and learn again, exactly.
"""

import time
from typing import Any

import jax
from matplotlib.figure import Figure

from experiments.methods.sampled_and_exact import comparison_table
from experiments.presentation.axes import new_figure
from experiments.presentation.results import write_results
from experiments.who_decides.absences import (
    CLASSROOMS,
    HEAVY,
    HYPERPRIORS,
    LIGHT,
    absence_table,
    absences,
    emptied,
    learned,
    without,
)
from experiments.who_decides.options import WhoDecides
from experiments.who_decides.panels import plot_absences
from experiments.who_decides.result import Result
from experiments.who_decides.tables import print_result
from inference import exact, importance
from models import marginal

CHECKED = (  # classroom, hyperprior and absence of the answers beside which importance sampling is shown
    ("A", "box", " and ".join(HEAVY)),
    ("A", "mean_concentration", " and ".join(LIGHT)),
    ("B", "mean_concentration", " and ".join(LIGHT)),
)


def run(options: WhoDecides) -> Result:
    """Learn both classrooms without each student and without pairs.

    Args:
        options: seed and number of particles.

    Returns:
        The exact answers, and importance sampling beside those of CHECKED.
    """
    start = time.perf_counter()
    answers, seconds = absence_table(), {}
    seconds["exact"] = time.perf_counter() - start

    start, checks = time.perf_counter(), {}
    keys = jax.random.split(jax.random.key(options.seed), len(CHECKED))
    for key, (classroom, name, called) in zip(keys, CHECKED, strict=True):
        counts, hyperprior = CLASSROOMS[classroom], HYPERPRIORS[name]
        absent = absences(counts)[called]
        sampled = importance(marginal(hyperprior), emptied(counts, absent), key=key, n_particles=options.particles)
        truth = exact(hyperprior, without(counts, absent))
        checks[f"{classroom} without {called}, {name}"] = comparison_table(sampled, learned(sampled), learned(truth))
    seconds["importance"] = time.perf_counter() - start
    return Result(answers, checks, seconds)


def plot(result: Result) -> Figure:
    """The rate under the box, and mean and concentration of both classrooms, by who is absent."""
    figure, (rate, mean, concentration) = new_figure(3)
    plot_absences(rate, result.answers, "rate")
    plot_absences(mean, result.answers, "mu")
    plot_absences(concentration, result.answers, "lam")
    return figure


def main(options: WhoDecides) -> None:
    """Run, write the files, print the tables."""
    result = run(options)
    write_results(
        options.folder,
        show=lambda: print_result(result),
        summary=summary(result),
        seconds=result.seconds,
        tables={"answers": result.answers},
        figures={"who_decides": plot(result)},
    )


def summary(result: Result) -> dict[str, Any]:
    """Every printed number except times."""
    return {
        "answers": result.answers.to_dicts(),
        "checks": {name: table.to_dicts() for name, table in result.checks.items()},
    }
