"""What a sheet of an .xlsx workbook has besides values: formulas never computed, hidden rows, and merged cells.

Programs that write workbooks without computing leave the value of a formula out, or write 0 and ask the next
spreadsheet program to compute it. calamine gives what is there.
"""

import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

CELL = re.compile(rb'<c r="([A-Z]+)([0-9]+)"[^/>]*>(.*?)</c>', re.DOTALL)
FORMULA = re.compile(rb"<f[ />]")
VALUE = re.compile(rb"<v[^>/]*>([^<]+)</v>")
HIDDEN = re.compile(rb'<row (?=[^>]*\br="([0-9]+)")[^>]*\bhidden="(?:1|true)"')
MERGED = re.compile(rb'<mergeCell ref="([A-Z]+)([0-9]+):[A-Z]+([0-9]+)"')
SHEET = re.compile(r"<(?:\w+:)?sheet\s[^>]*>")
LINK = re.compile(r"<(?:\w+:)?Relationship\s[^>]*>")
COMPUTED_LATER = re.compile(rb'fullCalcOnLoad="(?:1|true)"')


@dataclass(frozen=True)
class SheetCells:
    """What is known of the cells of a sheet below its header.

    Args:
        not_computed: of each column, counted from 0 at the first one with a value, the first cell whose formula has no
            value: "B2".
        hidden: the number of hidden rows.
        merged: cells that are one over several rows: their column, counted likewise, and their first and last row, from
            0 below the header.
    """

    not_computed: Mapping[int, str] = field(default_factory=dict)
    hidden: int = 0
    merged: Sequence[tuple[int, int, int]] = ()


def sheet_cells(path: Path, place: int, after: int) -> SheetCells:
    """Look at the cells of a sheet.

    Args:
        path: the workbook.
        place: the place of the sheet among all sheets, from 0.
        after: the number of rows above the first one below the header.

    Returns:
        What there is; nothing of a workbook of another kind than .xlsx, or one that is written in an unusual way.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            book = archive.read("xl/workbook.xml")
            sheet = archive.read(_part(book.decode(), archive.read("xl/_rels/workbook.xml.rels").decode(), place))
    except (zipfile.BadZipFile, KeyError, UnicodeDecodeError, IndexError, StopIteration):
        return SheetCells()
    hidden = sum(int(row[1]) > after for row in HIDDEN.finditer(sheet))
    merged = [
        (_number(letters), int(top) - after - 1, int(end) - after - 1) for letters, top, end in MERGED.findall(sheet)
    ]
    merged = [(column, top, end) for column, top, end in merged if 0 <= top < end]
    if FORMULA.search(sheet) is None and not merged:
        return SheetCells(hidden=hidden)
    is_later = COMPUTED_LATER.search(book) is not None
    first, formulas = None, dict[int, str]()
    for letters, row, content in CELL.findall(sheet):
        column, value = _number(letters), VALUE.search(content)
        if value is not None or b"<is>" in content:
            first = column if first is None else min(first, column)
        is_open = value is None or (is_later and value[1] == b"0")
        if int(row) > after and is_open and FORMULA.search(content) is not None:
            formulas.setdefault(column, (letters + row).decode())
    start = first or 0
    not_computed = {column - start: cell for column, cell in formulas.items()}
    return SheetCells(not_computed, hidden, [(column - start, top, end) for column, top, end in merged])


def _part(book: str, links: str, place: int) -> str:
    """The name in the archive of the sheet at a place."""
    link = re.findall(r'\b\w+:id="([^"]*)"', SHEET.findall(book)[place])[0]
    found = next(tag for tag in LINK.findall(links) if f'Id="{link}"' in tag)
    target = re.findall(r'Target="([^"]*)"', found)[0]
    return target.removeprefix("/") if target.startswith("/") else f"xl/{target}"


def _number(letters: bytes) -> int:
    """The number of a column, from 0: of A 0, of Z 25, of AA 26."""
    number = 0
    for letter in letters:
        number = 26 * number + letter - ord("A") + 1
    return number - 1
