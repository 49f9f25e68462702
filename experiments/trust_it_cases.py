"""Data sets that are hard to learn from, and the hyperpriors under which they are: the pairs that `trust-it` tries.

Pair i has the hyperprior and the shape of its block of five, whose programs are then compiled once for all five: the
next block has the next hyperprior and the next shape, so that every hyperprior meets every shape once in forty blocks.
What is drawn depends on the seed and on i alone.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from models import Counts, Hyperprior, bda3, box, half_cauchy, mean_concentration, pareto

HYPERPRIORS: Mapping[str, Callable[[], Hyperprior]] = {
    "box": box,
    "bda3": bda3,
    "half-cauchy": half_cauchy,
    "mean-concentration": mean_concentration,
    "pareto": pareto,
}
PAIRS_A_BLOCK = 5
# Rows after padding, and the largest n: all that the shapes of compiled programs depend on. Up to 4 students the
# aggregated form adds up their pmfs one by one.
SHAPES = ((80, 10**6), (4, 1_000), (304, 1_000), (4, 10**6), (80, 10), (304, 10**6), (80, 1_000), (304, 1))
KINDS = ("model", "model", "model", "model", "none", "all", "alike", "half unseen", "all or nothing")
GROUPS = {4: (1, 2, 3, 4), 80: (6, 20, 71), 304: (150, 300)}
SMALLEST_SHAPE = 1e-12  # of a Beta that is drawn from


class Case(NamedTuple):
    """A data set, and what it was drawn from.

    Args:
        number: which it is, from 0.
        kind: of the counts, one of KINDS.
        mu: mean of the population.
        lam: concentration of the population.
        k: successes of each group, shape (groups,).
        n: trials of each group, shape (groups,).
        rows: groups after padding.
        hyperprior: the name of the hyperprior it is learned under.
    """

    number: int
    kind: str
    mu: float
    lam: float
    k: np.ndarray
    n: np.ndarray
    rows: int
    hyperprior: str

    @property
    def counts(self) -> Counts:
        """The groups, and as many that nobody has seen as the shape wants: they change no posterior."""
        unseen = np.zeros(self.rows - len(self.k), np.int64)
        return Counts(np.concatenate([self.k, unseen]), np.concatenate([self.n, unseen]))


def case(number: int, *, seed: int, hyperprior: str | None = None) -> Case:
    """The data set of a number.

    Args:
        number: which, from 0.
        seed: of all numbers.
        hyperprior: another one than its own, by name.

    Returns:
        The data set.
    """
    rng = np.random.default_rng((seed, number))
    block = number // PAIRS_A_BLOCK
    rows, top = SHAPES[block % len(SHAPES)]
    drawn = hard_counts(rng, int(rng.choice(GROUPS[rows])), top)
    names = list(HYPERPRIORS)
    return Case(number, *drawn, rows, hyperprior or names[block % len(names)])


def hard_counts(rng: np.random.Generator, groups: int, top: int) -> tuple[str, float, float, np.ndarray, np.ndarray]:
    """A data set that is hard to learn from.

    logit mu ~ Normal(0, 4), lam is log-uniform from 1e-3 to 1e6. The largest n is `top`, the others are log-uniform
    below it or, in three of ten data sets, equal to it. Kinds: counts of the model; none or all successful; all rates
    alike; of the model, with n = 0 for half; each group all or nothing.

    Args:
        rng: what it is drawn with.
        groups: how many.
        top: the largest n.

    Returns:
        Kind, mu, lam, k and n, both of shape (groups,).
    """
    kind = str(rng.choice(KINDS))
    n = np.floor(np.exp(rng.uniform(0, np.log(top + 1), groups))).astype(np.int64).clip(1, top)
    n[0] = top
    if rng.random() < 0.3:
        n[:] = top
    mu, lam = float(1 / (1 + np.exp(-rng.normal(0, 4)))), float(10 ** rng.uniform(-3, 6))
    a, b = max(lam * mu, SMALLEST_SHAPE), max(lam * (1 - mu), SMALLEST_SHAPE)
    theta, is_one = rng.beta(a, b, groups), rng.random(groups) < mu
    theta = np.where(np.isnan(theta), is_one, theta)  # where both shapes are tiny NumPy may divide 0 by 0
    k = rng.binomial(n, theta)
    if kind == "none":
        k = np.zeros_like(n)
    elif kind == "all":
        k = n.copy()
    elif kind == "alike":
        k = np.round(n * mu).astype(np.int64)
    elif kind == "half unseen":
        seen = np.append(True, rng.random(groups - 1) < 0.5)  # the largest n, which the shape is of, is seen
        k, n = k * seen, n * seen
    elif kind == "all or nothing":
        k = np.where(rng.random(groups) < 0.5, 0, n)
    return kind, mu, lam, k, n
