"""What an experiment shows on the screen: sentences, tables, and how far it is."""

from rich.console import Console
from rich.measure import Measurement
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from experiments.presentation.literal import visible
from experiments.presentation.table_text import TableText


def print_line(text: str) -> None:
    """Print a sentence on one line, brackets included, and escapes for characters that cannot be seen."""
    _print_line(Console(highlight=False), text)


def print_heading(text: str) -> None:
    """Print a heading in bold below a blank line, as `print_line` prints a sentence."""
    Console(highlight=False).print(Text("\n").append_text(_plain(text)), style="bold", soft_wrap=True)


def print_note(text: str) -> None:
    """Print a sentence as `print_line` does, on stderr: what is no result, but should be known."""
    _print_line(Console(highlight=False, stderr=True), f"note: {text}")


def _print_line(console: Console, text: str) -> None:
    console.print(_plain(text), soft_wrap=True)


def print_table(text: TableText) -> None:
    """Print a table below its caption."""
    table = Table(title=_plain(text.caption), title_justify="left", title_style="bold")
    for name, is_text in zip(text.header, text.is_text, strict=True):
        table.add_column(_plain(name), justify="left" if is_text else "right", no_wrap=True)
    for row in text.rows:
        table.add_row(*map(_plain, row))
    # The console is made as wide as the table: in 80 columns, or in a pipe, rich would cut numbers to "-12.…".
    console = Console(highlight=False)
    console.width = max(console.width, Measurement.get(console, console.options.update(width=10_000), table).maximum)
    console.print(table, soft_wrap=True)


def _plain(text: str) -> Text:
    """Text in which nothing is markup or the name of an emoji."""
    return Text(visible(text))


def progress_bar() -> Progress:
    """A progress bar on stderr, which disappears when it is done; none where stderr is not a terminal."""
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.completed:.0f}/{task.total:.0f}"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
