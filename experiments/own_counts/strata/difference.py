"""The difference of one number of two populations that were learned apart, and so are independent."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from scipy.interpolate import CubicSpline, PchipInterpolator
from scipy.optimize import brentq
from scipy.special import ndtr

from inference import Posterior

# Normal scores at which quantiles are computed; between them cubics interpolate, and beyond them is 3e-12.
SCORES = np.linspace(-6.5, 6.5, 33)


class Difference(NamedTuple):
    """x_1 - x_2.

    Args:
        low: lower end of the central interval.
        median: median.
        high: upper end of the interval.
        interval_error: largest error, in probability, of the distribution function at these.
        probability: P(x_1 > x_2).
        probability_error: its error.
    """

    low: float
    median: float
    high: float
    interval_error: float
    probability: float
    probability_error: float


def difference(first: Posterior, second: Posterior, name: str, *, interval: float) -> Difference:
    """The distribution of the difference of a number of two independent exact posteriors.

        P(x_1 - x_2 <= d) = integral of phi(z) (1 - F_2(Q_1(Phi(z)) - d)) dz

    The quantile function Q_1 and the distribution function F_2 are interpolated between quantiles at SCORES. The error
    is estimated by interpolating between every other of them.

    Args:
        first: exact posterior of the first population.
        second: of the second one.
        name: "mu", "mean" or another number that both have.
        interval: probability of the central interval.

    Returns:
        The difference.
    """
    x, y = (np.array([p.quantile(name, float(ndtr(z))) for z in SCORES]) for p in (first, second))
    fine, coarse = (distribution_of_difference(x[::step], y[::step], SCORES[::step]) for step in (1, 2))
    of_quantiles = first.quantile_error(name) + second.quantile_error(name)
    least, most = x[0] - y[-1], x[-1] - y[0]

    def error(d: float) -> float:
        return abs(fine(d) - coarse(d)) + of_quantiles

    def quantile(q: float) -> float:
        root: Any = brentq(lambda d: fine(d) - q, least, most)
        return float(root)

    low, median, high = quantile((1 - interval) / 2), quantile(0.5), quantile((1 + interval) / 2)
    interval_error = max(error(end) for end in (low, median, high))
    return Difference(low, median, high, interval_error, 1 - fine(0.0), error(0.0))


def distribution_of_difference(x: np.ndarray, y: np.ndarray, scores: np.ndarray) -> Callable[[float], float]:
    """The distribution function of the difference of two numbers with these quantiles at the scores."""
    z = np.linspace(scores[0], scores[-1], 521)
    weights = np.exp(-(z**2) / 2)
    values = CubicSpline(scores, x)(z)
    kept = np.concatenate([[True], np.diff(y) > 0])
    score_of_y = PchipInterpolator(y[kept], scores[kept], extrapolate=False)

    def below(d: float) -> float:
        at = values - d
        inside = score_of_y(np.clip(at, y[kept][0], y[kept][-1]))
        score = np.where(at < y[0], -np.inf, np.where(at > y[-1], np.inf, inside))
        return float(weights @ ndtr(-score) / weights.sum())

    return below
