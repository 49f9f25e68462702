"""Columns of covariates, checked and converted: whole numbers stay whole, text becomes codes."""

import numpy as np
import polars as pl

from models.observations.columns import CountsError, Rows
from models.observations.files.missing import without_blanks
from models.observations.number_columns import finite_numbers

type Numbers = tuple[np.ndarray, tuple[str, ...] | None]
"""The numbers of a covariate, shape (rows,); and if they are codes, what the codes 0, 1, ... stand for."""

LARGEST_INT32 = 2**31 - 1
BOOLEAN_LEVELS = ("false", "true")  # the codes of booleans are 0 and 1, even if only one of the two occurs


def covariate_of(values: pl.Series, rows: Rows) -> Numbers:
    """One covariate as numbers.

    Text is read as a file would be: a column of numbers written without a decimal point is whole, a column of "true"
    and "false" is boolean. Any other text becomes codes 0, 1, ... of its different values in sorted order.

    Args:
        values: the column: numbers, text or booleans.
        rows: where it comes from.

    Returns:
        The numbers, shape (rows,): int64 for whole numbers and codes, float64 for other numbers; and, of codes, what
        they stand for, in the order of the codes; None of numbers.

    Raises:
        CountsError: if a value is missing, not finite, or a whole number beyond int32; if numbers and text are mixed;
            or if the column holds something else, such as dates.
    """
    column = str(values.name)
    if isinstance(values.dtype, pl.Categorical | pl.Enum):
        values = values.cast(pl.String)
    values = without_blanks(values)
    rows.refuse(values.is_null(), column, lambda _: f"missing; give every {rows.group} a value")
    if values.dtype == pl.String:
        values = _read_as_numbers(values, rows)
    if values.dtype == pl.Boolean:
        return values.cast(pl.Int64).to_numpy().copy(), BOOLEAN_LEVELS
    if values.dtype == pl.String:
        levels = tuple(values.unique().sort().to_list())
        return values.cast(pl.Enum(levels)).to_physical().cast(pl.Int64).to_numpy().copy(), levels
    if values.dtype.is_integer():
        whole = values.cast(pl.Int64, strict=False)
        beyond = whole.is_null() | (whole > LARGEST_INT32) | (whole < -LARGEST_INT32)
        rows.refuse(beyond, column, lambda at: f"{values[at]} is beyond int32; give text or a float")
        return whole.to_numpy().copy(), None
    if values.dtype.is_numeric():
        return finite_numbers(values, rows), None
    raise CountsError(
        f"{rows.source}column {column} holds values of type {values.dtype}; give numbers, text or booleans"
    )


def _read_as_numbers(text: pl.Series, rows: Rows) -> pl.Series:
    """A column of text as whole numbers, numbers or booleans if all values are; else the same column."""
    whole, numbers = text.cast(pl.Int64, strict=False), text.cast(pl.Float64, strict=False)
    if whole.null_count() == 0:
        return whole
    # A column of numbers in which "NA" stands for a missing one must not become codes.
    if numbers.null_count() < len(text):
        mixed = "{!r} is not a number, but other values are; write numbers only, or text only"
        rows.refuse(numbers.is_null(), str(text.name), lambda at: mixed.format(text[at]))
        return numbers
    lower = text.str.to_lowercase()
    return lower == "true" if lower.is_in(BOOLEAN_LEVELS).all() else text


def with_same_levels(column: str, first: Numbers, second: Numbers) -> Numbers:
    """One covariate of two data sets, one after the other; codes become codes of the levels of both, sorted.

    Args:
        column: its name.
        first: its numbers and levels in the first, as `covariate_of` returns them.
        second: those in the second.

    Returns:
        The numbers of both, and the levels that codes stand for.

    Raises:
        CountsError: if it is text in one and numbers in the other.
    """
    (values, levels), (more_values, more_levels) = first, second
    if levels is None and more_levels is None:
        return np.concatenate([values, more_values]), None
    if levels is None or more_levels is None:
        raise CountsError(f"the covariate {column} is text in one and numbers in the other; give both the same kind")
    both = tuple(sorted({*levels, *more_levels}))
    code = {level: i for i, level in enumerate(both)}
    recoded, more_recoded = (np.array([code[level] for level in old]) for old in (levels, more_levels))
    return np.concatenate([recoded[values], more_recoded[more_values]]), both
