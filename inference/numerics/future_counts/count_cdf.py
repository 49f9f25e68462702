"""The distribution function of a group's future count, from that of its rate, for any number of trials."""

import numpy as np
from numpy.polynomial.legendre import leggauss
from scipy.special import polygamma

from inference.numerics.future_counts.rate_density import RateDistribution, beta_range, deviance

STEP_IN_SDS, LARGEST_STEP = 0.5, 0.3  # of the trapezoid rule in log-odds: right to 1e-14 for any Beta
POINTS_IN_PANEL = 8  # of the trapezoid rule, in the narrowest panel of the rate's distribution
MOST_POINTS = 1_000  # of the trapezoid rule; beyond, Gauss's rule on every panel takes fewer
_NODES, _WEIGHTS = leggauss(16)


def future_count_cdf(rate: RateDistribution, n: float, x: float) -> float:
    """P(K <= x) for K ~ Binomial(n, theta) and a theta of this distribution.

    A binomial count is at most x where its rate is below an independent U ~ Beta(x + 1, n - x), so that
    P(K <= x) = P(theta < U) = E[F(U)] with F the distribution function of theta. The expectation is the trapezoid rule
    in logit U, whose error falls exponentially; or, where F has steps much narrower than U, Gauss's rule between them.

    Args:
        rate: distribution of log-odds.
        n: trials.
        x: a whole number; below 0 the probability is 0, from n on it is 1.

    Returns:
        The probability, right to 1e-11 more than the error of `rate`.
    """
    if not 0 <= x < n:
        return float(x >= n)
    a, b = np.asarray(x + 1), np.asarray(n - x)
    low, high = map(float, beta_range(a, b))
    sd = float(np.sqrt(polygamma(1, a) + polygamma(1, b)))
    points = (high - low) / min(STEP_IN_SDS * sd, LARGEST_STEP, rate.narrowest / POINTS_IN_PANEL)
    if points <= MOST_POINTS:
        at, weights = np.linspace(low, high, int(points) + 2), 1.0
    else:
        at, weights = _between(rate.edges, np.linspace(low, high, int((high - low) / sd) + 2))
    weights = weights * np.exp(-deviance(a, b, at))
    return float(np.sum(weights * rate.cdf(at)) / np.sum(weights))


def _between(edges: np.ndarray, own: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Points and weights of Gauss's rule between all edges that are inside the range of the own ones."""
    edges = np.union1d(edges[(edges > own[0]) & (edges < own[-1])], own)
    half = np.diff(edges)[:, None] / 2
    return (edges[:-1, None] + half * (1 + _NODES)).ravel(), (half * _WEIGHTS).ravel()
