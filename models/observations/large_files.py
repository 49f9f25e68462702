"""Files too large to be held in memory: they are scanned, and only their different rows are kept."""

from collections.abc import Sequence
from os import PathLike

import polars as pl

from models.observations.columns import Rows
from models.observations.files.sources import Source, source_of

MOST_ROWS_HELD = 2_000_000  # rows of Parquet, Feather and the like, above which they are streamed
MOST_BYTES_HELD = (
    50_000_000  # size of a text file, above which it is streamed; its rows are not counted, which would mean reading it
)


def is_large(path: str | PathLike[str]) -> bool:
    """Whether a file is streamed: more than 2 million rows of Parquet, or more than 50 MB of CSV or other text.

    Args:
        path: the file.

    Returns:
        Whether it is large; the number of rows of a Parquet file is in its metadata.

    Raises:
        CountsError: if the file is not readable as a table.
        FileNotFoundError: if there is no such file.
    """
    return is_streamed(source_of(path))


def is_streamed(source: Source) -> bool:
    """Whether a table is too large to be held in memory."""
    return source.size > (MOST_ROWS_HELD if source.text is None else MOST_BYTES_HELD)


def different_rows(source: Source, columns: Sequence[str]) -> tuple[pl.DataFrame, Rows]:
    """The different rows of a file, compared by some columns as they are written, in order of first occurrence.

    To check these rows is to check the whole file. One pass finds every different row, good or bad, where it first
    occurs, and how often.

    Args:
        source: the file.
        columns: the columns that are compared.

    Returns:
        The different rows, and where in the file they are.

    Raises:
        CountsError: if the file is not readable as a table.
    """
    # Renamed to "0", "1", ..., so that no column has the name "first" or "times".
    keys = {str(i): column for i, column in enumerate(dict.fromkeys(columns))}
    rows = source.scan(columns).select(pl.col(column).alias(key) for key, column in keys.items())
    grouped = rows.with_row_index("first").group_by(*keys).agg(pl.col("first").min(), pl.len().alias("times"))
    with source.reading():
        different = grouped.collect(engine="streaming").sort("first")
    first, times = (different[name].cast(pl.Int64).to_numpy() for name in ("first", "times"))
    return different.select(*keys).rename(keys), Rows(f"{source.name}: ", first, times, source.place_of)
