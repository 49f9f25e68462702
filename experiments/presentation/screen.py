"""What an experiment shows on the screen: sentences, tables, and how far it is."""

from rich.console import Console
from rich.markup import escape
from rich.measure import Measurement
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from experiments.presentation.table_text import TableText


def print_line(text: str) -> None:
    """Print a sentence unchanged, brackets included."""
    Console(highlight=False).print(escape(text), soft_wrap=True)


def print_table(text: TableText) -> None:
    """Print a table below its caption."""
    table = Table(title=escape(text.caption), title_justify="left", title_style="bold")
    for name, is_text in zip(text.header, text.is_text, strict=True):
        table.add_column(escape(name), justify="left" if is_text else "right", no_wrap=True)
    for row in text.rows:
        table.add_row(*map(escape, row))
    # The console is made as wide as the table: in 80 columns, or in a pipe, rich would cut numbers to "-12.…".
    console = Console(highlight=False)
    console.width = max(console.width, Measurement.get(console, console.options.update(width=10_000), table).maximum)
    console.print(table, soft_wrap=True)


def progress_bar() -> Progress:
    """A progress bar on stderr, which disappears when it is done; none where stderr is not a terminal."""
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:.0f}/{task.total:.0f}"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
