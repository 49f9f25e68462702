"""A part of the answers of `own-counts`, made once: the screen and the report show the same parts in the same order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import polars as pl
from matplotlib.figure import Figure

from experiments.presentation.page import Section
from experiments.presentation.screen import print_heading, print_line, print_table
from experiments.presentation.table_text import TableText, table_text

MOST_ROWS_PRINTED = 40
MOST_ROWS_SHOWN = 1_000  # of a table, in the report and in summary.json: nobody reads more, and CSV files have all


@dataclass(frozen=True)
class Shown:
    """A table that is shown, and where.

    Args:
        caption: what it is a table of.
        table: all of its rows.
        file: name of the CSV file that has them all, without its suffix.
        columns: columns to show, and their names in the header; by default all, as they are named.
        digits: by column, if not the usual number of digits.
        where: whether it is on the screen, in the report, or in both.
    """

    caption: str
    table: pl.DataFrame
    file: str = ""
    columns: Mapping[str, str] | None = None
    digits: Mapping[str, int] | None = None
    where: Literal["both", "screen", "report"] = "both"

    def first(self, most: int) -> TableText:
        """The first rows as text."""
        return table_text(self.caption, self.table.head(most), columns=self.columns, digits=self.digits)

    def in_report(self) -> TableText:
        """The table as the report has it; of a long one the first rows, and where the others are."""
        text, rows = self.first(MOST_ROWS_SHOWN), len(self.table)
        if rows <= MOST_ROWS_SHOWN:
            return text
        more = f": the first {MOST_ROWS_SHOWN:,} of {rows:,} rows, all of which are in {self.file}.csv"
        return TableText(text.caption + more, text.header, text.rows, text.is_text, text.exact)


@dataclass(frozen=True)
class Part:
    """An answer with its tables and figures.

    Args:
        title: its heading.
        text: paragraphs in plain words, on the screen and in the report.
        notes: paragraphs on how the numbers are defined and computed, in the report, below the tables.
        tables: in order.
        figures: by caption; in the report.
        lines: lines on the screen, below the tables.
    """

    title: str
    text: Sequence[str]
    notes: Sequence[str] = ()
    tables: Sequence[Shown] = ()
    figures: Mapping[str, Figure] = field(default_factory=dict)
    lines: Sequence[str] = ()


def section(part: Part) -> Section:
    """The part as a section of the report."""
    tables = [shown.in_report() for shown in part.tables if shown.where != "screen"]
    return Section(part.title, part.text, tables, part.figures, part.notes)


def print_part(part: Part, *, has_heading: bool = True) -> None:
    """Print the heading, the text, the tables, cut at MOST_ROWS_PRINTED rows, and the lines below them.

    Args:
        part: an answer.
        has_heading: whether its heading is printed.
    """
    if has_heading:
        print_heading(part.title)
    for paragraph in part.text:
        print_line(paragraph)
    for shown in part.tables:
        if shown.where == "report":
            continue
        print_table(shown.first(MOST_ROWS_PRINTED))
        more = len(shown.table) - MOST_ROWS_PRINTED
        if more > 0:
            print_line(f"... and {more:,} more row{'s' if more > 1 else ''} in {shown.file}.csv")
    for line in part.lines:
        print_line(line)
