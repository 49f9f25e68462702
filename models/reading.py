"""Columns of counts from lists, arrays and files.

Bad input stops here, with the row, the column and what was wrong, before any JAX runs.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl


class CountsError(ValueError):
    """Counts that cannot be used; the message says which row and column, and why."""


def column_of(column: str, values: Sequence[Any] | Any) -> pl.Series:
    """One column from a list, a NumPy or JAX array, or a polars or pandas series.

    Args:
        column: its name.
        values: one value a row.

    Returns:
        The column; lists that mix numbers, text and None as text.

    Raises:
        CountsError: if `values` is not a sequence.
    """
    if isinstance(values, pl.Series):
        return values.alias(column)
    if isinstance(values, str | bytes) or not hasattr(values, "__iter__"):
        raise CountsError(f"column {column} is {values!r}; give a sequence with one value a student")
    array = np.asarray(values) if hasattr(values, "__array__") else np.asarray(list(values), dtype=object)
    if array.ndim != 1:
        raise CountsError(f"column {column} has shape {array.shape}; give one value a student")
    if array.dtype == object:  # lists may mix numbers, text and None: read each value as text, as from a file
        return pl.Series(column, [None if value is None else str(value) for value in array], dtype=pl.String)
    return pl.Series(column, array)


def read_table(path: Path) -> pl.DataFrame:
    """A CSV file as text, or a Parquet file.

    Args:
        path: file ending in .csv or .parquet. Lines of a CSV that begin with # are comments.

    Returns:
        The table.

    Raises:
        CountsError: if the file is empty or not readable as a table.
        FileNotFoundError: if there is no such file.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path}: there is no such file")
    suffix = path.suffix.lower()
    try:
        if suffix == ".csv":
            # As text, so that a bad value can be quoted back to the reader.
            table = pl.read_csv(path, infer_schema=False, comment_prefix="#", truncate_ragged_lines=False)
            return _without_blank_end(table.rename(str.strip))
        if suffix == ".parquet":
            return pl.read_parquet(path)
    except pl.exceptions.NoDataError:
        raise CountsError(f"{path}: the file is empty; give a header line and a row per student") from None
    except (pl.exceptions.PolarsError, OSError) as error:
        first_line = str(error).strip().splitlines()[0]
        raise CountsError(f"{path}: not readable as {suffix[1:]}: {first_line}") from None
    raise CountsError(f"{path}: the name must end in .csv or .parquet, not {suffix!r}")


def _without_blank_end(table: pl.DataFrame) -> pl.DataFrame:
    """The table without blank lines at its end; one in between is reported as missing values."""
    filled = np.flatnonzero(~table.select(pl.all_horizontal(pl.all().is_null())).to_series().to_numpy())
    return table.head(filled[-1] + 1 if filled.size else 0)


def located(source: str, row: int, column: str, problem: str, how_many: int) -> str:
    """A problem with the row, counted from 1, and the column it is in."""
    more = f" (and {how_many - 1} more such rows)" if how_many > 1 else ""
    return f"{source}row {row + 1}, column {column}: {problem}{more}"


def whole_numbers(values: pl.Series, source: str) -> np.ndarray:
    """The column as int64.

    Args:
        values: the column.
        source: where it comes from, to begin a message with.

    Returns:
        The numbers, shape (rows,).

    Raises:
        CountsError: if a value is missing, not a number, not whole or negative; names the first such row.
    """

    def refuse(bad: pl.Series | np.ndarray, problem: str) -> None:
        rows = np.flatnonzero(np.asarray(bad))
        if rows.size:
            row = int(rows[0])
            raise CountsError(located(source, row, str(values.name), problem.format(values[row]), rows.size))

    if values.dtype == pl.String:
        values = values.str.strip_chars().replace("", None)
    refuse(values.is_null(), "missing; write 0 if it is none")
    exact = values.cast(pl.Int64, strict=False) if not values.dtype.is_float() else None
    if exact is not None and exact.null_count() == 0:
        whole = exact.to_numpy().copy()
    else:
        numbers = values.cast(pl.Float64, strict=False)
        refuse(numbers.is_null(), "{!r} is not a number")
        numbers = numbers.to_numpy()
        refuse(~np.isfinite(numbers), "{!r} is not a finite number")
        refuse(numbers != np.floor(numbers), "{} is not a whole number")
        refuse(np.abs(numbers) > 2.0**53, "{} is too large to be told from its neighbours")
        whole = numbers.astype(np.int64)
    refuse(whole < 0, "{} is negative")
    return whole


def distinct_names(names: pl.Series, source: str) -> tuple[str, ...]:
    """The names without blanks around them.

    Args:
        names: the column of names.
        source: where it comes from, to begin a message with.

    Returns:
        The names, one a row.

    Raises:
        CountsError: if one is missing or comes twice; names the first such row.
    """
    text = names.cast(pl.String).str.strip_chars()
    missing = np.flatnonzero((text.is_null() | (text == "")).to_numpy())
    if missing.size:
        raise CountsError(located(source, int(missing[0]), str(names.name), "missing name", missing.size))
    twice = np.flatnonzero((~text.is_first_distinct()).to_numpy())
    if twice.size:
        row = int(twice[0])
        first = int((text == text[row]).arg_true()[0])
        problem = f"the name {text[row]!r} comes twice (first in row {first + 1}); give each student one row"
        raise CountsError(located(source, row, str(names.name), problem, twice.size))
    return tuple(text.to_list())
