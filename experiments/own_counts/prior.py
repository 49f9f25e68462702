"""The learned prior of `own-counts` to take away: its table, what is said of it, and the lines to paste."""

import polars as pl

from experiments.presentation.page import Section
from experiments.presentation.screen import print_line, print_table
from experiments.presentation.table_text import TableText, table_text

LANGUAGES = {"scipy": "SciPy", "r": "R", "stan": "Stan", "sql": "SQL"}  # by column
DECIMALS = (
    "In SQL, k and n or exposure are your columns; the numbers have a decimal point, so that even whole numbers are "
    "divided without being cut off."
)


def print_prior(table: pl.DataFrame) -> None:
    """Print the choices, what is to be known of them, and the lines of the one that is nearest to full Bayes."""
    print_table(_numbers(table))
    for sentence in _notes(table):
        print_line(sentence)
    nearest = _nearest(table)
    if nearest is None:
        return
    print_line(_nearest_sentence(nearest))
    for column, language in LANGUAGES.items():
        print_line(f"  {language:<5}  {nearest[column]}")


def prior_section(table: pl.DataFrame) -> Section:
    """The section of the report: the choices, and the lines to paste of each.

    Args:
        table: of `Posterior.learned_prior`.

    Returns:
        The section.
    """
    nearest = _nearest(table)
    text = [
        "One distribution in place of the whole posterior of the population, to be used elsewhere. It leaves out what "
        f"is not known of the population: largest_difference says how far the rate {_rate(table)} of the group in "
        "column of_group is from its exact posterior mean; no other group's is farther.",
        *_notes(table),
        *([] if nearest is None else [_nearest_sentence(nearest)]),
        DECIMALS,
    ]
    lines = table.drop_nulls("sql").unpivot(
        list(LANGUAGES), index="choice", variable_name="language", value_name="line to paste"
    )
    lines = lines.with_columns(pl.col("language").replace_strict(LANGUAGES))
    tables = [_numbers(table), *([table_text("To paste", lines)] if len(lines) else [])]
    return Section("The learned prior, to take away", text, tables)


def _numbers(table: pl.DataFrame) -> TableText:
    return table_text("The learned prior as one distribution", table.drop("note", *LANGUAGES))


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
