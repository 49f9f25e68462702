"""The standard error of a sum over groups: how much the sum would change with other groups."""

import numpy as np

from models.numerics.sums import weighted


def sum_se(values: np.ndarray, students: np.ndarray) -> float | None:
    """Standard error of a sum over S groups, taken as a sample of groups: sqrt(S) sd; None for one group.

    Args:
        values: the value of each group of a row, shape (rows,).
        students: how many groups each row stands for, shape (rows,).

    Returns:
        The standard error.
    """
    size = students.sum()
    if size < 2:
        return None
    mean = weighted(students, values) / size
    return float(np.sqrt(size / (size - 1) * weighted(students, (values - mean) ** 2)))
