"""Names that look alike, as "Ben Lee" and "ben  lee": they are probably those of one group."""

import polars as pl

from models.observations.columns import Rows


class AlikeNamesWarning(UserWarning):
    """Two groups of a file have names that differ only in what is hard to see."""


def alike_names(names: tuple[str, ...] | None, rows: Rows) -> tuple[str, ...]:
    """What is to be said of names that differ only in capitals, blanks, wide letters or zeros in front of a number.

    Args:
        names: one name a row, all different; None if there are none.
        rows: where they come from.

    Returns:
        A sentence that names the first two; nothing if there are none.
    """
    if names is None:
        return ()
    seen = pl.Series(names, dtype=pl.String).str.normalize("NFKC").str.to_lowercase()
    seen = seen.str.replace_all(r"[\s\p{Cf}]+", " ").str.replace(r"^0+(\d)", "${1}").str.replace(r"^(\d+)\.0+$", "${1}")
    again = (~seen.is_first_distinct()).arg_true()
    if not len(again):
        return ()
    second = int(again[0])
    first = int((seen == seen[second]).arg_true()[0])
    more = f" (and {len(again) - 1} more such names)" if len(again) > 1 else ""
    return (
        f"{rows.source}the names {names[first]!r} (row {rows.row_of(first)}) and {names[second]!r} (row "
        f"{rows.row_of(second)}) differ only in capitals, blanks or zeros{more}; if they are one {rows.group}, write "
        "them alike",
    )
