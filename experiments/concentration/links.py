"""The exact law of a student's count under both links, and the six students whom the course simulates.

    right: E[k / n] = mu,             Var(k / n) = Var(theta) + E[theta (1 - theta)] / n
    wrong: the same of sigma(theta) = 1 / (1 + e^-theta) in place of theta

Means over theta ~ Beta(a, b) are sums over Gauss-Jacobi nodes, whose weight function is the Beta's density.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import polars as pl
from scipy.special import expit, roots_jacobi
from scipy.stats import binom

from experiments.concentration.programs import RIGHT, WRONG

NODES = 120  # the rule is exact for polynomials of theta up to the degree 2 NODES - 1
RATES: dict[str, Callable[[np.ndarray], np.ndarray]] = {RIGHT: lambda theta: theta, WRONG: expit}
POPULATION = (6.0, 4.0)  # the course's a and b
TRIALS = (100, 40, 10, 5, 2, 1)  # bentos of its six students
# What `student.simulate` of the chapter draws in GenJAX 0.10.3, JAX 0.5.3 and TFP 0.23.0 with the chapter's keys, which
# are those that PRNGKey(2) is split into. GenJAX 1.0.14 draws other numbers with the same keys.
COURSE_THETA = (0.45158, 0.78668, 0.59914, 0.70984, 0.54372, 0.82426)
COURSE_COUNTS = {RIGHT: (37, 35, 4, 3, 2, 1), WRONG: (69, 30, 4, 2, 2, 1)}


class Ratio(NamedTuple):
    """Mean and standard deviation of k / n."""

    mean: float
    sd: float


def theta_nodes(a: float, b: float) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights of the mean over theta ~ Beta(a, b), each of shape (NODES,)."""
    x, weights = roots_jacobi(NODES, b - 1, a - 1)
    return (1 + x) / 2, weights / weights.sum()


def ratio(link: str, a: float, b: float, n: int) -> Ratio:
    """Mean and standard deviation of k / n under a link, exactly.

    Args:
        link: RIGHT or WRONG.
        a: pseudo-successes of the population.
        b: pseudo-failures.
        n: trials of the student.

    Returns:
        Both.
    """
    theta, weights = theta_nodes(a, b)
    rate = RATES[link](theta)
    mean = weights @ rate
    between = weights @ (rate - mean) ** 2
    return Ratio(float(mean), math.sqrt(between + weights @ (rate * (1 - rate)) / n))


def count_probabilities(link: str, a: float, b: float, n: int) -> np.ndarray:
    """p(k) for k = 0 .. n under a link, exactly; arguments as for `ratio`; shape (n + 1,)."""
    theta, weights = theta_nodes(a, b)
    return weights @ binom.pmf(np.arange(n + 1), n, RATES[link](theta)[:, None])


def course_table() -> pl.DataFrame:
    """The six students whom the course simulates, with its rates: what both links make of the same keys.

    Returns:
        A row per student: n; theta; right and wrong, the counts drawn; expected, n theta; and p_right and p_wrong, the
        probability that Binomial(n, theta) is at least as far from n theta as each count.
    """
    n, theta = np.array(TRIALS), np.array(COURSE_THETA)
    right, wrong = (np.array(COURSE_COUNTS[link]) for link in (RIGHT, WRONG))
    columns = {"n": n, "theta": theta, "right": right, "wrong": wrong, "expected": n * theta}
    return pl.DataFrame(columns | {"p_right": _as_far(right, n, theta), "p_wrong": _as_far(wrong, n, theta)})


def _as_far(k: np.ndarray, n: np.ndarray, theta: np.ndarray) -> list[float]:
    found = []
    for one, trials, rate in zip(k, n, theta, strict=True):
        possible = np.arange(trials + 1)
        far = np.abs(possible - trials * rate) >= np.abs(one - trials * rate) - 1e-9  # rounding apart
        found.append(float(binom.pmf(possible[far], trials, rate).sum()))
    return found
