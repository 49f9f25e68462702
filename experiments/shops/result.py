"""The results of shops."""

from typing import NamedTuple

import polars as pl


class Result(NamedTuple):
    """The exact answers of both data sets, and importance sampling beside some of them."""

    bounds: pl.DataFrame  # a row per data set and upper bound of kappa
    proper: pl.DataFrame  # a row per data set and proper hyperprior
    half_beyond: float  # log10 of the bound under which half of the posterior of the twelve shops lies above FAR
    checks: dict[str, pl.DataFrame]
    seconds: dict[str, float]

    def at(self, data: str, bound: float) -> dict[str, float]:
        """The answers of a data set under an upper bound of kappa."""
        return self.bounds.row(by_predicate=(pl.col("data") == data) & (pl.col("bound") == bound), named=True)

    def under(self, data: str, hyperprior: str) -> dict[str, float]:
        """The answers of a data set under a proper hyperprior."""
        found = (pl.col("data") == data) & (pl.col("hyperprior") == hyperprior)
        return self.proper.row(by_predicate=found, named=True)
