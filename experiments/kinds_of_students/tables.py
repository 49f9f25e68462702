"""The tables and sentences that kinds-of-students prints."""

import math

import polars as pl

from experiments.kinds_of_students.classes import MANY_B, SCHOOL, TIMES, A, B
from experiments.kinds_of_students.each_kind import estimates
from experiments.kinds_of_students.evidence import TOLD_APART, grade
from experiments.kinds_of_students.labels import NUTS, VI
from experiments.kinds_of_students.result import Result
from experiments.machine import device
from experiments.methods.learned import RQMC
from experiments.methods.method_table import method_text
from experiments.presentation.numbers import number, with_error
from experiments.presentation.screen import print_line, print_table
from experiments.presentation.table_text import table_text

COLUMNS = ("share 1", "mean 1", "mean 2", "log Z")


def print_result(result: Result) -> None:
    """Print every table, and sentences on what it shows."""
    _print_evidence(result.evidence)
    _print_newcomers(result.newcomers)
    _print_kinds(result)
    print_table(method_text(f"Two kinds in B, by every form, on {device()}", result.methods, COLUMNS, estimates))
    for method, (posterior, _, _) in result.methods.items():
        print_line(f"{method}: {first_sentence(posterior.verdict)}")
    _print_labels(result)


def first_sentence(verdict: str) -> str:
    """A verdict without what it says of bounds: those of the uniforms are not chosen, and lam's are the course's."""
    return verdict.partition(";")[0]


def _print_evidence(evidence: pl.DataFrame) -> None:
    columns = {
        "class": "class",
        "kinds": "kinds",
        "log_z": "log Z",
        "log_bayes_factor": "log Bayes factor",
        "bayes_factor": "Bayes factor",
        "probability": "P(kinds)",
    }
    caption = "Evidence for one, two and three kinds; Bayes factors against one; P(kinds) from 1/3 each"
    print_table(table_text(caption, evidence, columns=columns, probabilities=["probability"]))
    for name, what in {A: "the moderates", B: "the creatures of habit", MANY_B: f"{TIMES} classes like B"}.items():
        print_line(f"{name}, {what}: {_of_two(evidence.row(_row(evidence, name, '2'), named=True))}")
    apart = evidence.row(_row(evidence, SCHOOL, TOLD_APART), named=True)
    two = evidence.row(_row(evidence, SCHOOL, "2"), named=True)
    log_factor = apart["log_z"] - two["log_z"]
    error = math.exp(log_factor) * math.hypot(apart["log_z_error"], two["log_z_error"])
    print_line(
        f"A and B as one school: {_of_two(two)} To be told who is in which class, each with one Beta, is better "
        f"than two kinds by {with_error(math.exp(log_factor), error, 3)} to 1, {grade(math.exp(log_factor))}."
    )
    print_line("(The names of the grades are those of Kass & Raftery 1995; factors depend on the hyperprior too.)")


def _row(evidence: pl.DataFrame, name: str, kinds: str) -> int:
    return evidence.with_row_index().row(by_predicate=(pl.col("class") == name) & (pl.col("kinds") == kinds))[0]


def _of_two(row: dict) -> str:
    """The Bayes factor for or against two kinds, whichever is above 1, and its grade."""
    factor, error = row["bayes_factor"], row["bayes_factor_error"]
    for_two, for_one = ("two kinds", "one") if factor > 1 else ("one", "two kinds")
    if factor < 1:
        factor, error = 1 / factor, error / factor**2
    return (
        f"the counts speak for {for_two} and against {for_one}, {with_error(factor, error, 3)} to 1: {grade(factor)}."
    )


def _print_newcomers(newcomers: pl.DataFrame) -> None:
    columns = {
        "class": "class",
        "name": "student",
        "k": "k",
        "n": "n",
        "kinds": "kinds",
        "mean": "mean of θ",
        "low": "5 %",
        "high": "95 %",
    }
    print_table(table_text("Emi and Farid by the number of kinds", newcomers, columns=columns))
    rows = {(row["class"], row["name"], row["kinds"]): row for row in newcomers.iter_rows(named=True)}
    for name in (A, B):
        one, two = rows[name, "Farid", 1], rows[name, "Farid", 2]
        print_line(
            f"In {name} a second kind takes the mean of Farid's rate from {number(one['mean'], 3)} to "
            f"{number(two['mean'], 3)}, and the lower end of its interval from {number(one['low'], 3)} to "
            f"{number(two['low'], 3)}; Emi's mean from {number(rows[name, 'Emi', 1]['mean'], 3)} to "
            f"{number(rows[name, 'Emi', 2]['mean'], 3)}."
        )
    print_line(
        "In A the four others are alike, so that one Beta says that Farid is like them. Two kinds leave room for a "
        "kind that only Farid has shown. In B the U-shaped Beta has this room already."
    )


def _print_kinds(result: Result) -> None:
    print_table(table_text("Share, mean and concentration of each kind, in the order of the means", result.kinds))
    columns = {"class": "class", "name": "student", "k": "k", "n": "n", "p_1": "P(lower kind)", "p_2": "P(higher kind)"}
    print_table(table_text("Of which of two kinds each student is", result.members, columns=columns))


def _print_labels(result: Result) -> None:
    columns = {
        "program": "program",
        "method": "method",
        "first_is_lower": "P(mean 1 < mean 2)",
        "mean_1": "mean 1",
        "mean_2": "mean 2",
        "rate": "Emi's rate",
        "log_z": "log Z",
        "rhat": "R-hat",
        "ess": "ESS",
        "trusted": "trusted",
    }
    caption = f"Two kinds in {MANY_B}, without and in the order of their means; P by chain"
    print_table(table_text(caption, result.label_runs, columns=columns, digits={"ess": 4}))
    rows = {(row["program"], row["method"]): row for row in result.label_runs.iter_rows(named=True)}
    vi, truth = rows["without order", VI], rows["without order", RQMC]
    print_line(
        f"Without order every mean is about neither kind: rqmc says {number(truth['mean_1'], 3)} and "
        f"{number(truth['mean_2'], 3)} for both. Each chain of NUTS keeps to the names that it began with: R-hat is "
        f"{number(rows['without order', NUTS]['rhat'], 3)}, and {number(rows['in order', NUTS]['rhat'], 4)} in order."
    )
    print_line(
        f"VI finds one of two equal peaks. Its lower bound is {number(truth['log_z'] - vi['log_z'], 3)} nats below "
        f"log Z, and log 2 = {math.log(2):.3f} of this is the other peak; in order it is "
        f"{number(rows['in order', RQMC]['log_z'] - rows['in order', VI]['log_z'], 3)} below."
    )
    print_line("The rate of a student does not depend on the names of the kinds: it is right even without order.")
