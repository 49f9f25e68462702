"""Workbooks of spreadsheet programs, read by calamine: one sheet, by default the first that shows something."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import fastexcel
import polars as pl

from models.observations.columns import CountsError
from models.observations.files.headers import Header, Wanted, find_header
from models.observations.files.sheet_cells import SheetCells, sheet_cells

# What it says of columns without values is of no use to a reader.
logging.getLogger("fastexcel").addHandler(logging.NullHandler())


class Sheet(NamedTuple):
    """A sheet.

    Args:
        table: the rows below the header, columns "0", "1", ...
        header: its header.
        remarks: what is to be said of it.
        others: the other sheets that are not empty.
        cells: what it has besides values.
    """

    table: pl.DataFrame
    header: Header
    remarks: tuple[str, ...]
    others: tuple[str, ...]
    cells: SheetCells


def read_workbook(path: Path, source: str, wanted: Wanted, asked: str | None = None) -> Sheet:
    """Read a sheet.

    Args:
        path: the workbook.
        source: the file in the words of a message.
        wanted: columns that tell its header from titles.
        asked: name of the sheet; None for the first that has a row and is not hidden, or for the first that has a row.

    Returns:
        The sheet; numbers, dates and booleans as such, and columns that mix them as text.

    Raises:
        CountsError: if it cannot be read, if there is no such sheet, or if it or every sheet is empty.
    """
    try:
        workbook = fastexcel.read_excel(path)
        filled = {
            name: shown for name in workbook.sheet_names for text, shown in [_as_text(workbook, name)] if text.height
        }
        chosen = _chosen(workbook.sheet_names, filled, asked, source)
        sheet, header = _sheet(workbook, chosen, wanted)
        table = workbook.load_sheet(
            chosen, header_row=None, skip_rows=header.after, schema_sample_rows=None, skip_whitespace_tail_rows=True
        )
    except fastexcel.FastExcelError as error:
        if "password" in str(error).lower():
            raise CountsError(f"{source}: the workbook has a password; save it without one, or as CSV") from None
        raise CountsError(f"{source}: not readable as a workbook: {_first_line(error)}; save it as CSV") from None
    rows = _with_booleans(table.to_polars(), sheet.slice(header.after)) if table.height else sheet.clear()
    rows = rows.rename({column: str(i) for i, column in enumerate(rows.columns)})
    cells = sheet_cells(path, workbook.sheet_names.index(chosen), header.after)
    rows, is_filled = _without_gaps(rows, cells.merged)
    remarks = [
        _which(chosen, filled),
        "merged cells of text stand for each of their rows" if is_filled else None,
        f"{header.titles} title rows above the header" if header.titles else None,
        f"{cells.hidden} hidden row{'s are' if cells.hidden > 1 else ' is'} read too" if cells.hidden else None,
    ]
    others = tuple(name for name in filled if name != chosen)
    return Sheet(_within(rows, header, source), header, tuple(filter(None, remarks)), others, cells)


def _which(chosen: str, filled: Mapping[str, bool]) -> str | None:
    """Which sheet is read, and which are not, where there are several or it is hidden."""
    hidden = {name: "" if is_shown else " (hidden)" for name, is_shown in filled.items()}
    others = ", ".join(f"{name!r}{hidden[name]}" for name in filled if name != chosen)
    named = f"sheet {chosen!r}{hidden[chosen]}"
    return f"{named}, not {others}" if others else named if hidden[chosen] else None


def _chosen(names: Sequence[str], filled: Mapping[str, bool], asked: str | None, source: str) -> str:
    """The sheet that is read."""
    if not filled:
        raise CountsError(f"{source}: the file is empty; give a header line and a row per group")
    if asked is None:
        return next((name for name, is_shown in filled.items() if is_shown), next(iter(filled)))
    if asked not in filled:
        problem = f"the sheet {asked!r} is empty" if asked in names else f"there is no sheet {asked!r}"
        raise CountsError(f"{source}: {problem}; give one of {', '.join(map(repr, filled))}")
    return asked


def _as_text(workbook: fastexcel.ExcelReader, name: str) -> tuple[pl.DataFrame, bool]:
    """A sheet as text, and whether it is shown."""
    sheet = workbook.load_sheet(name, header_row=None, skip_rows=0, dtypes="string", skip_whitespace_tail_rows=True)
    return sheet.to_polars() if sheet.height else pl.DataFrame(), sheet.visible == "visible"


def _sheet(workbook: fastexcel.ExcelReader, name: str, wanted: Wanted) -> tuple[pl.DataFrame, Header]:
    sheet, _ = _as_text(workbook, name)
    rows = [_without_end(row) for row in sheet.fill_null("").rows()]
    header = find_header({"": lambda at: (rows[at], at + 1)}, len(rows), wanted)
    assert header is not None  # the sheet has a row
    return sheet, header


def _without_end(row: Sequence[str]) -> Sequence[str]:
    """A row without the blank cells at its end, which a narrower row has because another one is wider."""
    filled = [i for i, cell in enumerate(row) if cell.strip()]
    return row[: filled[-1] + 1] if filled else []


def _without_gaps(rows: pl.DataFrame, merged: Sequence[tuple[int, int, int]]) -> tuple[pl.DataFrame, bool]:
    """The rows with the text of merged cells in each of their rows, and whether there are such cells.

    A number in merged cells is not repeated: it may be the sum of its rows.
    """
    filled = {}
    for at, top, end in merged:
        if at < rows.width and rows.dtypes[at] == pl.String and top < rows.height:
            column = filled.get(rows.columns[at], rows.to_series(at))
            filled[rows.columns[at]] = column.scatter(range(top, min(end + 1, rows.height)), column[top])
    return rows.with_columns(**filled), bool(filled)


def _with_booleans(rows: pl.DataFrame, text: pl.DataFrame) -> pl.DataFrame:
    """The rows, with columns as text in which numbers and booleans are mixed: calamine makes 1 of true."""
    mixed = {
        column.name: as_text
        for column, as_text in zip(rows.iter_columns(), text.iter_columns(), strict=True)
        if column.dtype.is_numeric() and as_text.is_in(["true", "false"]).any()
    }
    return rows.with_columns(**mixed)


def _within(rows: pl.DataFrame, header: Header, source: str) -> pl.DataFrame:
    """The columns that have a name, after a check that the others are empty."""
    named = len(header.names)
    missing = {str(i): pl.lit(None, pl.String) for i in range(rows.width, named)}
    for column in rows.columns[named:]:
        values = rows[column].cast(pl.String).str.strip_chars().replace("", None)
        if values.null_count() < len(values):
            at = int(values.is_not_null().arg_true()[0])
            raise CountsError(
                f"{source}: row {header.after + at + 1} of the sheet has {values[at]!r} in a column without a name"
            )
    return rows.with_columns(**missing).select(str(i) for i in range(named))


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
