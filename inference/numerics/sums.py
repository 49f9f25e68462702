"""Sums over groups, and how much they would change with other groups."""

import numpy as np

from models.numerics.sums import weighted


def sum_se(values: np.ndarray, students: np.ndarray) -> float | None:
    """Standard error of a sum over groups as they are exchanged, sqrt(S) sd; None for one group.

    Args:
        values: of each row, shape (rows,).
        students: how many groups each row stands for, shape (rows,).

    Returns:
        The standard error.
    """
    size = students.sum()
    if size < 2:
        return None
    mean = weighted(students, values) / size
    return float(np.sqrt(size / (size - 1) * weighted(students, (values - mean) ** 2)))
