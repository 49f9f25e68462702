"""Where the header of a table is: below titles and comments, and between which separators."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from models.observations.files.missing import AROUND

MOST_LINES_ABOVE = 100  # lines in which the header is looked for
ROWS_LOOKED_AT = 200  # rows below the header whose lengths are compared with it

type Parse = Callable[[int], tuple[Sequence[str], int]]
"""Function of the index of a line to the fields of the row that begins there, and the index of the line after it."""


class Wanted(NamedTuple):
    """Columns by which a header is told from titles and rows.

    Args:
        asked: sets of columns that were asked for, the likeliest first.
        usual: sets of columns that headers often have; a line that has them is a header if numbers are below it.
    """

    asked: Sequence[Collection[str]] = ()
    usual: Sequence[Collection[str]] = ()


@dataclass(frozen=True)
class Header:
    """The header of a table.

    Args:
        separator: what separates its columns.
        names: names of the columns, in order; first ROW_NAMES if the rows have one column more, in front.
        line: index of the line on which it begins, from 0.
        after: index of the line after it.
        extra: columns of some rows beyond those that have a name.
        titles: lines above it that are neither blank nor comments.
    """

    separator: str
    names: tuple[str, ...]
    line: int
    after: int
    extra: int = 0
    titles: int = 0

    @property
    def has_row_names(self) -> bool:
        """Whether the first column has no name in the file, as R writes names of rows."""
        return self.names[:1] == (ROW_NAMES,)


ROW_NAMES = "row names"


def find_header(parsers: Mapping[str, Parse], lines: int, wanted: Wanted) -> Header | None:
    """The header: the first line that has all wanted columns; else the first of the rows that are alike in length.

    Args:
        parsers: by separator, the function that takes a line apart.
        lines: the number of lines.
        wanted: sets of columns, of which the first that a line has decides.

    Returns:
        The header; None if every line is blank or a comment.
    """
    candidates = {
        separator: [(at, *parse(at)) for at in range(min(lines, MOST_LINES_ABOVE))]
        for separator, parse in parsers.items()
    }
    found = _with_columns(candidates, wanted.asked, above_numbers=False)
    found = found or _with_columns(candidates, wanted.usual, above_numbers=True) or _most_regular(candidates)
    if found is None:
        return None
    above = next(iter(candidates.values()))[: found.line]
    titles = sum(not (_is_blank(fields) or _is_comment(fields)) for _, fields, _ in above)
    return _with_rows(replace(found, titles=titles), parsers[found.separator], lines)


def has_columns(header: Header, wanted: Wanted) -> bool:
    """Whether a header has all columns of one of the sets, whatever their case."""
    names = {name.casefold() for name in header.names}
    return any({column.strip().casefold() for column in columns} <= names for columns in (*wanted.asked, *wanted.usual))


type _Candidates = Mapping[str, Sequence[tuple[int, Sequence[str], int]]]


def _with_columns(candidates: _Candidates, wanted: Sequence[Collection[str]], *, above_numbers: bool) -> Header | None:
    for columns in wanted:
        folded = {column.strip().casefold() for column in columns}
        headers: list[tuple[bool, int, int, Header]] = []
        for separator, rows in candidates.items():
            for at, fields, after in rows:
                # A header may itself begin with #, as in bioinformatics; then it is not a comment.
                names = tuple(_name(field) for field in fields)
                is_comment = _is_comment(fields)
                if is_comment:
                    names = (names[0][1:].strip(), *names[1:])
                if folded <= {name.casefold() for name in names} and (
                    not above_numbers or _has_numbers(rows[after:], [name.casefold() in folded for name in names])
                ):
                    headers.append((is_comment, at, -len(names), Header(separator, names, at, after)))
        if headers:
            return min(headers, key=lambda found: found[:3])[-1]
    return None


def _has_numbers(rows: Sequence[tuple[int, Sequence[str], int]], is_column: Sequence[bool]) -> bool:
    """Whether the first row that is not blank has a digit in one of some columns."""
    fields = next((fields for _, fields, _ in rows if not _is_blank(fields)), None)
    if fields is None:
        return False
    shift = len(fields) - len(is_column) == 1  # names of rows in front
    return any(
        is_one and any(map(str.isdigit, value)) for is_one, value in zip(is_column, fields[shift:], strict=False)
    )


def _most_regular(candidates: _Candidates) -> Header | None:
    """The header under the separator by which most rows have the same length, above 1."""
    best, highest = None, (0.0, 0)
    for separator, rows in candidates.items():
        filled = [row for row in rows if not (_is_blank(row[1]) or _is_comment(row[1]))]
        lengths = Counter(len(fields) for _, fields, _ in filled)
        if not filled:
            continue
        length, times = max(lengths.items(), key=lambda item: (item[0] > 1, item[1], item[0]))
        score = (times / len(filled), length) if length > 1 else (0.0, 1)
        if score > highest:
            highest = score
            alike = [row for row in filled if len(row[1]) in (length, max(length - 1, 2))]
            # A title above a table that a spreadsheet wrote has as many fields as the others, but most are blank.
            at, fields, after = next((row for row in alike if _is_filled(row[1])), alike[0])
            best = Header(separator, tuple(map(_name, fields)), at, after)
    return best


def _with_rows(header: Header, parse: Parse, lines: int) -> Header:
    """The header, with what the rows below it have beyond it: names of rows in front, or columns without a name."""
    at, rows = header.after, []
    while at < lines and len(rows) < ROWS_LOOKED_AT:
        fields, at = parse(at)
        if not _is_blank(fields):
            rows.append(fields)
    width = len(header.names)
    extra = max((len(row) for row in rows), default=width) - width
    if extra == 1 and all(len(row) == width + 1 for row in rows) and any(row[-1].strip() for row in rows):
        return replace(header, names=(ROW_NAMES, *header.names))
    return replace(header, extra=max(extra, 0))


def _name(field: str) -> str:
    return re.sub(AROUND, "", field)


def _is_blank(fields: Sequence[str]) -> bool:
    return not any(field.strip() for field in fields)


def _is_filled(fields: Sequence[str]) -> bool:
    """Whether more than half of the fields have a name in them."""
    return 2 * sum(bool(field.strip()) for field in fields) > len(fields)


def _is_comment(fields: Sequence[str]) -> bool:
    return bool(fields) and fields[0].lstrip("\ufeff ").startswith("#")
