"""The columns of observations after they were checked, and their different rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import polars as pl

from models.observations.columns import CountsError
from models.observations.covariates import Covariates

FEW_ROWS = 1000  # rows that NumPy sorts in less time than polars begins to


@dataclass(frozen=True)
class Table:
    """Rows of observations, one a group or one for several groups that are alike. Its arrays do not change.

    Args:
        k: counts, int64, shape (rows,) or (rows, categories).
        design: what the counts depend on besides the rate, such as trials or exposures, shape (rows,).
        multiplicity: how many groups a row stands for, int64, shape (rows,).
        names: one name a row; None if there are none.
        covariates: int64 or float64 arrays by name, each of shape (rows,).
        levels: of each covariate that holds codes, what the codes 0, 1, ... stand for.
        categories: names of the columns of k if it has several.
    """

    k: np.ndarray
    design: np.ndarray
    multiplicity: np.ndarray
    names: tuple[str, ...] | None = None
    covariates: Covariates = field(default_factory=Covariates)
    levels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    categories: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for column in (self.k, self.design, self.multiplicity, *self.covariates.values()):
            column.flags.writeable = False

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.__post_init__()  # arrays can be written to when they were pickled

    def __len__(self) -> int:
        """The number of rows."""
        return len(self.multiplicity)

    @property
    def students(self) -> int:
        """The number of groups: the sum of the multiplicities."""
        return int(self.multiplicity.sum())

    def taken(self, rows: np.ndarray) -> "Table":
        """These rows, in this order.

        Args:
            rows: index of each row.

        Returns:
            Their table, with their names.
        """
        return replace(
            self,
            k=self.k[rows],
            design=self.design[rows],
            multiplicity=self.multiplicity[rows],
            names=None if self.names is None else tuple(self.names[row] for row in rows),
            covariates=Covariates({name: values[rows] for name, values in self.covariates.items()}),
        )

    def read(self, covariate: str) -> np.ndarray:
        """A covariate as it was given: codes as the text that they stand for, shape (rows,)."""
        values, levels = self.covariates[covariate], self.levels.get(covariate)
        return values if levels is None else np.array(levels, dtype=object)[values]

    def only_counts(self) -> "Table":
        """The same rows without names and covariates."""
        return replace(self, names=None, covariates=Covariates(), levels={})

    def different(self) -> "Table":
        """The rows that differ in design, k or covariates, in increasing order of these, without names.

        Returns:
            Their table; the multiplicity of a row is the sum of those of the rows that it stands for, which may be 0.
        """
        first, times = self._first_of_each()
        return replace(replace(self, names=None).taken(first), multiplicity=times)

    def _first_of_each(self) -> tuple[np.ndarray, np.ndarray]:
        """Index of the first row of those that are alike, and the sum of their multiplicities, as `different` sorts."""
        if 0 < len(self) <= FEW_ROWS:  # polars would take half a millisecond
            columns = self._columns_compared()
            order = np.lexsort(columns[::-1])  # the first row of those that are alike stays the first
            differs = np.any([np.diff(column[order]) != 0 for column in columns], axis=0)
            starts = np.flatnonzero(np.append(np.True_, differs))
            return order[starts], np.add.reduceat(self.multiplicity[order], starts)
        table = self._compared()
        columns = table.columns
        table = table.with_columns(times=self.multiplicity).with_row_index("first")
        table = table.group_by(columns).agg(pl.col("first").min(), pl.col("times").sum()).sort(columns)
        return table["first"].to_numpy(), table["times"].to_numpy().copy()

    def places_in(self, rows: "Table") -> np.ndarray:
        """Where each row is in a table of different rows.

        Args:
            rows: what `different` returned.

        Returns:
            Index of the row of the same design, k and covariates, int64, shape (rows of this table,).
        """
        table = self._compared()
        known = rows._compared().with_row_index("place")
        places = table.join(known, on=table.columns, how="left", maintain_order="left")["place"]
        return places.cast(pl.Int64).to_numpy()

    def _compared(self) -> pl.DataFrame:
        """The columns by which rows differ, called "0", "1", ..."""
        return pl.DataFrame(dict(enumerated(self._columns_compared())))

    def _columns_compared(self) -> list[np.ndarray]:
        """The design, each column of k, each covariate."""
        return [self.design, *columns_of_counts(self.k), *self.covariates.values()]


def indices_of(rows: Sequence[int] | np.ndarray, length: int) -> np.ndarray:
    """The indices of some rows of a table.

    Args:
        rows: index of each row, counted from 0; or a boolean for every row of the table.
        length: the number of rows of the table.

    Returns:
        The indices, int64.

    Raises:
        CountsError: if it is neither, or there is no such row.
    """
    indices = np.asarray(rows)
    if indices.dtype == bool and indices.shape == (length,):
        return np.flatnonzero(indices)
    if indices.ndim != 1 or (indices.size and indices.dtype.kind not in "iu"):
        raise CountsError(f"the rows to take are {rows!r}; give the index of each, or a boolean for every row")
    bad = (indices < 0) | (indices >= length)
    if bad.any():
        raise CountsError(f"there is no row of index {indices[bad][0]}: the indices are 0 to {length - 1}")
    return indices.astype(np.int64)


def enumerated(columns: Sequence[np.ndarray]) -> list[tuple[str, np.ndarray]]:
    """Columns with the names "0", "1", ..., which cannot be those of others."""
    return [(str(i), column) for i, column in enumerate(columns)]


def columns_of_counts(k: np.ndarray) -> list[np.ndarray]:
    """The columns of k: one, or one a category."""
    return [k] if k.ndim == 1 else [np.ascontiguousarray(column) for column in k.T]
