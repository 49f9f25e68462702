"""Pareto-smoothed importance weights, by ArviZ, and khat, which shows whether estimates from them can be trusted."""

import numpy as np
from scipy.special import logsumexp

HIGHEST_KHAT = 0.7  # largest k-hat with which estimates and their errors can be trusted (Vehtari et al. 2024)
FEWEST_WEIGHTS = 25  # weights needed: ArviZ takes a fifth of them as the tail, and a tail needs at least 5


def pareto_smoothed(log_weights: np.ndarray) -> tuple[np.ndarray, float]:
    """Weights whose largest are replaced by quantiles of a generalised Pareto distribution fitted to them.

    khat is the fitted shape: moments of the weights of order 1 / khat and higher do not seem to exist. Estimates are
    good for khat below 0.5 and usable up to 0.7. Beyond, they are wrong, and nothing else shows it.

    Args:
        log_weights: log w_j, shape (N,), -inf allowed.

    Returns:
        Smoothed normalised log weights, shape (N,), and khat. It is -inf if the largest weights are all equal, as for
        draws without weights; it is inf if there are too few weights, or if no tail fits.

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
        # `psislw` takes log likelihoods, which are the negative log weights.
        smoothed, khat = array_stats.psislw(-positive)
    except ValueError:  # "All tail values are the same"
        return normalised, float("-inf")
    result = normalised.copy()
    result[np.isfinite(normalised)] = smoothed
    return result, float("inf") if np.isnan(khat) else float(khat)
