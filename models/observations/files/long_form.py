"""Files with a row per trial: the outcome of each, and the group that it belongs to, added up by group."""

from os import PathLike
from typing import Any

import numpy as np
import polars as pl

from models.observations.columns import Rows, as_names
from models.observations.files.file_columns import BETWEEN_NAMES, joined_names, names_in, rows_of
from models.observations.files.located import located
from models.observations.files.missing import is_missing, stripped
from models.observations.files.numbers_in_text import in_ascii
from models.observations.files.reading import Asked, Reading
from models.observations.given import Given
from models.observations.number_columns import LEAVE_OUT

# Numbers, and words in several languages of spreadsheets, in lower case.
SUCCESS = "1 true t yes y success succeeded won win pass passed wahr ja vrai oui verdadero vero sí si sì".split()
FAILURE = "0 false f no n failure failed lost loss fail falsch nein faux non falso".split()


def given_trials(path: str | PathLike[str] | Any, asked: Asked) -> Given:
    """The trials of a file or frame as counts: a row a group, in order of its first trial. The file may be of any size.

    Args:
        path: the file or frame.
        asked: the column of outcomes as "outcome", and those of groups as names.

    Returns:
        The columns "k" and "n", with the names of the groups.

    Raises:
        CountsError: if the file is empty, not readable as a table, or lacks a column; if an outcome is not 0 or 1, yes
            or no, true or false; or if a group has no name.
        FileNotFoundError: if there is no such file.
    """
    source, asked = located(path, asked)
    table, rows, left_out = rows_of(source, asked, streamed=True)
    outcome = asked.counted["outcome"]
    parts = [names_in(source, table, [column]) for column in asked.name]
    for part in parts:
        rows.refuse(part.is_null(), str(part.name), lambda _: "missing; give every trial its group")
    # Compared column by column: joined, names of different groups may be the same.
    keys = {f"name {at}": part for at, part in enumerate(parts)}
    trials = pl.DataFrame(
        {
            **keys,
            "k": _successes(table[outcome], rows),
            "n": np.ones(len(table), np.int64) if rows.times is None else rows.times,
            "first": np.arange(len(table)) if rows.first is None else rows.first,
        }
    )
    counts = trials.group_by(*keys, maintain_order=True).agg(
        (pl.col("k") * pl.col("n")).sum(), pl.col("n").sum(), pl.col("first").min()
    )
    return Given(
        {"k": counts["k"], "n": counts["n"]},
        joined_names(counts.select(*keys).rename(dict(zip(keys, asked.name, strict=True)))),
        rows=Rows(rows.source, counts["first"].to_numpy(), place_of=rows.place_of),
        reading=Reading(
            source.name,
            {"outcome": outcome, "group": BETWEEN_NAMES.join(asked.name)},
            left_out=left_out,
            remarks=(*source.remarks, "a row per trial"),
        ),
    )


def _successes(outcomes: pl.Series, rows: Rows) -> np.ndarray:
    """1 for a success and 0 for a failure, int64, shape (rows,)."""
    rows.refuse(is_missing(outcomes), str(outcomes.name), lambda _: "missing; give every trial its outcome" + LEAVE_OUT)
    # Whole numbers of a column in which one is missing are written as 1.0.
    text = in_ascii(stripped(as_names(outcomes))).str.to_lowercase().str.replace(r"^([01])[.,]0*$", "${1}")

    def problem(at: int) -> str:
        return f"{outcomes[at]!r} is no outcome; write 1 or 0, yes or no, true or false, won or lost, ..."

    rows.refuse(~text.is_in([*SUCCESS, *FAILURE]), str(outcomes.name), problem)
    return text.is_in(SUCCESS).cast(pl.Int64).to_numpy()
