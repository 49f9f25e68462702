"""What to do about a value that is not a number: each kind of value that people have asks for something else."""

import re

NUMBER = r"[+-]?[0-9]+(?:[.,  '][0-9]{3})*"
OUT_OF = re.compile(rf"{NUMBER}\s*(?:/|of|out of|von|sur|de|su|van|из)\s*{NUMBER}\s*(?:\(.*)?", re.IGNORECASE)
SHORT_DATE = re.compile(r"\d{1,2}[-./] ?[^\W\d_]{3,4}\.?|[^\W\d_]{3}-\d{1,2}")  # what becomes of 3/10 and 3-10
DATE = re.compile(r"\d+[-/.]\d+[-/.]\d+.*")
BEYOND = re.compile(r"[<>≤≥~≈].*")
RANGE = re.compile(r"\d+\s*[-–]\s*\d+")  # noqa: RUF001 - dashes in files
ERROR = re.compile(r"#[A-Z0-9/]+[!?]?")
ALONE = re.compile(rf"[^\d(+-]{{0,4}}({NUMBER})\s*(?:\([^)]*\)|[^\d-][^\d]*)?")
USUAL = "write a number, or NA where it is missing"
IN_COLUMNS = "write the successes and the trials in a column each"


def advice(value: str) -> str:
    """What to do about a value that is not a number.

    Args:
        value: the value, without surrounding blanks.

    Returns:
        What to write instead.
    """
    for kind, said in (
        (OUT_OF, IN_COLUMNS),
        (SHORT_DATE, "a spreadsheet program may have made a date of it; write what it was, as text"),
        (DATE, "this is a date"),
        (BEYOND, "write the number itself, or NA where it is not known"),
        (RANGE, IN_COLUMNS + ", or one number"),
        (ERROR, "a formula has failed; write a number, or NA where it is missing"),
    ):
        if kind.fullmatch(value):
            return said
    alone = ALONE.fullmatch(value)
    if alone is None:
        return USUAL
    if value[alone.end(1) :].lstrip().startswith("%"):
        return "give the number itself, not a percentage"
    return f"write the number alone, as {alone[1]}"


def is_out_of(value: str) -> bool:
    """Whether a value holds two counts, as "3/10" and "3 of 10", or was such before a spreadsheet made a date of it."""
    return any(kind.fullmatch(value.strip()) is not None for kind in (OUT_OF, SHORT_DATE))
