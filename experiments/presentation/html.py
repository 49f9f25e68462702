"""A table in HTML."""

from html import escape

from experiments.presentation.table_text import TableText
from models.observations.notebook import html_table


def html(text: TableText) -> str:
    """A table in a box of its own, which scrolls (also by keyboard) if the table is too wide or too long."""
    text_columns = [i for i, is_text in enumerate(text.is_text) if is_text]
    content = html_table(text.caption, text.header, text.rows, text_columns=text_columns)
    box = f'<div class="table" role="region" aria-label="{escape(text.caption)}" tabindex="0">\n{content}\n</div>'
    return f'{box}\n<p class="note">{escape(text.note)}</p>' if text.note else box
