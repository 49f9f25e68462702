"""Which values stand for a missing one."""

import polars as pl

WORDS = frozenset(
    r"na n/a #n/a #nv n.a. <na> nan null (null) \n none missing - -- --- – — . .. ... … ?".split()  # noqa: RUF001 - dashes
)
"""What is written for a missing number, in lower case, besides nothing at all."""
# Byte order marks, joiners, directions: signs that cannot be seen, as in files that were put together.
INVISIBLE = "\ufeff\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069"
AROUND = rf"^[\s{INVISIBLE}]+|[\s{INVISIBLE}]+$"


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
        return values.is_null() | stripped(values).str.to_lowercase().is_in(["", *WORDS]).fill_null(True)
    return values.is_null()


def without_blanks(values: pl.Series) -> pl.Series:
    """The column; in a column of text, values without surrounding blanks, and blank ones as missing."""
    return stripped(values).replace("", None) if values.dtype == pl.String else values


def stripped(text: pl.Series) -> pl.Series:
    """Text without white space around it, and without signs that cannot be seen."""
    text = text.str.strip_chars()
    if text.str.contains(f"[{INVISIBLE}]").any():
        return text.str.replace_all(AROUND, "")
    return text
