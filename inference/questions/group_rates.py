"""Numbers of each group, or of each of its categories, in tables with a row a group; and the groups that differ."""

import numpy as np

from models import Categories, Family, Observations


def by_category(name: str, values: np.ndarray, counts: Observations) -> dict[str, np.ndarray]:
    """A number of each group, or of each of its categories, as columns.

    Args:
        name: of the number, such as "rate".
        values: shape (rows,), or (rows, categories).
        counts: the groups.

    Returns:
        The column of this name, or "rate[red]", "rate[green]", ....
    """
    if not isinstance(counts, Categories):
        return {name: values}
    return {f"{name}[{category}]": column for category, column in zip(counts.categories, values.T, strict=True)}


def raw_rates(family: Family, counts: Observations) -> np.ndarray:
    """The rate of each group by its own data alone, or of each of its categories, NaN where there is no data.

    Args:
        family: the family of the groups.
        counts: the groups.

    Returns:
        Rates, shape (rows,) or (rows, categories).
    """
    k = counts.k.astype(np.float64)
    design = np.broadcast_to(counts.design_values.astype(np.float64).reshape(-1, *[1] * (k.ndim - 1)), k.shape)
    has_data = design > 0
    return np.where(has_data, family.raw_rate(k, np.where(has_data, design, 1.0)), np.nan)


def each_with(counts: Observations, *others: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The groups that differ in their data or in something else.

    Args:
        counts: the groups.
        others: further numbers of each group, each of shape (rows,) or (rows, columns).

    Returns:
        The index of one row of each different group, and the place of each row among them.
    """
    columns = [np.asarray(counts.row_of, np.float64)[:, None]]
    columns += [np.reshape(np.asarray(other, np.float64), (len(counts), -1)) for other in others]
    _, first, place = np.unique(np.concatenate(columns, axis=1), axis=0, return_index=True, return_inverse=True)
    return first, place.ravel()
