"""The groups of `own-counts` under other hyperpriors: how much an answer depends on the hyperprior."""

from collections.abc import Mapping
from typing import NamedTuple

import polars as pl

from experiments.own_counts.kinds import kind_of
from experiments.own_counts.options import OwnCounts
from inference import Posterior, compare_hyperpriors, evaluate
from models import Hyperprior, Observations


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


def compare_with_other_hyperpriors(
    options: OwnCounts, asked: Hyperprior, counts: Observations, later: Observations | None
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
    every = kind_of(counts).compared()
    same = next((name for name, hyperprior in every.items() if hyperprior is asked), None)
    every = {f"{same or options.hyperprior_name} (asked for)": asked} | {n: h for n, h in every.items() if n != same}
    found = compare_hyperpriors(every, counts)
    table = found.table  # without what these populations do not have, such as lam
    table = table.drop(name for name in table.columns if name != "problem" and table[name].null_count() == len(table))
    return Hyperpriors(table, found.groups, None if later is None else _held_out(found.posteriors, counts, later))


def _held_out(posteriors: Mapping[str, Posterior], counts: Observations, later: Observations) -> pl.DataFrame:
    rows, of = [], kind_of(counts).alike
    for name, posterior in posteriors.items():
        partial = evaluate(posterior, counts, later).summary.filter(pooling="partial")
        alike = {
            f"{of}_q{100 * q:02.0f}": posterior.quantile(of, q) for q in (0.05, 0.5, 0.95) if of in posterior.names
        }
        rows.append({"hyperprior": name} | alike | partial.select("log_predictive", "rmse").row(0, named=True))
    return pl.DataFrame(rows, infer_schema_length=None)
