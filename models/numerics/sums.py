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


def average(weights: np.ndarray, values: np.ndarray) -> np.ndarray:
    """sum_j w_j x_j for weights whose sum is 1, from the heaviest value x_h on: x_h + sum_j w_j (x_j - x_h).

    Weights add up to 1 but for rounding, so that the average of a constant would be rounded too; this one is exact.

    Args:
        weights: w_j, shape (N,).
        values: x_j, shape (N, ...).

    Returns:
        The average, shape (...).
    """
    values = np.asarray(values, np.float64)  # a truth value has no difference
    heaviest = values[np.argmax(weights)]
    return heaviest + weighted(weights, values - heaviest)
