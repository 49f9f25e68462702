"""HTML tables for notebooks and pages."""

from collections.abc import Collection, Sequence
from html import escape

import numpy as np

ROWS_SHOWN = 10  # rows in the table of observations; the others are only counted


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


def rows_html(
    caption: str,
    columns: Sequence[tuple[str, Sequence[object] | np.ndarray]],
    length: int,
    text_columns: Collection[int],
) -> str:
    """A table of the first rows of observations.

    Args:
        caption: what there is in total.
        columns: name and values of each column.
        length: the number of all rows.
        text_columns: indices of the columns that hold text, not numbers.

    Returns:
        The `<table>` element.
    """
    shown = zip(*(values[:ROWS_SHOWN] for _, values in columns), strict=True)
    rows = [[str(value) for value in row] for row in shown]
    if length > ROWS_SHOWN:
        rows.append([f"and {length - ROWS_SHOWN} more rows", *["…"] * (len(columns) - 1)])
    return html_table(caption, [name for name, _ in columns], rows, text_columns=text_columns)
