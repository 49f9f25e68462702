"""The pairs that `trust-it` tries: a data set that is hard to learn from, and the hyperprior it is learned under.

Compiling takes far longer than running. So the pairs come in blocks. All pairs of a block have the same hyperprior and
the same shape, for which programs are compiled once. The next block has the next hyperprior and the next shape: every
hyperprior meets two of the four shapes in 200 pairs, and all of them in 400. The data set of pair i depends on the seed
and on i alone.
"""

from typing import NamedTuple

import numpy as np

from experiments.methods.hyperpriors import HYPERPRIORS
from models import Counts
from models.families.beta_binomial.tally import LONG, MOST_STUDENTS_A_LONG_RECORD


class Shape(NamedTuple):
    """The sizes of a data set, on which the shapes of compiled programs depend.

    Args:
        rows: number of groups after padding.
        top: the largest n.
        groups: possible numbers of groups before padding.
        pairs: number of pairs in a block; there are fewer where a run takes longer.
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
SMALLEST_SHAPE = 1e-12  # smallest a or b of a Beta that rates are drawn from


class Case(NamedTuple):
    """A data set, and what it was drawn from.

    Args:
        number: number of the pair, from 0.
        kind: kind of the counts, one of KINDS.
        mu: mean of the population.
        lam: concentration of the population.
        k: successes of each group, shape (groups,).
        n: trials of each group, shape (groups,).
        rows: number of groups after padding.
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
        """The groups, padded to `rows` with groups without trials, which change no posterior."""
        unseen = np.zeros(self.rows - len(self.k), np.int64)
        return Counts(np.concatenate([self.k, unseen]), np.concatenate([self.n, unseen]))


def case(number: int, *, seed: int, hyperprior: str | None = None) -> Case:
    """The data set with a given number.

    Args:
        number: number of the pair, from 0.
        seed: one seed for all numbers.
        hyperprior: name of a hyperprior, or FILE.py:NAME, to use instead of the pair's own.

    Returns:
        The data set.
    """
    rng, block = np.random.default_rng((seed, number)), block_of(number)
    shape, names = SHAPES[block % len(SHAPES)], list(HYPERPRIORS)
    drawn = hard_counts(rng, int(rng.choice(shape.groups)), shape.top)
    return Case(number, *drawn, shape.rows, hyperprior or names[block % len(names)])


def block_of(number: int) -> int:
    """Number of the block that a pair is in, from 0; the blocks go through SHAPES again and again."""
    ends = np.cumsum([shape.pairs for shape in SHAPES])
    rounds, rest = divmod(number, int(ends[-1]))
    return rounds * len(SHAPES) + int(np.searchsorted(ends, rest, side="right"))


def hard_counts(rng: np.random.Generator, groups: int, top: int) -> tuple[str, float, float, np.ndarray, np.ndarray]:
    """A data set that is hard to learn from.

    logit mu ~ Normal(0, 4), lam is log-uniform from 1e-3 to 1e6. The first n is `top`. The others are log-uniform up to
    it or, in three of ten data sets, all equal. They are not made equal if the groups are many and their n large,
    because such a class has a compiled program of its own. Kinds: counts drawn from the model; no success at all;
    nothing but successes; all rates alike; each group either k = 0 or k = n.

    Args:
        rng: source of the draws.
        groups: number of groups.
        top: the largest n.

    Returns:
        Kind, mu, lam, k and n; k and n of shape (groups,).
    """
    kind = str(rng.choice(KINDS))
    n = np.floor(np.exp(rng.uniform(0, np.log(top + 1), groups))).astype(np.int64).clip(1, top)
    if rng.random() < 0.3 and (groups <= MOST_STUDENTS_A_LONG_RECORD or top <= LONG[4]):
        n[:] = n[-1]
    n[0] = top
    mu, lam = float(1 / (1 + np.exp(-rng.normal(0, 4)))), float(10 ** rng.uniform(-3, 6))
    a, b = max(lam * mu, SMALLEST_SHAPE), max(lam * (1 - mu), SMALLEST_SHAPE)
    theta, is_one = rng.beta(a, b, groups), rng.random(groups) < mu
    theta = np.where(np.isnan(theta), is_one, theta)  # if a and b are both tiny, NumPy may divide 0 by 0
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
