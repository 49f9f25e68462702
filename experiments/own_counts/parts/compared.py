"""Two groups compared by name: a sentence, and their part of the answers."""

import polars as pl

from experiments.own_counts.parts.part import Part, Shown
from experiments.presentation.literal import shortened
from experiments.presentation.numbers import number, percent, probability

CAPTION = "Two groups compared"


def contrast_part(contrast: pl.DataFrame, interval: float) -> Part:
    """How far apart two groups are.

    Args:
        contrast: the table of `Posterior.contrast`.
        interval: probability of its intervals.

    Returns:
        The part.
    """
    caption = f"{CAPTION}; low and high: central {percent(interval)} interval"
    return Part(CAPTION, [compared_sentence(contrast, interval)], [NOTE], [Shown(caption, contrast, "contrast")])


def compared_sentence(contrast: pl.DataFrame, interval: float) -> str:
    """Which of two groups has the higher rate, and by how much.

    Args:
        contrast: the table of `Posterior.contrast`.
        interval: probability of its intervals.

    Returns:
        Sentences with the median and the interval of each contrast.
    """
    rows = contrast.to_dicts()
    name, other = shortened(rows[0]["name"]), shortened(rows[0]["other"])
    shown = "; ".join(f"{row['contrast']} {number(row['median'])} [{_interval(row)}]" for row in rows)
    chance = probability(rows[0]["probability"])
    return (
        f"The rate of {name} is above that of {other} with probability {chance}. The first rate against the second, "
        f"with {percent(interval)} intervals: {shown}. An interval of the difference without 0, or of a ratio without "
        "1, says that they differ."
    )


def _interval(row: dict) -> str:
    return f"{number(row['low'])}, {number(row['high'])}"


NOTE = (
    "difference = theta_1 - theta_2, ratio = theta_1 / theta_2, odds ratio = theta_1 (1 - theta_2) / "
    "((1 - theta_1) theta_2), each with median and interval (low, high); interval_error is the error of their "
    "probabilities. A ratio has no mean if the second group has no success, and no sd if it has fewer than two. "
    "Rates that may be as near to 0 or 1 as numbers go are drawn, not integrated: then the errors are larger."
)
