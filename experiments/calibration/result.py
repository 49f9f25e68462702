"""The results of calibration, and the students and the level of the test that they are for."""

from typing import NamedTuple

import numpy as np
import polars as pl

TRIALS = (20, 10, 5, 2, 1)  # of each student of a data set
STUDENT = 3  # index of the ranked student, who has 2 trials, so that theta also depends on the other students
LEVEL = 0.01  # of the test of uniformity; p-values below it fail


class Result(NamedTuple):
    """Normalised ranks, the results of the test of uniformity, and seconds."""

    u: dict[str, dict[str, np.ndarray]]  # by method and quantity, each (data sets,)
    methods: pl.DataFrame  # a row for each method
    seconds: dict[str, float]
