"""Columns that are probably the counts, by their names: offered in an error, and taken if a reader asks for a guess."""

from collections.abc import Sequence

PAIRS = (  # successes, and of how many trials
    ("k", "n"),
    ("hits", "ab"),
    ("h", "ab"),
    ("hits", "at_bats"),
    ("successes", "total"),
    ("successes", "trials"),
    ("success", "total"),
    ("success", "trials"),
    ("clicks", "impressions"),
    ("clicks", "views"),
    ("conversions", "visitors"),
    ("conversions", "users"),
    ("conversions", "sessions"),
    ("converted", "visitors"),
    ("wins", "games"),
    ("wins", "played"),
    ("opens", "sent"),
    ("made", "attempts"),
    ("deaths", "patients"),
    ("deaths", "operations"),
    ("cases", "population"),
    ("events", "total"),
    ("positive", "tested"),
    ("positives", "tests"),
    ("defects", "inspected"),
    ("defective", "total"),
    ("correct", "total"),
    ("yes", "total"),
    ("x", "n"),
    ("y", "n"),
    ("r", "n"),
)
FAILURES = (  # successes, and failures
    ("successes", "failures"),
    ("success", "failure"),
    ("wins", "losses"),
    ("won", "lost"),
    ("passed", "failed"),
    ("correct", "wrong"),
    ("yes", "no"),
    ("alive", "dead"),
)
NAMES = ("name", "player", "team", "group", "student", "school", "hospital", "page", "campaign", "variant", "id")


def guessed(existing: Sequence[str]) -> dict[str, str] | None:
    """The columns that are probably the counts.

    Args:
        existing: the columns of a file.

    Returns:
        The columns by what they are: "k", and "n" or "failures"; None if no names are known. Case and the kind of gap
        between words do not matter.
    """
    known = {_folded(column): column for column in existing}
    for role, pairs in (("n", PAIRS), ("failures", FAILURES)):
        for k, other in pairs:
            if k in known and other in known:
                return {"k": known[k], role: known[other]}
    return None


def guessed_name(existing: Sequence[str]) -> str | None:
    """The column that probably holds names, or None."""
    known = {_folded(column): column for column in existing}
    return next((known[name] for name in NAMES if name in known), None)


def _folded(column: str) -> str:
    return column.strip().casefold().replace(" ", "_").replace("-", "_")
