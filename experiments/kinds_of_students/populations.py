"""The population of rates that was learned, as shares of students: a density may be infinite at 0 and 1."""

import numpy as np
from scipy.special import betainc

from experiments.kinds_of_students.each_kind import kinds_of
from inference import Posterior

BINS = np.linspace(0.0, 1.0, 11)  # ends of the bins of theta


def share_of_bins(posterior: Posterior, ends: np.ndarray = BINS) -> tuple[np.ndarray, np.ndarray]:
    """The posterior mean of the share of students whose rate is in each bin.

        E[sum_c share_c (F(e_{j+1}; a_c, b_c) - F(e_j; a_c, b_c))],    F the distribution function of Beta(a, b)

    Args:
        posterior: posterior of the population.
        ends: of the bins, in increasing order from 0 to 1, shape (J + 1,).

    Returns:
        Shares and their standard errors, each of shape (J,).
    """
    shares, means, lam = kinds_of(posterior)
    below = np.zeros((len(shares), len(ends)))
    for share, a, b in zip(shares.T, (lam * means).T, (lam * (1 - means)).T, strict=True):
        below += share[:, None] * betainc(a[:, None], b[:, None], ends)
    return posterior.expectation(np.diff(below, axis=1))
