"""The results of concentration."""

from typing import NamedTuple

import polars as pl

MEAN = 0.6  # of the course's hand-picked population, at which its limits are taken


class Result(NamedTuple):
    """Every table."""

    worlds: pl.DataFrame  # a row per population and quantity: exact, simulated, error
    dials: pl.DataFrame  # a row per dial turned
    limits: pl.DataFrame  # a row per concentration, at the mean MEAN
    links: pl.DataFrame  # a row per link and number of bentos: k / n, exact and simulated
    course: pl.DataFrame  # the six students whom the course simulates
    seconds: dict[str, float]
