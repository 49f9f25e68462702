"""The columns with which tables of groups begin, and the column of multiplicities."""

from typing import Any

import numpy as np

from models import Categories, Observations


def group_columns(counts: Observations, category: str | None = None) -> dict[str, Any]:
    """The first columns of a table: a row per group, or one per group and category if each group has several rates.

    Numbers of the shape of `counts.k` follow in the order of `np.ravel`.

    Args:
        counts: the groups.
        category: the only category that the table is about; None for all of them, and if there are none.

    Returns:
        name, k and n of `Counts`; name, k and exposure of `Events`; name, category, k and n of `Categories`.
    """
    if not isinstance(counts, Categories):
        return whole_group_columns(counts)
    index = category_index(counts, category) if category is not None else slice(None)
    shown = counts.categories if category is None else (category,)
    return {
        "name": np.repeat(np.array(counts.names, dtype=object), len(shown)).tolist(),
        "category": list(shown) * len(counts),
        "k": counts.k[:, index].ravel(),
        "n": np.repeat(counts.n, len(shown)),
    }


def whole_group_columns(counts: Observations) -> dict[str, Any]:
    """The first columns of a table about groups as a whole: a row per group, whatever number of rates it has.

    Args:
        counts: the groups.

    Returns:
        name, k and n of `Counts`; name, k and exposure of `Events`; name and n of `Categories`.
    """
    k = {} if isinstance(counts, Categories) else {"k": counts.k}
    return {"name": counts.names, **k, counts.design_name: counts.design_values}


def multiplicity_column(counts: Observations, rows_of_group: int = 1) -> dict[str, Any]:
    """The column multiplicity; no column if it is 1 in all rows.

    Args:
        counts: the groups.
        rows_of_group: how many rows of the table each group has, such as one per category.

    Returns:
        The column by its name.
    """
    if np.all(counts.multiplicity == 1):
        return {}
    return {"multiplicity": np.repeat(counts.multiplicity, rows_of_group)}


def category_index(counts: Observations, category: str | None) -> int | None:
    """The index of the one category that a question is about.

    Args:
        counts: the groups.
        category: its name; None if the groups have one rate each.

    Returns:
        The index of its column of k; None if the groups have one rate each.

    Raises:
        TypeError: if no category is given although there are several, or one is given although there is none.
        KeyError: if there is no such category.
    """
    if not isinstance(counts, Categories):
        if category is not None:
            raise TypeError(
                f"category is {category!r}, but {type(counts).__name__} have one rate a group: leave it out"
            )
        return None
    names = ", ".join(map(repr, counts.categories))
    if category is None:
        raise TypeError(
            f"each group has a rate for each of {names}: say which one this is about, such as "
            f"category={counts.categories[0]!r}"
        )
    if category not in counts.categories:
        raise KeyError(f"there is no category {category!r}; there are {names}")
    return counts.categories.index(category)
