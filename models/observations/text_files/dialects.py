"""The dialect of a text file, found out from its first lines: separator, header, and whether values are in quotes."""

import csv
import re
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from models.observations.columns import CountsError
from models.observations.files.headers import Header, Parse, Wanted, find_header, has_columns
from models.observations.text_files.encodings import as_plain, encoding_of
from models.observations.text_files.quotation import quoted
from models.observations.text_files.text_tables import TextTable

SEARCHED = [",", ";", "\t", "|"]  # a space is tried last, because names may hold one
SAMPLE = 400  # lines at the beginning that decide the dialect
ANNOUNCED = re.compile(r'^\ufeff?"?sep=(.)"?\s*$', re.IGNORECASE)  # a first line that spreadsheets write and understand


def text_table(path: Path, source: str, wanted: Wanted) -> TextTable:
    """Find out the dialect of a text file.

    Args:
        path: the file.
        source: the file in the words of a message.
        wanted: columns that tell its header from titles.

    Returns:
        The file and its dialect.

    Raises:
        CountsError: if it is not text, or has no header.
    """
    encoding = encoding_of(path, source)
    plain = as_plain(path, encoding, source)
    with plain.open(encoding="utf-8-sig", newline="\n") as file:
        lines = list(islice(file, SAMPLE))
    announced = ANNOUNCED.match(lines[0]) if lines else None
    if announced is not None:
        lines[0] = "\n"
    separators = SEARCHED if announced is None else [announced[1]]
    header = find_header({separator: parser(lines, separator) for separator in separators}, len(lines), wanted)
    if announced is None and not (header is not None and has_columns(header, wanted)):
        header = _between_spaces(lines, wanted) or header
    if header is None:
        raise CountsError(f"{source}: the file is empty; give a header line and a row per group")
    file = quoted(plain, source, header.separator, header.after)
    return TextTable(file.path, source, encoding, header, file.is_quoted)


def _between_spaces(lines: Sequence[str], wanted: Wanted) -> Header | None:
    """The header of a table whose columns are separated by one space each, as R writes them; None if it is none."""
    parse = parser(lines, " ")
    header = find_header({" ": parse}, len(lines), wanted)
    if header is None or not has_columns(header, wanted):
        return None
    rows = [parse(at)[0] for at in range(header.after, len(lines)) if lines[at].strip()]
    is_single = all(len(row) == len(header.names) and all(row) for row in rows)
    return header if is_single and all(header.names) else None


def parser(lines: Sequence[str], separator: str) -> Parse:
    """The function that takes lines apart.

    Args:
        lines: the lines, with their ends.
        separator: between values.

    Returns:
        Function of the index of a line.
    """

    def parse(at: int) -> tuple[Sequence[str], int]:
        # Blanks before a quotation mark are no part of the value.
        rows = csv.reader(islice(lines, at, None), delimiter=separator, skipinitialspace=separator != " ")
        try:
            fields = next(rows, [])
        except csv.Error:
            return [], at + 1
        return fields, at + max(rows.line_num, 1)

    return parse
