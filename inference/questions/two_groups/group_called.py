"""The group that a name stands for."""

from difflib import get_close_matches

import numpy as np

from models import CountsError, Observations

MOST_SHOWN = 3  # names in an error


def group_called(counts: Observations, name: str) -> int:
    """The index of the group of this name.

    Args:
        counts: the groups.
        name: a name, exactly.

    Returns:
        Its row, from 0.

    Raises:
        CountsError: if there is no such group; the message has the names that are nearest.
    """
    if name in counts.names:  # which are all different
        return counts.names.index(name)
    folded = {given.casefold(): given for given in reversed(counts.names)}
    near = [folded[key] for key in get_close_matches(name.casefold(), list(folded), MOST_SHOWN)]
    shown = f"did you mean {' or '.join(map(repr, near))}?" if near else f"names are {_some(counts.names)}"
    raise CountsError(f"no group is called {name!r}: {shown}")


def _some(names: tuple[str, ...]) -> str:
    return ", ".join(map(repr, names[:MOST_SHOWN])) + (", ..." if len(names) > MOST_SHOWN else "")


def two_groups(counts: Observations, name: str, other: str) -> np.ndarray:
    """The rows of two groups.

    Args:
        counts: the groups.
        name: name of the first group.
        other: name of the second one.

    Returns:
        Their indices, shape (2,).

    Raises:
        CountsError: as `group_called`, or if both are the same.
    """
    rows = group_called(counts, name), group_called(counts, other)
    if rows[0] == rows[1]:
        raise CountsError(f"a group is compared with another one, not with itself: {name!r}")
    return np.array(rows)
