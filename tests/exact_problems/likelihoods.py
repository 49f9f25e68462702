"""Log likelihoods of three families by sums of logarithms, in NumPy: they share no code with the programs.

log (a)_k = log Gamma(a + k) - log Gamma(a) = sum_{j < k} log(a + j), and of all groups sum_j #{i: k_i > j} log(a + j).
"""

from math import log, pi

import mpmath
import numpy as np
from scipy.special import gammaln, log_expit

from models import Categories, Counts, Events


def log_rising(a: np.ndarray, k: np.ndarray, times: np.ndarray) -> np.ndarray:
    """sum_i times_i log (a)_{k_i}, the shape of `a`.

    Args:
        a: positive, any shape.
        k: whole numbers, shape (groups,).
        times: how many groups each one stands for, shape (groups,).
    """
    at_least = np.cumsum(np.bincount(k.astype(int), times)[::-1])[::-1][1:]  # how many groups have k > j, for each j
    a = np.asarray(a, float)
    total = np.zeros(a.shape)
    for j, groups in enumerate(at_least):
        total += groups * np.log(a + j)
    return total


def log_beta_binomials(counts: Counts, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """log p(k | n, a, b) of all students, the shape of a and b."""
    k, n, times = counts.k, counts.n, counts.multiplicity
    log_choose = np.sum(times * (gammaln(n + 1.0) - gammaln(k + 1.0) - gammaln(n - k + 1.0)))
    of_successes, of_failures = log_rising(a, k, times), log_rising(b, n - k, times)
    return log_choose + of_successes + of_failures - log_rising(np.add(a, b), n, times)


@np.vectorize
def log_long_beta_binomial(k: int, n: int, a: float, b: float) -> float:
    """log p(k | n, a, b) of one student, by 40 digits: for records so long that a sum of logarithms takes too long."""
    with mpmath.workdps(40):
        k, n, a, b = (mpmath.mpf(float(each)) for each in (k, n, a, b))
        log_choose = mpmath.loggamma(n + 1) - mpmath.loggamma(k + 1) - mpmath.loggamma(n - k + 1)
        after = mpmath.loggamma(a + k) + mpmath.loggamma(b + (n - k)) - mpmath.loggamma(a + b + n)
        return float(log_choose + after - mpmath.loggamma(a) - mpmath.loggamma(b) + mpmath.loggamma(a + b))


def log_gamma_poissons(events: Events, shape: np.ndarray, rate: np.ndarray) -> np.ndarray:
    """log p(k | exposure, shape, rate) of all groups, the shape of shape and rate."""
    shape, rate = np.broadcast_arrays(np.asarray(shape, float), np.asarray(rate, float))
    total = log_rising(shape, events.k, events.multiplicity) - np.sum(events.multiplicity * gammaln(events.k + 1.0))
    for k, exposure, times in zip(events.k, events.exposure, events.multiplicity, strict=True):
        if exposure:
            total -= times * (shape * np.log1p(exposure / rate) + k * np.log1p(rate / exposure))
    return total


def log_dirichlet_multinomials(results: Categories, alpha: np.ndarray) -> np.ndarray:
    """log p(k | n, alpha) of all groups, of alpha of shape (..., categories)."""
    k, n, times = results.k, results.k.sum(axis=1), results.multiplicity
    log_choose = np.sum(times * (gammaln(n + 1.0) - gammaln(k + 1.0).sum(axis=1)))
    each = sum(log_rising(alpha[..., j], k[:, j], times) for j in range(k.shape[1]))
    return log_choose + each - log_rising(alpha.sum(axis=-1), n, times)


def log_uniform_logit(z: np.ndarray) -> np.ndarray:
    """Log density of the logit z of a number that is uniform on (0, 1)."""
    return log_expit(z) + log_expit(-z)


def log_normal_density(x: np.ndarray, sd: float) -> np.ndarray:
    """Log density of Normal(0, sd)."""
    return -0.5 * (x / sd) ** 2 - log(sd) - 0.5 * log(2 * pi)
