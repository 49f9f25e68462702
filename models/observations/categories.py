"""Counts in categories: how many marbles of each colour came out of each bag."""

from collections.abc import Mapping, Sequence
from os import PathLike
from typing import Any

import numpy as np
import polars as pl

from models.observations.columns import CountsError, Rows, distinct_names
from models.observations.files.file_columns import given_file
from models.observations.files.reading import asked_of
from models.observations.given import by_name, given_columns
from models.observations.kind import Kind
from models.observations.number_columns import whole_numbers
from models.observations.observations import Observations
from models.observations.trials import Trials


def _numbers(counted: Mapping[str, pl.Series], rows: Rows) -> tuple[np.ndarray, np.ndarray]:
    k = np.stack([whole_numbers(column, rows) for column in counted.values()], axis=1)
    return k, k.sum(axis=1)


def _refuse_impossible(k: np.ndarray, n: np.ndarray, rows: Rows, columns: Sequence[str]) -> None:
    def other_total(at: int) -> str:
        return f"the counts add up to {k[at].sum()}, but the group has {n[at]}"

    rows.refuse(k.sum(axis=1) != n, ", ".join(columns), other_total)


class Categories(Observations):
    """Counts k_1, ..., k_m in m categories for each group, out of n = k_1 + ... + k_m.

    Args:
        k: counts of each row and category, whole numbers >= 0, shape (rows, categories), at least two categories; or
            columns by name, as a mapping or a data frame, whose names become those of the categories.
        names: one name a row, all different; "group 1", "group 2", ... if omitted.
        multiplicity: how many groups with these counts a row stands for, whole numbers, shape (rows,); 1 if omitted.
        covariates: what else is known of each row, as columns by name, see `Counts`.
        categories: names of the categories, all different; "category 1", "category 2", ... if omitted.

    Raises:
        CountsError: if a value is missing, not a number, not whole or negative, if the lengths differ, if there is no
            group or only one category, or if a name is missing or comes twice. Rows are counted from 1.
    """

    _kind = Kind("group", "trials", ("k",), _numbers, _refuse_impossible, lambda k, n: k.astype(np.float64).sum(axis=1))

    def __init__(
        self,
        k: Any,
        names: Sequence[str] | None = None,
        multiplicity: Sequence[Any] | Any | None = None,
        covariates: Mapping[str, Sequence[Any] | Any] | None = None,
        categories: Sequence[str] | None = None,
    ):
        self._keep(given_columns(columns_by_category(k, categories), names, multiplicity, covariates))

    @classmethod
    def read(
        cls,
        source: str | PathLike[str] | Any,
        *,
        k: Sequence[str],
        name: str | Sequence[str] | None = None,
        multiplicity: str | None = None,
        covariates: Sequence[str] = (),
        decimal: str | None = None,
        thousands: str | None = None,
        sheet: str | None = None,
        drop_missing: bool = False,
    ) -> "Categories":
        """Read counts in categories from a file or a data frame, in the way of `Counts.read`.

        Args:
            source: the file or frame.
            k: column of counts of each category, at least two; their names become those of the categories.
            name: column of names, or several; by default "name" if there is one.
            multiplicity: column of how many groups a row stands for; by default "multiplicity" if there is one.
            covariates: columns of what else is known of each row.
            decimal: decimal sign; None to find it out.
            thousands: what groups thousands; None to find it out.
            sheet: sheet of a workbook; None for the first that is not empty.
            drop_missing: whether rows with a missing value are left out, rather than refused.

        Returns:
            The counts; of a large file the different rows, in increasing order of n, k and covariates.

        Raises:
            CountsError: if the source is empty, not readable as a table, lacks a column or holds a bad value.
            FileNotFoundError: if there is no such file.
        """
        asked = asked_of(
            {category: category for category in checked_categories(k)},
            name=name,
            multiplicity=multiplicity,
            covariates=covariates,
            decimal=decimal,
            thousands=thousands,
            sheet=sheet,
            drop_missing=drop_missing,
        )
        return cls._of_file(given_file(source, asked))

    @property
    def categories(self) -> tuple[str, ...]:
        """The names of the categories."""
        return self._table.categories

    @property
    def n(self) -> np.ndarray:
        """The counts of each row in all categories together, int64, shape (rows,)."""
        return self.design_values

    @property
    def trials(self) -> Trials:
        """The argument of every form, in JAX's default float dtype (float64 under x64)."""
        return self._in_jax.trials(by_row=False)

    @property
    def trials_of_rows(self) -> Trials:
        """As `trials`, with one entry for each row, and its multiplicity beside it."""
        return self._in_jax.trials(by_row=True)

    def _columns_of_counts(self, k: Any) -> dict[str, Any]:
        return columns_by_category(k, self.categories)

    def _shown(self, at: int) -> str:
        return "/".join(str(count) for count in self.k[at])

    def _caption(self) -> str:
        return f"{self.n @ self.multiplicity} counts in {len(self.categories)} categories"

    def _columns_shown(self) -> list[tuple[str, np.ndarray]]:
        return list(zip(self.categories, self.k.T, strict=True))


def columns_by_category(k: Any, categories: Sequence[str] | None) -> dict[str, Any]:
    """The counts of each category by its name.

    Args:
        k: counts, shape (rows, categories); or columns by name.
        categories: the names; None for those of the columns, or "category 1", ...

    Returns:
        A column a category, in this order.

    Raises:
        CountsError: if there are fewer than two categories, or the shape of k or the names do not fit.
    """
    if isinstance(k, Mapping) or hasattr(k, "columns"):
        columns = by_name(k, "k")
        if categories is not None and set(categories) != set(columns):
            raise CountsError(f"k has the columns {', '.join(columns)}, but the categories are {', '.join(categories)}")
        return {category: columns[category] for category in checked_categories(categories or list(columns))}
    matrix = k if hasattr(k, "__array__") else np.array(k, dtype=object)
    matrix = np.asarray(matrix)
    if matrix.ndim != 2:
        raise CountsError(f"k has shape {matrix.shape}; give a row per group and in it a count per category")
    names = checked_categories(
        [f"category {i + 1}" for i in range(matrix.shape[1])] if categories is None else categories
    )
    if len(names) != matrix.shape[1]:
        raise CountsError(f"k has {matrix.shape[1]} columns, but there are {len(names)} categories; give each its name")
    return dict(zip(names, matrix.T, strict=True))


def checked_categories(names: Sequence[str]) -> tuple[str, ...]:
    """The names of the categories, after a check that they are different and at least two."""
    if isinstance(names, str) or not all(isinstance(name, str) and name.strip() for name in names):
        raise CountsError(f"the names of the categories are {names!r}; give a name for each, as text")
    if len(names) < 2:
        raise CountsError(f"the categories are {', '.join(map(repr, names)) or 'none'}; give at least two")
    return distinct_names(pl.Series("categories", names, dtype=pl.String), Rows(group="category"))
