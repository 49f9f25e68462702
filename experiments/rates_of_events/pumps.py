"""The ten pumps, and the tables of what a posterior says of each."""

import numpy as np
import polars as pl

from experiments.options import DATA
from inference import Posterior
from models import Events

NEXT_HOURS = 10.0  # thousand hours


def pumps() -> Events:
    """Failures of ten pumps; the exposure is in thousands of hours."""
    return Events.read(DATA / "pumps.csv")


def equally_exposed(events: Events) -> Events:
    """The same counts as if each group had the mean exposure: what ignoring the exposures assumes."""
    return Events(events.k, np.full(len(events), events.exposure.mean()), events.names)


def pumps_table(events: Events, truth: Posterior, sampled: Posterior) -> pl.DataFrame:
    """The rate of each pump.

    Args:
        events: the pumps.
        truth: exact posterior of their population.
        sampled: the same by importance sampling.

    Returns:
        A row per pump: name, k, exposure, raw; mean, sd, low, high (90 % interval); sampled and its error; own_weight,
        the weight E[exposure / (rate + exposure)] of the raw rate in the mean.
    """
    table, drawn = truth.shrinkage(events), sampled.shrinkage(events)
    rate = np.asarray(truth.draws["shape"] / truth.draws["mean"], np.float64)[:, None]
    weight, _ = truth.expectation(events.exposure / (rate + events.exposure))
    return table.select("name", "k", "exposure", "raw", "mean", "mean_error", "sd", "low", "high").with_columns(
        drawn["mean"].alias("sampled"), drawn["mean_error"].alias("sampled_error"), own_weight=pl.Series(weight)
    )


def ranks_table(events: Events, truth: Posterior, ignoring: Posterior) -> pl.DataFrame:
    """The rank of each pump's rate, 1 being the largest, with the exposures and ignoring them.

    Args:
        events: the pumps.
        truth: posterior of their population.
        ignoring: posterior of the population if all are equally exposed.

    Returns:
        A row per pump: name, k, exposure; rank and its error, rank_low, rank_high and best, and the same with the
        suffix _ignoring.
    """
    columns = ("rank", "rank_error", "rank_low", "rank_high", "best", "best_error")
    found = truth.ranking(events).select("name", "k", "exposure", *columns)
    other = ignoring.ranking(equally_exposed(events))
    names = {"rank": "rank_ignoring", "rank_error": "rank_ignoring_error"}
    names |= {"rank_low": "rank_low_ignoring", "rank_high": "rank_high_ignoring"}
    names |= {"best": "best_ignoring", "best_error": "best_ignoring_error"}
    return found.with_columns(other[column].alias(name) for column, name in names.items())
