"""Tables in JSON: a list of objects, an object of lists, or an object on each line."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from models.observations.columns import CountsError, typed_column

LINE_END = re.compile(r"\r\n|\n|\r")
SHAPES = '[{"k": 3, "n": 10}, ...], {"k": [3, ...], "n": [10, ...]}, or an object on each line'


def read_json(path: Path, source: str) -> dict[str, pl.Series]:
    """Read a table.

    Args:
        path: the file, in UTF-8.
        source: the file in the words of a message.

    Returns:
        The columns by name.

    Raises:
        CountsError: if it is not JSON, not a table, or has a key twice.
    """

    def object_of(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) < len(pairs):
            keys = [key for key, _ in pairs]
            twice = next(key for key in keys if keys.count(key) > 1)
            raise CountsError(f"{source}: an object has the key {twice!r} twice; give each column once")
        return made

    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise CountsError(f"{source}: not readable as JSON: it is not written in UTF-8") from None
    unreadable = f"{source}: not readable as JSON: "
    lines, above = [(number, line) for number, line in enumerate(LINE_END.split(text)) if line.strip()], 0
    try:
        if len(lines) > 1 and all(line.lstrip().startswith("{") for _, line in lines):
            value = []
            for above, line in lines:  # noqa: B007 - the error says it
                value.append(json.loads(line, object_pairs_hook=object_of))
        else:
            value = json.loads(text, object_pairs_hook=object_of)
        return _columns(value, source)
    except json.JSONDecodeError as error:
        raise CountsError(f"{unreadable}line {above + error.lineno} of the file: {error.msg}") from None
    except RecursionError:
        raise CountsError(f"{unreadable}it is nested too deeply; give {SHAPES}") from None
    except UnicodeEncodeError:
        raise CountsError(f"{unreadable}it has half of a character (\\ud800 to \\udfff); write the whole one") from None
    except ValueError as error:
        if isinstance(error, CountsError):
            raise
        raise CountsError(f"{unreadable}a number has too many digits") from None


def _columns(value: Any, source: str) -> dict[str, pl.Series]:
    if isinstance(value, Mapping):
        inside = next((name for name, rows in value.items() if _is_rows(rows)), None)
        if inside is not None:
            raise CountsError(
                f"{source}: this JSON is no table, but has one as {inside!r}; give that alone, as {SHAPES}"
            )
    if isinstance(value, Mapping) and value and all(isinstance(column, list) for column in value.values()):
        lengths = {name: len(column) for name, column in value.items()}
        if len(set(lengths.values())) > 1:
            described = ", ".join(f"{name} has {length}" for name, length in lengths.items())
            raise CountsError(f"{source}: unequal lengths: {described}")
        return {name: typed_column(name, column) for name, column in value.items()}
    if isinstance(value, Mapping) and not any(isinstance(cell, Mapping | list) for cell in value.values()):
        value = [value]
    if not _is_rows(value):
        raise CountsError(f"{source}: this JSON is no table; give {SHAPES}")
    names = dict.fromkeys(name for row in value for name in row)
    return {name: typed_column(name, [row.get(name) for row in value]) for name in names}


def _is_rows(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(row, Mapping) for row in value)
