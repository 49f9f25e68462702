"""The course's second result: two classrooms shrink the same Emi and Farid in opposite directions.

In A everybody is a moderate, in B a creature of habit; (mu, lam) ~ mean_concentration(). The counts of A give a large
lam, so that two bentos say little about Emi; those of B give a small one, so that they say nearly everything. (i) The
course's own float32 draws, mu uniform in (0.01, 0.99), give the plug-in rates that it prints; (ii) GenJAX's own
importance sampling in three ways, mu uniform in (0, 1); (iii) the exact answer to each; (iv) how much A's lam depends
on its upper bound.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import polars as pl
from matplotlib.figure import Figure

from experiments.data.classrooms import classroom_a, classroom_b
from experiments.machine import device
from experiments.methods.learned import EXACT, Learned, course_draws, learn, learn_and_time, weigh_course
from experiments.methods.method_table import method_seconds, method_summary, method_text
from experiments.presentation.axes import BLUE, SYMBOLS, VERMILION, label, new_figure
from experiments.presentation.population_panels import plot_population
from experiments.presentation.results import write_results
from experiments.presentation.screen import print_line, print_table
from experiments.presentation.shrinkage import plot_shrinkage
from experiments.presentation.table_text import table_text
from experiments.two_classrooms.options import TwoClassrooms
from experiments.two_classrooms.panels import plot_marginal
from inference import exact
from models import Counts, mean_concentration

CLASSROOMS: dict[str, Callable[[], Counts]] = {"A": classroom_a, "B": classroom_b}
COLUMNS = ("E[mu]", "E[lam]", "log Z")
COURSE = "course's own draws"
COURSE_PARTICLES = 60_000
COURSE_MU = (0.01, 0.99)
COURSE_PRINTS = {("A", "Emi"): 0.68, ("A", "Farid"): 0.65, ("B", "Emi"): 0.89, ("B", "Farid"): 0.17}
UPPER_BOUNDS = (50.0, 100.0, 1000.0, 10_000.0)
COLOURS = {"A": BLUE, "B": VERMILION}


class Result(NamedTuple):
    """What was learned from each classroom, and the tables made of it."""

    learned: dict[str, dict[str, Learned]]  # by classroom and method
    course: dict[str, dict[str, Learned]]  # the course's draws, and the exact answer under the course's range of mu
    students: dict[str, dict[str, pl.DataFrame]]  # shrinkage, by classroom and method: marginal and exact
    newcomers: pl.DataFrame  # Emi and Farid in each classroom, by every estimate
    bounds: pl.DataFrame  # A's answers by the upper bound on lam


def run(options: TwoClassrooms) -> Result:
    """Learn the population of both classrooms with every method.

    Args:
        options: seed and number of particles. The course's own draws are always its 60,000.

    Returns:
        What each method learned, and the tables of Emi and Farid and of the upper bound on lam.
    """
    keys = jax.random.split(jax.random.key(options.seed), len(CLASSROOMS))
    learned, course, students = {}, {}, {}
    for key, (name, classroom) in zip(keys, CLASSROOMS.items(), strict=True):
        learned[name] = learn(mean_concentration(), classroom(), key=key, n_particles=options.particles)
        course[name] = _learn_as_the_course(classroom())
        students[name] = {
            method: learned[name][method].posterior.shrinkage(classroom()) for method in ("marginal", EXACT)
        }
    return Result(learned, course, students, _newcomers(students, course), _upper_bounds(classroom_a()))


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
    figure, (concentration, population, newcomers) = new_figure(3)
    posteriors = {name: methods[EXACT].posterior for name, methods in result.learned.items()}
    panel = {
        f"{name}: {kind}": (posteriors[name], CLASSROOMS[name](), COLOURS[name])
        for name, kind in (("A", "moderates"), ("B", "creatures of habit"))
    }
    plot_marginal(concentration, panel, "lam")
    label(concentration, "Concentration learned", SYMBOLS["lam"], "posterior density of log λ")
    plot_population(population, panel)
    plot_shrinkage(newcomers, result.newcomers, "Same counts, different posteriors:\n○ raw to ● mean, 90 % interval")
    return figure


def main(options: TwoClassrooms) -> None:
    """Run, print the tables, write the files."""
    result = run(options)
    for name, learned in result.learned.items():
        caption = f"Classroom {name}, mean_concentration(): mu in (0, 1), lam in (0.1, 100), on {device()}"
        print_table(method_text(caption, learned, COLUMNS))
        for method, (posterior, _, _) in learned.items():
            print_line(f"{method}: {posterior.verdict}")
        low, high = COURSE_MU
        caption = (
            f"Classroom {name} as the course draws it: mu in ({low}, {high}), which has an exact answer of its own"
        )
        print_table(method_text(caption, result.course[name], COLUMNS))
    _print_newcomers(result.newcomers)
    _print_bounds(result.bounds)
    write_results(
        options.folder,
        summary=summary(result),
        seconds={
            f"{name}, {method}": seconds
            for methods in (result.learned, result.course)
            for name, learned in methods.items()
            for method, seconds in method_seconds(learned).items()
        },
        tables={"emi_and_farid": result.newcomers, "upper_bounds": result.bounds}
        | {f"students_{name.lower()}": tables[EXACT] for name, tables in result.students.items()},
        figures={"two_classrooms": plot(result)},
    )


def _print_newcomers(newcomers: pl.DataFrame) -> None:
    columns = {
        "name": "student",
        "k": "k",
        "n": "n",
        "raw": "raw",
        "course_prints": "course prints",
        "course_plug_in": "course's draws",
        "exact_plug_in": "exact plug-in",
        "sampled_mean": "marginal",
        "mean": "exact mean",
        "low": "5 %",
        "high": "95 %",
    }
    digits = {"course_prints": 3, "course_plug_in": 3}
    print_table(table_text("Emi and Farid shrink in opposite directions", newcomers, columns=columns, digits=digits))
    print_line(
        "Course prints, course's draws, exact plug-in: (a* + k) / (a* + b* + n) at the posterior mean of (mu, lam), the"
    )
    print_line(
        "first two under the course's range of mu. Marginal, exact mean: fully Bayesian, (mu, lam) integrated out."
    )


def _print_bounds(bounds: pl.DataFrame) -> None:
    names = {"upper_bound": "upper bound", "lam": "E[lam]", "mu": "E[mu]", "log_evidence": "log Z"}
    columns = names | {"emi": "Emi", "farid": "Farid"}
    print_table(table_text("Classroom A by the upper bound on lam, exactly", bounds, columns=columns))
    lam, farid = dict(bounds.select("upper_bound", "lam").iter_rows()), bounds["farid"]
    print_line(
        f"A's posterior of lam, with mean {lam[100.0]:.1f}, piles up at its upper bound of 100: six students can "
        f"hardly tell lam 40 from lam 4,000, so E[lam] goes from {lam[50.0]:.1f} to {lam[10_000.0]:.0f} as the bound "
        f"goes from 50 to 10,000, while Farid moves only from {farid[0]:.2f} to {farid[-1]:.2f}."
    )


def summary(result: Result) -> dict[str, Any]:
    """Every printed number except times."""
    return {
        "methods": {name: method_summary(learned) for name, learned in result.learned.items()},
        "course": {name: method_summary(learned) for name, learned in result.course.items()},
        "emi_and_farid": result.newcomers.to_dicts(),
        "upper_bounds": result.bounds.to_dicts(),
        "students": {
            name: {method: table.to_dicts() for method, table in tables.items()}
            for name, tables in result.students.items()
        },
    }
