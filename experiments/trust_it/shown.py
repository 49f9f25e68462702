"""What is shown of the runs of a family: a sentence and a table on the screen, and their places in docs/trust.md."""

from collections.abc import Mapping
from types import MappingProxyType

import polars as pl

from experiments.presentation.markdown import markdown
from experiments.presentation.table_text import TableText, table_text
from experiments.trust_it.options import BETA
from experiments.trust_it.runs import WRONG_TRUSTED
from experiments.trust_it.tables import outcomes_of

FURTHEST = {"furthest": "furthest trusted (errors off)", "number": "of case"}


def outcomes_text(outcomes: pl.DataFrame, family: str, further: Mapping[str, str] = MappingProxyType({})) -> TableText:
    """The table of outcomes as text.

    Args:
        outcomes: from `tables.outcomes`.
        family: of all runs.
        further: columns at the end, and their headers.

    Returns:
        A row per method and float type.
    """
    columns = {"method": "method", "float_type": "floats", "runs": "runs"}
    columns |= {outcome: outcome for outcome in outcomes_of(family)}
    columns |= {"wasted": "right answers not trusted (share)", **further}
    digits = {"wasted": 3, "furthest": 2}
    return table_text("Right or wrong, trusted or not", outcomes, columns=columns, digits=digits)


def found_sentence(runs: pl.DataFrame) -> str:
    """Which wrong answers are trusted.

    Args:
        runs: from `tables.listed`.

    Returns:
        A sentence that names them, or says that there is none.
    """
    wrong = runs.filter(outcome=WRONG_TRUSTED)
    if wrong.is_empty():
        return f"No wrong answer is trusted, in {runs.height} runs."
    named = "; ".join(
        f"{row['method']} on {row['number']} ({row['hyperprior']}, {row['float_type']})"
        for row in wrong.iter_rows(named=True)
    )
    return f"{wrong.height} wrong of {runs.height} are TRUSTED: {named}."


def blocks_of_page(family: str, runs: pl.DataFrame, outcomes: pl.DataFrame, worst: pl.DataFrame) -> dict[str, str]:
    """What is written into docs/trust.md.

    Args:
        family: of all runs.
        runs: from `tables.listed`.
        outcomes: from `tables.outcomes`.
        worst: from `tables.worst_cases`.

    Returns:
        Markdown by the name of its place, in which the family is named unless it is one Beta.
    """
    of = "pairs" if family == BETA else "cases"
    found = f"{runs['number'].n_unique()} {of}. {found_sentence(runs)}"
    if family != BETA:
        furthest = worst.select("method", "float_type", "number", furthest="distance")
        both = outcomes.join(furthest, on=["method", "float_type"], how="left", maintain_order="left")
        table = markdown(outcomes_text(both, family, FURTHEST))
        return {f"found, {family}": found, f"outcomes, {family}": table}
    commands = worst.drop_nulls("distance").with_columns(command=pl.format("`{}`", "command"))
    columns = {"method": "method", "float_type": "floats", "distance": "errors off", "worst": "worst quantity"}
    columns |= {"command": "to run it again"}
    text = markdown(table_text("Worst cases", commands, columns=columns, digits={"distance": 2}))
    return {"found": found, "outcomes": markdown(outcomes_text(outcomes, family)), "worst": text}
