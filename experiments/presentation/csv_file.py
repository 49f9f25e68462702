"""A table in a CSV file, with text that no spreadsheet computes."""

from pathlib import Path

import polars as pl
import polars.selectors as cs

from models.observations.files.spreadsheet_text import safe_text


def write_csv(table: pl.DataFrame, path: Path) -> None:
    """Write a table; its numbers in full precision, its text and its header safe for a spreadsheet.

    Args:
        table: any table.
        path: the file; `Counts.read` gives its names back as they are in the table.

    Raises:
        OSError: if it cannot be written.
    """
    text = table.select(cs.string() | cs.categorical() | cs.enum()).cast(pl.String)
    safe = table.with_columns(map(safe_text, text))
    safe.columns = safe_text(pl.Series(table.columns, dtype=pl.String)).to_list()
    safe.write_csv(path)
