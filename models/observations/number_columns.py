"""Columns of counts and of measured numbers, checked and converted, before any JAX runs."""

from collections.abc import Callable

import numpy as np
import polars as pl

from models.observations.columns import CountsError, Rows
from models.observations.files.missing import is_missing, without_blanks
from models.observations.files.not_numbers import advice
from models.observations.files.numbers_in_text import in_ascii

TOO_LARGE = "{} is too large: float64 skips whole numbers above 2^53"
PERCENTAGE = r"^[+-]?[0-9][0-9.,]*\s*[%‰]$"
NOT_PERCENTAGES = "is a percentage; give what was counted, because 50 % of 2 and 50 % of 2,000 do not say the same"
FRACTION = r"^[^eE]*\.\d*[1-9]\d*$"
LEAVE_OUT = ", or leave such rows out by drop_missing=True (--drop-missing)"


def whole_numbers(values: pl.Series, rows: Rows) -> np.ndarray:
    """The column as int64.

    Args:
        values: the column.
        rows: where it comes from.

    Returns:
        The numbers, shape (rows,).

    Raises:
        CountsError: if a value is missing, not a number, not whole or negative, or could be read in two ways; the
            message names the first such row.
    """

    def refuse(bad: pl.Series | np.ndarray, problem: str) -> None:
        rows.refuse(bad, str(values.name), lambda at: problem.format(values[at]))

    values = _as_numbers_or_text(values, rows)
    whole = values.cast(pl.Int64, strict=False) if not values.dtype.is_float() else None
    if whole is None or whole.null_count():
        values = without_blanks(values)
        _refuse_missing(values, rows, "write 0 if there were none")
        numbers = _floats(values, rows)
        plain = _plain(values, rows)
        # Of 1.00000000000000000001 a float keeps nothing behind the point.
        has_fraction = plain.str.contains(FRACTION).to_numpy() if plain.dtype == pl.String else False
        refuse(
            (numbers != np.floor(numbers)) | has_fraction, "{} is not a whole number; give counts, not shares or means"
        )
        exact = plain.str.replace(r"\.0*$", "") if plain.dtype == pl.String else plain.clear(len(plain))
        exact = exact.cast(pl.Int64, strict=False)
        refuse(_shortened(values), "{} was shortened by a spreadsheet program; write all digits of the number")
        refuse((np.abs(numbers) >= 2.0**53) & exact.is_null().to_numpy(), TOO_LARGE)
        whole = exact.fill_null(pl.Series(numbers).cast(pl.Int64, strict=False))
    refuse(whole < 0, "{} is negative; a count is 0 or more")
    return whole.to_numpy().copy()


def _shortened(values: pl.Series) -> pl.Series | np.ndarray:
    """Whether each value is written as spreadsheets show whole numbers of 12 digits and more: 1.23457E+11."""
    if values.dtype != pl.String:
        return np.zeros(len(values), bool)
    return values.str.contains(r"^[+-]?\d[.,]\d{5}E\+(?:1[1-9]|[2-9]\d)$").fill_null(False)


def finite_numbers(values: pl.Series, rows: Rows, *, least: float = -np.inf) -> np.ndarray:
    """The column as float64.

    Args:
        values: the column.
        rows: where it comes from.
        least: the smallest number that is allowed, minus infinity or 0.

    Returns:
        The numbers, shape (rows,).

    Raises:
        CountsError: if a value is missing, not a finite number, too small, or could be read in two ways; the message
            names the first such row.
    """
    values = without_blanks(_as_numbers_or_text(values, rows))
    _refuse_missing(values, rows, f"give every {rows.group} a number")
    numbers = _floats(values, rows) + 0.0  # a copy, in which -0 is 0
    rows.refuse(numbers < least, str(values.name), lambda at: f"{values[at]} is negative")
    return numbers


def _as_numbers_or_text(values: pl.Series, rows: Rows) -> pl.Series:
    """The column as integers, floats or text, without loss, after a check that its type is one of numbers."""
    dtype = values.dtype
    if isinstance(dtype, pl.Categorical | pl.Enum | pl.Null):
        return values.cast(pl.String)
    if isinstance(dtype, pl.Decimal):  # not as text with a point, in which 1.000 could be a thousand
        text = values.cast(pl.String)
        return values.cast(pl.Float64) if text.str.contains(FRACTION).any() else text.str.replace(r"\.0*$", "")
    if dtype.is_numeric() or dtype == pl.String:
        return values
    held = "dates or times" if dtype.is_temporal() else "true and false" if dtype == pl.Boolean else str(dtype)
    raise CountsError(f"{rows.source}column {values.name} holds {held}, not numbers; give a column of numbers")


def _refuse_missing(values: pl.Series, rows: Rows, what_to_do: str) -> None:
    advice = f"missing{{}}; {what_to_do}" + (LEAVE_OUT if rows.source else "")

    def problem(at: int) -> str:
        return advice.format("" if values[at] is None else f" ({values[at]!r})")

    rows.refuse(is_missing(values), str(values.name), problem)


def _floats(values: pl.Series, rows: Rows) -> np.ndarray:
    """The column as float64, after a check that every value is a finite number, and one only."""

    def refuse(bad: pl.Series | np.ndarray, problem: Callable[[int], str]) -> None:
        rows.refuse(bad, str(values.name), problem)

    if values.dtype == pl.String:
        refuse(rows.numbers.ambiguous(values), lambda at: two_readings(values[at]))
    numbers = _plain(values, rows).cast(pl.Float64, strict=False)
    comma = " where the decimal sign is a comma" if rows.numbers.decimal == "," else ""
    if values.dtype == pl.String:
        refuse(numbers.is_null() & values.str.contains(PERCENTAGE), lambda at: f"{values[at]!r} {NOT_PERCENTAGES}")
    refuse(numbers.is_null(), lambda at: f"{values[at]!r} is not a number{comma}; {advice(str(values[at]))}")
    refuse(~numbers.is_finite(), lambda at: f"{values[at]!r} is not a finite number")
    return numbers.to_numpy()


def _plain(values: pl.Series, rows: Rows) -> pl.Series:
    return rows.numbers.plain(values) if values.dtype == pl.String else values


def two_readings(value: str) -> str:
    """What is wrong with a number such as 1.000, and what to do."""
    plain = in_ascii(pl.Series([value]))[0]
    sign = "." if "." in plain else ","
    return (
        f"{value!r} could be {plain.replace(',', '.')} or {plain.replace(sign, '')}; say which by decimal={sign!r} or "
        f"thousands={sign!r} (--decimal {sign} or --thousands {sign})"
    )
