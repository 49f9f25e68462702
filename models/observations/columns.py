"""Columns and the rows they come from, and names. Errors say the row, the column and what is wrong, before JAX runs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isnan
from typing import Any

import numpy as np
import polars as pl

from models.observations.files.missing import stripped
from models.observations.files.numbers_in_text import NumberFormat


class CountsError(ValueError):
    """Counts that cannot be used; the message says in one line which row and column are bad, and why.

    Args:
        message: the line; control characters in what it quotes are shown as escapes.
    """

    def __init__(self, message: str):
        super().__init__("".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in message))


NAMES = "names"  # the column of names of data in memory


@dataclass(frozen=True)
class Rows:
    """The rows that values come from, so that an error can name the bad row. A value may stand for several rows.

    Args:
        source: begins every message, such as "my.csv: ".
        first: row in which each value first occurs, counted from 0 and increasing, shape (values,); 0, 1, ... if None.
        times: in how many rows each value occurs, shape (values,); 1 if None.
        place_of: function from a row to where it is in the file, such as "line 7 of the file"; None if it is in none.
        group: what one row is about, in the words of a message: "group", "category".
        numbers: how numbers in text are written.
    """

    source: str = ""
    first: np.ndarray | None = None
    times: np.ndarray | None = None
    place_of: Callable[[int], str] | None = None
    group: str = "group"
    numbers: NumberFormat = NumberFormat()  # noqa: RUF009 - it does not change

    def row_of(self, at: int) -> int:
        """The row, counted from 1, in which a value first occurs."""
        return int(at if self.first is None else self.first[at]) + 1

    def refuse(self, bad: pl.Series | np.ndarray, column: str, problem_of: Callable[[int], str]) -> None:
        """Raise an error if a value is bad.

        Args:
            bad: whether each value is bad, shape (values,).
            column: the column they are in.
            problem_of: function from the index of a bad value to what is wrong with it.

        Raises:
            CountsError: if a value is bad; names the first such row, counted from 1, and says how many more there are.
        """
        where = np.flatnonzero(np.asarray(bad))
        if not where.size:
            return
        row = self.row_of(int(where[0]))
        others = int(where.size if self.times is None else self.times[where].sum()) - 1
        more = f" (and {others} more such row{'s' if others > 1 else ''})" if others else ""
        place = "" if self.place_of is None else f"; {self.place_of(row - 1)}"
        raise CountsError(f"{self.source}row {row}, column {column}: {problem_of(int(where[0]))}{more}{place}")


def column_of(column: str, values: Sequence[Any] | Any) -> pl.Series:
    """One column from a list, a NumPy or JAX array, or a polars or pandas series.

    Args:
        column: its name.
        values: one value a row.

    Returns:
        The column; a list that mixes numbers, text and None becomes a column of text.

    Raises:
        CountsError: if `values` is not a sequence.
    """
    if isinstance(values, pl.Series):
        return values.alias(column)
    if isinstance(values, str | bytes) or not hasattr(values, "__iter__"):
        raise CountsError(f"column {column} is {values!r}; give a sequence with one value per group")
    array = np.asarray(values) if hasattr(values, "__array__") else np.asarray(list(values), dtype=object)
    if array.ndim != 1:
        raise CountsError(f"column {column} has shape {array.shape}; give one value per group")
    if array.dtype == object:  # lists may mix numbers, text and None: read each value as text, as from a file
        # NaN is what pandas has for a missing name; of numbers it is refused with the others.
        nan_is_none = column == NAMES
        text = [None if _is_none(value) or (nan_is_none and value != value) else str(value) for value in array]
        return pl.Series(column, text, dtype=pl.String)
    return pl.Series(column, array)


def typed_column(column: str, values: Sequence[Any]) -> pl.Series:
    """One column of Python objects.

    Args:
        column: its name.
        values: one value a row, None where it is missing.

    Returns:
        The column in the type that all of its values have; text if they are mixed, or polars does not know their type.
    """
    types = {type(value) for value in values if value is not None}
    if (types <= {int, float} and not _needs_text(values)) or len(types) == 1:
        try:
            typed = pl.Series(column, values, strict=float not in types)
            if typed.dtype != pl.Object:
                return typed
        except (TypeError, ValueError, OverflowError, pl.exceptions.PolarsError):
            pass
    missing = [_is_none(value) or (isinstance(value, float) and isnan(value)) for value in values]
    text = [None if gone else str(value) for value, gone in zip(values, missing, strict=True)]
    return pl.Series(column, text, dtype=pl.String)


def _needs_text(values: Sequence[Any]) -> bool:
    """Whether numbers are partly floats, and partly integers that no float keeps."""
    has_floats = any(isinstance(value, float) for value in values)
    return has_floats and any(isinstance(value, int) and abs(value) > 2**53 for value in values)


def _is_none(value: Any) -> bool:
    """Whether a value is None, or what pandas writes for it."""
    return value is None or type(value).__name__ in ("NAType", "NaTType")


def as_names(values: pl.Series) -> pl.Series:
    """Values of any type as names: 7.0 is "7", and NaN is missing. Of what is no text, polars raises an error."""
    if values.dtype.is_float():
        is_whole = values == values.floor()
        whole = values.cast(pl.Int64, strict=False).cast(pl.String)
        return whole.zip_with(is_whole & whole.is_not_null(), values.fill_nan(None).cast(pl.String))
    if values.dtype.is_nested():
        raise pl.exceptions.InvalidOperationError("nested values are no names")
    return values.cast(pl.String)


def distinct_names(names: pl.Series, rows: Rows) -> tuple[str, ...]:
    """The names without surrounding blanks, after a check that all are different.

    Args:
        names: the column of names.
        rows: where it comes from.

    Returns:
        The names, one a row.

    Raises:
        CountsError: if one is missing or occurs twice; the message names the first such row.
    """
    text = stripped(as_names(names))
    rows.refuse(
        text.is_null() | (text == ""),
        str(names.name),
        lambda _: "missing name; give each row one, or name another column",
    )

    def twice(at: int) -> str:
        first = rows.row_of(int((text == text[at]).arg_true()[0]))
        once = f"give each {rows.group} one row"
        if rows.source:
            once += ", or tell them apart by a second column of names"
        return f"the name {text[at]!r} occurs twice (first in row {first}); {once}"

    rows.refuse(~text.is_first_distinct(), str(names.name), twice)
    return tuple(text.to_list())
