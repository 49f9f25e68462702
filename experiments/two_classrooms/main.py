"""The course's second result: two classrooms shrink the same Emi and Farid in opposite directions.

In A everybody is a moderate, in B a creature of habit; (mu, lam) ~ mean_concentration(). The counts of A give a large
lam, so that two bentos say little about Emi; those of B give a small one, so that they say nearly everything. (i) The
course's own float32 draws, mu uniform in (0.01, 0.99), give the plug-in rates that it prints; (ii) GenJAX's own
importance sampling in three ways, mu uniform in (0, 1); (iii) the exact answer to each; (iv) how much A's lam depends
on its upper bound.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import polars as pl
from matplotlib.figure import Figure

from experiments.data.classrooms import classroom_a, classroom_b
from experiments.methods.learned import EXACT, Learned, course_draws, learn, learn_and_time, weigh_course
from experiments.methods.method_table import method_seconds, method_summary
from experiments.presentation.axes import SYMBOLS, label, new_figure
from experiments.presentation.colours import CLASSROOMS as COLOURS
from experiments.presentation.population_panels import plot_population
from experiments.presentation.results import write_results
from experiments.presentation.shrinkage import plot_shrinkage
from experiments.two_classrooms.course_lines import COURSE, line_table
from experiments.two_classrooms.options import TwoClassrooms
from experiments.two_classrooms.panels import plot_concentration
from experiments.two_classrooms.result import COURSE_MU, Result
from experiments.two_classrooms.tables import print_result
from inference import exact
from models import Counts, mean_concentration

CLASSROOMS: dict[str, Callable[[], Counts]] = {"A": classroom_a, "B": classroom_b}
COURSE_PARTICLES = 60_000
COURSE_PRINTS = {("A", "Emi"): 0.68, ("A", "Farid"): 0.65, ("B", "Emi"): 0.89, ("B", "Farid"): 0.17}
UPPER_BOUNDS = (50.0, 100.0, 1000.0, 10_000.0)


def run(options: TwoClassrooms) -> Result:
    """Learn the population of both classrooms with every method.

    Args:
        options: seed and number of particles. The course's own draws are always its 60,000.

    Returns:
        What each method learned, and the tables of the course's lines, of Emi and Farid and of the upper bound on lam.
    """
    keys = jax.random.split(jax.random.key(options.seed), len(CLASSROOMS))
    learned, course, students = {}, {}, {}
    for key, (name, classroom) in zip(keys, CLASSROOMS.items(), strict=True):
        learned[name] = learn(mean_concentration(), classroom(), key=key, n_particles=options.particles)
        course[name] = _learn_as_the_course(classroom())
        students[name] = {
            method: learned[name][method].posterior.shrinkage(classroom()) for method in ("marginal", EXACT)
        }
    newcomers, bounds = _newcomers(students, course), _upper_bounds(classroom_a())
    return Result(learned, course, students, line_table(course), newcomers, bounds)


def _learn_as_the_course(counts: Counts) -> dict[str, Learned]:
    hyperprior = mean_concentration(mu=COURSE_MU)
    (low, high) = hyperprior.support["lam"]
    population = course_draws(COURSE_PARTICLES, ("mu", *COURSE_MU), ("lam", low, high), log_second=True)
    return learn_and_time(
        {COURSE: partial(weigh_course, hyperprior, counts, population), EXACT: partial(exact, hyperprior, counts)}
    )


def _newcomers(students: dict[str, dict[str, pl.DataFrame]], course: dict[str, dict[str, Learned]]) -> pl.DataFrame:
    """A row for Emi and Farid in each classroom: the course's plug-in, and the fully Bayesian mean."""
    rows = []
    for (classroom, name), prints in COURSE_PRINTS.items():
        sampled, truth = (
            students[classroom][method].row(by_predicate=pl.col("name") == name, named=True)
            for method in ("marginal", EXACT)
        )
        a, b = course[classroom][COURSE].posterior.plug_in()
        rows.append(
            {
                "name": f"{name} in {classroom}",
                **{column: truth[column] for column in ("k", "n", "raw")},
                "course_prints": prints,
                "course_plug_in": (a + truth["k"]) / (a + b + truth["n"]),
                "exact_plug_in": truth["plug_in"],
                "sampled_mean": sampled["mean"],
                "sampled_mean_error": sampled["mean_error"],
                **{column: truth[column] for column in ("mean", "low", "high")},
            }
        )
    return pl.DataFrame(rows)


def _upper_bounds(counts: Counts) -> pl.DataFrame:
    """A row per upper bound on lam: the exact answers of a classroom."""
    rows = []
    for bound in UPPER_BOUNDS:
        posterior = exact(mean_concentration(lam=(0.1, bound)), counts)
        means = dict(posterior.shrinkage(counts).select("name", "mean").iter_rows())
        rows.append(
            {
                "upper_bound": bound,
                "lam": posterior.mean("lam"),
                "mu": posterior.mean("mu"),
                "log_evidence": posterior.log_evidence,
                "emi": means["Emi"],
                "farid": means["Farid"],
            }
        )
    return pl.DataFrame(rows)


def plot(result: Result) -> Figure:
    """The posterior of lam; the populations learned; Emi and Farid before and after."""
    figure, (concentration, population, newcomers) = new_figure(3, height=4.8)
    posteriors = {name: methods[EXACT].posterior for name, methods in result.learned.items()}
    panel = {
        f"{name}: {kind}": (posteriors[name], CLASSROOMS[name](), COLOURS[name])
        for name, kind in (("A", "moderates"), ("B", "creatures of habit"))
    }
    plot_concentration(concentration, panel)
    title = "B's counts say that λ is about 1/2,\nA's only that it is large"
    label(concentration, title, SYMBOLS["lam"], "posterior density of log λ")
    plot_population(population, panel, title="A's students have much the same rate,\nB's have one near 0 or near 1")
    colours = [COLOURS[name.rsplit(" ", 1)[1]] for name in result.newcomers["name"]]
    title = "The same counts are pulled far\nin A, and little in B"
    plot_shrinkage(newcomers, result.newcomers, title, colours=colours)
    return figure


def main(options: TwoClassrooms) -> None:
    """Run, write the files, print the tables."""
    result = run(options)
    write_results(
        options.folder,
        show=lambda: print_result(result),
        summary=summary(result),
        seconds={
            f"{name}, {method}": seconds
            for methods in (result.learned, result.course)
            for name, learned in methods.items()
            for method, seconds in method_seconds(learned).items()
        },
        tables={"course_lines": result.lines, "emi_and_farid": result.newcomers, "upper_bounds": result.bounds}
        | {f"students_{name.lower()}": tables[EXACT] for name, tables in result.students.items()},
        figures={"two_classrooms": plot(result)},
    )


def summary(result: Result) -> dict[str, Any]:
    """Every printed number except times."""
    return {
        "methods": {name: method_summary(learned) for name, learned in result.learned.items()},
        "course": {name: method_summary(learned) for name, learned in result.course.items()},
        "course_lines": result.lines.to_dicts(),
        "emi_and_farid": result.newcomers.to_dicts(),
        "upper_bounds": result.bounds.to_dicts(),
        "students": {
            name: {method: table.to_dicts() for method, table in tables.items()}
            for name, tables in result.students.items()
        },
    }
