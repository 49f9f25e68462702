"""Which values stand for a missing one."""

import polars as pl

WORDS = ("na", "n/a", "#n/a", "n.a.", "nan", "null", "none", "-", "–", "—", ".", "?")  # noqa: RUF001 - dashes in files
"""What is written for a missing number, in lower case, besides nothing at all."""


def is_missing(values: pl.Series) -> pl.Series:
    """Whether each value is missing: none, NaN, blank, or one of WORDS.

    Args:
        values: a column.

    Returns:
        Booleans, shape (rows,).
    """
    if values.dtype.is_float():
        return values.is_null() | values.is_nan().fill_null(True)
    if isinstance(values.dtype, pl.Categorical | pl.Enum):
        values = values.cast(pl.String)
    if values.dtype == pl.String:
        return values.is_null() | values.str.strip_chars().str.to_lowercase().is_in(["", *WORDS]).fill_null(True)
    return values.is_null()


def without_blanks(values: pl.Series) -> pl.Series:
    """The column; in a column of text, values without surrounding blanks, and blank ones as missing."""
    return values.str.strip_chars().replace("", None) if values.dtype == pl.String else values
