"""Simulated students next to the exact numbers; each standard error is that of the exact law."""

import math

import jax
import numpy as np
import polars as pl
from scipy.stats import beta

from experiments.concentration.dials import EDGE, spread
from experiments.concentration.links import POPULATION, TRIALS, count_probabilities, ratio
from experiments.concentration.programs import PROGRAMS, RIGHT, simulated

WORLDS = {"Beta(0.1, 0.1)": (0.1, 0.1), "Beta(10, 10)": (10.0, 10.0)}  # one mean, two concentrations
BEYOND = f"P(beyond {EDGE:g}, {1 - EDGE:g})"
BENTOS = 20  # of each student in both


def world_table(students: int, key: jax.Array) -> pl.DataFrame:
    """Students of both populations: mean, standard deviation and share near 0 or 1 of their rates.

    The standard error of a standard deviation s is s sqrt((kurtosis - 1) / (4 S)) for S students.

    Args:
        students: number of students of each.
        key: JAX random key.

    Returns:
        A row per population and quantity: population, quantity, exact, simulated, simulated_error, z.
    """
    rows = []
    for (name, (a, b)), own in zip(WORLDS.items(), jax.random.split(key, len(WORLDS)), strict=True):
        theta = simulated(RIGHT, a, b, np.full(students, BENTOS), own)[0].astype(np.float64)
        mean, variance, excess = (float(x) for x in beta.stats(a, b, moments="mvk"))
        exact = {"mean of theta": mean, "sd of theta": math.sqrt(variance), BEYOND: spread(a, b).beyond}
        found = theta.mean(), theta.std(), np.mean((theta < EDGE) | (theta > 1 - EDGE))
        errors = (variance, variance * (excess + 2) / 4, exact[BEYOND] * (1 - exact[BEYOND]))
        for (quantity, value), drawn, square in zip(exact.items(), found, errors, strict=True):
            rows.append(_row({"population": name, "quantity": quantity}, value, drawn, math.sqrt(square / students)))
    return pl.DataFrame(rows)


def link_table(students: int, key: jax.Array) -> pl.DataFrame:
    """Students of Beta(6, 4) under both links, with the same keys: mean and standard deviation of k / n.

    Args:
        students: number of students, who bring 100, 40, 10, 5, 2 and 1 bentos in turn.
        key: JAX random key.

    Returns:
        A row per link, number of bentos and quantity: link, n, quantity, exact, simulated, simulated_error, z.
    """
    rows, n = [], np.resize(TRIALS, students)
    for link in PROGRAMS:
        _, k = simulated(link, *POPULATION, n, key)
        for trials in TRIALS:
            own = k[n == trials].astype(np.float64) / trials
            mean, sd = ratio(link, *POPULATION, trials)
            centred = np.arange(trials + 1) / trials - mean
            fourth = float(count_probabilities(link, *POPULATION, trials) @ centred**4)
            errors = {"mean of k/n": sd**2, "sd of k/n": (fourth / sd**2 - sd**2) / 4}
            for quantity, value, drawn in (("mean of k/n", mean, own.mean()), ("sd of k/n", sd, own.std())):
                of = {"link": link, "n": trials, "quantity": quantity}
                rows.append(_row(of, value, drawn, math.sqrt(errors[quantity] / len(own))))
    return pl.DataFrame(rows)


def _row(of: dict[str, str | int], exact: float, drawn: float, error: float) -> dict[str, str | int | float]:
    return of | {
        "exact": exact,
        "simulated": float(drawn),
        "simulated_error": error,
        "z": (float(drawn) - exact) / error,
    }
