"""Sums of NumPy arrays in one order, so that the same numbers have the same sum to the last digit."""

import numpy as np


def weighted(weights: np.ndarray, values: np.ndarray) -> np.ndarray:
    """sum_j w_j x_j over the first axis, in an order that depends on nothing but the shapes.

    BLAS, which is `@`, splits a long sum among as many cores as there are, and its last digits change with them.

    Args:
        weights: w_j, shape (N,).
        values: x_j, shape (N, ...).

    Returns:
        The sum, shape (...).
    """
    return np.einsum("j,j...->...", weights, values)
