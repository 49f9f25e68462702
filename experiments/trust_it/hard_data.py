"""Data of each family that are hard to learn from, as columns; those of one Beta are in `cases`.

Each function gives data of one of its kinds. The first group always has the largest design, and the number of groups is
what the caller says.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
from scipy.special import expit

from experiments.trust_it.populations import CLASSROOMS

Columns = dict[str, np.ndarray]  # each with a leading axis of groups

MOST_TRIALS = 10**6  # of a group
EXPOSURES = (1e-6, 1e4)
MOST_EVENTS = 10**7  # of a group: float32 holds every whole number up to 1.7e7


class Kinds(NamedTuple):
    """The kinds of hard data of a family, and how they are drawn.

    Args:
        names: the kinds; cases go through them again and again.
        draw: function of a source of draws, a kind and the number of groups, to columns.
    """

    names: tuple[str, ...]
    draw: Callable[[np.random.Generator, str, int], Columns]


def events(rng: np.random.Generator, kind: str, groups: int) -> Columns:
    """Events in exposures from a millionth to 10^4: log m ~ Normal(0, 3), log10 s ~ Uniform(-2, 4).

    Kinds: drawn from the model; no event at all; each group has either none or a hundred times the expected number and
    a hundred more; drawn from the model, with equal exposures; the expected number in each group.
    """
    mean, shape = np.exp(rng.normal(0, 3)), 10 ** rng.uniform(-2, 4)
    low, high = EXPOSURES
    exposure = np.exp(rng.uniform(np.log(low), np.log(high), groups))
    exposure[0] = high
    if kind == "equal exposures":
        exposure[:] = 10.0
    expected = {
        "none": 0 * exposure,
        "alike": mean * exposure,
        "all or nothing": np.where(rng.random(groups) < 0.5, 0.0, 100 * (mean * exposure + 1)),
    }
    drawn = rng.poisson((rng.gamma(shape, mean / shape, groups) * exposure).clip(0, MOST_EVENTS))
    k = np.round(expected[kind]) if kind in expected else drawn
    return {"k": k.clip(0, MOST_EVENTS).astype(np.int64), "exposure": exposure}


def categories(rng: np.random.Generator, kind: str, groups: int) -> Columns:
    """Three categories: shares softmax of three Normal(0, 2), log10 of the parameters' sum ~ Uniform(-2, 4).

    Kinds: drawn from the model; only the first category; each group in one category; never the third; shares all alike.
    """
    shares = np.exp(rng.normal(0, 2, 3))
    shares /= shares.sum()
    n = _trials(rng, groups)
    theta = _dirichlet(rng, 10 ** rng.uniform(-2, 4) * shares, groups)
    if kind == "one category":
        theta = np.tile([1.0, 0.0, 0.0], (groups, 1))
    elif kind == "two of three":
        theta = np.column_stack([theta[:, 0], 1 - theta[:, 0], 0 * n])
    elif kind == "all or nothing":
        theta = np.eye(3)[rng.integers(0, 3, groups)]
    k = rng.multinomial(n, theta)
    if kind == "alike":
        k = np.floor(n[:, None] * shares).astype(np.int64)
        k[:, 0] += n - k.sum(axis=1)
    return {"k": k}


def two_kinds(rng: np.random.Generator, kind: str, groups: int) -> Columns:
    """Counts of two kinds of students: the logits of their means are Normal(0, 2), log10 lam ~ Uniform(0, 4).

    Kinds: drawn from the model; means of 0.02 and 0.98; no success; one kind only; all rates alike; a student in ten of
    the second kind; nothing but successes.
    """
    n, lam = _trials(rng, groups), 10 ** rng.uniform(0, 4)
    means = np.sort(expit(rng.normal(0, 2, 2)))
    share = {"one kind": 1.0, "a tenth": 0.9}.get(kind, rng.random())
    if kind == "far apart":
        means = np.array([0.02, 0.98])
    mu = np.where(rng.random(groups) < share, *means)
    return {"k": _successes(rng, kind, n, mu, lam), "n": n}


def regression(rng: np.random.Generator, kind: str, groups: int) -> Columns:
    """Counts with a covariate x: intercept and slope Normal(0, 2), log10 lam ~ Uniform(-1, 4), x ~ Normal(0, 1).

    Kinds: drawn from the model; every count 0 where x < 0 and n where x > 0; x a hundred times as large; x the same for
    all; no success; x is 0 or 1; all rates alike, whatever x is.
    """
    n, lam = _trials(rng, groups), 10 ** rng.uniform(-1, 4)
    intercept, slope = rng.normal(0, 2, 2)
    x = rng.normal(0, 1, groups)
    if kind == "constant x":
        x[:] = x[0]
    elif kind == "huge x":
        x *= 100
    elif kind == "x is 0 or 1":
        x = np.round(rng.random(groups))
    mu = expit(intercept + (0 if kind == "alike" else slope) * x)
    k = np.where(x > 0, n, 0) if kind == "separated" else _successes(rng, kind, n, mu, lam)
    return {"k": k, "n": n, "x": x}


def school(rng: np.random.Generator, kind: str, groups: int) -> Columns:
    """Counts in three classrooms: logit of a classroom's mean ~ Normal(c, s), c ~ Normal(0, 2), s ~ |Normal(0, 2)|.

    Kinds: drawn from the model; two classrooms are empty; the first has no success and the others nothing else;
    no success; all rates alike; nothing but successes.
    """
    n, lam = _trials(rng, groups), 10 ** rng.uniform(-1, 4)
    log_odds = rng.normal(0, 2) + abs(rng.normal(0, 2)) * rng.normal(0, 1, CLASSROOMS)
    classroom = np.arange(groups) % CLASSROOMS
    if kind == "one classroom":
        classroom[:] = 1
    mu = np.full(groups, 0.3) if kind == "alike" else expit(log_odds)[classroom]
    k = np.where(classroom > 0, n, 0) if kind == "separated" else _successes(rng, kind, n, mu, lam)
    return {"k": k, "n": n, "classroom": classroom}


def _trials(rng: np.random.Generator, groups: int) -> np.ndarray:
    """Log-uniform trials of each group; the first has MOST_TRIALS, and in three of ten data sets all others are few."""
    top = 10 if rng.random() < 0.3 else MOST_TRIALS
    n = np.floor(np.exp(rng.uniform(0, np.log(top + 1), groups))).astype(np.int64).clip(1, top)
    n[0] = MOST_TRIALS
    return n


def _successes(rng: np.random.Generator, kind: str, n: np.ndarray, mu: np.ndarray, lam: float) -> np.ndarray:
    """Successes of students from Beta(lam mu, lam (1 - mu)), or those of a kind that follows no model."""
    theta = _dirichlet(rng, lam * np.column_stack([mu, 1 - mu]), len(n))[:, 0]
    k = rng.binomial(n, theta)
    other: Mapping[str, np.ndarray] = {"none": 0 * n, "all": n, "alike": np.round(n * mu).astype(np.int64)}
    return other.get(kind, k)


def _dirichlet(rng: np.random.Generator, alpha: np.ndarray, groups: int) -> np.ndarray:
    """Shares, shape (groups, categories); gammas by their logs, because they underflow where alpha is small."""
    alpha = np.broadcast_to(np.maximum(alpha, 1e-12), (groups, np.shape(alpha)[-1]))
    log_gamma = np.log(rng.gamma(alpha + 1)) + np.log(rng.random(alpha.shape)) / alpha  # Marsaglia & Tsang (2000)
    shares = np.exp(log_gamma - log_gamma.max(axis=-1, keepdims=True))
    return shares / shares.sum(axis=-1, keepdims=True)


EVENTS = Kinds(("model", "none", "all or nothing", "equal exposures", "alike"), events)
CATEGORIES = Kinds(("model", "one category", "all or nothing", "two of three", "alike"), categories)
TWO_KINDS = Kinds(("model", "far apart", "none", "one kind", "alike", "a tenth", "all"), two_kinds)
REGRESSION = Kinds(("model", "separated", "huge x", "constant x", "none", "x is 0 or 1", "alike"), regression)
SCHOOL = Kinds(("model", "one classroom", "separated", "none", "alike", "all"), school)
