"""The results of compare-forms."""

from typing import NamedTuple

import polars as pl

STUDENTS_AVERAGED = {"A": 4, "B": 2}  # so few that the explicit weights average well over theta


class Result(NamedTuple):
    """Weights particle by particle, their averages over theta, and ESS, log Z and time of each form."""

    weights: dict[str, pl.DataFrame]  # by classroom
    averages: dict[str, pl.DataFrame]  # by classroom
    added: pl.DataFrame
    rates: dict[str, float]
    classes: pl.DataFrame  # at their real sizes
    seconds: pl.DataFrame  # of the same rows
    first_calls: dict[str, float]
