"""The cells of a table as text: values with their errors; probabilities are never rounded to 0 or 1."""

import math
import re
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from experiments.presentation.results import rounded

ERROR = "_error"  # column x_error holds the standard errors of column x
DECIMALS = 4  # of a number below 10
DIGITS = 5  # significant digits of a number of 10 or more, which has fewer decimals
SMALLEST = 10.0**-DECIMALS  # unit of the last decimal
HALF = SMALLEST / 2  # an error below this is not shown
MISSING = "\N{EN DASH}"
PROBABILITY = re.compile(r"^(p|pr)\b|^p_|^(best|worst)$|probability", re.IGNORECASE)


class Cells(NamedTuple):
    """A table as text.

    Args:
        header: name of each column, without the columns of errors.
        rows: the cells.
        text_columns: indices of the columns that are not numeric.
        exact_columns: names of the columns with errors too small to be shown.
    """

    header: list[str]
    rows: list[list[str]]
    text_columns: list[int]
    exact_columns: list[str]


def cells(table: pl.DataFrame) -> Cells:
    """A table as text with the digits that are known; columns x and x_error become one, "0.134 ± 0.002".

    Columns named p, p_..., P(...), best, worst, or with "probability" in the name, are probabilities. A probability
    below 0.0001 is written "< 0.0001", even if it is 0: a computation cannot tell 0 from a tiny probability.

    Args:
        table: any table.

    Returns:
        Its cells.
    """
    errors = {name + ERROR for name in table.columns} & set(table.columns)
    header = [name for name in table.columns if name not in errors]
    columns, exact_columns = [], []
    for name in header:
        values = _whole_if_all_are(table[name]).to_list()
        of_values = table[name + ERROR].to_list() if name + ERROR in errors else [None] * len(values)
        is_probability = PROBABILITY.search(name) is not None
        columns.append([_cell(*pair, is_probability) for pair in zip(values, of_values, strict=True)])
        if any(error is not None and error < HALF for error in of_values):
            exact_columns.append(name)
    text_columns = [i for i, name in enumerate(header) if not table[name].dtype.is_numeric()]
    return Cells(header, [list(row) for row in zip(*columns, strict=True)], text_columns, exact_columns)


def number(value: float) -> str:
    """A number without an error: 4 decimals, fewer above 10, more digits below 0.0001."""
    if not math.isfinite(value):
        return MISSING if math.isnan(value) else "∞" if value > 0 else "-∞"
    size = abs(value)
    if value == 0 or HALF <= size < 10:
        return f"{value:.{DECIMALS}f}"
    if size < HALF or size >= 1e9:
        return f"{value:.1e}"
    return f"{value:.{max(DIGITS - 1 - math.floor(math.log10(size)), 0)}f}"


def probability(value: float) -> str:
    """A probability, "< 0.0001" or "> 0.9999" where 4 decimals would make it 0 or 1."""
    if value < SMALLEST:
        return f"< {SMALLEST:.{DECIMALS}f}"
    return f"> {1 - SMALLEST:.{DECIMALS}f}" if value > 1 - SMALLEST else f"{value:.{DECIMALS}f}"


def _whole_if_all_are(column: pl.Series) -> pl.Series:
    """The column as integers if its floats are whole numbers and not all within -1 .. 1: they are counts or ranks."""
    values = column.drop_nulls().to_numpy()
    if not column.dtype.is_float() or not np.all(np.isfinite(values) & (values == np.round(values))):
        return column
    return column.cast(pl.Int64) if np.max(np.abs(values), initial=0.0) > 1 else column


def _cell(value: Any, error: float | None, is_probability: bool) -> str:
    if value is None:
        return MISSING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, int | float):
        return str(value)
    if error is not None and error >= HALF and math.isfinite(error):
        return rounded(value, error)
    if isinstance(value, int):
        return str(value)
    return probability(value) if is_probability and math.isfinite(value) else number(value)
