"""The results of two-classrooms."""

from typing import NamedTuple

import polars as pl

from experiments.methods.learned import Learned

COURSE_MU = (0.01, 0.99)  # the course's range of mu


class Result(NamedTuple):
    """What was learned from each classroom, and the tables made of it."""

    learned: dict[str, dict[str, Learned]]  # by classroom and method
    course: dict[str, dict[str, Learned]]  # the course's draws, and the exact answer under the course's range of mu
    students: dict[str, dict[str, pl.DataFrame]]  # shrinkage, by classroom and method: marginal and exact
    lines: pl.DataFrame  # the line that the course prints of each classroom, next to the exact one
    newcomers: pl.DataFrame  # Emi and Farid in each classroom, by every estimate
    bounds: pl.DataFrame  # A's answers by the upper bound on lam
