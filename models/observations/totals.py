"""Rows and columns that are no groups and categories of their own but totals: they would count every trial twice."""

from collections.abc import Sequence

import numpy as np

from models.observations.columns import Rows
from models.observations.table import Table, columns_of_counts

NAMES = frozenset(  # what a total is called, in lower case
    "total, totals, grand total, subtotal, sum, all, overall, combined, summe, gesamt, insgesamt, total général, "
    "ensemble, totale, totaal, итого, всего, 合計, 总计, 合计".split(", ")
)
WORDS = frozenset("total totals subtotal sub-total totale totaal summe gesamt insgesamt итого всего".split())
"""Words with which the name of a total begins or ends: "total 2026", "north total"."""
MEANS = frozenset("mean average median mittelwert durchschnitt moyenne promedio gemiddelde".split())
BETWEEN_NAMES = ", "  # joins several columns of names, of which one may be "total"
MOST_ROWS = 10_000  # above which rows are not compared with those before them


class TotalRowWarning(UserWarning):
    """A row of a file is probably the total of others, or their mean, and no group of its own."""


def totals(table: Table, rows: Rows) -> tuple[str, ...]:
    """What is to be said of rows and columns that seem to be totals.

    Args:
        table: the rows that were read.
        rows: where they come from.

    Returns:
        Sentences that name them. A row is taken for a total if it has as much of everything as all others together, of
        which there are at least two; if the whole file is blocks of rows, each with its sum below or above it; or if it
        is called one. A category is, if in each row it is the sum of the others.
    """
    columns = [*columns_of_counts(table.k), table.design]
    names = [name.casefold() for name in table.names or ()]
    found = (
        (_sums_of_all(table, columns), "is the sum of all other rows"),
        (_sums_of_blocks(table, columns, rows), "is the sum of the rows beside it"),
        ([at for at, name in enumerate(names) if _is_total(name)], "is called a total"),
        ([at for at, name in enumerate(names) if name.strip(" :.") in MEANS], "is called a mean"),
    )
    said = []
    for suspected, what in found:
        if len(suspected):
            more = f" (and {len(suspected) - 1} more such rows)" if len(suspected) > 1 else ""
            advice = f"if it is no {rows.group} of its own, leave it out of the file"
            said.append(f"{rows.source}{_described(table, rows, int(suspected[0]))} {what}{more}; {advice}")
            break
    return (*said, *_total_categories(table, rows))


def _sums_of_all(table: Table, columns: Sequence[np.ndarray]) -> np.ndarray:
    sums = np.flatnonzero((table.multiplicity == 1) & (table.design > 0) & (table.students > 2))
    for column in reversed(columns):  # few groups have half of all trials
        half = column.astype(np.float64) @ table.multiplicity.astype(np.float64) / 2
        sums = sums[np.abs(column[sums] - half) <= 1e-9 * half]
    return sums


def _sums_of_blocks(table: Table, columns: Sequence[np.ndarray], rows: Rows) -> list[int]:
    """The rows that are sums of blocks, if every row is in one, and there are at least two."""
    if rows.times is not None or len(table) > MOST_ROWS or (table.multiplicity != 1).any():
        return []
    values = np.stack([column.astype(np.float64) for column in columns], axis=1)
    below = _closed_blocks(values)
    return below or sorted(len(values) - 1 - at for at in _closed_blocks(values[::-1]))


def _closed_blocks(values: np.ndarray) -> list[int]:
    """The rows that are the sum of the rows since the last such row; none if a row is in no block."""
    found, inside, total, block = [], 0, np.zeros(values.shape[1]), np.zeros(values.shape[1])
    for at, row in enumerate(values):
        if inside > 1 and row[-1] > 0 and np.allclose(row, block, rtol=1e-9, atol=0):
            total += block
            inside, block = 0, np.zeros_like(block)
            found.append(at)
        elif not inside and len(found) > 1 and at == len(values) - 1 and np.allclose(row, total, rtol=1e-9, atol=0):
            found.append(at)
        else:
            inside, block = inside + 1, block + row
    return found if not inside and len(found) > 1 else []


def _is_total(name: str) -> bool:
    for part in name.split(BETWEEN_NAMES):
        words = part.strip(" :.*").split()
        if " ".join(words) in NAMES or (words and (words[0] in WORDS or words[-1] in WORDS)):
            return True
    return False


def _total_categories(table: Table, rows: Rows) -> list[str]:
    if table.k.ndim == 1 or table.k.shape[1] < 3:
        return []
    others = table.k.sum(axis=1, keepdims=True) - table.k
    same = np.flatnonzero((table.k == others).all(axis=0) & table.k.any(axis=0))
    advice = "if it is no category of its own, leave it out of k"
    return [f"{rows.source}column {table.categories[at]} is the sum of the other categories; {advice}" for at in same]


def _described(table: Table, rows: Rows, at: int) -> str:
    if rows.times is not None:  # of a large file the rows are in another order than in the file
        return f"the row of {'/'.join(str(column[at]) for column in columns_of_counts(table.k))} in {table.design[at]}"
    name = "" if table.names is None else f" ({table.names[at]})"
    place = "" if rows.place_of is None else f", {rows.place_of(rows.row_of(at) - 1)}"
    return f"row {rows.row_of(at)}{name}{place},"
