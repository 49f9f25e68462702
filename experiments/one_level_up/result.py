"""The results of one-level-up."""

from typing import NamedTuple

import polars as pl

from experiments.methods.learned import Learned


class Result(NamedTuple):
    """What was learned of the school, and the tables made of it."""

    learned: dict[str, Learned]  # by method; the last is rqmc
    agreement: pl.DataFrame  # rqmc beside nested quadrature, a row for each number
    classrooms: pl.DataFrame  # mu and lam of A, B and a new classroom, by what was seen
    students: pl.DataFrame  # Emi and Farid, alone and in the school
    newcomers: pl.DataFrame  # a new student of each classroom, before and after one bento
    curves: pl.DataFrame  # how much of the prior's sd is left at each level, as more is seen
    densities: pl.DataFrame  # of the rate of a new student, by where the student comes from
    seconds: dict[str, float]
