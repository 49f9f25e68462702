"""Tables as a notebook or a page shows them."""

from collections.abc import Collection, Sequence
from html import escape

import numpy as np

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


def counts_html(names: Sequence[str], k: np.ndarray, n: np.ndarray, multiplicity: np.ndarray) -> str:
    """The first rows of counts, and how many there are; the columns of `Counts`."""
    columns = {"name": names[:ROWS_SHOWN], "k": k[:ROWS_SHOWN], "n": n[:ROWS_SHOWN]}
    if (multiplicity != 1).any():
        columns["multiplicity"] = multiplicity[:ROWS_SHOWN]
    rows = [[str(value) for value in row] for row in zip(*columns.values(), strict=True)]
    if len(k) > ROWS_SHOWN:
        rows.append([f"and {len(k) - ROWS_SHOWN} more rows", *["…"] * (len(columns) - 1)])
    students, successes, trials = (int(values @ multiplicity) for values in (np.ones_like(n), k, n))
    return html_table(f"{students} students, {successes} successes out of {trials} trials", list(columns), rows)
