"""Names that look alike, as "Ben Lee" and "ben  lee": they are probably those of one group."""

from collections.abc import Sequence

import polars as pl

from models.observations.columns import Rows
from models.observations.table import Table


class AlikeNamesWarning(UserWarning):
    """Two groups of a file have names that differ only in what is hard to see."""


def alike_names(table: Table, rows: Rows) -> tuple[str, ...]:
    """What is to be said of names that differ only in capitals, blanks, wide letters or zeros in front of a number.

    Args:
        table: the rows that were read.
        rows: where they come from.

    Returns:
        A sentence that names the first two names of groups, and of the values of each covariate.
    """
    said = []
    if table.names is not None and (found := _alike(table.names)):
        (first, second), more = found
        where = [f"{table.names[at]!r} (row {rows.row_of(at)})" for at in (first, second)]
        said.append(f"the names {where[0]} and {where[1]}{_advice(more, 'names', rows.group)}")
    for column, levels in table.levels.items():
        if found := _alike(levels):
            (first, second), more = found
            both = f"the values {levels[first]!r} and {levels[second]!r} of column {column}"
            said.append(both + _advice(more, "values", "value"))
    return tuple(rows.source + sentence for sentence in said)


def _alike(names: Sequence[str]) -> tuple[tuple[int, int], int] | None:
    """The places of the first two names that look alike, and how many more look like one before them."""
    seen = pl.Series(names, dtype=pl.String).str.normalize("NFKC").str.to_lowercase()
    seen = seen.str.replace_all(r"[\s\p{Cf}]+", " ").str.replace(r"^0+(\d)", "${1}").str.replace(r"^(\d+)\.0+$", "${1}")
    again = (~seen.is_first_distinct()).arg_true()
    if not len(again):
        return None
    second = int(again[0])
    return (int((seen == seen[second]).arg_true()[0]), second), len(again) - 1


def _advice(more: int, what: str, one: str) -> str:
    others = f" (and {more} more such {what})" if more else ""
    return f" differ only in capitals, blanks or zeros{others}; if they are one {one}, write them alike"
