"""The results of pooling."""

from typing import NamedTuple

import polars as pl

from inference import ExactPosterior, Posterior
from models import Counts


class Learned(NamedTuple):
    """A class and the posteriors of its population."""

    counts: Counts
    truth: ExactPosterior
    sampled: Posterior


class Result(NamedTuple):
    """What was learned from each class, and the tables made of it."""

    learned: dict[str, Learned]  # A, "A with Greta", B, "B with Greta"
    students: dict[str, pl.DataFrame]  # by classroom
    limits: dict[str, pl.DataFrame]  # by classroom
    limits_at_mean: pl.DataFrame  # of the six and Greta, at the mean of the hand-picked populations
    shifts: pl.DataFrame  # the six and Greta under the hand-picked populations
    scores: dict[str, pl.DataFrame]  # by classroom
    newcomers: pl.DataFrame
    seconds: dict[str, float]
