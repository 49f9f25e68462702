"""Text in a CSV file that a spreadsheet shows, and does not compute: an apostrophe before what would be a formula.

Spreadsheets take a cell that begins with one of =, +, -, @ or some white space for a formula, whatever quotes are
around it (CWE-1236, "CSV injection"). An apostrophe before it makes it text. It is put before a cell that begins with
apostrophes and one of these characters too, so that taking one away gives back what there was.
"""

import polars as pl

# The wide forms too, which some spreadsheets take for the plain ones.
STARTS = r"[=+\-@\t\r\n\x{ff1d}\x{ff0b}\x{ff0d}\x{ff20}]"


def safe_text(text: pl.Series) -> pl.Series:
    """The cells as they are written to a CSV file.

    Args:
        text: text as it is; it may have nulls, which stay.

    Returns:
        Text of which no cell begins a formula.
    """
    return _replaced(text, rf"^('*{STARTS})", "'${1}")


def literal_text(text: pl.Series) -> pl.Series:
    """The cells as they were before `safe_text`; of ="7", by which others keep a spreadsheet from computing, 7.

    Args:
        text: cells of a CSV file.

    Returns:
        The text; a cell that `safe_text` cannot have written is unchanged.
    """
    return _replaced(_replaced(text, r'^="([^"]*)"$', "${1}"), rf"^'('*{STARTS})", "${1}")


def _replaced(text: pl.Series, pattern: str, by: str) -> pl.Series:
    return text.to_frame().select(pl.first().str.replace(pattern, by)).to_series()
