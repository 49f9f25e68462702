"""The results of overhypotheses."""

from typing import NamedTuple

import numpy as np
import polars as pl

from experiments.methods.learned import Learned
from experiments.overhypotheses.worlds import Setting


class Result(NamedTuple):
    """What the bags of each setting and world say of a new bag, and the tables made of it."""

    settings: dict[str, Setting]
    learned: dict[tuple[str, str], dict[str, Learned]]  # by setting and world, then by method
    new_bag: pl.DataFrame  # a row per setting and world: one marble of a new bag
    curve: pl.DataFrame  # a row per world, marbles in each bag, and number of bags
    beliefs: pl.DataFrame  # a row per prior mean of lam: what the hyperprior itself decides
    densities: dict[str, tuple[np.ndarray, np.ndarray]]  # by world: lam, and the posterior density of log10 lam
    seconds: dict[str, float]
