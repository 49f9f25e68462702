"""The results of covariates."""

from typing import NamedTuple

import polars as pl

from experiments.methods.learned import Learned


class Result(NamedTuple):
    """What was learned from the plates, and the tables made of it."""

    learned: dict[str, Learned]  # the regression with all covariates, by method; rqmc is what the others stand next to
    programs: pl.DataFrame  # a row per program: evidence, predictions, how alike the plates are, interval widths
    plates: pl.DataFrame  # a row per plate: raw rate, and its posterior ignoring the covariates and with all of them
    coefficients: pl.DataFrame  # a row per coefficient and source
    new_plates: pl.DataFrame  # the next plate of each kind: its count with all covariates, and ignoring them
    without_extract: float | None  # log Z with the slope of the extract less that without, if no plate has it; or None
