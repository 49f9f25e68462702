"""The results of kinds-of-students."""

from typing import NamedTuple

import polars as pl

from experiments.methods.learned import Learned
from inference import Posterior


class Result(NamedTuple):
    """What was learned from each class, and the tables made of it."""

    learned: dict[str, dict[int, Posterior]]  # by class and number of kinds: exact for one, rqmc for more
    methods: dict[str, Learned]  # two kinds in B, by every form of the program
    labels: dict[str, dict[str, Learned]]  # two kinds in four times B, by program and method
    evidence: pl.DataFrame  # log Z by class and number of kinds
    kinds: pl.DataFrame  # share, mean and concentration of each kind
    members: pl.DataFrame  # of which of two kinds each student is
    newcomers: pl.DataFrame  # Emi and Farid by class and number of kinds
    label_runs: pl.DataFrame  # what each method calls the first kind
    seconds: dict[str, float]
