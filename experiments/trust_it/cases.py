"""Data sets that are hard to learn from, and the hyperpriors under which they are: the pairs that `trust-it` tries.

Compiling takes far longer than running. So pair i has the hyperprior and the shape of its block, for which programs are
compiled once. The next block has the next hyperprior and the next shape: every hyperprior meets two of the four shapes
in 200 pairs, and all of them in 400. What is drawn depends on the seed and on i alone.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from models import Counts, Hyperprior, bda3, box, half_cauchy, mean_concentration, pareto
from models.families.beta_binomial.tally import LONG, MOST_ALIKE

HYPERPRIORS: Mapping[str, Callable[[], Hyperprior]] = {
    "box": box,
    "bda3": bda3,
    "half-cauchy": half_cauchy,
    "mean-concentration": mean_concentration,
    "pareto": pareto,
}


class Shape(NamedTuple):
    """What the shapes of compiled programs depend on.

    Args:
        rows: groups after padding.
        top: the largest n.
        groups: before padding, one of these.
        pairs: of a block; the fewer, the longer a run takes.
    """

    rows: int
    top: int
    groups: tuple[int, ...]
    pairs: int


SHAPES = (
    Shape(4, 10**6, (1, 2, 3, 4), 30),
    Shape(16, 10**6, (5, 9, 16), 30),
    Shape(304, 256, (71, 150, 300), 12),
    Shape(64, 10**6, (56, 64), 8),
)
KINDS = ("model", "model", "model", "model", "none", "all", "alike", "all or nothing")
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
    rng, block = np.random.default_rng((seed, number)), block_of(number)
    shape, names = SHAPES[block % len(SHAPES)], list(HYPERPRIORS)
    drawn = hard_counts(rng, int(rng.choice(shape.groups)), shape.top)
    return Case(number, *drawn, shape.rows, hyperprior or names[block % len(names)])


def block_of(number: int) -> int:
    """Which block a pair is in, from 0; the blocks take turns through SHAPES."""
    ends = np.cumsum([shape.pairs for shape in SHAPES])
    rounds, rest = divmod(number, int(ends[-1]))
    return rounds * len(SHAPES) + int(np.searchsorted(ends, rest, side="right"))


def hard_counts(rng: np.random.Generator, groups: int, top: int) -> tuple[str, float, float, np.ndarray, np.ndarray]:
    """A data set that is hard to learn from.

    logit mu ~ Normal(0, 4), lam is log-uniform from 1e-3 to 1e6. The first n is `top`. The others are log-uniform below
    it or, in three of ten data sets, all alike, unless they are many and long: those have a program of their own.
    Kinds: counts of the model; none or all successful; all rates alike; each group all or nothing.

    Args:
        rng: what it is drawn with.
        groups: how many.
        top: the largest n.

    Returns:
        Kind, mu, lam, k and n, both of shape (groups,).
    """
    kind = str(rng.choice(KINDS))
    n = np.floor(np.exp(rng.uniform(0, np.log(top + 1), groups))).astype(np.int64).clip(1, top)
    if rng.random() < 0.3 and (groups <= MOST_ALIKE or top <= LONG[4]):
        n[:] = n[-1]
    n[0] = top
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
    elif kind == "all or nothing":
        k = np.where(rng.random(groups) < 0.5, 0, n)
    return kind, mu, lam, k, n
