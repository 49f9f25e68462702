"""The learned prior of `own-counts` to take away: its table, what is said of it, and the lines to paste."""

import polars as pl

from experiments.own_counts.parts.part import Part, Shown

LANGUAGES = {"scipy": "SciPy", "r": "R", "stan": "Stan", "sql": "SQL"}  # by column
DECIMALS = (
    "In SQL, k and n or exposure are your columns; the numbers have a decimal point, so that even whole numbers are "
    "divided without being cut off."
)


def prior_part(table: pl.DataFrame) -> Part:
    """The choices, and the lines to paste: of each in the report, of the nearest on the screen.

    Args:
        table: of `Posterior.learned_prior`.

    Returns:
        The part.
    """
    nearest = _nearest(table)
    text = [
        "What was learned of the population as one distribution with two numbers, to be used in a program of your own.",
        *_notes(table),
        *([] if nearest is None else [_nearest_sentence(nearest)]),
    ]
    notes = [
        "One distribution in place of the whole posterior of the population leaves out what is not known of the "
        f"population: largest_difference says how far the rate {_rate(table)} of the group in column of_group is from "
        "its exact posterior mean; no other group's is farther.",
        DECIMALS,
    ]
    to_paste = table.drop_nulls("sql").unpivot(
        list(LANGUAGES), index="choice", variable_name="language", value_name="line to paste"
    )
    to_paste = to_paste.with_columns(pl.col("language").replace_strict(LANGUAGES))
    numbers = table.drop("note", *LANGUAGES)
    tables = [Shown("The learned prior as one distribution", numbers, "learned_prior")]
    if len(to_paste):
        tables.append(Shown("To paste", to_paste, "learned_prior", where="report"))
    lines = [] if nearest is None else [f"  {language:<5}  {nearest[column]}" for column, language in LANGUAGES.items()]
    return Part("The learned prior, to take away", text, notes, tables, lines=lines)


def _notes(table: pl.DataFrame) -> list[str]:
    return [f"{choice}: {note}." for choice, note in table.drop_nulls("note").select("choice", "note").rows()]


def _nearest(table: pl.DataFrame) -> dict | None:
    """The row whose rates are nearest to those of full Bayes, if there is any."""
    return next(table.drop_nulls("largest_difference").sort("largest_difference").iter_rows(named=True), None)


def _nearest_sentence(nearest: dict) -> str:
    return (
        f"The nearest to full Bayes is the {nearest['choice']}: no group's rate is off by more than "
        f"{nearest['largest_difference']:.2g}."
    )


def _rate(table: pl.DataFrame) -> str:
    return "(k + a) / (n + a + b)" if "a" in table.columns else "(k + shape) / (exposure + rate)"
