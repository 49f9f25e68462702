"""The columns of a file as they are written, and how numbers in them are written."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from os import PathLike
from typing import Any

import numpy as np
import polars as pl

from models.observations.columns import CountsError, Rows, as_names
from models.observations.files.located import located
from models.observations.files.missing import is_missing, without_blanks
from models.observations.files.numbers_in_text import DIGITS, NumberFormat, format_in
from models.observations.files.reading import Asked, Reading
from models.observations.files.sources import Source
from models.observations.files.spreadsheet_text import literal_text
from models.observations.given import Given
from models.observations.large_files import different_rows, is_streamed
from models.observations.number_columns import two_readings

BETWEEN_NAMES = ", "  # joins several columns of names
NUMBER_LIKE = r"^[+-]?[0-9][0-9., \u00a0\u202f\u2009\u2007'’]*$|^[+-]?[.,][0-9]+$"  # noqa: RUF001 - signs in numbers


def given_file(path: str | PathLike[str] | Any, asked: Asked) -> Given:
    """Columns of a file or frame; of a large one, only its different rows, without names.

    Args:
        path: the file or frame.
        asked: its columns, and how to read them.

    Returns:
        The columns.

    Raises:
        CountsError: if the file is empty, not readable as a table, or lacks a column.
        FileNotFoundError: if there is no such file.
    """
    source, asked = located(path, asked)
    streamed = is_streamed(source)
    if streamed:
        asked = replace(asked, name=())
    table, rows, left_out = rows_of(source, asked, streamed=streamed)
    rows = replace(rows, numbers=number_format(source, table, asked))
    columns = {**asked.counted, "name": BETWEEN_NAMES.join(asked.name), "multiplicity": asked.multiplicity or ""}
    return Given(
        {role: table[column] for role, column in asked.counted.items()},
        names_in(source, table, asked.name) if asked.name else None,
        None if asked.multiplicity is None else table[asked.multiplicity],
        {column: _covariate(source, table[column], rows) for column in asked.covariates},
        rows,
        Reading(source.name, {k: v for k, v in columns.items() if v}, streamed, left_out, source.remarks),
    )


def rows_of(source: Source, asked: Asked, *, streamed: bool) -> tuple[pl.DataFrame, Rows, int]:
    """The rows of a file, or the different ones, and how many were left out because a value is missing.

    Args:
        source: the file.
        asked: its columns, and whether rows with missing values are left out.
        streamed: whether only the different rows are kept.

    Returns:
        The table, where its rows come from, and the number of rows left out.

    Raises:
        CountsError: if the file is not readable as a table, or every row is left out.
    """
    if streamed:
        table, rows = different_rows(source, asked.columns)
    else:
        with source.reading():
            table = source.scan(asked.columns).collect()
        rows = Rows(f"{source.name}: ", place_of=source.place_of)
    _refuse_header_again(table, rows)
    table = _with_text(source, table, (*asked.name, *filter(None, [asked.counted.get("outcome")])))
    if not asked.drop_missing:
        return table, rows, 0
    missing = missing_in(table, asked)
    if len(table) and missing.all():
        raise CountsError(f"{source.name}: every row has a missing value in {', '.join(asked.columns)}")
    first = np.arange(len(table)) if rows.first is None else rows.first
    times = None if rows.times is None else rows.times[~missing]
    left_out = int(missing.sum() if rows.times is None else rows.times[missing].sum())
    return table.filter(~missing), replace(rows, first=first[~missing], times=times), left_out


def _refuse_header_again(table: pl.DataFrame, rows: Rows) -> None:
    """Raise an error if a row has the names of the columns, as where files were put together."""
    if all(dtype == pl.String for dtype in table.dtypes):
        same = table.select(pl.all_horizontal(pl.col(name).str.strip_chars() == name for name in table.columns))
        again = same.to_series().fill_null(False)
        rows.refuse(again, ", ".join(table.columns), lambda _: "this is the header again; delete its line")


def _with_text(source: Source, table: pl.DataFrame, names: Collection[str]) -> pl.DataFrame:
    """The rows with bytes as text; an error if a column of names or outcomes holds nothing of the kind."""
    for column in table.iter_columns():
        try:
            if column.dtype == pl.Binary:  # as older programs write text to Parquet
                table = table.with_columns(column.cast(pl.String))
            elif column.name in names:
                as_names(column)
        except pl.exceptions.PolarsError:
            held = f"column {column.name} holds {column.dtype}, which is no text"
            raise CountsError(f"{source.name}: {held}; give a column of text or numbers") from None
    return table


def missing_in(table: pl.DataFrame, asked: Asked) -> np.ndarray:
    """Whether each row has a missing number, covariate or name; a name may be "NA".

    Args:
        table: rows of the file.
        asked: its columns.

    Returns:
        Booleans, shape (rows,).
    """
    missing = [is_missing(table[column]) for column in (*asked.numbers, *asked.covariates)]
    missing += [without_blanks(as_names(table[column])).is_null() for column in asked.name]
    return np.any([column.to_numpy() for column in missing], axis=0)


def number_format(source: Source, table: pl.DataFrame, asked: Asked) -> NumberFormat:
    """How numbers are written in the columns of numbers, and of covariates that hold nothing else."""
    columns = [table[column] for column in asked.numbers]
    columns += [table[column] for column in asked.covariates if _holds_numbers(table[column])]
    values = [value for column in columns for value in _other_than_digits(column)]
    separator = None if source.text is None else source.text.header.separator
    return format_in(values, decimal=asked.decimal, thousands=asked.thousands, separator=separator)


def _other_than_digits(values: pl.Series) -> list[str]:
    """The different values of a column of text that are not digits alone, in order."""
    text = _as_text(values)
    if text.dtype != pl.String or not text.cast(pl.Int64, strict=False).null_count():
        return []
    text = without_blanks(text)
    return text.filter(~text.str.contains(DIGITS)).unique(maintain_order=True).to_list()


def names_in(source: Source, table: pl.DataFrame, columns: Sequence[str]) -> pl.Series:
    """The names of the rows, those of several columns joined; missing if one of them is."""
    parts = [_written(source, without_blanks(as_names(table[column]))) for column in columns]
    return joined_names(pl.DataFrame(parts))


def joined_names(columns: pl.DataFrame) -> pl.Series:
    """Names of several columns as one, which has the name of the first of them."""
    joined = columns.select(pl.concat_str(pl.all(), separator=BETWEEN_NAMES))
    return joined.to_series().alias(columns.columns[0])


def _covariate(source: Source, values: pl.Series, rows: Rows) -> pl.Series:
    """A covariate; of a column of text that holds only numbers, these as computers write them."""
    if not _holds_numbers(values):
        return _written(source, values)
    text = without_blanks(_as_text(values))
    rows.refuse(rows.numbers.ambiguous(text), str(values.name), lambda at: two_readings(text[at]))
    return rows.numbers.plain(text)


def _holds_numbers(values: pl.Series) -> bool:
    text = without_blanks(_as_text(values))
    return text.dtype == pl.String and bool(text.str.contains(NUMBER_LIKE).fill_null(True).all())


def _as_text(values: pl.Series) -> pl.Series:
    return values.cast(pl.String) if isinstance(values.dtype, pl.Categorical | pl.Enum) else values


def _written(source: Source, values: pl.Series) -> pl.Series:
    """Text without the apostrophe by which a text file keeps a spreadsheet from computing a cell that begins so."""
    if values.dtype != pl.String:
        return values
    # A letter with its accent may be one sign or two; it is the same text.
    return (values if source.text is None else literal_text(values)).str.normalize("NFC")
