"""The distribution function of one mixture of Betas, as polynomials in log-odds: costly once, then cheap anywhere."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.polynomial import chebyshev
from scipy.special import betaln, digamma, log_expit, polygamma

from inference.numerics.betas.beta_mixtures import STEEPEST, Populations, Students, beta_cdf, chunks
from models.numerics.sums import weighted

NODES = 24  # of each panel
FIRST_PANELS = (16, 256, 4096)  # panels at first; more where a component so narrow was missed that mass is missing
MOST_PANELS = 20_000  # panels at which it is given up
PANEL_ERROR = 1e-14  # probability that the last coefficients of a panel may stand for
ROUNDING = 1e-12  # the same relative to the mass of the panel: the density is rounded to about this
MASS_ERROR = 1e-8  # largest accepted distance of the whole mass from the weights
LARGE = 100.0  # shapes above this have their density computed from its mode, because its terms are so large
LARGEST = 1e12  # sum of both shapes, beyond which a Beta is taken for one with this sum
SDS, FALL = 8.0, 34.0  # a Beta has less than 1e-14 beyond 8 sds and FALL / shape of its mean log-odds
NEGLIGIBLE = 1e-13  # mass of a panel that needs no fine steps

_AT = chebyshev.chebpts1(NODES)
_TO_COEFFICIENTS = np.linalg.inv(chebyshev.chebvander(_AT, NODES - 1))


class RateDistribution(NamedTuple):
    """P(logit theta < x) of one group, as a polynomial on each of some panels.

    Args:
        edges: ends of the panels, in increasing order, shape (P + 1,).
        coefficients: of Chebyshev polynomials on [-1, 1], shape (NODES + 1, P).
        narrowest: width of the narrowest panel that has mass.
        error: how far the mass that was found is from the weights, a bound on the error of a probability.
    """

    edges: np.ndarray
    coefficients: np.ndarray
    narrowest: float
    error: float

    def cdf(self, log_odds: np.ndarray) -> np.ndarray:
        """The probabilities, shape of `log_odds`; beyond the outer edges those of the edges."""
        x = np.clip(log_odds, self.edges[0], self.edges[-1])
        panel = np.clip(np.searchsorted(self.edges, x, "right") - 1, 0, len(self.edges) - 2)
        low, high = self.edges[panel], self.edges[panel + 1]
        return chebyshev.chebval((2 * x - low - high) / (high - low), self.coefficients[:, panel], tensor=False)


def rate_distribution(populations: Populations, student: Students) -> RateDistribution | None:
    """The distribution of one student's log-odds under all populations.

    The density is interpolated at Chebyshev nodes on panels, which are halved until the last coefficients are
    negligible, and integrated. What is left and right of the panels is added from the Betas' own tails, so the whole
    mass is the sum of the weights if nothing was missed.

    Args:
        populations: weighted populations, some of them or all.
        student: one, shape (1,).

    Returns:
        The distribution; None if the mass is not right to MASS_ERROR: components so narrow are scattered so widely
        that polynomials cannot follow.
    """
    a, b = (shape[:, 0] for shape in populations.shapes(student))
    shrunk = np.minimum(1.0, LARGEST / (a + b))
    a, b = a * shrunk, b * shrunk
    lows, highs = beta_range(a, b)
    low, high = max(lows.min(), -STEEPEST), min(highs.max(), STEEPEST)
    left, right = (
        float(weighted(populations.weights, beta_cdf(first[:, None], second[:, None], np.array([end])))[0])
        for first, second, end in ((a, b, low), (b, a, -high))
    )
    density = _density(a, b, populations.weights)
    for panels in FIRST_PANELS:
        found = _panels(density, np.linspace(low, high, panels + 1))
        if found is None:
            return None
        edges, coefficients = found
        integrals = chebyshev.chebint(coefficients, lbnd=-1) * np.diff(edges) / 2
        masses = chebyshev.chebval(1.0, integrals)
        integrals[0] += left + np.cumsum(masses) - masses
        error = abs(left + float(masses.sum()) + right - float(populations.weights.sum()))
        if error < MASS_ERROR:
            return RateDistribution(edges, integrals, np.diff(edges)[masses > NEGLIGIBLE].min(initial=np.inf), error)
    return None


def _panels(density: Callable, edges: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """Edges, and coefficients of the density on each panel, (NODES, P); None if too many panels are needed."""
    pending, lows, highs, parts, total = np.stack([edges[:-1], edges[1:]]), [], [], [], 0
    while pending.shape[1]:
        total += pending.shape[1]
        if total > MOST_PANELS:
            return None
        low, high = pending
        half, middle = (high - low) / 2, (low + high) / 2
        coefficients = _TO_COEFFICIENTS @ density(middle + half * _AT[:, None])
        size = half * np.abs(coefficients)
        rough = size[-3:].max(axis=0) > np.maximum(PANEL_ERROR, ROUNDING * size[0])
        lows.append(low[~rough])
        highs.append(high[~rough])
        parts.append(coefficients[:, ~rough])
        pending = np.stack([np.concatenate([low[rough], middle[rough]]), np.concatenate([middle[rough], high[rough]])])
    low, high, coefficients = np.concatenate(lows), np.concatenate(highs), np.concatenate(parts, axis=1)
    order = np.argsort(low)
    return np.append(low[order], high.max()), coefficients[:, order]


def _density(a: np.ndarray, b: np.ndarray, weights: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """The density of log-odds, sum_j w_j Beta(sigmoid(x); a_j, b_j) sigmoid'(x), at x of shape (NODES, P)."""
    large = np.minimum(a, b) > LARGE
    wide, narrow = (Populations(a[these], b[these], weights[these]) for these in (~large, large))
    return lambda x: _of_wide(wide, x) + _of_narrow(narrow, x)


def _of_wide(betas: Populations, x: np.ndarray) -> np.ndarray:
    a, b, log_constant = betas.a[:, None], betas.b[:, None], betaln(betas.a, betas.b)[:, None]
    result = np.empty(x.size)
    for chunk in chunks(x.size, max(1, len(a))):
        some = x.ravel()[chunk]
        result[chunk] = weighted(betas.weights, np.exp(a * log_expit(some) + b * log_expit(-some) - log_constant))
    return result.reshape(x.shape)


def _of_narrow(betas: Populations, x: np.ndarray) -> np.ndarray:
    """The part of Betas with large shapes, each of which reaches few of the panels."""
    a, b, weights = betas
    # At the mode in log-odds, theta = a / (a + b); Stirling's series for the rest of log B(a, b).
    log_at_mode = (np.log(a) + np.log(b / (a + b)) - np.log(2 * np.pi)) / 2 + _binet(a + b) - _binet(a) - _binet(b)
    low, high = beta_range(a, b)
    result = np.empty(x.shape)
    for panel in range(x.shape[1]):
        some = x[:, panel]
        near = (low < some.max()) & (high > some.min())
        log_density = log_at_mode[near, None] - deviance(a[near, None], b[near, None], some)
        result[:, panel] = weighted(weights[near], np.exp(log_density))
    return result


def beta_range(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Log-odds outside which a Beta has less than 1e-14 of its mass at either side."""
    centre, sd = digamma(a) - digamma(b), np.sqrt(polygamma(1, a) + polygamma(1, b))
    return centre - SDS * sd - FALL / a, centre + SDS * sd + FALL / b


def deviance(a: np.ndarray, b: np.ndarray, log_odds: np.ndarray) -> np.ndarray:
    """How far the log density of Beta(a, b) in log-odds is below its mode: small terms, though a and b be large.

    With d the distance from the mode logit p, p = a / (a + b), it is
    a log(1 + (1 - p) (e^-d - 1)) + b log(1 + p (e^d - 1)).
    """
    d = log_odds - np.log(a / b)
    with np.errstate(over="ignore"):
        return a * np.log1p(b / (a + b) * np.expm1(-d)) + b * np.log1p(a / (a + b) * np.expm1(d))


def _binet(z: np.ndarray) -> np.ndarray:
    """log Gamma(z) minus Stirling's formula, for z above LARGE: the next term is below 1e-17."""
    return 1 / (12 * z) - 1 / (360 * z**3) + 1 / (1260 * z**5)
