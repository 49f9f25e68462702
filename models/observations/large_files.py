"""Files too large to be held: a scan instead of a table, and their different rows instead of all of them."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from models.observations.columns import Rows
from models.observations.small_files import readable

MOST_ROWS_HELD = 2_000_000  # of a Parquet file
MOST_BYTES_HELD = 50_000_000  # of a CSV file, whose rows could only be counted by reading it
TAIL = 1 << 16  # bytes at the end of a CSV file among which its last line is looked for


def is_large(path: Path) -> bool:
    """Whether a file is streamed: more than 2 million rows of Parquet, or more than 50 MB of CSV.

    Args:
        path: file ending in .csv or .parquet.

    Returns:
        Whether it is; the rows of a Parquet file are counted by its metadata.

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
    """The table that `read_table` would read, to be streamed: the same columns, values and rows.

    Args:
        path: file ending in .csv or .parquet.

    Returns:
        The scan; every column of a CSV file as text.

    Raises:
        CountsError: if the file is empty or not readable as a table; a row that is not shows itself only later.
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
    """The rows that differ in some columns as the file has them, in the order in which they come first.

    Checking these checks all: one pass finds each value there is, good or bad, where it comes first and how often.

    Args:
        path: the file.
        table: its scan.
        columns: the columns to tell rows apart by.

    Returns:
        The different rows, and where in the file they are.

    Raises:
        CountsError: if the file is not readable as a table.
    """
    # As "0", "1", ..., so that no column's name is in the way of "first" and "times".
    keys = {str(i): column for i, column in enumerate(dict.fromkeys(columns))}
    rows = table.select(pl.col(column).alias(key) for key, column in keys.items()).with_row_index("first")
    grouped = rows.group_by(*keys).agg(pl.col("first").min(), pl.len().alias("times"))
    with readable(path) as suffix:
        found = grouped.collect(engine="streaming").sort("first")
    first, times = (found[name].cast(pl.Int64).to_numpy() for name in ("first", "times"))
    lines = (lambda row: line_of(path, row)) if suffix == ".csv" else None
    return found.select(*keys).rename(keys), Rows(f"{path}: ", first, times, lines)


def line_of(path: Path, row: int) -> int:
    """The line of a CSV file on which a row begins, with the header, comments and line breaks in quotes counted.

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
    """Whether the last line of a CSV file holds no value, or is a comment, which blank lines may precede."""
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - TAIL, 0))
        lines = file.read().splitlines()
    return bool(lines) and (lines[-1].startswith(b"#") or not lines[-1].strip(b'", \t'))


def _without_blank_end(table: pl.LazyFrame) -> pl.LazyFrame:
    """The table without blank lines at its end, which takes a pass over the file to find."""
    is_filled = table.select(~pl.all_horizontal(pl.all().is_null()).alias("filled")).with_row_index("row")
    last = is_filled.filter("filled").select(pl.col("row").max()).collect(engine="streaming").item()
    return table.head(0 if last is None else last + 1)
