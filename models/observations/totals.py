"""A row that is not a group but the total of all groups: it would count every trial twice."""

import numpy as np

from models.observations.columns import Rows
from models.observations.table import Table, columns_of_counts

NAMES = frozenset(  # what a total is called, in lower case
    "total, totals, grand total, subtotal, sum, all, overall, combined, summe, gesamt, insgesamt, total général, "
    "ensemble, totale, totaal, итого, всего, 合計, 总计, 合计".split(", ")
)


class TotalRowWarning(UserWarning):
    """A row of a file is probably the total of all others, and no group of its own."""


def total_row(table: Table, rows: Rows) -> str | None:
    """What is to be said of a row that seems to be a total.

    Args:
        table: the rows that were read.
        rows: where they come from.

    Returns:
        A sentence that names the row; None if there is none. A row is taken for a total if it is called one, or if it
        has as much of everything as all others together, of which there are at least two.
    """
    columns = [*columns_of_counts(table.k), table.design]
    sums = np.flatnonzero((table.multiplicity == 1) & (table.design > 0) & (table.students > 2))
    for column in reversed(columns):  # few groups have half of all trials
        half = column.astype(np.float64) @ table.multiplicity.astype(np.float64) / 2
        sums = sums[np.abs(column[sums] - half) <= 1e-9 * half]
    called = [at for at, name in enumerate(table.names or ()) if name.strip(" :.").casefold() in NAMES]
    for suspected, what in ((sums, "is the sum of all other rows"), (called, "is called a total")):
        if len(suspected):
            row = _described(table, rows, int(suspected[0]))
            return f"{rows.source}{row} {what}; if it is no group of its own, leave it out of the file"
    return None


def _described(table: Table, rows: Rows, at: int) -> str:
    if rows.times is not None:  # of a large file the rows are in another order than in the file
        return f"the row of {'/'.join(str(column[at]) for column in columns_of_counts(table.k))} in {table.design[at]}"
    name = "" if table.names is None else f" ({table.names[at]})"
    place = "" if rows.place_of is None else f", {rows.place_of(rows.row_of(at) - 1)}"
    return f"row {rows.row_of(at)}{name}{place},"
