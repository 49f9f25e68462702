"""Workbooks made by hand: .xlsx and .ods files with these cells."""

import io
import zipfile
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def workbook(*sheets: Sequence[Sequence[Any]], first: str = "Sheet1") -> bytes:
    """An .xlsx file whose sheets have these rows: numbers, text, booleans and None; `first` is the first one's name."""

    def cell(value: Any) -> str:
        if value is None:
            return "<c/>"
        if isinstance(value, str):
            return f'<c t="inlineStr"><is><t>{value}</t></is></c>'
        return f'<c t="b"><v>{int(value)}</v></c>' if isinstance(value, bool) else f"<c><v>{value!r}</v></c>"

    bodies = ("".join(f"<row>{''.join(map(cell, row))}</row>" for row in rows) for rows in sheets)
    return workbook_of(bodies, first=first)


def workbook_of(
    rows: Iterable[str], hidden: Collection[int] = (), computed_later: bool = False, first: str = "Sheet1"
) -> bytes:
    """An .xlsx file.

    Args:
        rows: the rows of each sheet, in XML.
        hidden: numbers of the sheets that are hidden, from 1.
        computed_later: whether the next spreadsheet program is to compute the formulas.
        first: the name of the first sheet; the others are Sheet2, Sheet3, ...
    """
    bodies = list(rows)
    numbers = range(1, len(bodies) + 1)
    state = {i: ' state="hidden"' if i in hidden else "" for i in numbers}
    names = [first, *(f"Sheet{i}" for i in numbers[1:])]
    listed = "".join(f'<sheet name="{names[i - 1]}" sheetId="{i}" r:id="r{i}"{state[i]}/>' for i in numbers)
    later = '<calcPr fullCalcOnLoad="1"/>' if computed_later else ""
    links = "".join(
        f'<Relationship Id="r{i}" Type="{RELATED}/worksheet" Target="worksheets/sheet{i}.xml"/>' for i in numbers
    )
    parts = "".join(
        f'<Override PartName="/xl/worksheets/sheet{i}.xml" ContentType="{TYPE}.worksheet+xml"/>' for i in numbers
    )
    files = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{TYPE}.sheet.main+xml"/>{parts}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" '
        f'Type="{RELATED}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELATED}"><sheets>{listed}</sheets>{later}</workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">{links}</Relationships>',
    }
    for i, body in zip(numbers, bodies, strict=True):
        files[f"xl/worksheets/sheet{i}.xml"] = f'<worksheet xmlns="{MAIN}"><sheetData>{body}</sheetData></worksheet>'
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w") as made:
        for name, content in files.items():
            made.writestr(name, '<?xml version="1.0" encoding="UTF-8"?>' + content)
    return into.getvalue()


def cells(*rows: Mapping[str, str], hidden: Collection[int] = ()) -> str:
    """Rows in XML, of the XML in each cell: a value as "<v>1</v>", "" for a cell that has a style only."""

    def cell(place: str, content: str) -> str:
        kind = ' t="inlineStr"' if "<is>" in content else ""
        return f'<c r="{place}"{kind}>{content}</c>' if content else f'<c r="{place}" s="0"/>'

    made = []
    for row in rows:
        number = int("".join(filter(str.isdigit, next(iter(row)))))
        attribute = ' hidden="1"' if number in hidden else ""
        made.append(f'<row r="{number}"{attribute}>{"".join(cell(*item) for item in row.items())}</row>')
    return "".join(made)


def text(value: str) -> str:
    """The XML of a cell of text."""
    return f"<is><t>{value}</t></is>"


OASIS = "urn:oasis:names:tc:opendocument:xmlns"
ODS = "application/vnd.oasis.opendocument.spreadsheet"


def open_document(*sheets: Sequence[Sequence[Any]]) -> bytes:
    """An .ods file whose sheets have these rows: numbers, text and None."""

    def cell(value: Any) -> str:
        if value is None:
            return "<table:table-cell/>"
        kind = 'office:value-type="string"'
        if not isinstance(value, str):
            kind = f'office:value-type="float" office:value="{value!r}"'
        return f"<table:table-cell {kind}><text:p>{value}</text:p></table:table-cell>"

    def row(values: Sequence[Any]) -> str:
        return f"<table:table-row>{''.join(map(cell, values))}</table:table-row>"

    tables = "".join(
        f'<table:table table:name="Sheet{i}">{"".join(map(row, rows))}</table:table>'
        for i, rows in enumerate(sheets, 1)
    )
    spaces = " ".join(f'xmlns:{name}="{OASIS}:{name}:1.0"' for name in ("office", "table", "text"))
    body = f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body>"
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w") as made:
        made.writestr("mimetype", ODS)
        made.writestr(
            "META-INF/manifest.xml",
            f'<manifest:manifest xmlns:manifest="{OASIS}:manifest:1.0"><manifest:file-entry manifest:full-path="/" '
            f'manifest:media-type="{ODS}"/></manifest:manifest>',
        )
        made.writestr("content.xml", f"<office:document-content {spaces}>{body}</office:document-content>")
    return into.getvalue()
