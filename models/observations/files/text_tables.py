"""Text files of any dialect: CSV, tab-separated and alike, as a scan whose columns are text."""

import csv
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path

import polars as pl

from models.observations.columns import CountsError
from models.observations.files.encodings import CHUNK, Encoding, as_plain, encoding_of
from models.observations.files.headers import Header, Parse, find_header, has_columns

SEPARATORS = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a bar", " ": "a space"}
SEARCHED = [",", ";", "\t", "|"]  # a space is tried last, because names may hold one
SAMPLE = 400  # lines at the beginning that decide the dialect
TAIL = 1 << 16  # bytes at the end of a file that are read to find its last line
ANNOUNCED = re.compile(r'^\ufeff?"?sep=(.)"?\s*$', re.IGNORECASE)  # a first line that spreadsheets write and understand


@dataclass(frozen=True)
class TextTable:
    """A text file, and the dialect that it is written in.

    Args:
        path: the file in UTF-8, its lines ended by line feeds.
        source: the file in the words of a message.
        encoding: how the file was written.
        header: where its header is, and what the columns are.
        is_quoted: whether quotation marks around a value are not part of it.
    """

    path: Path
    source: str
    encoding: Encoding
    header: Header
    is_quoted: bool

    @property
    def remarks(self) -> tuple[str, ...]:
        """What is unlike a plain CSV file, and was found out from the file."""
        separator, titles = self.header.separator, self.header.titles
        found = [
            self.encoding.remark,
            None if separator == "," else f"separated by {SEPARATORS.get(separator, repr(separator))}",
            f"{titles} title line{'s' if titles > 1 else ''} above the header" if titles else None,
            "names of rows in the first column, which has no header" if self.header.has_row_names else None,
        ]
        return tuple(filter(None, found))

    def scan(self) -> pl.LazyFrame:
        """All rows, columns "0", "1", ... as text; those beyond the names of the header are last.

        Blank rows at the end are left out.

        Raises:
            CountsError: if rows have values beyond the columns of the header.
        """
        named = len(self.header.names)
        schema = dict.fromkeys((str(i) for i in range(named + self.header.extra)), pl.String)
        table = pl.scan_csv(
            self.path,
            has_header=False,
            separator=self.header.separator,
            quote_char='"' if self.is_quoted else None,
            skip_lines=self.header.after,
            infer_schema=False,
            schema=schema,  # pyright: ignore[reportArgumentType]
            truncate_ragged_lines=False,
            missing_columns="insert",  # a row that ends early has missing values
            glob=False,
        )
        if self.header.extra:
            beyond = pl.any_horizontal(pl.col(list(schema)[named:]).fill_null("").str.strip_chars() != "")
            if table.filter(beyond).head(1).collect(engine="streaming").height:
                raise self.unreadable("")
        table = table.select(list(schema)[:named])
        return without_blank_end(table) if self._may_end_blank() else table

    def line_of(self, row: int) -> int:
        """The line of the file on which a row begins. Line breaks in quotes count as lines.

        Args:
            row: the row, counted from 0 below the header.

        Returns:
            The line, counted from 1.

        Raises:
            IndexError: if there is no such row.
        """
        begun, in_quotes = -1, False
        with self.path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if number <= self.header.after:
                    continue
                if not in_quotes:
                    begun += 1
                    if begun == row:
                        return number
                if self.is_quoted and line.count(b'"') % 2:
                    in_quotes = not in_quotes
        raise IndexError(f"{self.source} has no row {row + 1}")

    def unreadable(self, reason: str) -> CountsError:
        """The error that says which line has too many values, or a quotation mark out of place.

        Args:
            reason: what polars says, if there is nothing better to say.
        """
        named, seen = len(self.header.names), []
        with self.path.open(encoding="utf-8-sig", newline="\n") as lines:
            below = (seen.append(line) or line for line in islice(lines, self.header.after, None))
            rows = csv.reader(below, delimiter=self.header.separator, strict=True)
            begins = self.header.after + 1
            try:
                for fields in rows:
                    if any(field.strip() for field in fields[named:]):
                        return self._too_long(begins, len(fields))
                    if any('"' in field for field in fields) and '""' not in "".join(seen):
                        return self._out_of_place(begins)
                    begins = self.header.after + rows.line_num + 1
                    seen.clear()
            except csv.Error:
                return self._out_of_place(begins)
        return CountsError(f"{self.source}: not readable as a table: {reason}")

    def _too_long(self, line: int, length: int) -> CountsError:
        header, separator = self.header, SEPARATORS.get(self.header.separator, repr(self.header.separator))
        return CountsError(
            f"{self.source}: line {line} of the file has {length} values, but the header (line {header.line + 1}) has "
            f"{len(header.names)} columns; put a value that holds {separator} in quotation marks"
        )

    def _out_of_place(self, line: int) -> CountsError:
        return CountsError(
            f"{self.source}: line {line} of the file: a quotation mark is not closed, or is inside a value; put the "
            "value in quotation marks and write each mark inside it twice"
        )

    def _may_end_blank(self) -> bool:
        """Whether the file may end in blank rows: its last line has no value."""
        with self.path.open("rb") as file:
            file.seek(max(self.path.stat().st_size - TAIL, 0))
            lines = file.read().splitlines()
        return bool(lines) and not lines[-1].strip(b'", \t;|\r')


def text_table(path: Path, source: str, wanted: Sequence[Collection[str]]) -> TextTable:
    """Find out the dialect of a text file.

    Args:
        path: the file.
        source: the file in the words of a message.
        wanted: sets of columns that its header may have, the likeliest first.

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
    facts = plain.stat()
    quoted = _has_quoted_values(plain, header.separator, facts.st_mtime_ns, facts.st_size)
    return TextTable(plain, source, encoding, header, quoted)


def _between_spaces(lines: Sequence[str], wanted: Sequence[Collection[str]]) -> Header | None:
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
        rows = csv.reader(islice(lines, at, None), delimiter=separator)
        try:
            fields = next(rows, [])
        except csv.Error:
            return [], at + 1
        return fields, at + max(rows.line_num, 1)

    return parse


def without_blank_end(table: pl.LazyFrame) -> pl.LazyFrame:
    """The table of text without the blank rows at its end; finding them takes a pass over the file."""
    blank = pl.all_horizontal(pl.all().fill_null("").str.strip_chars() == "")
    filled = table.select(~blank.alias("filled")).with_row_index("row")
    last = filled.filter("filled").select(pl.col("row").max()).collect(engine="streaming").item()
    return table.head(0 if last is None else last + 1)


@lru_cache(maxsize=16)
def _has_quoted_values(path: Path, separator: str, changed: int, size: int) -> bool:
    """Whether a value begins with a quotation mark; else marks are part of values, as in 5" for five inches."""
    begins, last = re.compile(rb'[\n%b]"' % re.escape(separator.encode())), b"\n"
    with path.open("rb") as file:
        for chunk in _chunks(file):
            if b'"' in chunk and begins.search(last + chunk.removeprefix(b"\xef\xbb\xbf")):
                return True
            last = chunk[-1:]
    return False


def _chunks(file) -> Iterator[bytes]:
    while chunk := file.read(CHUNK):
        yield chunk
