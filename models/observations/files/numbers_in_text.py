"""Numbers as people write them, 3,771 and 3 771 and 1.234,5, each read only if it can be read in one way.

A sign between digits is a decimal sign or groups thousands. Which one, all numbers of a file decide together: 1.5
cannot be grouped, and 1,234,567 can be nothing else. 1.000 alone could be both, and is refused.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import polars as pl

type Sign = Literal[".", ","]

OTHER: dict[str, Sign] = {".": ",", ",": "."}
ALWAYS = " \u00a0\u202f\u2009\u2007'’"  # noqa: RUF001 - spaces and apostrophes between digits can only group thousands
TWO_WAYS = r"[+-]?[1-9]\d{0,2}[.,]\d{3}"  # three digits behind a single sign
DIGITS = r"^[+-]?[0-9]+$"
SIGNS = str.maketrans("−－＋，．٬´", "--+,.''")  # noqa: RUF001 - signs that other scripts and keyboards write
UNREADABLE = "no number"


@dataclass(frozen=True)
class NumberFormat:
    """How numbers are written.

    Args:
        decimal: the decimal sign.
        thousands: what groups thousands besides spaces and apostrophes; "" if nothing does.
        is_known: whether it is known what a single sign with three digits behind it is.
    """

    decimal: Sign = "."
    thousands: str = ""
    is_known: bool = True

    def ambiguous(self, text: pl.Series) -> pl.Series:
        """Whether each value could be read in two ways, shape (rows,)."""
        found = in_ascii(text).str.contains(f"^{TWO_WAYS}$").fill_null(False)
        return found & (not self.is_known)

    def plain(self, text: pl.Series) -> pl.Series:
        """Numbers as computers write them: with a decimal point, without anything between thousands.

        Args:
            text: values without surrounding blanks.

        Returns:
            The same values, those rewritten that are written otherwise; text that is no number in this format is
            unchanged or UNREADABLE.
        """
        text = in_ascii(text)
        others = text.filter(~text.str.contains(DIGITS)).unique()
        written = {value: self._plain(value) for value in others.drop_nulls().to_list()}
        changed = {value: plain for value, plain in written.items() if plain != value}
        return text.replace(changed) if changed else text

    def _plain(self, value: str) -> str:
        whole, sign, rest = value.partition(self.decimal)
        for between in dict.fromkeys(self.thousands + ALWAYS):
            if between in whole and re.fullmatch(f"[+-]?{_grouped(re.escape(between))}", whole):
                whole = whole.replace(between, "")
                break
        if self.decimal == ",":
            sign = "." if sign else ""
            if "." in whole + rest:
                return UNREADABLE
        return whole + sign + rest


def format_in(
    values: Iterable[str], *, decimal: str | None = None, thousands: str | None = None, separator: str | None = None
) -> NumberFormat:
    """The format in which some numbers are written.

    Args:
        values: the different values, without surrounding blanks, in order.
        decimal: the decimal sign, if it is known.
        thousands: what groups thousands, if it is known.
        separator: what separates the columns of the file. Between commas, a comma inside a number groups thousands
            unless another number shows that it is the decimal sign.

    Returns:
        The format; the first number that can be read in one way only decides where others leave it open.
    """
    known = _sign(decimal) or (OTHER[thousands] if thousands in OTHER else None)
    if known is not None:
        return NumberFormat(known, OTHER[known] if thousands is None else thousands)
    groups_otherwise = thousands is not None  # by spaces, so that a point or a comma is the decimal sign
    weak: Sign | None = None
    for value in in_ascii(pl.Series(values, dtype=pl.String)):
        if re.fullmatch(TWO_WAYS, value) and not groups_otherwise:
            if separator == "," and "," in value:
                weak = "."
            continue
        sign = _decimal_sign(value)
        if sign is not None:
            return NumberFormat(sign, thousands if thousands is not None else OTHER[sign])
    if weak is not None:
        return NumberFormat(weak, OTHER[weak])
    return NumberFormat(is_known=False, thousands=thousands or "")


def in_ascii(text: pl.Series) -> pl.Series:
    """Numbers in the digits of any script, or in wide signs, in those of ASCII; other text as it is."""
    others = text.filter(text.str.contains(r"[^\x00-\x7f]")).unique()
    written = {value: _ascii(value) for value in others.drop_nulls().to_list()}
    return text.replace(written) if written else text


def _ascii(value: str) -> str:
    return "".join(str(unicodedata.decimal(sign, sign)) for sign in value).translate(SIGNS)


def _grouped(between: str) -> str:
    """The pattern of digits in groups of thousands; or, as in India, of hundreds above the first thousand."""
    in_india = r"|\d{1,2}(?:,\d{2})+,\d{3}" if "," in between else ""
    return rf"(?:\d{{1,3}}(?:{between}\d{{3}})+{in_india})"


def _sign(text: str | None) -> Sign | None:
    return "." if text == "." else "," if text == "," else None


def _decimal_sign(value: str) -> Sign | None:
    """The decimal sign of a number that can be read in one way only; None if it has none."""
    for sign in OTHER.values():
        groups = f"[+-]?{_grouped(f'[{OTHER[sign]}]')}"
        if re.fullmatch(rf"{groups}[{sign}]\d*", value):
            return sign  # both signs, in this order
        if value.count(OTHER[sign]) > 1 and re.fullmatch(groups, value):
            return sign  # thousands of thousands
        digits = rf"\d*|\d{{1,3}}(?:[{ALWAYS}]\d{{3}})+"
        if re.fullmatch(rf"[+-]?(?:{digits})[{sign}]\d*(?:[eE][+-]?\d+)?", value):
            return sign
    return None
