"""The groups of `own-counts` under other hyperpriors: how much an answer depends on the hyperprior."""

from collections.abc import Mapping
from typing import NamedTuple

import polars as pl

from experiments.methods.hyperpriors import HYPERPRIORS
from experiments.options import HyperpriorName
from experiments.own_counts.options import OwnCounts
from inference import Posterior, compare_hyperpriors, evaluate
from models import Counts, Hyperprior, mean_concentration

COMPARED: tuple[HyperpriorName, ...] = ("half-cauchy", "pareto", "bda3")


class Hyperpriors(NamedTuple):
    """The comparison of hyperpriors; all answers are exact.

    Args:
        hyperpriors: the table of `compare_hyperpriors`, with the requested hyperprior first.
        sensitivity: every group's posterior mean under each.
        held_out_by_hyperprior: how well later counts are predicted under each, if there are any.
    """

    hyperpriors: pl.DataFrame
    sensitivity: pl.DataFrame
    held_out_by_hyperprior: pl.DataFrame | None


def others() -> dict[str, Hyperprior]:
    """Hyperpriors that differ in what they say of the concentration."""
    return {
        **{name: HYPERPRIORS[name]() for name in COMPARED},
        "lam to 100": mean_concentration(),
        "lam to 10,000": mean_concentration(lam=(0.1, 1e4)),
    }


def compare_with_other_hyperpriors(
    options: OwnCounts, asked: Hyperprior, counts: Counts, later: Counts | None
) -> Hyperpriors:
    """Learn the same groups under each hyperprior.

    Args:
        options: the options, with the name of the requested hyperprior.
        asked: the requested hyperprior.
        counts: the groups.
        later: counts of the same groups afterwards, if there are any.

    Returns:
        The comparison.
    """
    every = others()
    same = next((name for name, hyperprior in every.items() if hyperprior is asked), None)
    every = {f"{same or options.hyperprior_name} (asked for)": asked} | {n: h for n, h in every.items() if n != same}
    found = compare_hyperpriors(every, counts)
    return Hyperpriors(found.table, found.groups, None if later is None else _held_out(found.posteriors, counts, later))


def _held_out(posteriors: Mapping[str, Posterior], counts: Counts, later: Counts) -> pl.DataFrame:
    rows = []
    for name, posterior in posteriors.items():
        partial = evaluate(posterior, counts, later).summary.filter(pooling="partial")
        lam = {f"lam_q{100 * q:02.0f}": posterior.quantile("lam", q) for q in (0.05, 0.5, 0.95)}
        rows.append({"hyperprior": name} | lam | partial.select("log_predictive", "rmse").row(0, named=True))
    return pl.DataFrame(rows)
