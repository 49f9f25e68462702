"""Quantiles of weighted draws."""

import numpy as np
from numpy.typing import ArrayLike


def weighted_quantile(values: np.ndarray, weights: np.ndarray, q: ArrayLike) -> np.ndarray:
    """The smallest values at which the weighted distribution function reaches q.

    Args:
        values: draws, shape (N,).
        weights: weights of the draws, not negative, shape (N,).
        q: probabilities between 0 and 1, any shape.

    Returns:
        Quantiles, each one of the values, in the shape of `q`.
    """
    order = np.argsort(values)
    cumulative = np.cumsum(weights[order])
    at = np.searchsorted(cumulative, np.multiply(q, cumulative[-1]))
    return values[order][np.minimum(at, len(values) - 1)]
