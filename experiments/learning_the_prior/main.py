"""The course's first result: where does the population prior come from? From everybody's counts.

Six students, (a, b) ~ box(0.5, 20). (i) The course's own float32 draws, scored through GenJAX `generate`, give the
14.57, 8.12 and 0.642 that it prints; (ii) GenJAX's own importance sampling in three ways; (iii) the exact answer.
"""

from typing import Any

import jax
import polars as pl
from matplotlib.figure import Figure

from experiments.data.classrooms import six_students
from experiments.learning_the_prior.options import LearningThePrior
from experiments.machine import device
from experiments.methods.learned import EXACT, Learned, course_draws, estimates, learn
from experiments.methods.method_table import method_seconds, method_summary, method_text, student_text
from experiments.presentation.axes import new_figure
from experiments.presentation.colours import HAND_PICKED as HAND_PICKED_COLOUR
from experiments.presentation.colours import POSTERIOR, VERMILION
from experiments.presentation.population_panels import Point, plot_plane, plot_population
from experiments.presentation.results import write_results
from experiments.presentation.screen import print_line, print_table
from experiments.presentation.shrinkage import plot_shrinkage
from models import box

COLUMNS = ("E[a]", "E[b]", "E[a]/(E[a]+E[b])", "E[mu]", "log Z")
COURSE_PARTICLES = 20_000
HAND_PICKED = (6.0, 4.0)


def run(options: LearningThePrior) -> dict[str, Learned]:
    """Learn the population of the six students with every method.

    Args:
        options: seed and number of particles. The course's own draws are always its 20,000.

    Returns:
        What each method learned, by name.
    """
    population = course_draws(COURSE_PARTICLES, ("a", 0.5, 20.0), ("b", 0.5, 20.0))
    return learn(
        box(),
        six_students(),
        key=jax.random.key(options.seed),
        n_particles=options.particles,
        course_population=population,
    )


def plot(learned: dict[str, Learned]) -> Figure:
    """Particles over exact contours; the learned population next to the hand-picked one; every student's shrinkage."""
    truth, counts = learned[EXACT].posterior, six_students()
    figure, (plane, population, students) = new_figure(3, height=5.4)
    a, b = learned["course's own draws"].posterior.plug_in()
    points = [
        Point(a, b, f"the course's mean ({a:.2f}, {b:.2f})", VERMILION, "X"),
        Point(*HAND_PICKED, "hand-picked ({:g}, {:g})".format(*HAND_PICKED), HAND_PICKED_COLOUR, "D"),
    ]
    title = "The counts leave a ridge of (a, b),\nwhich the box cuts off at a = 20"
    plot_plane(plane, learned["marginal"].posterior, truth, counts, title, points)
    title = "The learned population is narrower\nthan the hand-picked one"
    plot_population(population, {"learned": (truth, counts, POSTERIOR)}, HAND_PICKED, title=title)
    title = "Few bentos tell little of a student:\nEmi and Farid are pulled furthest"
    plot_shrinkage(students, truth.shrinkage(counts), title)
    return figure


def main(options: LearningThePrior) -> None:
    """Run, write the files, print the tables."""
    learned = run(options)
    counts = six_students()
    tables = {name: learned[name].posterior.shrinkage(counts) for name in ("marginal", EXACT)}
    write_results(
        options.folder,
        show=lambda: _print(learned, tables),
        summary=summary(learned, tables),
        seconds=method_seconds(learned),
        tables={"students": tables[EXACT], "students_marginal": tables["marginal"]},
        figures={"learning_the_prior": plot(learned)},
    )


def _print(learned: dict[str, Learned], tables: dict[str, pl.DataFrame]) -> None:
    print_table(method_text(f"Six students, box(0.5, 20), on {device()}", learned, COLUMNS))
    print_line("E[mu] is the mean of the ratio a / (a + b). Errors are standard errors; off by: the largest distance")
    print_line("from exact in a row, in its own standard errors; seconds: a second call, compilation not counted.")
    for method, (posterior, _, _) in learned.items():
        print_line(f"{method}: {posterior.verdict}")
    found = estimates(learned["course's own draws"].posterior)
    printed = {name: found[name].value for name in ("E[a]", "E[b]", "E[a]/(E[a]+E[b])")}
    print_line(
        "The course's own draws give E[a] {:.2f}, E[b] {:.2f}, rate {:.3f}; it prints 14.57, 8.12, 0.642.".format(
            *printed.values()
        )
    )
    print_table(student_text("Each student, from the marginal form and exactly", *tables.values()))


def summary(learned: dict[str, Learned], tables: dict[str, pl.DataFrame]) -> dict[str, Any]:
    """Every printed number except times."""
    return {
        "methods": method_summary(learned),
        "students": {name: table.to_dicts() for name, table in tables.items()},
    }
