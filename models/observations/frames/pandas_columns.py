"""Columns and index of a pandas frame as polars series: NumPy's types, pandas' own with NA, categories and objects.

pandas is not imported. Values do not pass through Arrow, because pandas needs pyarrow for that.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from models.observations.columns import typed_column
from models.observations.files.headers import ROW_NAMES

BETWEEN_LEVELS = "_"  # joins the levels of a column's name: the sum of "won" is "won_sum"
NUMBERS = ("integer", "floating", "empty")  # what pandas calls an index that only counts rows


class PandasTable:
    """A pandas frame whose index is among its columns, where it says more than which row it is.

    An index with a name, or of text, is a column in front, or several, as names of rows are in a file. One of numbers
    without a name, such as the default one or what is left of it when rows were left out, is in messages alone.

    Args:
        frame: the frame.

    Attributes:
        columns: names of the columns, those of the index first.
        row_names: those of the index.
        remarks: what is to be said of the index.
    """

    def __init__(self, frame: Any):
        self._frame = frame
        index = frame.index
        has_names = index.nlevels > 1 or index.name is not None or index.inferred_type not in NUMBERS
        levels = [index.get_level_values(level) for level in range(index.nlevels)] if has_names else []
        self._levels = levels
        self.row_names = tuple(_row_name(level.name, at, len(levels)) for at, level in enumerate(levels))
        self.columns = (*self.row_names, *map(_column_name, frame.columns))
        self.remarks = (f"index {', '.join(self.row_names)} read as columns",) if has_names else ()

    def place_of(self, row: int) -> str:
        """What the index says of a row, counted from 0."""
        return f"index {self._frame.index[row]}"

    def taken(self, places: Mapping[str, int]) -> pl.DataFrame:
        """Some columns.

        Args:
            places: places in `columns` by the names that they get.

        Returns:
            The columns.
        """
        return pl.DataFrame({column: self._column(at) for column, at in places.items()})

    def _column(self, at: int) -> pl.Series:
        levels = len(self._levels)
        return as_polars(self._levels[at] if at < levels else self._frame.iloc[:, at - levels])


def as_polars(values: Any) -> pl.Series:
    """A pandas series or index, in the type that its values have in polars.

    Args:
        values: of any type of pandas.

    Returns:
        Numbers and times as such, with nulls where pandas has NA; objects and categories by what they are, text if
        they are mixed.
    """
    kind = getattr(values.dtype, "kind", "O")
    if isinstance(values.dtype, np.dtype) and kind in "iufbM":
        return pl.Series(_plain(values.to_numpy()))
    missing = np.asarray(values.isna(), bool)
    if kind in "iufb":
        numbers = _plain(values.to_numpy(dtype=NUMPY_TYPES[kind], na_value=NUMPY_TYPES[kind](0).item()))
        return pl.Series(numbers).set(pl.Series(missing), None)
    objects = values.astype(object).to_numpy()
    return typed_column("", [None if gone else value for value, gone in zip(objects, missing, strict=True)])


NUMPY_TYPES = {"i": np.int64, "u": np.uint64, "f": np.float64, "b": np.bool_}


def _plain(array: np.ndarray) -> np.ndarray:
    """The array, in a float type that polars has."""
    return array.astype(np.float64) if array.dtype.kind == "f" and array.dtype.itemsize not in (4, 8) else array


def _row_name(name: Any, at: int, levels: int) -> str:
    return str(name) if name is not None else ROW_NAMES if levels == 1 else f"{ROW_NAMES} {at + 1}"


def _column_name(label: Any) -> str:
    parts = label if isinstance(label, tuple) else (label,)
    return BETWEEN_LEVELS.join(str(part) for part in parts if part != "")
