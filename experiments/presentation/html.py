"""A table in HTML, and text in it."""

from html import escape

from experiments.presentation.literal import visible
from experiments.presentation.table_text import TableText
from models.observations.notebook import html_table


def html(text: TableText) -> str:
    """A table in a box of its own, which scrolls (also by keyboard) if the table is too wide or too long."""
    text_columns = [i for i, is_text in enumerate(text.is_text) if is_text]
    header, rows = [visible(name) for name in text.header], [[visible(cell) for cell in row] for row in text.rows]
    content = html_table(visible(text.caption), header, rows, text_columns=text_columns)
    box = f'<div class="table" role="region" aria-label="{escaped(text.caption)}" tabindex="0">\n{content}\n</div>'
    return f'{box}\n<p class="note">{escaped(text.note)}</p>' if text.note else box


def escaped(text: str) -> str:
    """Text for an element or an attribute, with escapes for characters that cannot be seen or are not allowed."""
    return escape(visible(text))
