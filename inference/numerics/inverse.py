"""Inverses of distribution functions, of many at once and of any kind."""

from collections.abc import Callable

import numpy as np
from scipy.special import ndtri

FARTHEST = 700.0  # largest |x|: e^-700 is not yet 0 in float64
TINY, ROUNDING = 1e-300, 2.0**-53  # least probability and least 1 - probability whose normal scores are finite
PROBABILITY = 1e-10  # largest error of the distribution function at a quantile that has converged
NARROWEST = 1e-14  # bracket width, relative to 1 + |x|, that also ends a search: rounding may keep it from PROBABILITY
MOST_STEPS = 200  # steps of a search before it fails
PATIENCE = 3  # steps in which a bracket must become half as wide; otherwise it is halved

Cdf = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Function of x, shape (some, ...), and of the indices of these distributions, shape (some,), to probabilities."""


def quantiles(cdf: Cdf, q: float, centre: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """The x at which each distribution function reaches q.

    A bracket around the quantile is found from `centre` and `scale`. It is narrowed by false position (the Illinois
    rule; Dowell & Jarratt 1971) in the normal score of the distribution function, which is a straight line if x is
    normal.

    Args:
        cdf: the distribution functions, continuous.
        q: probability, between 0 and 1.
        centre: about the mean of each x, shape (distributions, ...).
        scale: about the sd of each x, positive, shape (distributions, ...).

    Returns:
        Quantiles, shape (distributions, ...): there the distribution function is q to 1e-10, or as near as the rounding
        of x allows. A quantile beyond -700 or 700 is replaced by that number.

    Raises:
        RuntimeError: if a search does not end.
    """
    target = float(ndtri(q))

    def excess(x: np.ndarray, which: np.ndarray) -> np.ndarray:
        return ndtri(np.clip(cdf(x, which), TINY, 1 - ROUNDING)) - target

    lower, upper, at_lower, at_upper = _brackets(excess, centre + target * scale, scale)
    x = np.where(at_lower >= 0, lower, upper)
    tolerance = PROBABILITY * np.sqrt(2 * np.pi) * np.exp(target**2 / 2)  # of the normal score
    checked = upper - lower
    is_open = (at_lower < 0) & (at_upper > 0)
    for step in range(1, MOST_STEPS + 1):
        some = np.flatnonzero(is_open.reshape(len(x), -1).any(axis=1))
        if not len(some):
            return x
        low, high, f_low, f_high = (values[some] for values in (lower, upper, at_lower, at_upper))
        following = high - f_high * (high - low) / np.where(f_high > f_low, f_high - f_low, 1.0)
        halve = ~((low < following) & (following < high))
        if step % PATIENCE == 0:
            halve |= high - low > checked[some] / 2
            checked[some] = high - low
        at = np.where(is_open[some], np.where(halve, (low + high) / 2, following), x[some])
        f = excess(at, some)
        below = f < 0
        # The end that stays gets half of its value, so that it does not stay for ever (the Illinois rule).
        lower[some], upper[some] = np.where(below, at, low), np.where(below, high, at)
        at_lower[some], at_upper[some] = np.where(below, f, f_low / 2), np.where(below, f_high / 2, f)
        x[some] = at
        width = upper[some] - lower[some]
        is_open[some] &= (np.abs(f) > tolerance) & (width > NARROWEST * (1 + np.abs(at)))
    raise RuntimeError(f"the search for {is_open.sum()} quantiles has not ended after {MOST_STEPS} steps")


def _brackets(excess: Cdf, start: np.ndarray, scale: np.ndarray) -> tuple[np.ndarray, ...]:
    """Points below and above each quantile, at most FARTHEST from 0, and the excess at each of them."""
    everyone, ends = np.arange(len(start)), []
    for side in (-1.0, 1.0):
        step = scale / 2
        x = np.clip(start + side * step, -FARTHEST, FARTHEST)
        f = excess(x, everyone)
        while len(some := np.flatnonzero(((side * f < 0) & (np.abs(x) < FARTHEST)).reshape(len(x), -1).any(axis=1))):
            step = 2 * step
            is_inside = side * f[some] < 0
            x[some] = np.where(is_inside, np.clip(x[some] + side * step[some], -FARTHEST, FARTHEST), x[some])
            f[some] = excess(x[some], some)
        ends.append((x, f))
    (lower, at_lower), (upper, at_upper) = ends
    return lower, upper, at_lower, at_upper
