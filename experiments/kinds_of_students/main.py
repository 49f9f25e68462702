"""One population or two? The course's classrooms as one, two and three kinds of students.

The course calls the students of B creatures of habit and gives them one Beta that is U-shaped. They may as well be two
kinds of students, of whom one nearly always brings tonkatsu, the other hardly ever. (i) The evidence for one, two and
three kinds in A, in B, in both as one school, and in four classes like B. (ii) What Emi and Farid become, and of which
kind everybody is. (iii) Two kinds by every form of the program, next to rqmc. (iv) Label switching: what chains and VI
answer if nothing puts the kinds in order, and after they are put in order.

A Bayes factor depends on the hyperprior of each kind, here the course's, as much as on the counts.
"""

import time
from typing import Any

import jax
import polars as pl
from matplotlib.figure import Figure

from experiments.kinds_of_students.classes import MANY_B, B, classes, newcomers
from experiments.kinds_of_students.each_kind import estimates, kind_probabilities
from experiments.kinds_of_students.evidence import evidence_table
from experiments.kinds_of_students.labels import IN_ORDER, NUTS, label_table, learn_labels
from experiments.kinds_of_students.options import KindsOfStudents
from experiments.kinds_of_students.panels import (
    plot_evidence,
    plot_first_kind,
    plot_members,
    plot_newcomers,
    plot_populations,
)
from experiments.kinds_of_students.programs import kinds_in_order
from experiments.kinds_of_students.result import Result
from experiments.kinds_of_students.tables import print_result
from experiments.methods.learned import RQMC, learn
from experiments.methods.method_table import method_seconds, method_summary
from experiments.presentation.axes import new_figure
from experiments.presentation.results import write_results
from inference import Posterior, exact, rqmc


def run(options: KindsOfStudents) -> Result:
    """Learn one, two and three kinds of students in each class.

    Args:
        options: seed, number of particles and of draws; if quick, there are at most two kinds, and no VI.

    Returns:
        The posteriors, and the tables made of them.
    """
    key_forms, key_labels, key_truth = jax.random.split(jax.random.key(options.seed), 3)
    data = classes()
    methods = learn(kinds_in_order(2), data[B], key=key_forms, n_particles=options.particles, n_points=options.points)
    labels = learn_labels(data[MANY_B], options, key=key_labels)
    two = {B: methods[RQMC].posterior, MANY_B: labels[IN_ORDER][RQMC].posterior}
    seconds, learned = {}, {}
    for i, (name, counts) in enumerate(data.items()):
        learned[name] = {1: exact(kinds_in_order(1), counts)}
        for kinds in (2,) if options.quick else (2, 3):
            if kinds == 2 and name in two:
                learned[name][kinds] = two[name]
                continue
            start = time.perf_counter()
            key = jax.random.fold_in(jax.random.fold_in(key_truth, i), kinds)
            learned[name][kinds] = rqmc(kinds_in_order(kinds), counts, key=key, n_points=options.points)
            seconds[f"{name}, {kinds} kinds, rqmc"] = time.perf_counter() - start
    return Result(
        learned,
        methods,
        labels,
        evidence_table(learned),
        _kinds(learned),
        pl.concat(
            kind_probabilities(learned[name][2], counts).insert_column(0, pl.lit(name).alias("class"))
            for name, counts in data.items()
        ),
        _newcomers(learned),
        label_table(labels),
        seconds,
    )


def _kinds(learned: dict[str, dict[int, Posterior]]) -> pl.DataFrame:
    """A row per class, number of kinds and kind: share, mean and lam, each with its error."""
    rows = []
    for name, by_kinds in learned.items():
        for kinds, posterior in by_kinds.items():
            found = estimates(posterior)
            for c in range(1, kinds + 1):
                row = {"class": name, "kinds": kinds, "kind": c}
                for number in ("share", "mean", "lam"):
                    row |= {number: found[f"{number} {c}"].value, f"{number}_error": found[f"{number} {c}"].error}
                rows.append(row)
    return pl.DataFrame(rows)


def _newcomers(learned: dict[str, dict[int, Posterior]]) -> pl.DataFrame:
    """A row per class, number of kinds, and student of `newcomers`: mean and 90 % interval of the rate."""
    return pl.concat(
        posterior.shrinkage(newcomers()).select(
            pl.lit(name).alias("class"),
            "name",
            pl.lit(kinds).alias("kinds"),
            *("k", "n", "mean", "mean_error", "low", "high"),
        )
        for name, by_kinds in learned.items()
        for kinds, posterior in by_kinds.items()
    )


def plot(result: Result) -> Figure:
    """Populations, evidence and kinds; Emi and Farid; the first kind by chain before and after the cure."""
    figure, (populations, evidence, members, rates, before, after) = new_figure(3, rows=2)
    plot_populations(populations, result.learned[B])
    plot_evidence(evidence, result.evidence)
    plot_members(members, result.members)
    plot_newcomers(rates, result.newcomers)
    for ax, (program, methods) in zip((before, after), result.labels.items(), strict=True):
        plot_first_kind(ax, methods[NUTS].posterior, program)
    return figure


def main(options: KindsOfStudents) -> None:
    """Run, write the files, print the tables."""
    result = run(options)
    seconds = method_seconds(result.methods) | result.seconds
    for program, methods in result.labels.items():
        seconds |= {f"{program}, {call}": each for call, each in method_seconds(methods).items()}
    tables = {name: getattr(result, name) for name in ("evidence", "kinds", "members", "newcomers", "label_runs")}
    write_results(
        options.folder,
        show=lambda: print_result(result),
        summary=summary(result),
        seconds=seconds,
        tables=tables,
        figures={"kinds_of_students": plot(result)},
    )


def summary(result: Result) -> dict[str, Any]:
    """Every printed number except times."""
    return {
        "methods": method_summary(result.methods, estimates),
        **{name: getattr(result, name).to_dicts() for name in ("evidence", "kinds", "members", "newcomers")},
        "label_runs": result.label_runs.to_dicts(),
        "verdicts": {
            name: {kinds: posterior.verdict for kinds, posterior in by_kinds.items()}
            for name, by_kinds in result.learned.items()
        },
        "label_verdicts": {
            program: {method: each.posterior.verdict for method, each in methods.items()}
            for program, methods in result.labels.items()
        },
    }
