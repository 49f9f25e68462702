"""What can a hyperprior without U-shapes not see in the creatures of habit, and what does that cost?

In classroom B everybody is near 0 or near 1: a U-shaped population, with a < 1 and b < 1. The course's box(0.5, 20)
contains almost no such populations, and only those with a + b >= 1. mean_concentration(lam=(low, 100)) contains more of
them the lower its bound is. For each hyperprior: what is learned, how probable it makes the counts, and how well it
predicts each student from the others, all exactly.
"""

import math
import time
from typing import Any, NamedTuple

import jax
import numpy as np
import polars as pl
from matplotlib.figure import Figure

from experiments.blind_to_u_shapes.options import BlindToUShapes
from experiments.blind_to_u_shapes.u_shapes import u_shape_estimates, u_shape_probability, u_shape_share
from experiments.data.classrooms import classroom_b
from experiments.methods.sampled_and_exact import comparison_table, print_comparison
from experiments.presentation.axes import label, log_axis, mark_edge, new_figure, show_key
from experiments.presentation.colours import CLASSROOM_B, GREY, OTHER_HYPERPRIOR
from experiments.presentation.population_panels import plot_population
from experiments.presentation.results import write_results
from experiments.presentation.screen import print_line, print_table, progress_bar
from experiments.presentation.table_text import table_text
from inference import ExactPosterior, exact, importance
from models import Counts, Hyperprior, box, marginal, mean_concentration

BOX = "box(0.5, 20)"
HIGHEST_LAM = 100.0
COURSE = 0.1  # the lower bound of lam in mean_concentration()
BOUNDS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0)
QUICK_BOUNDS = (0.01, 0.1, 1.0, 10.0)


def _down_to(low: float) -> Hyperprior:
    return mean_concentration(lam=(low, HIGHEST_LAM))


def _name(low: float) -> str:
    return f"lam in ({low:g}, {HIGHEST_LAM:g})"


class Result(NamedTuple):
    """What each hyperprior learns and predicts, and importance sampling under the lowest and the highest bound."""

    answers: pl.DataFrame  # a row per hyperprior
    students: pl.DataFrame  # a row per hyperprior, a column of log predictive probability per student
    knowing_nothing: float  # summed log predictive probability if every count from 0 to n is equally likely
    checks: dict[str, pl.DataFrame]
    seconds: dict[str, float]


def run(options: BlindToUShapes) -> Result:
    """Learn classroom B, and predict each student from the others, under every hyperprior.

    Args:
        options: seed, number of particles, and whether to use only a few bounds.

    Returns:
        Everything found.
    """
    counts, start = classroom_b(), time.perf_counter()
    bounds = QUICK_BOUNDS if options.quick else BOUNDS
    hyperpriors = {BOX: (None, box())} | {_name(low): (low, _down_to(low)) for low in bounds}
    answers, students = [], []
    with progress_bar() as progress:
        task = progress.add_task("predicting each student", total=len(hyperpriors))
        for name, (low, hyperprior) in hyperpriors.items():
            posterior = exact(hyperprior, counts)
            predicted = posterior.leave_one_out(counts, pit=False)
            answers.append({"hyperprior": name, "low": low, **_row(posterior, counts, predicted)})
            students.append({"hyperprior": name} | dict(predicted.select("name", "log_predictive").iter_rows()))
            progress.advance(task)
    seconds = {"exact": time.perf_counter() - start}

    start, checks = time.perf_counter(), {}
    keys = jax.random.split(jax.random.key(options.seed))
    for key, low in zip(keys, (bounds[0], bounds[-1]), strict=True):
        sampled = importance(marginal(_down_to(low)), counts, key=key, n_particles=options.particles)
        truth = exact(_down_to(low), counts)
        u_shape = u_shape_probability(truth.hyperprior, counts, truth.log_evidence)
        checks[_name(low)] = comparison_table(
            sampled, u_shape_estimates(sampled, u_shape_share(sampled)), u_shape_estimates(truth, u_shape)
        )
    seconds["importance"] = time.perf_counter() - start

    table = pl.DataFrame(answers, infer_schema_length=None)
    evidence_of_box = table.filter(hyperprior=BOX)["log_evidence"][0]
    table = table.with_columns(log_bayes_factor=pl.col("log_evidence") - evidence_of_box)
    return Result(table, pl.DataFrame(students), -float(np.log(counts.n + 1).sum()), checks, seconds)


def _row(posterior: ExactPosterior, counts: Counts, predicted: pl.DataFrame) -> dict[str, float]:
    found = u_shape_estimates(posterior, u_shape_probability(posterior.hyperprior, counts, posterior.log_evidence))
    return {
        "lam": found["E[lam]"].value,
        "u_shape_prior": u_shape_probability(posterior.hyperprior).value,
        "u_shape": found["P(U-shape)"].value,
        "log_evidence": posterior.log_evidence,
        "predictive": float(predicted["log_predictive"].sum()),
        "largest_error": max(*(estimate.error for estimate in found.values()), *predicted["log_predictive_error"]),
    }


def plot(result: Result) -> Figure:
    """The population learned with U-shapes and without; what each lower bound on lam costs in prediction."""
    (figure, (population, price)), counts = new_figure(2, width=5.4, height=5.0), classroom_b()
    learned = {"mean_concentration()": (mean_concentration(), CLASSROOM_B), BOX: (box(), OTHER_HYPERPRIOR)}
    shown = {name: (exact(of, counts), counts, colour) for name, (of, colour) in learned.items()}
    title = "Classroom B asks for a deep U-shape,\nwhich the box does not have"
    plot_population(population, shown, title=title, label_at=0.5)
    table = result.answers.drop_nulls("low").sort("low")
    log_axis(price, "x", subs=(1,))
    (curve,) = price.plot(table["low"], table["predictive"], color=CLASSROOM_B, linewidth=2.2, marker="o", markersize=4)
    of_box, nothing = result.answers.filter(hyperprior=BOX)["predictive"][0], result.knowing_nothing
    of_one = mark_edge(price, "x", 1.0)
    of_one.set_linestyle("-.")
    marks = {
        f"mean_concentration(lam=(bound, {HIGHEST_LAM:g}))": curve,
        BOX: price.axhline(of_box, color=OTHER_HYPERPRIOR, linewidth=1.6, linestyle="--"),
        "knowing nothing: all counts equally likely": price.axhline(nothing, color=GREY, linewidth=1.6, linestyle="--"),
        f"the course's bound, {COURSE:g}": mark_edge(price, "x", COURSE),
        "λ = 1": of_one,
    }
    title = "A lower bound of 1 or more predicts\nworse than knowing nothing"
    y = "log probability of each student\ngiven the other five, summed (nats)"
    label(price, title, "lower bound of λ (pseudo-trials)", y)
    show_key(price, marks)
    return figure


def main(options: BlindToUShapes) -> None:
    """Run, write the files, print the tables."""
    result = run(options)

    def show() -> None:
        _print_tables(result)
        print_comparison(result.checks)

    write_results(
        options.folder,
        show=show,
        summary=summary(result),
        seconds=result.seconds,
        tables={"answers": result.answers, "students": result.students},
        figures={"blind_to_u_shapes": plot(result)},
    )


def _print_tables(result: Result) -> None:
    columns = {
        "hyperprior": "hyperprior",
        "u_shape_prior": "prior P",
        "u_shape": "posterior P",
        "lam": "E[lam]",
        "log_evidence": "log Z",
        "log_bayes_factor": "log Bayes factor",
    }
    print_table(
        table_text(
            "Classroom B: exact results of each hyperprior "
            "(P: probability of a U-shape; Bayes factor relative to the box)",
            result.answers,
            columns=columns,
            probabilities=("u_shape_prior", "u_shape"),
        )
    )
    print_table(
        table_text(
            "Log predictive probability of each student given the others, exactly (nats)",
            result.students.with_columns(sum=pl.sum_horizontal(pl.exclude("hyperprior"))),
        )
    )
    print_line(f"Every exact value above is right to {result.answers['largest_error'].max():.0e}.")
    rows = result.answers.to_dicts()
    of = {row["hyperprior"]: row for row in rows}
    course, of_box = of[_name(COURSE)], of[BOX]
    best, lowest, highest = max(rows, key=lambda row: row["predictive"]), rows[1], rows[-1]
    print_line(
        f"mean_concentration(), lam in ({COURSE:g}, {HIGHEST_LAM:g}), makes these counts "
        f"{math.exp(course['log_bayes_factor']):.0f} times as probable as {BOX} does, because it was given prior mass "
        f"where lam is small: {course['u_shape_prior']:.2f} on U-shapes, more with a lower bound, against the "
        f"box's {of_box['u_shape_prior']:.1g}. From lam = 2 on there are none, and no counts can find one."
    )
    print_line(
        f"The box is pushed into its corner: a U-shape, with probability {of_box['u_shape']:.2f}, but a shallow one, "
        f"E[lam] {of_box['lam']:.2f} where mean_concentration() learns {course['lam']:.2f}."
    )
    lost = {name: best["predictive"] - row["predictive"] for name, row in of.items()}
    print_line(
        f"Of the hyperpriors here {best['hyperprior']} predicts best, {best['predictive']:.2f} nats; the bound at "
        f"{lowest['low']:g} costs {lost[lowest['hyperprior']]:.2f} nats, at {highest['low']:g} "
        f"{lost[highest['hyperprior']]:.2f}, and {BOX} {lost[BOX]:.2f}: {of_box['predictive']:.2f}, next to "
        f"{result.knowing_nothing:.2f} of knowing nothing, where every count from 0 to n is equally likely."
    )


def summary(result: Result) -> dict[str, Any]:
    """Every printed number except times."""
    return {
        "answers": result.answers.to_dicts(),
        "students": result.students.to_dicts(),
        "knowing_nothing": result.knowing_nothing,
        "checks": {name: table.to_dicts() for name, table in result.checks.items()},
    }
