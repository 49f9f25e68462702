"""The tables and sentences that kinds-of-students prints."""

import math

import polars as pl

from experiments.kinds_of_students.classes import EMI, FARID, MANY_B, SCHOOL, TIMES, A, B
from experiments.kinds_of_students.each_kind import estimates
from experiments.kinds_of_students.evidence import TOLD_APART, grade
from experiments.kinds_of_students.labels import IN_ORDER, NUTS, VI, WITHOUT_ORDER
from experiments.kinds_of_students.result import Result
from experiments.machine import device
from experiments.methods.learned import RQMC
from experiments.methods.method_table import method_text
from experiments.presentation.numbers import number, probability, with_error
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
    caption = "Emi and Farid by the number of kinds: mean and 90 % interval of the rate"
    print_table(table_text(caption, newcomers, columns=columns, probabilities=["low", "high"]))
    rows = {(row["class"], row["name"], row["kinds"]): row for row in newcomers.iter_rows(named=True)}
    for name in (A, B):
        print_line(
            f"In {name} a second kind takes "
            + ", and ".join(
                f"{student} from {_interval(rows[name, student, 1])} to {_interval(rows[name, student, 2])}"
                for student in (FARID, EMI)
            )
            + "."
        )
    print_line(
        "In A the four others are alike, so that one Beta says that Farid is like them. Two kinds leave room for a "
        "kind that only Farid has shown. In B the U-shaped Beta has this room already."
    )


def _interval(row: dict) -> str:
    """Mean and 90 % interval of a rate."""
    return f"{probability(row['mean'])} ({probability(row['low'])} to {probability(row['high'])})"


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
    for program, methods in result.labels.items():
        for method, (posterior, _, _) in methods.items():
            print_line(f"{program}, {method}: {first_sentence(posterior.verdict)}")
    rows = {(row["program"], row["method"]): row for row in result.label_runs.iter_rows(named=True)}
    truth, nuts = rows[WITHOUT_ORDER, RQMC], rows[WITHOUT_ORDER, NUTS]
    print_line(
        f"Without order every mean is about neither kind: by rqmc that of the first is {number(truth['mean_1'], 3)}, "
        f"that of the second {number(truth['mean_2'], 3)}. {_of_chains(nuts)} In order R-hat is "
        f"{number(rows[IN_ORDER, NUTS]['rhat'], 4)}."
    )
    if (WITHOUT_ORDER, VI) in rows:
        below = {
            program: number(rows[program, RQMC]["log_z"] - rows[program, VI]["log_z"], 3)
            for program in (WITHOUT_ORDER, IN_ORDER)
        }
        print_line(
            f"VI's lower bound is {below[WITHOUT_ORDER]} nats below log Z without order, {below[IN_ORDER]} in order. "
            f"The difference is the other one of two equal peaks, which VI does not find: log 2 = {math.log(2):.2f}. "
            "Its verdict speaks of the shape of the peak that it found, and not of the other one."
        )
    print_line("The rate of a student does not depend on the names of the kinds: without order too it is that of rqmc.")


def _of_chains(nuts: dict) -> str:
    """What the chains without order did."""
    by_chain = {float(p) for p in nuts["first_is_lower"].split()}
    rhat = number(nuts["rhat"], 3)
    if by_chain == {0.0, 1.0}:
        return f"Each chain of NUTS keeps to the names that it began with, and R-hat is {rhat}."
    if by_chain in ({0.0}, {1.0}):
        return (
            f"All chains of NUTS have happened to begin with the same names, so that R-hat is {rhat} and tells nothing."
        )
    return f"Chains of NUTS change names on the way, and R-hat is {rhat}."
