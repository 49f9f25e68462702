"""The tables and sentences that concentration prints."""

import polars as pl

from experiments.concentration.dials import EDGE
from experiments.concentration.links import TRIALS
from experiments.concentration.programs import RIGHT, WRONG
from experiments.concentration.result import MEAN, Result
from experiments.concentration.simulation import BEYOND, WORLDS
from experiments.machine import device
from experiments.presentation.numbers import number
from experiments.presentation.screen import print_line, print_table
from experiments.presentation.table_text import table_text

SPREAD = {"sd": "sd of theta", "beyond": BEYOND, "between": "share between students"}


def print_result(result: Result) -> None:
    """Print every table, and sentences on what it shows."""
    _print_worlds(result.worlds)
    _print_dials(result.dials)
    _print_limits(result.limits)
    _print_links(result.links)
    _print_course(result.course)


def _print_worlds(worlds: pl.DataFrame) -> None:
    title = f"Two populations: the rates of their students, exactly and simulated on {device()}"
    columns = {name: name for name in ("population", "quantity", "exact", "simulated", "z")}
    print_table(table_text(title, worlds, columns=columns, digits={"z": 2}))
    of = {(row["population"], row["quantity"]): row["exact"] for row in worlds.iter_rows(named=True)}
    shares = ", ".join(f"{number(of[name, BEYOND])} of {name}" for name in WORLDS)
    print_line(
        f"Both means are {of[next(iter(WORLDS)), 'mean of theta']:g}, but not the same students: the share of them who "
        f"almost always bring the same, with a rate below {EDGE:g} or above {1 - EDGE:g}, is {shares}."
    )


def _print_dials(dials: pl.DataFrame) -> None:
    columns = {"turned": "turned", "a": "a", "b": "b", "mu": "mu", "lam": "lam"} | SPREAD
    print_table(table_text("Beta(6, 4), one dial turned at a time", dials, columns=columns))
    start = dials.row(0, named=True)
    moved = {
        row["turned"]: [name for name in ("mu", "lam") if abs(row[name] - start[name]) > 1e-12]
        for row in dials.iter_rows(named=True)
    }
    print_line(
        f"Beta({start['a']:g}, {start['b']:g}) and mu = {start['mu']:g}, lam = {start['lam']:g} are one population. "
        + ", ".join(f"{turned} moves {' and '.join(names)}" for turned, names in moved.items() if names)
        + "."
    )


def _print_limits(limits: pl.DataFrame) -> None:
    columns = {"lam": "a + b"} | SPREAD | {"emi": "Emi, 2 of 2", "farid": "Farid, 0 of 1"}
    caption = f"At mean {MEAN:g}: from a + b -> 0 to a + b -> infinity"
    print_table(table_text(caption, limits, columns=columns, probabilities=("beyond",)))
    first, last = limits.row(0, named=True), limits.row(-1, named=True)
    print_line(
        f"a + b -> 0: students are near 0 or 1, sd {first['sd']:.4f}, and each keeps the raw rate ({first['emi']:.4f}, "
        f"{first['farid']:.4f}): no pooling. a + b -> infinity: all have rate {MEAN:g}, sd {last['sd']:.4f}, which is "
        f"then the estimate of each ({last['emi']:.4f}, {last['farid']:.4f}): complete pooling."
    )


def _print_links(links: pl.DataFrame) -> None:
    columns = {"link": "link", "n": "n", "quantity": "quantity", "exact": "exact", "simulated": "simulated", "z": "z"}
    caption = "Students of Beta(6, 4), simulated with the same keys under both links"
    print_table(table_text(caption, links, columns=columns, digits={"z": 2}))
    heavy = links.filter(n=TRIALS[0])
    of = {(row["link"], row["quantity"]): row["exact"] for row in heavy.iter_rows(named=True)}
    read, right = ([of[link, f"{moment} of k/n"] for moment in ("mean", "sd")] for link in (WRONG, RIGHT))
    print_line(
        "GenJAX's binomial(n, x) takes x for log-odds. Given theta, the rate becomes 1 / (1 + e^-theta): k/n of a "
        f"student with {TRIALS[0]} bentos has mean {read[0]:.4f} and sd {read[1]:.4f}, where the model says "
        f"{right[0]:.4f} and {right[1]:.4f}. Give it the log-odds of theta."
    )


def _print_course(course: pl.DataFrame) -> None:
    columns = {
        "n": "n",
        "theta": "theta drawn",
        "expected": "n theta",
        "right": "right link",
        "p_right": "p",
        "wrong": "theta as log-odds",
        "p_wrong": "p of it",
    }
    caption = "The course's six simulated students, by GenJAX 0.10.3 with its keys; p: Binomial(n, theta) is as far off"
    print_table(table_text(caption, course, columns=columns))
    row = course.row(0, named=True)
    print_line(
        f"The course prints {' '.join(map(str, course['wrong']))}. With the link fixed the same keys give "
        f"{' '.join(map(str, course['right']))}. The student with {row['n']} bentos has theta = {row['theta']:.2f}: "
        f"{row['wrong']} tonkatsu or as far off has probability {row['p_wrong']:.1e}, so that count is not from theta."
    )
