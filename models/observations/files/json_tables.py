"""Tables in JSON: a list of objects, an object of lists, or an object on each line."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from models.observations.columns import CountsError, typed_column

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
    try:
        try:
            value = json.loads(text, object_pairs_hook=object_of)
        except json.JSONDecodeError:
            lines = [line for line in text.splitlines() if line.strip()]
            if len(lines) < 2 or not lines[0].rstrip().endswith("}"):
                raise
            value = [json.loads(line, object_pairs_hook=object_of) for line in lines]
    except json.JSONDecodeError as error:
        raise CountsError(f"{source}: not readable as JSON: line {error.lineno} of the file: {error.msg}") from None
    return _columns(value, source)


def _columns(value: Any, source: str) -> dict[str, pl.Series]:
    if isinstance(value, Mapping) and value and all(isinstance(column, list) for column in value.values()):
        lengths = {name: len(column) for name, column in value.items()}
        if len(set(lengths.values())) > 1:
            described = ", ".join(f"{name} has {length}" for name, length in lengths.items())
            raise CountsError(f"{source}: unequal lengths: {described}")
        return {name: typed_column(name, column) for name, column in value.items()}
    if isinstance(value, Mapping) and not any(isinstance(cell, Mapping | list) for cell in value.values()):
        value = [value]
    if not (isinstance(value, list) and value and all(isinstance(row, Mapping) for row in value)):
        raise CountsError(f"{source}: this JSON is no table; give {SHAPES}")
    names = dict.fromkeys(name for row in value for name in row)
    return {name: typed_column(name, [row.get(name) for row in value]) for name in names}
