"""The columns of a file, found by their names; the error that says what to do where one is not there."""

from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches
from os import PathLike
from typing import Any

from models.observations.columns import CountsError
from models.observations.files.guesses import guessed, guessed_name
from models.observations.files.not_numbers import IN_COLUMNS, is_out_of
from models.observations.files.reading import Asked
from models.observations.files.sources import Source, refuse_sheet, source_of
from models.observations.frames.frame_sources import is_file, source_of_frame


def located(path: str | PathLike[str] | Any, asked: Asked) -> tuple[Source, Asked]:
    """A file or frame, and the columns that are read of it.

    Args:
        path: the file or frame.
        asked: what is asked of it.

    Returns:
        The table, and the same with defaults and guesses filled in.

    Raises:
        CountsError: if the file is empty, not readable as a table, or lacks a column or has it twice.
        FileNotFoundError: if there is no such file.
    """
    if is_file(path):
        source = source_of(path, asked.wanted, asked.sheet)
    else:
        source = source_of_frame(path)
        refuse_sheet(source.name, asked.sheet)
    if asked.guess:
        asked = _with_guesses(source, asked)
    asked = asked.by_default(source.columns, source.row_names)
    for column in asked.columns:
        times = source.columns.count(column)
        if times > 1:
            raise CountsError(f"{source.name}: the header has the column {column!r} {times} times; rename all but one")
        if not times:
            raise CountsError(f"{source.name}: no column {column!r}{_advice(source, asked, column)}")
    return source, asked


def _with_guesses(source: Source, asked: Asked) -> Asked:
    if not set(asked.counted.values()) <= set(source.columns):
        asked = replace(asked, counted=guessed(source.columns) or asked.counted)
    if not asked.name and "name" not in source.columns and not source.row_names:
        name = guessed_name([column for column in source.columns if column not in asked.columns])
        asked = replace(asked, name=() if name is None else (name,))
    return asked


def _advice(source: Source, asked: Asked, column: str) -> str:
    """What to do about a column that is not there, and the columns that are."""
    names = [name if len(name) <= LONGEST_SHOWN else f"{name[:LONGEST_SHOWN]}…" for name in source.columns]
    more = f", and {len(names) - MOST_SHOWN} more" if len(names) > MOST_SHOWN else ""
    listed = f" (columns: {', '.join(names[:MOST_SHOWN])}{more}){_other_sheets(source)}"
    if source.columns and all(_is_number(name) for name in source.columns[-2:]):
        return f"; the header is {', '.join(names[:MOST_SHOWN])}: give the file a first line that names its columns"
    if source.text is not None and len(source.columns) == 1:
        return f": there is one column only, {names[0]!r}; separate columns by commas, semicolons, tabs or bars"
    roles: Mapping[str, str] = asked.counted
    if "k" in roles and column in roles.values():
        found = guessed(source.columns)
        if found is not None:
            flags = " ".join(f"--{role} {_quoted(name)}" for role, name in found.items())
            keywords = ", ".join(f"{role}={name!r}" for role, name in found.items())
            return f": use {flags}, in Python {keywords}{listed}"
    folded = {name.casefold(): name for name in source.columns}
    near = folded.get(column.casefold()) or next(iter(get_close_matches(column, source.columns, 1)), None)
    meant = f"; is it {near!r}?" if near is not None else ""
    flag = next((role for role, name in roles.items() if name == column and role in FLAGS), None)
    use = f": name the column by --{flag}, in Python {flag}=" if flag is not None and near is None else ""
    alone = "; a rate without the number of its trials cannot be used" if flag == "n" and near is None else ""
    return f"{meant}{use}{listed}{_two_in_one(source) or alone}"


MOST_SHOWN, LONGEST_SHOWN = 30, 60  # columns of a file in an error, and characters of each
FLAGS = ("k", "n", "failures", "exposure")


def _other_sheets(source: Source) -> str:
    if not source.sheets:
        return ""
    return f"; or is it on another sheet ({', '.join(map(repr, source.sheets))})? name that one by --sheet, sheet="


def _two_in_one(source: Source) -> str:
    """That a column holds successes and trials together, if one does."""
    once = [name for name in source.columns[:MOST_SHOWN] if source.columns.count(name) == 1]
    with source.reading():
        first = source.scan(once).head(1).collect()
    values = {name: column[0] for name, column in zip(once, first.iter_columns(), strict=True) if len(column)}
    found = [(name, value) for name, value in values.items() if isinstance(value, str) and is_out_of(value)]
    return f"; column {found[0][0]} holds {found[0][1]!r}: {IN_COLUMNS}" if found else ""


def _quoted(name: str) -> str:
    return f'"{name}"' if " " in name else name


def _is_number(text: str) -> bool:
    return text.replace(".", "").replace(",", "").isdigit()
