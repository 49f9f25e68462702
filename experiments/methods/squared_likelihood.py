"""The square of a likelihood of counts is, up to a constant, the likelihood of doubled counts.

    p(k | n, theta)^2 = p(2k | 2n, theta) C(n, k)^2 / C(2n, 2k)

So the mean square of an importance weight, and with it the effective sample size that it leads to, is an evidence.
"""

import numpy as np
from scipy.special import gammaln

from models import Counts


def log_choose(n: np.ndarray, k: np.ndarray) -> np.ndarray:
    """log C(n, k) of whole numbers, by log gammas."""
    return gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)


def doubled(counts: Counts) -> Counts:
    """The same students with twice the successes out of twice the trials."""
    return Counts(2 * counts.k, 2 * counts.n)


def log_constant(counts: Counts) -> float:
    """sum_i log [C(n_i, k_i)^2 / C(2 n_i, 2 k_i)]: what to add to the log likelihood of the doubled counts."""
    k, n = counts.k, counts.n
    return float(np.sum(2 * log_choose(n, k) - log_choose(2 * n, 2 * k)))
