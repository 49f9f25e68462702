"""The results of rates-of-events."""

from typing import NamedTuple

import polars as pl

from experiments.methods.learned import Estimate, Learned


class Result(NamedTuple):
    """What was learned from the pumps, and the tables made of it."""

    learned: dict[str, Learned]  # under mean_shape(), by method, "exact" last
    pumps: pl.DataFrame  # a row per pump: raw rate, posterior rate, weight of the raw rate
    shape: pl.DataFrame  # quantiles of the shape: probability, and the quantile under each hyperprior
    spread: Estimate  # E[1 / sqrt(shape)], the sd of the rates in units of their mean
    ranks: pl.DataFrame  # a row per pump: its rank with the exposures, and ignoring them
    exposure_and_rate: float  # rank correlation of exposure and raw rate
    log_evidence: dict[str, float]  # of all counts, with the exposures and ignoring them
    next_failures: pl.DataFrame  # in the next 10 thousand hours, of each pump and of a new one
    bugs: pl.DataFrame  # a row per number that BUGS printed, next to the exact one
    closed_form: pl.DataFrame  # with a known population: by exact, and by negative binomials
