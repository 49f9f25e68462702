"""A polars table as text, made once: the screen, a page and the documentation show the same cells."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from experiments.presentation.literal import LONGEST_CELL, LONGEST_NAME, shortened
from experiments.presentation.numbers import DIGITS, MISSING, SMALLEST, probability, with_error

ERROR = "_error"  # column x_error holds the errors of column x
NAMES = ("name", "other")  # columns of names of groups, which may be of any length
PROBABILITY = re.compile(r"^(p|pr)\b|^p_|^(best|worst)$|probability", re.IGNORECASE)


@dataclass(frozen=True)
class TableText:
    """A table as text.

    Args:
        caption: what it is a table of.
        header: name of each column.
        rows: the cells.
        is_text: whether each column is text, and so begins at the left; numbers end at the right.
        exact: names of the columns that have errors too small to be shown.
    """

    caption: str
    header: list[str]
    rows: list[list[str]]
    is_text: list[bool]
    exact: list[str]

    @property
    def note(self) -> str:
        """What it means that an error is not shown; empty if all are."""
        return f"Where {', '.join(self.exact)} has no ±, its error is below {SMALLEST / 2:.5f}." if self.exact else ""


def table_text(
    caption: str,
    table: pl.DataFrame,
    *,
    columns: Mapping[str, str] | None = None,
    digits: Mapping[str, int] | None = None,
    probabilities: Collection[str] = (),
) -> TableText:
    """A table as text with the digits that are known; columns x and x_error become one, "0.134 ± 0.002".

    Columns named p, p_..., P(...), best, worst, or with "probability" in the name, are probabilities. Floats that are
    all whole numbers, and not all within -1 .. 1, are written as counts or ranks.

    Args:
        caption: what it is a table of.
        table: any table.
        columns: columns to show, in this order, and their names in the header; by default all, as they are named.
        digits: by column, if not the usual number of digits; see `numbers.number`.
        probabilities: further columns that hold probabilities.

    Returns:
        Its cells; a name is cut after LONGEST_NAME, other text and headers after LONGEST_CELL.
    """
    errors = {name + ERROR for name in table.columns} & set(table.columns)
    columns = {name: name for name in table.columns if name not in errors} if columns is None else columns
    digits, cells, exact = digits or {}, [], []
    for name, header in columns.items():
        values = _whole_if_all_are(table[name]).to_list()
        of_values = table[name + ERROR].to_list() if name + ERROR in errors else [None] * len(values)
        is_probability = name in probabilities or PROBABILITY.search(name) is not None
        width = LONGEST_NAME if name in NAMES else LONGEST_CELL
        cells.append(
            [
                _cell(*pair, digits.get(name, DIGITS), is_probability, width)
                for pair in zip(values, of_values, strict=True)
            ]
        )
        if any(error is not None and error < SMALLEST / 2 for error in of_values):
            exact.append(header)
    return TableText(
        caption,
        header=[shortened(header, LONGEST_CELL) for header in columns.values()],
        rows=[list(row) for row in zip(*cells, strict=True)],
        is_text=[not table[name].dtype.is_numeric() and table[name].dtype != pl.Null for name in columns],
        exact=exact,
    )


def _whole_if_all_are(column: pl.Series) -> pl.Series:
    values = column.drop_nulls().to_numpy()
    if not column.dtype.is_float() or not np.all(np.isfinite(values) & (values == np.round(values))):
        return column
    return column.cast(pl.Int64) if np.max(np.abs(values), initial=0.0) > 1 else column


def _cell(value: Any, error: float | None, digits: int, is_probability: bool, width: int) -> str:
    if value is None:
        return MISSING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, int | float):
        return shortened(str(value), width)
    shown = with_error(value, error, digits)
    return probability(value) if is_probability and "±" not in shown else shown
