"""Pareto-smoothed importance weights, by ArviZ, and what their tail says of every estimate made of them."""

import numpy as np
from scipy.special import logsumexp

HIGHEST_KHAT = 0.7  # Vehtari et al. 2024: beyond it neither estimates nor their errors are to be trusted
FEWEST_WEIGHTS = 25  # of which ArviZ takes a fifth for the tail, and refuses fewer than 5


def pareto_smoothed(log_weights: np.ndarray) -> tuple[np.ndarray, float]:
    """Weights whose largest are replaced by quantiles of a generalised Pareto distribution fitted to them.

    khat is the fitted shape: moments of order 1 / khat and more of the weights do not seem to exist, so that estimates
    are good below 0.5, usable to 0.7, and wrong without a sign of it beyond.

    Args:
        log_weights: log w_j, shape (N,), -inf allowed.

    Returns:
        Smoothed normalised log weights, shape (N,), and khat: -inf if the largest weights are all equal, as those of
        draws that are not weighted; inf if there are too few to tell, or no tail fits.

    References:
        Vehtari, Simpson, Gelman, Yao & Gabry (2024), Pareto smoothed importance sampling, JMLR 25.
    """
    # ArviZ takes seconds to import, so only where it is used.
    from arviz_stats.base.array import array_stats

    log_weights = np.asarray(log_weights, np.float64)
    normalised = log_weights - logsumexp(log_weights)
    positive = normalised[np.isfinite(normalised)]
    if len(positive) < FEWEST_WEIGHTS:
        return normalised, float("inf")
    try:
        # `psislw` wants log likelihoods, the negative of log weights.
        smoothed, khat = array_stats.psislw(-positive)
    except ValueError:  # "All tail values are the same"
        return normalised, float("-inf")
    result = normalised.copy()
    result[np.isfinite(normalised)] = smoothed
    return result, float("inf") if np.isnan(khat) else float(khat)
