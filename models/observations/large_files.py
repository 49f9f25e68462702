"""Files too large to be held in memory: they are scanned, and only their different rows are kept."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from models.observations.columns import Rows
from models.observations.small_files import readable

MOST_ROWS_HELD = 2_000_000  # rows of a Parquet file, above which it is streamed
MOST_BYTES_HELD = (
    50_000_000  # size of a CSV file, above which it is streamed; its rows are not counted, which would mean reading it
)
TAIL = 1 << 16  # bytes at the end of a CSV file that are read to find its last line


def is_large(path: Path) -> bool:
    """Whether a file is streamed: more than 2 million rows of Parquet, or more than 50 MB of CSV.

    Args:
        path: file ending in .csv or .parquet.

    Returns:
        Whether it is large; the number of rows of a Parquet file is in its metadata.

    Raises:
        CountsError: if the file is not readable as a table.
        FileNotFoundError: if there is no such file.
    """
    with readable(path) as suffix:
        if suffix == ".parquet":
            return rows_of(pl.scan_parquet(path)) > MOST_ROWS_HELD
        return path.stat().st_size > MOST_BYTES_HELD


def rows_of(table: pl.LazyFrame) -> int:
    """The number of rows of a scan, without holding them."""
    return table.select(pl.len()).collect(engine="streaming").item()


def scan_table(path: Path) -> pl.LazyFrame:
    """A scan, to be streamed, of the table that `read_table` would read: the same columns, values and rows.

    Args:
        path: file ending in .csv or .parquet.

    Returns:
        The scan; every column of a CSV file as text.

    Raises:
        CountsError: if the file is empty or not readable as a table; a bad row raises an error only when it is read.
        FileNotFoundError: if there is no such file.
    """
    with readable(path) as suffix:
        if suffix == ".parquet":
            return pl.scan_parquet(path)
        table = pl.scan_csv(path, infer_schema=False, comment_prefix="#", truncate_ragged_lines=False)
        table = table.rename(str.strip)
        table.collect_schema()  # reads the header, if there is one
        return _without_blank_end(table) if _may_end_blank(path) else table


def different_rows(path: Path, table: pl.LazyFrame, columns: Sequence[str]) -> tuple[pl.DataFrame, Rows]:
    """The different rows of a file, compared by some columns as they are written, in order of first occurrence.

    To check these rows is to check the whole file. One pass finds every different row, good or bad, where it first
    occurs, and how often.

    Args:
        path: the file.
        table: its scan.
        columns: the columns that are compared.

    Returns:
        The different rows, and where in the file they are.

    Raises:
        CountsError: if the file is not readable as a table.
    """
    # Renamed to "0", "1", ..., so that no column has the name "first" or "times".
    keys = {str(i): column for i, column in enumerate(dict.fromkeys(columns))}
    rows = table.select(pl.col(column).alias(key) for key, column in keys.items()).with_row_index("first")
    grouped = rows.group_by(*keys).agg(pl.col("first").min(), pl.len().alias("times"))
    with readable(path) as suffix:
        different = grouped.collect(engine="streaming").sort("first")
    first, times = (different[name].cast(pl.Int64).to_numpy() for name in ("first", "times"))
    lines = (lambda row: line_of(path, row)) if suffix == ".csv" else None
    return different.select(*keys).rename(keys), Rows(f"{path}: ", first, times, lines)


def line_of(path: Path, row: int) -> int:
    """The line of a CSV file on which a row begins. The header, comments and line breaks in quotes count as lines.

    Args:
        path: the file.
        row: the row, counted from 0 below the header.

    Returns:
        The line, counted from 1.

    Raises:
        IndexError: if there is no such row.
    """
    begun, in_quotes = -2, False  # rows that have begun: the header is row -1
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if not in_quotes and not line.startswith(b"#") and (begun > -2 or line.strip()):
                begun += 1
                if begun == row:
                    return number
            if b'"' in line and line.count(b'"') % 2:
                in_quotes = not in_quotes
    raise IndexError(f"{path} has no row {row + 1}")


def _may_end_blank(path: Path) -> bool:
    """Whether a CSV file may end in blank lines: its last line has no value, or is a comment that may follow some."""
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - TAIL, 0))
        lines = file.read().splitlines()
    return bool(lines) and (lines[-1].startswith(b"#") or not lines[-1].strip(b'", \t'))


def _without_blank_end(table: pl.LazyFrame) -> pl.LazyFrame:
    """The table without the blank lines at its end; finding them takes a pass over the file."""
    is_filled = table.select(~pl.all_horizontal(pl.all().is_null()).alias("filled")).with_row_index("row")
    last = is_filled.filter("filled").select(pl.col("row").max()).collect(engine="streaming").item()
    return table.head(0 if last is None else last + 1)
