"""Any file as one table to be scanned, with its columns and how to say where a row is."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import polars as pl

from models.observations.columns import CountsError
from models.observations.files.formats import HEAD, format_of
from models.observations.files.headers import ROW_NAMES, Wanted
from models.observations.files.json_tables import read_json
from models.observations.files.parts import is_in_parts, parts_of, scan_parts
from models.observations.files.unpacked import STANDARD_INPUT, unpacked
from models.observations.files.workbooks import Sheet, read_workbook
from models.observations.text_files.dialects import text_table
from models.observations.text_files.text_tables import TextTable

NOTHING = Wanted()
INDEX = re.compile(r"__index_level_\d+__")
# A damaged Parquet file may end polars' own threads in a panic.
UNREADABLE = (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError)


@dataclass(frozen=True)
class Source:
    """A table in a file or a frame, before its values are read.

    Args:
        name: the file or frame in messages.
        pick: function from the names that columns get, and their places, to the scan of these columns.
        columns: names of all columns, of which some may be alike.
        size: bytes of a text file, rows of another.
        place_of: function from a row, counted from 0, to where it is in the file, in words; None if that says nothing.
        text: the text file that it is; None for another.
        row_names: columns that hold the names of the rows without saying so.
        remarks: what is unlike a plain CSV file, and was found out from the file.
        sheets: those of a workbook that are not read.
    """

    name: str
    pick: Callable[[Mapping[str, int]], pl.LazyFrame]
    columns: tuple[str, ...]
    size: int
    place_of: Callable[[int], str] | None = None
    text: TextTable | None = None
    row_names: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    sheets: tuple[str, ...] = ()

    def scan(self, columns: Collection[str]) -> pl.LazyFrame:
        """Some columns by their names.

        Args:
            columns: names that the header has once.

        Returns:
            The scan of these columns.
        """
        return self.pick({column: self.columns.index(column) for column in columns})

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Raise a CountsError with the line if rows cannot be read inside the `with`."""
        try:
            yield
        except UNREADABLE as error:
            said = _reason(error)
            raise (CountsError(f"{self.name}: {said}") if self.text is None else self.text.unreadable(said)) from None


def source_of(path: str | PathLike[str], wanted: Wanted = NOTHING, sheet: str | None = None) -> Source:
    """The table in a file.

    Args:
        path: a text file in any dialect, Parquet, Feather, a workbook, JSON, one of these compressed, a folder or
            pattern of Parquet files, or "-" for standard input.
        wanted: columns that tell its header from titles.
        sheet: the sheet of a workbook; None for the first that is not empty.

    Returns:
        The table.

    Raises:
        CountsError: if it is empty, or no table that can be read; or if a sheet is asked for that is not there.
        FileNotFoundError: if there is no such file.
    """
    path = Path(path)
    if is_in_parts(path):
        refuse_sheet(str(path), sheet)
        parts = parts_of(path)
        with _readable(str(path), "Parquet"):
            table = scan_parts(path, parts)
            return _typed(str(path), table, (f"{len(parts)} Parquet files",))
    name = "standard input" if path == STANDARD_INPUT else str(path)
    file = unpacked(path)
    with file.open("rb") as opened:
        found = format_of(path, opened.read(HEAD), name)
    if found != "workbook":
        refuse_sheet(name, sheet)
    match found:
        case "parquet":
            with _readable(name, found):
                return _typed(name, pl.scan_parquet(file, glob=False))
        case "feather":
            with _readable(name, found):
                return _typed(name, pl.scan_ipc(file, glob=False))
        case "json":
            read = read_json(file, name)
            return _typed(name, pl.LazyFrame(list(read.values())))
        case "workbook":
            return _of_sheet(name, read_workbook(file, name, wanted, sheet))
        case _:
            return _of_text(text_table(file, name, wanted))


def _of_sheet(name: str, sheet: Sheet) -> Source:
    after, not_computed = sheet.header.after, sheet.cells.not_computed
    pick = _by_place(sheet.table.lazy())

    def pick_computed(places: Mapping[str, int]) -> pl.LazyFrame:
        for column, at in places.items():
            if at in not_computed:
                raise CountsError(
                    f"{name}: column {column}: the formula in cell {not_computed[at]} was never computed; open the "
                    "workbook in a spreadsheet program and save it there"
                )
        return pick(places)

    return Source(
        name,
        pick_computed,
        sheet.header.names,
        size=sheet.table.height,
        place_of=lambda row: f"row {after + row + 1} of the sheet",
        row_names=(ROW_NAMES,) if sheet.header.has_row_names else (),
        remarks=sheet.remarks,
        sheets=sheet.others,
    )


def refuse_sheet(name: str, sheet: str | None) -> None:
    """Raise a CountsError if a sheet is asked of what is no workbook."""
    if sheet is not None:
        raise CountsError(f"{name}: there is no sheet {sheet!r}: only workbooks have sheets; leave it out")


def _by_place(table: pl.LazyFrame) -> Callable[[Mapping[str, int]], pl.LazyFrame]:
    """Columns of a table in which they are called "0", "1", ..., so that no name is in the way."""
    return lambda places: table.select(pl.col(str(at)).alias(column) for column, at in places.items())


def _of_text(text: TextTable) -> Source:
    with _readable(text.source, "text"):
        try:
            table = text.scan()
        except pl.exceptions.PolarsError as error:
            raise text.unreadable(_reason(error)) from None
    return Source(
        text.source,
        _by_place(table),
        text.header.names,
        size=text.path.stat().st_size,
        place_of=text.place_of,
        text=text,
        row_names=(ROW_NAMES,) if text.header.has_row_names else (),
        remarks=text.remarks,
    )


def _typed(name: str, table: pl.LazyFrame, remarks: tuple[str, ...] = ()) -> Source:
    """A table whose columns have types and names that differ."""
    schema = table.collect_schema()
    columns = schema.names()
    rows = table.select(pl.len()).collect(engine="streaming").item()
    numbered = table.rename({column: str(i) for i, column in enumerate(columns)}) if columns else table
    # The index of a pandas frame, if it has no name; one of numbers only counts rows.
    index = [column for column in columns if INDEX.fullmatch(column) and not schema[column].is_numeric()]
    if index:
        remarks = (*remarks, f"names of rows in column {', '.join(index)}")
    return Source(name, _by_place(numbered), tuple(columns), size=rows, row_names=tuple(index), remarks=remarks)


@contextmanager
def _readable(name: str, what: str) -> Iterator[None]:
    try:
        yield
    except UNREADABLE as error:
        if isinstance(error, FileNotFoundError):
            raise
        raise CountsError(f"{name}: not readable as {what}: {_reason(error)}") from None


def _reason(error: BaseException) -> str:
    """What a library says of a file, in one line."""
    if isinstance(error, pl.exceptions.PanicException):  # whose text is about the library, not about the file
        return "the file is damaged"
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
