"""HTML tables for notebooks and pages."""

from collections.abc import Collection, Sequence
from html import escape

import numpy as np

ROWS_SHOWN = 10  # rows in the table of counts; the others are only counted


def html_table(
    caption: str, header: Sequence[str], rows: Sequence[Sequence[str]], *, text_columns: Collection[int] = (0,)
) -> str:
    """A table in HTML whose first column holds the names of the rows.

    Args:
        caption: what the table shows.
        header: name of each column.
        rows: the cells, as plain text, which is escaped.
        text_columns: indices of the columns that hold text, not numbers; their cells have the class "text".

    Returns:
        The `<table>` element.
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
    """A table of the first rows of counts, given as the columns of `Counts`, with the totals in its caption."""
    columns = {"name": names[:ROWS_SHOWN], "k": k[:ROWS_SHOWN], "n": n[:ROWS_SHOWN]}
    if (multiplicity != 1).any():
        columns["multiplicity"] = multiplicity[:ROWS_SHOWN]
    rows = [[str(value) for value in row] for row in zip(*columns.values(), strict=True)]
    if len(k) > ROWS_SHOWN:
        rows.append([f"and {len(k) - ROWS_SHOWN} more rows", *["…"] * (len(columns) - 1)])
    students, successes, trials = (int(values @ multiplicity) for values in (np.ones_like(n), k, n))
    return html_table(f"{students} students, {successes} successes out of {trials} trials", list(columns), rows)
