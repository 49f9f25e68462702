"""Classrooms in a school: learning the prior is just inference, once more, one level up.

A classroom's (mu, lam) is the prior of its students, learned from their counts. Here each classroom has its own, and
the school says how they differ; so the school is the prior of its classrooms, learned from all counts. (i) The course's
A and B in one school, by every form of the program and NUTS, next to `rqmc` and to nested quadrature; (ii) what being
in one school does to A, B, Emi and Farid; (iii) what a new classroom of the school starts from, and learns from one
student; (iv) how fast each level is learned: the blessing of abstraction.

References:
    Kemp, Perfors & Tenenbaum (2007), Learning overhypotheses with hierarchical Bayesian models, Developmental Science
    10: a prior of priors that is learned from many bags. Goodman, Ullman & Tenenbaum (2011), Learning a theory of
    causality, Psychological Review 118: "blessing of abstraction", for knowledge that is learned faster the more
    abstract it is.
"""

import time

import jax
import polars as pl
from matplotlib.figure import Figure

from experiments.methods.learned import RQMC, Learned, learn, learn_and_time
from experiments.methods.method_table import method_seconds, method_summary
from experiments.one_level_up.curve_panel import plot_curves
from experiments.one_level_up.curves import Levels, Stage, learning_curves
from experiments.one_level_up.estimates import nested_answer, school_estimates
from experiments.one_level_up.nested import NestedSchool, Sizes
from experiments.one_level_up.newcomers import density_table, newcomer_table
from experiments.one_level_up.options import OneLevelUp
from experiments.one_level_up.panels import (
    plot_classrooms,
    plot_densities,
    plot_newcomers,
    plot_students,
)
from experiments.one_level_up.places import classroom_table, learn_alone, student_table
from experiments.one_level_up.result import Result
from experiments.one_level_up.school import school
from experiments.one_level_up.tables import print_result
from experiments.one_level_up.together import CLASSROOMS, NAMES, NEW, whole_school
from experiments.presentation.axes import new_figure
from experiments.presentation.results import write_results
from inference import mcmc
from models import marginal

FINE = Sizes(centre=48, spread=20, log_odds=161, log_lam=81)  # for A and B: to 1e-4
COARSE = Sizes(centre=32, spread=12, log_odds=81, log_lam=51)  # for learning curves: to 2e-3 of an sd
STAGES = {  # by what there is more and more of
    "classrooms": tuple(Stage(classrooms, 2) for classrooms in (1, 2, 4, 8, 16, 32)),
    "students": tuple(Stage(3, students) for students in (1, 2, 4, 8, 16)),
}
NUTS = "marginal, NUTS"


def run(options: OneLevelUp) -> Result:
    """Learn the school with every method, and ask what it says of each level.

    Args:
        options: seed and sizes.

    Returns:
        What each method learned, and the tables of levels, students, newcomers and learning curves.
    """
    key = jax.random.key(options.seed)
    learned = _learn(options, key)
    start = time.perf_counter()
    quadrature, posterior, alone = NestedSchool(FINE), learned[RQMC].posterior, learn_alone()
    nested = nested_answer(quadrature, {name: [room()] for name, room in CLASSROOMS.items()} | {NEW: []})
    tables = {
        "agreement": _agreement(school_estimates(posterior), nested.estimates()),
        "classrooms": classroom_table(alone, posterior),
        "students": student_table(alone, posterior, whole_school()),
        "newcomers": newcomer_table(alone, posterior, nested),
        "densities": density_table(alone, posterior),
    }
    answered = time.perf_counter()
    levels = Levels(NestedSchool(COARSE))
    curves = [
        learning_curves(levels, stages, options.schools, options.seed).with_columns(pl.lit(more).alias("more"))
        for more, stages in STAGES.items()
    ]
    seconds = {"tables": answered - start, "learning curves": time.perf_counter() - answered}
    return Result(learned=learned, curves=pl.concat(curves), seconds=seconds, **tables)


def _learn(options: OneLevelUp, key: jax.Array) -> dict[str, Learned]:
    """By importance sampling in every form, by NUTS, and last by rqmc."""
    hyperprior, everybody = school(len(NAMES)), whole_school()
    learned = learn(hyperprior, everybody, key=key, n_particles=options.particles)
    model, of_chains, n = marginal(hyperprior), jax.random.fold_in(key, 4), options.at_most(1000, 100)
    chains = learn_and_time({NUTS: lambda: mcmc(model, everybody, key=of_chains, n_warmup=n, n_draws=n)})
    return {name: each for name, each in learned.items() if name != RQMC} | chains | {RQMC: learned[RQMC]}


def _agreement(sampled: dict, nested: dict[str, float]) -> pl.DataFrame:
    """A row per number: rqmc with its error, nested quadrature, and their distance in standard errors."""
    return pl.DataFrame(
        {
            "quantity": name,
            "rqmc": estimate.value,
            "rqmc_error": estimate.error,
            "nested": nested[name],
            "off by (se)": (estimate.value - nested[name]) / estimate.error,
        }
        for name, estimate in sampled.items()
    )


def plot(result: Result) -> Figure:
    """Classrooms, students and newcomers, alone and in the school; the learning curves of all levels."""
    figure, (classrooms, densities, newcomers, students, more_classrooms, more_students) = new_figure(
        3, rows=2, width=5.4, height=4.6
    )
    plot_classrooms(classrooms, result.classrooms)
    plot_densities(densities, result.densities)
    plot_newcomers(newcomers, result.newcomers)
    plot_students(students, result.students)
    title = "With more classrooms, the school's centre of μ\nis soon known better than any classroom's μ"
    plot_curves(more_classrooms, result.curves, "classrooms", title, "classrooms with 2 students each")
    title = "With more students in three classrooms,\nthese are known better than the school"
    plot_curves(more_students, result.curves, "students", title, "students in each of 3 classrooms")
    return figure


def main(options: OneLevelUp) -> None:
    """Run, write the files, print the tables."""
    result = run(options)
    tables = {name: getattr(result, name) for name in TABLES}
    write_results(
        options.folder,
        show=lambda: print_result(result),
        summary={"methods": method_summary(result.learned, school_estimates)}
        | {name: table.to_dicts() for name, table in tables.items()},
        seconds=result.seconds | method_seconds(result.learned),
        tables=tables,
        figures={"one_level_up": plot(result)},
    )


TABLES = ("agreement", "classrooms", "students", "newcomers", "densities", "curves")
