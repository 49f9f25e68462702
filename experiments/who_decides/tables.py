"""The tables and sentences that who-decides prints."""

import math

import polars as pl

from experiments.methods.sampled_and_exact import print_comparison
from experiments.presentation.numbers import number, probability
from experiments.presentation.screen import print_line, print_table
from experiments.presentation.table_text import table_text
from experiments.who_decides.absences import (
    ALL_BUT_HEAVY,
    BELOW_1,
    CLASSROOMS,
    EVERYBODY,
    HAND_PICKED,
    HEAVY,
    HYPERPRIORS,
    LEARNED,
    LIGHT,
    RATE,
)
from experiments.who_decides.result import Result

BARELY = 0.1  # relative change of a concentration that barely changes


def print_result(result: Result) -> None:
    """Print every table, and sentences on what it shows."""
    for classroom, hyperprior in LEARNED:
        _print_absences(classroom, hyperprior, result.answers)
    print_line(f"Every exact mean is right to {result.answers['largest_error'].max():.0e}, of lam in posterior sd.")
    print_rate(result)
    print_concentration(result)
    _print_below_1(result)
    print_comparison(result.checks)


def _print_absences(classroom: str, hyperprior: str, answers: pl.DataFrame) -> None:
    columns = {"absent": "absent", "students": "students left"}
    if hyperprior == "box":
        columns |= {"rate": RATE, "moved_rate": "moved"}
    else:
        columns |= {"mu": "E[mu]", "moved_mu": "moved", "lam": "E[lam]", "moved_lam": "moved", "below_1": BELOW_1}
    found = answers.filter(classroom=classroom, hyperprior=hyperprior)
    caption = f"Classroom {classroom} under {hyperprior}(), by who is absent, exactly"
    print_table(table_text(caption, found, columns=columns, probabilities=("below_1",)))


def print_rate(result: Result) -> None:
    """Say whether Alyssa and Ben carry the learned rate."""
    heavy = " and ".join(HEAVY)
    everybody, absent, alone = (
        result.answer("A", "box", called)["rate"] for called in (EVERYBODY, heavy, ALL_BUT_HEAVY)
    )
    counts = CLASSROOMS["A"]
    each = {name: -result.answer("A", "box", name)["moved_rate"] for name in counts.names}
    order = sorted(each, key=lambda name: -each[name])
    verdict = "true" if set(order[:2]) == set(HEAVY) and absent < HAND_PICKED < everybody else "not true"
    print_line(
        f'"A bit higher, because {heavy} carry most of the evidence": {verdict}. The rate of all six is '
        f"{everybody:.4f}, above the hand-picked {HAND_PICKED:g}; without the two it is {absent:.4f}, with only them "
        f"{alone:.4f}. Each student's presence moves it by: "
        + ", ".join(f"{name} {each[name]:+.4f}" for name in order)
        + "."
    )


def print_concentration(result: Result) -> None:
    """Say whether the concentrations come from the heavy bringers."""
    light = " and ".join(LIGHT)
    found = {
        name: [result.answer(name, "mean_concentration", called)["lam"] for called in (EVERYBODY, light)]
        for name in CLASSROOMS
    }
    same = all(abs(left / everybody - 1) < BARELY for everybody, left in found.values())
    print_line(
        f'"Purely from their heavy bringers": {"true" if same else "not true"}. Without {light} E[lam] is '
        + "; ".join(
            f"{number(left)} in {name}, where all six give {number(everybody)}"
            for name, (everybody, left) in found.items()
        )
        + "."
    )


def _print_below_1(result: Result) -> None:
    below = {name: result.answer(name, "mean_concentration", EVERYBODY)["below_1"] for name in CLASSROOMS}
    low, high = HYPERPRIORS["mean_concentration"].support["lam"]
    print_line(
        "The probability that lam < 1 is "
        + " and ".join(f"{probability(value)} in {name}" for name, value in below.items())
        + f". It was {math.log(1 / low) / math.log(high / low):.4f} before the counts."
    )
