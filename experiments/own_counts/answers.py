"""Every answer of `own-counts` that a posterior gives, and how far a sampled one is from the exact one."""

from collections.abc import Mapping
from typing import NamedTuple

import jax
import numpy as np
import polars as pl
from scipy.stats import norm

from experiments.own_counts.kinds import pseudo_data
from experiments.own_counts.options import OwnCounts
from inference import Posterior
from inference.questions.predictive_checks import PredictiveChecks
from models import Observations

MOST_COMPARED = 1_000  # groups; more are not ranked against each other
MOST_BY_DRAWS = 50  # groups; for more, answers that take long by draws come from exact alone
CHANCE = 0.01  # probability that a right method is said to be off, over all its numbers


class Answers(NamedTuple):
    """What one posterior answers.

    Args:
        tables: by name of the answer.
        checks: the posterior predictive checks with their replicates, if they are among the tables.
    """

    tables: dict[str, pl.DataFrame]
    checks: PredictiveChecks | None


def are_compared(counts: Observations) -> bool:
    """Whether the groups can be compared with each other: they are few enough, and each is a row of its own."""
    return 2 <= len(counts) <= MOST_COMPARED and counts.students == len(counts)


def answers(posterior: Posterior, counts: Observations, later: Observations | None, options: OwnCounts) -> Answers:
    """Compute all answers of a posterior.

    Args:
        posterior: posterior of the population.
        counts: the groups, or the different (k, n) of a large file.
        later: counts of the same groups afterwards, if there are any.
        options: thresholds, trials or exposure to predict, probability of the intervals, and seed.

    Returns:
        Tables "groups", "predictions" and "learned_prior"; "thresholds" and "contrast" if they were asked for. If the
        groups are compared, also "ranking" and "leave_one_out"; "pairwise" and "checks" (by draws, only for up to 50
        groups; no checks if no group has data); and, if there are later counts, "held_out" and "held_out_groups".
    """
    of_ranks, of_checks = jax.random.split(jax.random.key(options.seed))
    tables = {
        "groups": _with_own_weight(posterior, counts, options.interval),
        "predictions": posterior.predict(counts, options.predict, interval=options.interval),
        "learned_prior": posterior.learned_prior(counts),
    }
    if options.threshold:
        tables["thresholds"] = posterior.above(counts, *options.threshold)
    if options.compare is not None:
        tables["contrast"] = posterior.contrast(counts, *options.compare, key=of_ranks, interval=options.interval)
    if not are_compared(counts):
        return Answers(tables, None)
    is_exact, checks = posterior.nodes is not None, None
    tables["ranking"] = posterior.ranking(counts, key=of_ranks, interval=options.interval, best=options.best)
    tables["leave_one_out"] = posterior.leave_one_out(counts, pit=is_exact)
    if is_exact or len(counts) <= MOST_BY_DRAWS:
        tables["pairwise"] = posterior.pairwise(counts, key=of_ranks)
    if (is_exact or len(counts) <= MOST_BY_DRAWS) and counts.design_values.any():
        checks = posterior.predictive_checks(counts, key=of_checks, interval=options.interval)
        tables["checks"] = checks.table
    if later is not None:
        found = posterior.evaluate(counts, later)
        tables |= {"held_out": found.summary, "held_out_groups": found.groups}
    return Answers(tables, checks)


def _with_own_weight(posterior: Posterior, counts: Observations, interval: float) -> pl.DataFrame:
    """`shrinkage`, and the weight E[n / (lam + n)] that a group's posterior mean gives to its own raw rate."""
    sizes, size_of_group = np.unique(counts.design_values, return_inverse=True)
    weight, error = posterior.expectation(sizes / (pseudo_data(posterior)[:, None] + sizes))
    return posterior.shrinkage(counts, interval=interval).with_columns(
        own_weight=pl.Series(weight[size_of_group]), own_weight_error=pl.Series(error[size_of_group])
    )


def agreement(sampled: Mapping[str, pl.DataFrame], truth: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """How far every number of a sampled method lies from the exact one, in its own standard errors.

    Args:
        sampled: tables of `answers` of the sampled method.
        truth: the same of the exact one.

    Returns:
        A row per answer and column that has errors: answer, column, numbers, largest_difference, in_errors (the
        largest), and chance: the distance that at least one of all the numbers exceeds in one run of a hundred, if they
        were independent.
    """
    rows = []
    for answer, table in sampled.items():
        for column in table.columns:
            if f"{column}_error" not in table.columns:
                continue
            found, exact = table[column].to_numpy(), truth[answer][column].to_numpy()
            errors = np.hypot(table[f"{column}_error"].to_numpy(), truth[answer][f"{column}_error"].to_numpy())
            known = np.isfinite(found) & np.isfinite(exact) & (errors > 0)
            if not known.any():
                continue
            off = np.abs(found - exact)[known]
            rows.append(
                {
                    "answer": answer,
                    "column": column,
                    "numbers": int(known.sum()),
                    "largest_difference": float(off.max()),
                    "in_errors": float((off / errors[known]).max()),
                }
            )
    chance = float(norm.isf(CHANCE / (2 * sum(row["numbers"] for row in rows))))
    return pl.DataFrame(rows).with_columns(chance=pl.lit(chance))
