"""Columns of counts, checked and converted to numbers and names.

Bad input raises an error here, before any JAX runs. The message says the row, the column and what is wrong.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl


class CountsError(ValueError):
    """Counts that cannot be used; the message says which row and column are bad, and why."""


@dataclass(frozen=True)
class Rows:
    """The rows that values come from, so that an error can name the bad row. A value may stand for several rows.

    Args:
        source: begins every message, such as "my.csv: ".
        first: row in which each value first occurs, counted from 0 and increasing, shape (values,); 0, 1, ... if None.
        times: in how many rows each value occurs, shape (values,); 1 if None.
        line_of: function from a row to its line in the file; None if there are no lines.
        group: what one row is about, in the words of a message: "student", "group".
    """

    source: str = ""
    first: np.ndarray | None = None
    times: np.ndarray | None = None
    line_of: Callable[[int], int] | None = None
    group: str = "student"

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
        row = int(where[0] if self.first is None else self.first[where[0]])
        others = int(where.size if self.times is None else self.times[where].sum()) - 1
        more = f" (and {others} more such rows)" if others else ""
        line = "" if self.line_of is None else f"; line {self.line_of(row)} of the file"
        raise CountsError(f"{self.source}row {row + 1}, column {column}: {problem_of(int(where[0]))}{more}{line}")


def column_of(column: str, values: Sequence[Any] | Any, group: str = "student") -> pl.Series:
    """One column from a list, a NumPy or JAX array, or a polars or pandas series.

    Args:
        column: its name.
        values: one value a row.
        group: what one row is about, in the words of a message.

    Returns:
        The column; a list that mixes numbers, text and None becomes a column of text.

    Raises:
        CountsError: if `values` is not a sequence.
    """
    if isinstance(values, pl.Series):
        return values.alias(column)
    if isinstance(values, str | bytes) or not hasattr(values, "__iter__"):
        raise CountsError(f"column {column} is {values!r}; give a sequence with one value per {group}")
    array = np.asarray(values) if hasattr(values, "__array__") else np.asarray(list(values), dtype=object)
    if array.ndim != 1:
        raise CountsError(f"column {column} has shape {array.shape}; give one value per {group}")
    if array.dtype == object:  # lists may mix numbers, text and None: read each value as text, as from a file
        return pl.Series(column, [None if value is None else str(value) for value in array], dtype=pl.String)
    return pl.Series(column, array)


def whole_numbers(values: pl.Series, rows: Rows) -> np.ndarray:
    """The column as int64.

    Args:
        values: the column.
        rows: where it comes from.

    Returns:
        The numbers, shape (rows,).

    Raises:
        CountsError: if a value is missing, not a number, not whole or negative; the message names the first such row.
    """

    def refuse(bad: pl.Series | np.ndarray, problem: str) -> None:
        rows.refuse(bad, str(values.name), lambda at: problem.format(values[at]))

    values = without_blanks(values)
    refuse(values.is_null(), "missing; write 0 if there were none")
    exact = values.cast(pl.Int64, strict=False) if not values.dtype.is_float() else None
    if exact is not None and exact.null_count() == 0:
        whole = exact.to_numpy().copy()
    else:
        numbers = values.cast(pl.Float64, strict=False)
        refuse(numbers.is_null(), "{!r} is not a number")
        numbers = numbers.to_numpy()
        refuse(~np.isfinite(numbers), "{!r} is not a finite number")
        refuse(numbers != np.floor(numbers), "{} is not a whole number")
        refuse(np.abs(numbers) > 2.0**53, "{} is too large: float64 skips whole numbers above 2^53")
        whole = numbers.astype(np.int64)
    refuse(whole < 0, "{} is negative")
    return whole


def finite_numbers(values: pl.Series, rows: Rows, *, least: float = -np.inf) -> np.ndarray:
    """The column as float64.

    Args:
        values: the column.
        rows: where it comes from.
        least: the smallest number that is allowed, minus infinity or 0.

    Returns:
        The numbers, shape (rows,).

    Raises:
        CountsError: if a value is missing, not a finite number, or too small; the message names the first such row.
    """

    def refuse(bad: pl.Series | np.ndarray, problem: str) -> None:
        rows.refuse(bad, str(values.name), lambda at: problem.format(values[at]))

    values = without_blanks(values)
    refuse(values.is_null(), f"missing; give every {rows.group} a number")
    numbers = values.cast(pl.Float64, strict=False)
    refuse(numbers.is_null(), "{!r} is not a number")
    numbers = numbers.to_numpy() + 0.0  # a copy, in which -0 is 0
    refuse(~np.isfinite(numbers), "{!r} is not a finite number")
    refuse(numbers < least, "{} is negative")
    return numbers


def without_blanks(values: pl.Series) -> pl.Series:
    """The column; in a column of text, values without surrounding blanks, and blank ones as missing."""
    return values.str.strip_chars().replace("", None) if values.dtype == pl.String else values


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
    text = names.cast(pl.String).str.strip_chars()
    rows.refuse(text.is_null() | (text == ""), str(names.name), lambda _: "missing name")

    def twice(at: int) -> str:
        first = int((text == text[at]).arg_true()[0])
        return f"the name {text[at]!r} occurs twice (first in row {first + 1}); give each {rows.group} one row"

    rows.refuse(~text.is_first_distinct(), str(names.name), twice)
    return tuple(text.to_list())
