"""Tables that summarise the runs of `trust-it`: the four combinations of each method, and its worst case."""

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from experiments.trust_it.options import BETA
from experiments.trust_it.runs import (
    NO_REFERENCE,
    RAISED,
    REFUSED,
    RIGHT_NOT,
    RIGHT_TRUSTED,
    WRONG_NOT,
    WRONG_TRUSTED,
)

OUTCOMES = (RIGHT_TRUSTED, WRONG_TRUSTED, RIGHT_NOT, WRONG_NOT, RAISED, REFUSED)
OUTCOMES_OF_FAMILY = (*OUTCOMES[:-1], NO_REFERENCE)
LISTED = ("method", "float_type", "number", "hyperprior", "seed", "outcome", "worst", "distance", "verdict")


def listed(runs: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    """A row per run, in the order of the runs, with the columns LISTED: without its time and its single numbers."""
    rows = [{name: run.get(name) for name in LISTED} for run in runs]
    return pl.DataFrame(rows, schema_overrides={"distance": pl.Float64, "worst": pl.String})


def outcomes_of(family: str) -> tuple[str, ...]:
    """The outcomes that there may be; they differ in what a case is called that has nothing to compare with."""
    return OUTCOMES if family == BETA else OUTCOMES_OF_FAMILY


def outcomes(runs: pl.DataFrame, family: str = BETA) -> pl.DataFrame:
    """How often each method had each outcome.

    Args:
        runs: from `listed`.
        family: of all of them.

    Returns:
        A row per method and float type, in order of first appearance: runs, a column for each outcome, and wasted,
        the share of the right answers that is not trusted (null if there is no right answer).
    """
    counted = [pl.col("outcome").eq(outcome).sum().alias(outcome) for outcome in outcomes_of(family)]
    right = pl.col(RIGHT_TRUSTED) + pl.col(RIGHT_NOT)
    return (
        runs.group_by("method", "float_type", maintain_order=True)
        .agg(pl.len().alias("runs"), *counted)
        .with_columns(wasted=pl.when(right > 0).then(pl.col(RIGHT_NOT) / right))
    )


def worst_cases(runs: pl.DataFrame, family: str = BETA) -> pl.DataFrame:
    """For each method and float type, the trusted run that is furthest off in its own errors.

    Args:
        runs: from `listed`.
        family: of all of them.

    Returns:
        Their rows, with the command that runs them again.
    """
    trusted = runs.filter(pl.col("outcome").is_in([RIGHT_TRUSTED, WRONG_TRUSTED]))
    furthest = trusted.sort("distance", descending=True, maintain_order=True).unique(
        ["method", "float_type"], keep="first", maintain_order=True
    )
    order = runs.select("method", "float_type").unique(maintain_order=True)
    return order.join(furthest, on=["method", "float_type"], maintain_order="left").with_columns(
        command=pl.format(
            'uv run python -m experiments trust-it --seed {} --only {} --hyperprior {} --method "{}"',
            *("seed", "number", "hyperprior", "method"),
        )
        if family == BETA
        else pl.format(
            'uv run python -m experiments trust-it --family {} --seed {} --only {} --method "{}"',
            *(pl.lit(family), "seed", "number", "method"),
        )
    )
