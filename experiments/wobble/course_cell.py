"""The course's own cell, run with many keys and with ten times the particles: its fourth exercise."""

import math

import numpy as np
import polars as pl

from experiments.methods.learned import course_draws, estimates, weigh_course
from experiments.wobble.run_to_run import RATE, Limit, log_spread
from models import Counts, box

COURSE_SIZES = (20_000, 200_000)  # particles
SEEDS = 30  # the keys of the seeds 0, 1, ...; the course prints the result of seed 0


def course_runs(counts: Counts, size: int, seeds: int) -> pl.DataFrame:
    """The implied rate by the course's cell with the keys of many seeds.

    Args:
        counts: the students.
        size: particles of each run.
        seeds: number of seeds.

    Returns:
        A row per seed: size, seed, rate, and error, the standard error that the run itself gives.
    """
    rows = []
    for seed in range(seeds):
        population = course_draws(size, ("a", 0.5, 20.0), ("b", 0.5, 20.0), seed=seed)
        found = estimates(weigh_course(box(), counts, population))[RATE]
        rows.append({"size": size, "seed": seed, "rate": found.value, "error": found.error})
    return pl.DataFrame(rows)


def course_table(runs: pl.DataFrame, limit: Limit) -> pl.DataFrame:
    """How far the rate goes from seed to seed, next to what is predicted.

    Args:
        runs: rows of `course_runs`, of any sizes.
        limit: of the implied rate, marginal form.

    Returns:
        A row per size: size, runs, lowest, highest; sd over runs and its standard error; limit, the exact
        sd / sqrt(size); predicted, the root mean square of the runs' own errors.
    """
    rows = []
    for (size,), group in runs.group_by("size", maintain_order=True):
        spread = log_spread(group["rate"].to_numpy())
        sd = float(group["rate"].to_numpy().std(ddof=1))
        rows.append(
            {
                "size": size,
                "runs": len(group),
                "lowest": group["rate"].min(),
                "highest": group["rate"].max(),
                "sd": sd,
                "sd_error": sd * spread.error,
                "limit": limit.sd / math.sqrt(int(size)),
                "predicted": float(np.sqrt(np.mean(group["error"].to_numpy() ** 2))),
            }
        )
    return pl.DataFrame(rows)
