"""The results of sharper."""

from typing import NamedTuple

import polars as pl

from experiments.methods.learned import Learned


class Result(NamedTuple):
    """What each algorithm learned, by class, and the table of it."""

    learned: dict[str, dict[str, Learned]]
    table: pl.DataFrame
