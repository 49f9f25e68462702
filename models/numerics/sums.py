"""Sums of NumPy arrays in a fixed order, so that the same numbers have the same sum to the last digit."""

import numpy as np


def weighted(weights: np.ndarray, values: np.ndarray) -> np.ndarray:
    """sum_j w_j x_j over the first axis, in an order that depends only on the shapes.

    `@` is computed by BLAS, which splits a long sum among the cores, so that its last digits depend on their number.

    Args:
        weights: w_j, shape (N,).
        values: x_j, shape (N, ...).

    Returns:
        The sum, shape (...).
    """
    return np.einsum("j,j...->...", weights, values)


def average(weights: np.ndarray, values: np.ndarray) -> np.ndarray:
    """sum_j w_j x_j for weights whose sum is 1, as x_h + sum_j w_j (x_j - x_h), where w_h is the largest weight.

    The weights add up to 1 only up to rounding, so the plain sum would round even the average of a constant. Here the
    average of a constant is exact.

    Args:
        weights: w_j, shape (N,).
        values: x_j, shape (N, ...).

    Returns:
        The average, shape (...).
    """
    values = np.asarray(values, np.float64)  # booleans cannot be subtracted
    heaviest = values[np.argmax(weights)]
    return heaviest + weighted(weights, values - heaviest)
