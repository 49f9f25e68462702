"""A table in Markdown."""

from experiments.presentation.table_text import TableText


def markdown(text: TableText) -> str:
    """A table in Markdown, without its caption."""
    aligned = [":--" if is_text else "--:" for is_text in text.is_text]
    lines = [text.header, aligned, *text.rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
