"""What `predict` is asked: in how many next trials, or in which next exposure, each group and an unseen one are."""

import numpy as np
from numpy.typing import ArrayLike

from models import Observations

UNSEEN = "(unseen)"


def next_trials(n: ArrayLike, groups: int) -> np.ndarray:
    """The number of next trials of each row, that of the unseen group last.

    Args:
        n: one whole number for all; or one for each group, optionally followed by one for the unseen group.
        groups: the number of groups.

    Returns:
        int64, shape (groups,) or (groups + 1,).

    Raises:
        ValueError: if `n` is not made of whole numbers, one for each row.
    """
    given = np.asarray(n)
    if not np.issubdtype(given.dtype, np.number) or np.any(given != np.floor(given)) or np.any(given < 0):
        raise ValueError(f"n must be whole numbers of trials, not {n}")
    return _of_rows(given, groups).astype(np.int64)


def next_exposures(n: ArrayLike, groups: int) -> np.ndarray:
    """The next exposure of each row, as `next_trials`: finite numbers, at least 0."""
    given = np.asarray(n)
    if not np.issubdtype(given.dtype, np.number) or not np.all(np.isfinite(given) & (given >= 0)):
        raise ValueError(f"n must be finite numbers of exposure, at least 0, not {n}")
    return _of_rows(given, groups).astype(np.float64)


def _of_rows(given: np.ndarray, groups: int) -> np.ndarray:
    if given.ndim == 0:
        given = np.full(groups + 1, given)
    if given.ndim != 1 or len(given) not in {groups, groups + 1} or len(given) == 0:
        raise ValueError(f"n must be one number, one for each of {groups} groups, or one more for the unseen group")
    return given


def check_unseen(unseen: Observations) -> None:
    """Raise a ValueError unless these are one group without data."""
    if len(unseen) != 1 or unseen.students != 1 or np.any(unseen.k) or np.any(unseen.design_values):
        raise ValueError(
            f"unseen is {unseen!r}: give one group without data, such as Counts([0], [0], covariates={{...}})"
        )
