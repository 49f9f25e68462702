"""Two groups compared by name, in a sentence."""

import polars as pl

from experiments.presentation.literal import shortened
from experiments.presentation.numbers import number, percent, probability

CAPTION = "Two groups compared"


def compared_sentence(contrast: pl.DataFrame, interval: float) -> str:
    """Which of two groups has the higher rate, and by how much.

    Args:
        contrast: the table of `Posterior.contrast`.
        interval: probability of its intervals.

    Returns:
        A sentence with the median and the interval of each contrast.
    """
    rows = contrast.to_dicts()
    name, other = shortened(rows[0]["name"]), shortened(rows[0]["other"])
    shown = "; ".join(f"{row['contrast']} {number(row['median'])} [{_interval(row)}]" for row in rows)
    chance = probability(rows[0]["probability"])
    return (
        f"{name} against {other}, with {percent(interval)} intervals: {shown}. The rate of {name} is the higher one "
        f"with probability {chance}."
    )


def _interval(row: dict) -> str:
    return f"{number(row['low'])}, {number(row['high'])}"


def contrast_note() -> str:
    """What the columns of the table are, and what a missing number means."""
    return (
        "difference = theta_1 - theta_2, ratio = theta_1 / theta_2, odds ratio = theta_1 (1 - theta_2) / "
        "((1 - theta_1) theta_2), each with median and interval (low, high); interval_error is the error of their "
        "probabilities. A ratio has no mean if the second group has no success, and no sd if it has fewer than two. "
        "Rates that may be as near to 0 or 1 as numbers go are drawn, not integrated: then the errors are larger."
    )
