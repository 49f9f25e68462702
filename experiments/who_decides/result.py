"""The results of who-decides."""

from typing import NamedTuple

import polars as pl


class Result(NamedTuple):
    """The exact answers by who is absent, and importance sampling beside some of them."""

    answers: pl.DataFrame  # a row per classroom, hyperprior and absence
    checks: dict[str, pl.DataFrame]
    seconds: dict[str, float]

    def answer(self, classroom: str, hyperprior: str, absent: str) -> dict[str, float]:
        """The row of one classroom, hyperprior and absence."""
        return self.answers.row(
            by_predicate=(pl.col("classroom") == classroom)
            & (pl.col("hyperprior") == hyperprior)
            & (pl.col("absent") == absent),
            named=True,
        )
