"""Text files of any dialect: CSV, tab-separated and alike, as a scan whose columns are text."""

import csv
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import polars as pl

from models.observations.columns import CountsError
from models.observations.files.headers import Header
from models.observations.text_files.encodings import Encoding

SEPARATORS = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a bar", " ": "a space"}
TAIL = 1 << 16  # bytes at the end of a file that are read to find its last line


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

    def place_of(self, row: int) -> str:
        """Where a row begins, in words.

        Args:
            row: the row, counted from 0 below the header.

        Returns:
            Its line; of one that looks like a comment, that it is none.
        """
        number = self.line_of(row)
        with self.path.open("rb") as lines:
            begins_as_comment = next(islice(lines, number - 1, None)).startswith(b"#")
        comment = ", which begins with #; comments are lines above the header" if begins_as_comment else ""
        return f"line {number} of the file{comment}"

    def unreadable(self, reason: str) -> CountsError:
        """The error that says which line has too many values.

        Args:
            reason: what polars says, if there is nothing better to say.
        """
        named = len(self.header.names)
        with self.path.open(encoding="utf-8-sig", newline="\n") as lines:
            rows = csv.reader(islice(lines, self.header.after, None), delimiter=self.header.separator)
            begins = self.header.after + 1
            try:
                for fields in rows:
                    if any(field.strip() for field in fields[named:]):
                        return self._too_long(begins, len(fields))
                    begins = self.header.after + rows.line_num + 1
            except csv.Error:  # a value that is too long for this reader
                pass
        return CountsError(f"{self.source}: not readable as a table: {reason}")

    def _too_long(self, line: int, length: int) -> CountsError:
        header, separator = self.header, SEPARATORS.get(self.header.separator, repr(self.header.separator))
        return CountsError(
            f"{self.source}: line {line} of the file has {length} values, but the header (line {header.line + 1}) has "
            f"{len(header.names)} columns; put a value that holds {separator} in quotation marks"
        )

    def _may_end_blank(self) -> bool:
        """Whether the file may end in blank rows: its last line has no value."""
        with self.path.open("rb") as file:
            file.seek(max(self.path.stat().st_size - TAIL, 0))
            lines = file.read().splitlines()
        return bool(lines) and not lines[-1].strip(b'", \t;|\r')


def without_blank_end(table: pl.LazyFrame) -> pl.LazyFrame:
    """The table of text without the blank rows at its end; finding them takes a pass over the file."""
    blank = pl.all_horizontal(pl.all().fill_null("").str.strip_chars() == "")
    filled = table.select(~blank.alias("filled")).with_row_index("row")
    last = filled.filter("filled").select(pl.col("row").max()).collect(engine="streaming").item()
    return table.head(0 if last is None else last + 1)
