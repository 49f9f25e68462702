"""The distribution function of any function of the population, and its inverse.

x = function(u, v) rises or falls along every row, so that the set x < t cuts each row at one place:

    F(t) = integral of p(u) P(x < t | u) du = integral of p(u) Phi(s(u, t)) du

where s is the normal score of that place. The range of u is divided where the normal score of u is a whole number, and
where s is one of SCORES[CUTS]. Everything between two such edges is smooth, however thin the rows are and wherever an
edge of the support cuts them. A part is halved until Gauss's rule has converged on it: under a prior that is flat in
log lam up to 10^16 the data bend the density within a small share of a part.
"""

from collections.abc import Callable
from functools import cached_property

import numpy as np
from numpy.polynomial.legendre import leggauss, legvander
from scipy.interpolate import PchipInterpolator
from scipy.optimize.elementwise import find_root
from scipy.special import ndtr, ndtri

from inference.numerics.conditionals import HIGHEST_SCORE, SCORES, Conditionals
from inference.numerics.trapezoid import QuadratureError

CUTS = np.arange(0, len(SCORES), 8)  # indices into SCORES: 2 normal scores apart, with the outermost ones
NODES = 10  # Gauss nodes between two edges
PART_ERROR = 3e-8  # largest estimated error of a part, in probability
MOST_HALVINGS = 20  # of a part: it is then a millionth of itself
ROUNDING = 8 * np.finfo(np.float64).eps  # relative rounding error of x
STEP = 0.25  # in normal scores: half-width of the first bracket of a quantile
POINTS = 5  # points of a pass over a bracket; the middle one is the guess of the last pass
# Half-width of the next bracket, in steps of the last pass; and by how much a bracket without the quantile is extended,
# in its own widths.
NARROWED, WIDENED = 0.02, 4.0
FINE = 1e-3  # in normal scores: distance over which a cubic interpolates to 1e-9
MOST_PASSES = 100  # passes of a search before it fails
ROOT_TOLERANCE = 1e-9  # absolute error of a root, in u or in normal scores
TINY = 1e-300  # smallest probability, whose normal score is finite
NOT_MONOTONE = "quantiles and probabilities need a function that is monotone throughout; this one is not, along"

POINTS_OF_GAUSS, WEIGHTS_OF_GAUSS = leggauss(NODES)
# From an integrand at the nodes, times the weights, to its Legendre coefficients times the length of the part.
COEFFICIENTS = legvander(POINTS_OF_GAUSS, NODES - 1) * (2 * np.arange(NODES) + 1)

Function = Callable[[np.ndarray, np.ndarray], np.ndarray]


class Distribution:
    """The distribution of x = function(u, v).

    Probabilities are right to 1e-6. In the tails, down to 1e-12, their relative error is at most 1e-3.

    Args:
        conditionals: of v given u, and of u.
        function: of arrays (u, v) of one shape, monotone along every row, in either direction.

    Raises:
        QuadratureError: if the function is not monotone.
    """

    tolerance = 1e-6
    """Largest error of a probability."""

    def __init__(self, conditionals: Conditionals, function: Function):
        self._conditionals, self._function, self._side = conditionals, function, 1.0
        x = function(np.broadcast_to(conditionals.outer[:, None], conditionals.inner.shape), conditionals.inner)
        steps, rounding = np.diff(x, axis=1), ROUNDING * np.abs(x[:, 1:])
        if not np.all(steps >= -rounding):
            if not np.all(steps <= rounding):
                raise QuadratureError(f"{NOT_MONOTONE} the inner address")
            x, self._side = x[:, ::-1], -1.0
        self._x = x

    def cdf(self, t: float) -> float:
        """P(x < t).

        Raises:
            ValueError: if t is NaN.
        """
        if np.isnan(t):
            raise ValueError("P(x < NaN) is not a probability: give a number")
        (below,), (above,) = self._tails(np.array([t]))
        return float(below if below < above else 1 - above)

    def quantile(self, q: float) -> float:
        """The t at which P(x < t) = q, for q strictly between 0 and 1.

        Raises:
            QuadratureError: if it is not found.
        """
        target = float(ndtri(q))
        guesses, scores = self._guesses
        to_scale, from_scale = scale_of(guesses[0], guesses[-1])
        lowest, highest = to_scale(guesses[[0, -1]])
        low, high = to_scale(np.interp([target - STEP, target + STEP], scores, guesses))
        for _ in range(MOST_PASSES):
            at = np.linspace(low, high, POINTS)
            scores = np.maximum.accumulate(_score(*self._tails(from_scale(at))))
            if scores[0] > target or scores[-1] < target:
                if (low if scores[0] > target else high) in (lowest, highest):
                    return float(from_scale(low if scores[0] > target else high))  # less than 1e-17 is outside
                width = WIDENED * (high - low) + ROUNDING * abs(high)
                if scores[0] > target:
                    low = max(lowest, low - width)
                else:
                    high = min(highest, high + width)
                continue
            rising = np.flatnonzero(np.diff(scores, prepend=-np.inf) > 0)
            after = int(np.clip(np.searchsorted(scores, target), 1, POINTS - 1))
            guess = float(PchipInterpolator(scores[rising], at[rising])(target)) if len(rising) > 1 else at[after]
            width = at[after] - at[after - 1]
            if scores[after] - scores[after - 1] < FINE or width <= ROUNDING * abs(guess):
                return float(from_scale(guess))
            low, high = max(lowest, guess - NARROWED * width), min(highest, guess + NARROWED * width)
        raise QuadratureError(f"the {q:g} quantile was not found; the density may have a gap there")

    @cached_property
    def _guesses(self) -> tuple[np.ndarray, np.ndarray]:
        """Values of x in increasing order and, roughly, their normal scores."""
        weights = self._conditionals.density(self._conditionals.outer)[:, None] * np.exp(-(SCORES**2) / 2)
        order = np.argsort(self._x, axis=None)
        weights = weights.ravel()[order] / weights.sum()
        below = np.cumsum(weights) - weights / 2
        above = np.cumsum(weights[::-1])[::-1] - weights / 2
        return self._x.ravel()[order], _score(below, above)

    def _tails(self, t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """P(x < t) and P(x > t), each accurate relative to its size, shape (T,)."""
        pieces = [np.unique(np.concatenate([self._conditionals.edges, u])) for u in self._crossings(t)]
        low, high = (np.concatenate(ends) for ends in ([e[:-1] for e in pieces], [e[1:] for e in pieces]))
        which = np.repeat(np.arange(len(t)), [len(edges) - 1 for edges in pieces])
        below, above = np.zeros(len(t)), np.zeros(len(t))
        for halvings in range(MOST_HALVINGS + 1):
            of_part = self._at_gauss_nodes(low, high, t[which])
            settled = (gauss_error(of_part) <= PART_ERROR).all(axis=0) | (halvings == MOST_HALVINGS)
            for total, part in zip((below, above), of_part, strict=True):
                np.add.at(total, which[settled], part[settled].sum(axis=1))
            if settled.all():
                break
            low, high, which = low[~settled], high[~settled], np.tile(which[~settled], 2)
            middle = (low + high) / 2
            low, high = np.concatenate([low, middle]), np.concatenate([middle, high])
        return below / (below + above), above / (below + above)

    def _at_gauss_nodes(self, low: np.ndarray, high: np.ndarray, t: np.ndarray) -> np.ndarray:
        """p(u) P(x < t | u) and p(u) P(x > t | u) at the nodes of parts, times the weights, (2, parts, NODES)."""
        half = (high - low)[:, None] / 2
        u = low[:, None] + half + half * POINTS_OF_GAUSS
        mass = half * WEIGHTS_OF_GAUSS * self._conditionals.density(u)
        scores = self._cuts(u.ravel(), np.repeat(t, NODES)).reshape(u.shape)
        return mass * ndtr([[[1.0]], [[-1.0]]] * scores)

    def _at(self, u: np.ndarray, score: np.ndarray) -> np.ndarray:
        """x at a normal score of its distribution given u."""
        return self._function(u, self._conditionals.at(u, self._side * score))

    def _crossings(self, t: np.ndarray) -> list[np.ndarray]:
        """The u at which each t is a quantile at one of CUTS."""
        is_below = self._x[:, CUTS] < t[:, None, None]
        which, row, cut = np.nonzero(is_below[:, 1:] != is_below[:, :-1])
        if not len(row):
            return [np.empty(0)] * len(t)
        u = self._conditionals.outer
        roots = _root(lambda u, score, t: self._at(u, score) - t, u[row], u[row + 1], SCORES[CUTS[cut]], t[which])
        return [roots[which == i] for i in range(len(t))]

    def _cuts(self, u: np.ndarray, t: np.ndarray) -> np.ndarray:
        """The normal score of t in its distribution given u, infinite where all of the distribution is on one side."""
        reach = np.full_like(u, HIGHEST_SCORE)
        is_above, is_below = self._at(u, -reach) >= t, self._at(u, reach) <= t
        scores = np.where(is_below, np.inf, -np.inf)
        cut = ~(is_above | is_below)
        scores[cut] = _root(lambda score, u, t: self._at(u, score) - t, -reach[cut], reach[cut], u[cut], t[cut])
        return scores


def gauss_error(values: np.ndarray) -> np.ndarray:
    """About the error of Gauss's rule.

    The Legendre coefficients of a smooth function fall like r^k, and the rule is exact up to k = 2 NODES - 1.

    Args:
        values: the integrand at the nodes times the weights, shape (..., NODES).

    Returns:
        The errors, shape (...).
    """
    coefficients = np.abs(values @ COEFFICIENTS)
    return coefficients[..., -2:].sum(axis=-1) ** 2 / np.maximum(coefficients.max(axis=-1), TINY)


def _root(function: Callable, low: np.ndarray, high: np.ndarray, *args: np.ndarray) -> np.ndarray:
    """A zero in x of a function of (x, *args) between low and high; low where its sign is the same at both."""
    if not len(low):
        return low
    tolerances = {"xatol": ROOT_TOLERANCE, "xrtol": ROUNDING, "fatol": 0.0, "frtol": 0.0}
    root = find_root(function, (low, high), args=args, tolerances=tolerances)
    return np.where(root.success, root.x, low)


def _score(below: np.ndarray | float, above: np.ndarray | float) -> np.ndarray:
    """The normal score of a probability, from the smaller of the two tails."""
    smaller = ndtri(np.maximum(np.minimum(below, above), TINY))
    return np.where(np.less(below, above), smaller, -smaller)


def scale_of(lowest: float, highest: float) -> tuple[Callable, Callable]:
    """A scale on which x varies smoothly, and its inverse: logarithmic where x has one sign."""
    if lowest > 0:
        return np.log, np.exp
    if highest < 0:
        return lambda x: -np.log(-x), lambda t: -np.exp(-t)
    return np.asarray, np.asarray
