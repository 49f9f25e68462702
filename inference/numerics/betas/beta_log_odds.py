"""The log-odds of a rate with a Beta: moments, density, and distribution function where a Beta is concentrated."""

import numpy as np
from scipy.special import digamma, expit, log_expit, ndtr, polygamma

# a b / (a + b), 1 / variance of the log-odds: `betainc` is right below it, `concentrated_cdf` is above it, to 1e-10.
CONCENTRATED = 1e10
# Largest a + b used, in pseudo-trials: in a population that is more concentrated, a group's own 1e9 trials move its
# rate by less than 1e-4 sds, and this scale of 1e-9 in the log-odds is still resolved by float64.
MOST_CONCENTRATED = 1e18
REPRESENTABLE = 600.0  # of a log ratio: farther out the ratio would overflow


def mean_and_sd(alpha: np.ndarray, beta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean psi(alpha) - psi(beta) and sd sqrt(psi'(alpha) + psi'(beta)) of the log-odds of Betas.

    Args:
        alpha: first shapes.
        beta: second shapes, of the same shape.

    Returns:
        Both, of the same shape.
    """
    return digamma(alpha) - digamma(beta), np.sqrt(polygamma(1, alpha) + polygamma(1, beta))


def log_density(alpha: np.ndarray, beta: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Log density of the log-odds of Betas, relative to the mode: large shapes cancel there, not in the result.

    Args:
        alpha: first shapes.
        beta: second shapes.
        x: log-odds; all three of one shape, or of shapes that broadcast.

    Returns:
        log p(x) - log p(mode), at most 0 but for rounding.
    """
    mode = _log_ratio(alpha, beta)
    return -alpha * _log_mean(-mode, mode - x) - beta * _log_mean(mode, x - mode)


def concentrated_cdf(alpha: np.ndarray, beta: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Distribution function of the log-odds of Betas with alpha beta / (alpha + beta) of at least CONCENTRATED.

        F(x) = Phi(r + (1 - 2 p) / (3 sqrt(h))),    r = sign(x - mode) sqrt(2 (log p(mode) - log p(x)))

    with p = alpha / (alpha + beta) and h = alpha beta / (alpha + beta), up to O(1 / h).

    Args:
        alpha: first shapes.
        beta: second shapes.
        x: log-odds, of the same shape.

    Returns:
        Probabilities.

    References:
        DiCiccio & Martin (1991), Approximations of marginal tail probabilities for a class of smooth functions with
        applications to Bayesian and conditional inference, Biometrika 78(4).
    """
    p = alpha / (alpha + beta)
    root = np.sqrt(np.maximum(-2 * log_density(alpha, beta, x), 0.0))
    return ndtr(np.sign(x - _log_ratio(alpha, beta)) * root + (1 - 2 * p) / (3 * np.sqrt(p * beta)))


def _log_ratio(alpha: np.ndarray, beta: np.ndarray) -> np.ndarray:
    """log(alpha / beta): the difference of two logarithms would round at their size, not at its own."""
    difference = np.log(alpha) - np.log(beta)
    with np.errstate(over="ignore", under="ignore", divide="ignore"):
        return np.where(np.abs(difference) < REPRESENTABLE, np.log(alpha / beta), difference)


def _log_mean(share: np.ndarray, d: np.ndarray) -> np.ndarray:
    """log(1 - p + p e^d) with p = sigmoid(share): accurate for small d, and for any large one of either sign."""
    change = expit(share) * np.expm1(np.minimum(d, 1.0))
    near = np.log1p(np.maximum(change, -0.5))
    # Where p rounds to 1, e^d may be smaller than 1 - p, which is then not yet 0.
    return np.where((d < 1) & (change > -0.5), near, np.logaddexp(log_expit(-share), log_expit(share) + d))
