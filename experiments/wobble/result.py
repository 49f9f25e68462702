"""The results of many runs."""

from typing import NamedTuple

import polars as pl

from experiments.wobble.run_to_run import Limit


class Result(NamedTuple):
    """Every run, and the tables that summarise them."""

    truth: dict[str, float]  # by quantity
    limits: dict[str, dict[str, Limit]]  # by form and quantity
    runs: pl.DataFrame
    reliability: pl.DataFrame
    spreads: pl.DataFrame
    slopes: pl.DataFrame
    costs: pl.DataFrame
    course: pl.DataFrame  # the course's own cell over many seeds
    seconds: dict[str, float]
