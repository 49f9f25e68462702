"""Quotation marks of a text file: whether they enclose values, and whether each of them is where it can be one only.

polars pairs the marks of a file whatever is between them: of a mark that is out of place, as in "5\\" pipe", it makes
one row of several without a word. So a file whose values are in quotes is read only if every mark encloses a value,
or is doubled inside one.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from models.observations.columns import CountsError
from models.observations.files.unpacked import new_copy
from models.observations.text_files.encodings import CHUNK

OUT_OF_PLACE = (
    "a quotation mark is not closed, or is inside a value; put the value in quotation marks and write each mark inside "
    "it twice"
)
NUMBER = re.compile(rb"\s*[+-]?[0-9][0-9.]*\s*")


@dataclass(frozen=True)
class Quoted:
    """A text file of which it is known what its quotation marks are.

    Args:
        path: the file; or a copy without the blanks between separators and quotation marks.
        is_quoted: whether quotation marks around a value are not part of it.
    """

    path: Path
    is_quoted: bool


def quoted(path: Path, source: str, separator: str, after: int) -> Quoted:
    """Find out what the quotation marks of a file are, in one pass.

    Args:
        path: the file, its lines ended by line feeds.
        source: the file in the words of a message.
        separator: what separates its columns.
        after: the number of lines above its rows, which are not looked at.

    Returns:
        The file. If no value begins with a quotation mark, they are part of values, as in 5" for five inches.

    Raises:
        CountsError: if a mark is out of place, or encloses what are rows of their own.
    """
    facts = path.stat()
    return _quoted(path, source, separator, after, facts.st_mtime_ns, facts.st_size)


@lru_cache(maxsize=16)
def _quoted(path: Path, source: str, separator: str, after: int, changed: int, size: int) -> Quoted:
    marks = _Marks(separator)
    if not _begin_values(path, marks, after):
        return Quoted(path, is_quoted=False)
    line, has_blanks = after + 1, False
    for rows in _whole_rows(path, source, marks, after):
        may_have = b' "' in rows or b'" ' in rows
        has_blanks = has_blanks or (may_have and marks.blanks.search(rows) is not None)
        if _has_lines_in_marks(rows):
            _refuse_enclosed_rows(rows, source, marks, line)
        line += rows.count(b"\n")
    if not has_blanks:
        return Quoted(path, is_quoted=True)
    copy = new_copy()
    with path.open("rb") as file, copy.open("wb") as out:
        out.writelines(file.readline() for _ in range(after))
        out.writelines(marks.enclosed.sub(rb"\1", rows) for rows in _whole_rows(path, source, marks, after))
    return Quoted(copy, is_quoted=True)


class _Marks:
    """The patterns of quotation marks between some separators; blanks beside a mark are no part of the value.

    Attributes:
        begin: a value that begins with a mark.
        blanks: blanks where they may be beside a mark.
        enclosed: a value in marks, with blanks around it; the group is without them.
        rows: any number of whole rows.
        row_begun: the beginning of a row.
        lines: values without line breaks; or one in marks with them, as the group.
    """

    def __init__(self, separator: str):
        sign = re.escape(separator.encode())
        blank = b"" if separator == " " else b" *+"
        value = rb'%b"(?:[^"]++|"")*+"%b\r?+' % (blank, blank)
        plain = rb'[^"\n%b]*+' % sign
        field, one_line = rb"(?:%b|%b)" % (value, plain), rb"(?:%b|%b)" % (value.replace(b'[^"]', b'[^"\\n]'), plain)
        self.begin = re.compile(rb'[\n%b]%b"' % (sign, blank))
        self.blanks = re.compile(rb'%b +"|" +[\r\n%b]' % (sign, sign) if blank else rb"(?!)")
        self.enclosed = re.compile(
            rb'(?:(?<=[\n%b])|\A)%b("(?:[^"]++|"")*+")%b(?=[\r\n%b])' % (sign, blank, blank, sign)
        )
        self.rows = re.compile(rb"(?:(?:%b%b)*+%b\n)*+" % (field, sign, field))
        self.row_begun = re.compile(
            rb'(?:%b%b)*+(?:%b"(?:[^"]++|"")*+"?+%b\r?+|%b)' % (field, sign, blank, blank, plain)
        )
        self.lines = re.compile(rb"(?:%b[\n%b])++|(%b)[\n%b]" % (one_line, sign, value, sign))
        self.separator = separator.encode()


def _begin_values(path: Path, marks: _Marks, after: int) -> bool:
    """Whether a value begins with a quotation mark."""
    last = b"\n"
    with path.open("rb") as file:
        for _ in range(after):
            file.readline()
        while chunk := file.read(CHUNK):
            if b'"' in chunk and marks.begin.search(last + chunk) is not None:
                return True
            # Between the separator and the mark there may be blanks.
            last = (last + chunk)[len((last + chunk).rstrip(b" ")) - 1 :]
    return False


def _whole_rows(path: Path, source: str, marks: _Marks, after: int) -> Iterator[bytes]:
    """The rows below the header, in pieces that end where a row ends; an error if a mark is out of place."""
    line, begun = after + 1, b""
    with path.open("rb") as file:
        for _ in range(after):
            file.readline()
        while chunk := file.read(CHUNK):
            piece = begun + chunk
            rows = marks.rows.match(piece)
            end = 0 if rows is None else rows.end()
            begun = piece[end:]
            if end:
                yield piece[:end]
                line += piece.count(b"\n", 0, end)
            if marks.row_begun.fullmatch(begun) is None:  # at once, not at the end of a large file
                raise CountsError(f"{source}: line {line} of the file: {OUT_OF_PLACE}")
    if begun:
        if marks.rows.fullmatch(begun + b"\n") is None:
            raise CountsError(f"{source}: line {line} of the file: {OUT_OF_PLACE}")
        yield begun + b"\n"


def _has_lines_in_marks(rows: bytes) -> bool:
    """Whether a line break is between quotation marks: behind an odd number of them."""
    signs = np.frombuffer(rows, np.uint8)
    return bool(np.any(np.logical_xor.accumulate(signs == ord('"')) & (signs == ord("\n"))))


def _refuse_enclosed_rows(rows: bytes, source: str, marks: _Marks, line: int) -> None:
    """Raise an error if a mark that is not closed has found its other one in a later row.

    The first and the last line of such a value are, without the marks, rows of their own: as long as each other, and
    with numbers in the same places.
    """
    for found in marks.lines.finditer(rows):
        if found[1] is None:
            continue
        begin, end = rows.rfind(b"\n", 0, found.start()) + 1, found.end(1)
        first = _numbers(rows[begin : rows.index(b"\n", found.start())], marks)
        last = _numbers(rows[rows.rindex(b"\n", 0, end) + 1 : rows.index(b"\n", end)], marks)
        if first == last and any(first):
            at = line + rows.count(b"\n", 0, begin)
            raise CountsError(
                f"{source}: line {at} of the file: the quotation mark that is opened here is closed only in another "
                "row; close it in its own"
            )


def _numbers(line: bytes, marks: _Marks) -> list[bool]:
    """Of each value of a line, were there no marks, whether it is a number."""
    return [NUMBER.fullmatch(value) is not None for value in line.replace(b'"', b"").split(marks.separator)]
