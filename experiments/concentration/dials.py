"""Two sets of dials for one population: soft counts (a, b), and mean and concentration (mu, lam).

    mu = a / (a + b),    lam = a + b,    a = lam mu,    b = lam (1 - mu)

The variance of a single bento, mu (1 - mu), is that between students plus that within a student:

    mu (1 - mu) = Var(theta) + E[theta (1 - theta)],    Var(theta) = mu (1 - mu) / (lam + 1)

So a share 1 / (lam + 1) lies between students, whatever the mean: lam -> 0 leaves all of it between them (no pooling),
lam -> infinity all of it within each of them (complete pooling).
"""

from typing import NamedTuple

import polars as pl
from scipy.stats import beta

EDGE = 0.1  # a rate below EDGE or above 1 - EDGE is of a student who almost always brings the same
CONCENTRATIONS = (1e-6, 1e-3, 0.1, 1.0, 10.0, 100.0, 1e3, 1e6)  # lam, in pseudo-bentos
EMI, FARID = (2, 2), (0, 1)  # k and n of the two students with the fewest bentos


class Dials(NamedTuple):
    """A population by its mean, and its concentration in pseudo-bentos."""

    mu: float
    lam: float


class SoftCounts(NamedTuple):
    """A population by its shapes: pseudo-tonkatsu and pseudo-hamburgers."""

    a: float
    b: float


def dials(a: float, b: float) -> Dials:
    """Mean and concentration of Beta(a, b)."""
    return Dials(a / (a + b), a + b)


def soft_counts(mu: float, lam: float) -> SoftCounts:
    """Shapes of the population with mean mu and concentration lam: the inverse of `dials`."""
    return SoftCounts(lam * mu, lam * (1 - mu))


class Spread(NamedTuple):
    """How much the students of a population differ."""

    sd: float  # standard deviation of theta
    beyond: float  # probability of a rate below EDGE or above 1 - EDGE
    between: float  # share of the variance of one bento that lies between students


def spread(a: float, b: float) -> Spread:
    """How much the students of Beta(a, b) differ, exactly."""
    population = beta(a, b)
    beyond = population.cdf(EDGE) + population.sf(1 - EDGE)
    return Spread(float(population.std()), float(beyond), 1 / (a + b + 1))


def dial_table() -> pl.DataFrame:
    """Beta(6, 4) with one dial turned at a time: a and b move mean and concentration, mu and lam one thing each.

    Returns:
        A row per setting: turned, a, b, mu, lam, and the numbers of `Spread`.
    """
    settings = {"nothing": (6.0, 4.0), "a doubled": (12.0, 4.0), "b doubled": (6.0, 8.0)}
    mu, lam = dials(*settings["nothing"])
    settings |= {"lam doubled": soft_counts(mu, 2 * lam), "mu to 0.75": soft_counts(0.75, lam)}
    return pl.DataFrame(
        [
            {"turned": turned, "a": a, "b": b, **dials(a, b)._asdict(), **spread(a, b)._asdict()}
            for turned, (a, b) in settings.items()
        ]
    )


def limit_table(mu: float) -> pl.DataFrame:
    """From lam -> 0 to lam -> infinity at one mean: how much students differ, and what is believed of two of them.

    Args:
        mu: mean of the population.

    Returns:
        A row per concentration: lam; the numbers of `Spread`; emi and farid, the posterior means (a + k) / (lam + n)
        of a student with 2 of 2 and of one with 0 of 1.
    """
    rows = []
    for lam in CONCENTRATIONS:
        a, b = soft_counts(mu, lam)
        means = {name: (a + k) / (lam + n) for name, (k, n) in {"emi": EMI, "farid": FARID}.items()}
        rows.append({"lam": lam, **spread(a, b)._asdict(), **means})
    return pl.DataFrame(rows)
