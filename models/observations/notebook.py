"""Tables as a notebook or a page shows them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from models.observations.counts import Counts

ROWS_SHOWN = 10


def html_table(
    caption: str, header: Sequence[str], rows: Sequence[Sequence[str]], *, text_columns: Collection[int] = (0,)
) -> str:
    """A table in HTML whose first column names the rows.

    Args:
        caption: what it is a table of.
        header: name of each column.
        rows: the cells, as plain text, which is escaped.
        text_columns: columns that are no numbers; their cells have the class "text".

    Returns:
        The element.
    """
    kind = ["text" if i in text_columns else "" for i in range(len(header))]

    def cell(i: int, text: str, row_name: str = "td") -> str:
        tag = f'{row_name} scope="row"' if row_name == "th" else row_name
        return f"<{tag}{_class(kind[i])}>{escape(text)}</{row_name}>"

    head = "".join(f'<th scope="col"{_class(kind[i])}>{escape(name)}</th>' for i, name in enumerate(header))
    body = "\n".join(
        f"<tr>{''.join(cell(i, text, 'td' if i else 'th') for i, text in enumerate(row))}</tr>" for row in rows
    )
    return (
        f"<table>\n<caption>{escape(caption)}</caption>\n<thead><tr>{head}</tr></thead>\n"
        f"<tbody>\n{body}\n</tbody>\n</table>"
    )


def _class(name: str) -> str:
    return f' class="{name}"' if name else ""


def counts_html(counts: Counts) -> str:
    """The first rows of counts, and how many there are."""
    shown = min(len(counts), ROWS_SHOWN)
    columns = {"name": counts.names[:shown], "k": counts.k[:shown], "n": counts.n[:shown]}
    if (counts.multiplicity != 1).any():
        columns["multiplicity"] = counts.multiplicity[:shown]
    rows = [[str(value) for value in row] for row in zip(*columns.values(), strict=True)]
    if len(counts) > shown:
        rows.append([f"and {len(counts) - shown} more rows", *["…"] * (len(columns) - 1)])
    k, n = (int(values @ counts.multiplicity) for values in (counts.k, counts.n))
    return html_table(f"{counts.students} students, {k} successes out of {n} trials", list(columns), rows)
