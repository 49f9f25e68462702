"""No, complete and partial pooling of the same students, and what each population says of Greta, who is new.

Without pooling a student's rate is k / n; with complete pooling it is K / N for all. Partial pooling, with (mu, lam) ~
mean_concentration() learned from the class, moves from the first towards the second; it moves further if the students
are more alike. (i) The estimates of classrooms A and B; (ii) the two limits, no and complete pooling; (iii) how well
each kind of pooling predicts a student from the others; (iv) Greta, 4 tonkatsu of 4, and a student without any counts,
under populations learned without Greta, learned with her, and picked by hand; (v) how far the hand-picked ones shift
each of them.
"""

import time

import jax
import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.data.classrooms import classroom_a, classroom_b
from experiments.pooling.options import Pooling
from experiments.pooling.pooled import (
    HAND_PICKED,
    HAND_PICKED_MEAN,
    beta_posterior,
    pooled_mean,
    pooling_limits,
    scores,
    shift_table,
)
from experiments.pooling.report import print_result, summary
from experiments.pooling.result import Learned, Result
from experiments.presentation.axes import label, new_figure, show_key
from experiments.presentation.colours import BLACK, GREEN, GREY
from experiments.presentation.colours import CLASSROOMS as CLASS_COLOURS
from experiments.presentation.results import write_results
from experiments.presentation.screen import progress_bar
from experiments.presentation.shrinkage import plot_shrinkage
from inference import exact, importance
from models import Counts, marginal, mean_concentration

GRETA, NOBODY = "Greta", "nobody has seen"
NEWCOMERS = Counts([4, 0], [4, 0], names=[GRETA, NOBODY])
JUST_GRETA = Counts([4], [4], names=[GRETA])
CLASSROOMS = {"A": classroom_a, "B": classroom_b}
TITLES = {
    "A": "A's students are alike: raw rates\nmove far towards the learned mean",
    "B": "B's students are not alike:\nraw rates hardly move",
}
COLOURS = {GRETA: GREEN, NOBODY: GREY}


def run(options: Pooling) -> Result:
    """Pool both classrooms in every way.

    Args:
        options: seed and number of particles.

    Returns:
        The populations learned, and the tables of students, limits, scores and newcomers.
    """
    classes = {}
    for name, classroom in CLASSROOMS.items():
        classes |= {name: classroom(), f"{name} with Greta": classroom() + JUST_GRETA}
    keys = jax.random.split(jax.random.key(options.seed), len(classes))
    model, learned, seconds = marginal(mean_concentration()), {}, {}
    with progress_bar() as progress:
        task = progress.add_task("learning the populations", total=len(classes))
        for key, (name, counts) in zip(keys, classes.items(), strict=True):
            start = time.perf_counter()
            sampled = importance(model, counts, key=key, n_particles=options.particles)
            learned[name] = Learned(counts, exact(mean_concentration(), counts), sampled)
            seconds[name] = time.perf_counter() - start
            progress.advance(task)
    seven = classroom_a() + JUST_GRETA
    return Result(
        learned,
        {name: _students(learned[name]) for name in CLASSROOMS},
        {name: pooling_limits(learned[name].counts, learned[name].truth.mean("mu")) for name in CLASSROOMS},
        pooling_limits(seven, HAND_PICKED_MEAN),
        shift_table(seven),
        {name: scores(*learned[name]) for name in CLASSROOMS},
        _newcomers(learned),
        seconds,
    )


def _students(learned: Learned) -> pl.DataFrame:
    """A row per student: raw (no pooling), complete, partial (exact and by importance), and hand-picked populations."""
    counts, truth, sampled = learned
    lam = truth.draws["lam"][:, None]
    draws = sampled.shrinkage(counts)
    columns = {
        "complete": np.full(len(counts), counts.k.sum() / counts.n.sum()),
        "pull": truth.expectation(lam / (lam + counts.n))[0],
        "sampled": draws["mean"],
        "sampled_error": draws["mean_error"],
    }
    for picked, (a, b) in HAND_PICKED.items():
        columns[picked] = pooled_mean(counts.k, counts.n, a / (a + b), a + b)
    table = truth.shrinkage(counts).select("name", "k", "n", "raw", "mean", "mean_error", "sd", "low", "high")
    return table.with_columns(pl.Series(name, values) for name, values in columns.items())


def _newcomers(learned: dict[str, Learned]) -> pl.DataFrame:
    """A row per population and newcomer: exact mean, its error, sd and 90 % interval, and the same by importance."""
    rows = []
    for name, (_, truth, sampled) in learned.items():
        draws = sampled.shrinkage(NEWCOMERS).to_dicts()
        for row, drawn in zip(truth.shrinkage(NEWCOMERS).to_dicts(), draws, strict=True):
            columns = ("mean", "mean_error", "sd", "low", "high")
            rows.append(
                {"population": name, "student": row["name"], "k": row["k"], "n": row["n"]}
                | {column: row[column] for column in columns}
                | {f"sampled_{column}": drawn[column] for column in columns}
            )
    for picked, (a, b) in HAND_PICKED.items():
        for name, k, n in zip(NEWCOMERS.names, NEWCOMERS.k.tolist(), NEWCOMERS.n.tolist(), strict=True):
            rows.append({"population": picked, "student": name, "k": k, "n": n, **beta_posterior(k, n, a, b)._asdict()})
    return pl.DataFrame(rows)


def plot(result: Result) -> Figure:
    """Each classroom's students between no and complete pooling; the newcomers under every population."""
    figure, (*classrooms, newcomers) = new_figure(3, height=5.2)
    for ax, name in zip(classrooms, CLASSROOMS, strict=True):
        colour = CLASS_COLOURS[name]
        complete, mu = result.students[name]["complete"][0], result.learned[name].truth.mean("mu")
        also = {
            "complete pooling: one rate for all": ax.axvline(complete, color=BLACK, linewidth=1.4, zorder=0),
            "learned mean E[μ]": ax.axvline(mu, color=colour, linewidth=1.8, linestyle=":", zorder=0),
        }
        plot_shrinkage(ax, result.students[name], TITLES[name], colours=colour, also=also)
    _plot_newcomers(newcomers, result.newcomers)
    return figure


def _plot_newcomers(ax: Axes, newcomers: pl.DataFrame) -> None:
    populations, marks = newcomers["population"].unique(maintain_order=True).to_list(), {}
    texts = {GRETA: "Greta, 4 of 4", NOBODY: "unseen student, 0 of 0"}
    for student, up in ((GRETA, -0.14), (NOBODY, 0.14)):
        rows, colour = newcomers.filter(student=student), COLOURS[student]
        y = np.arange(len(populations)) + up
        bars = ax.hlines(y, rows["low"], rows["high"], color=colour, alpha=0.35, linewidth=5)
        marks[texts[student]] = bars, ax.scatter(rows["mean"], y, s=36, color=colour, zorder=3)
    ax.set_yticks(range(len(populations)), populations)
    ax.set_ylim(len(populations) - 0.5, -0.6)
    ax.set_xlim(0, 1.03)
    label(ax, "Greta's 4 of 4 say most where\nstudents differ most: under B", "rate θ, mean and 90 % interval", "")
    show_key(ax, marks)


def main(options: Pooling) -> None:
    """Run, write the files, print the tables."""
    result = run(options)
    tables = {"newcomers": result.newcomers, "shifts": result.shifts, "limits_at_mean": result.limits_at_mean}
    for kind in ("students", "limits", "scores"):
        tables |= {f"{kind}_{name.lower()}": table for name, table in getattr(result, kind).items()}
    write_results(
        options.folder,
        show=lambda: print_result(result),
        summary=summary(result),
        seconds=result.seconds,
        tables=tables,
        figures={"pooling": plot(result)},
    )
