"""The probability that a student's rate lies above a threshold."""

from collections.abc import Sequence
from math import isfinite

import numpy as np
import polars as pl
from scipy.special import logit

from inference.draws.weighted import WeightedDraws
from inference.numerics.betas.beta_mixtures import beta_cdf, chunks
from inference.programs.prepared import as_counts
from inference.questions.any_family import above as any_family
from inference.questions.group_columns import group_columns
from inference.questions.shrinkage import different_pairs
from models import Family, Observations
from models.numerics.arithmetic import own_arithmetic

TOLERANCE = 5e-5  # in probability: largest accepted error, because probabilities are printed with four digits


@own_arithmetic
def above(posterior: WeightedDraws, counts: Observations, at: Sequence[float]) -> pl.DataFrame:
    """P(theta_i > c) given the counts of all students.

        P(theta_i > c) = sum_j w_j P(Beta(a_j + k_i, b_j + (n_i - k_i)) > c)

    In any other family the probability is that of theta_i given the student's counts and its population.

    Args:
        posterior: posterior of the population.
        counts: the students.
        at: rates c, strictly between 0 and 1; any positive numbers if the rates are of events.

    Returns:
        A row per student and rate: name, k, n, threshold, probability, and probability_error (see `expectation`). Of
        `Events` and `Categories` it begins with their columns, see `group_columns`.

    Raises:
        TypeError: if the counts are not of the kind that the hyperprior's family observes.
        ValueError: if a rate is not strictly between 0 and 1, or a rate of events not positive.
    """
    check_thresholds(posterior.hyperprior.family, at)
    if not posterior.hyperprior.has_one_beta:
        return any_family.above(posterior, counts, at)
    counts = as_counts(posterior.hyperprior, posterior.as_learned(counts))
    pairs, pair_of_student = different_pairs(counts)
    k, n = pairs.astype(np.float64)
    finest = posterior.nodes.finest if posterior.nodes is not None else 1
    tables = []
    for c in at:
        results = []
        # P(1 - theta < 1 - c) at the log-odds of 1 - c, which does not round to 1.
        below = -logit(c)
        for chunk in chunks(len(k), len(posterior.log_weights) * finest):

            def is_above(
                a: np.ndarray, b: np.ndarray, k: np.ndarray = k[chunk], n: np.ndarray = n[chunk]
            ) -> np.ndarray:
                return beta_cdf(b + (n - k), a + k, np.full(len(k), below))  # noqa: B023 - called before the next c

            # If lam is large this function is nearly a step in mu, and the step may lie between two nodes.
            results.append(np.stack(posterior.average(is_above, TOLERANCE)))
        probability, error = np.concatenate(results, axis=1)[:, pair_of_student]
        columns = {"threshold": np.full(len(counts), c), "probability": probability, "probability_error": error}
        tables.append(pl.DataFrame(group_columns(counts) | columns))
    return pl.concat(tables) if tables else pl.DataFrame()


def check_thresholds(family: Family, at: Sequence[float]) -> None:
    """Raise a ValueError if a number cannot be a rate of this family."""
    low, high = family.rate_interval
    for c in at:
        if not low < c < high:
            between = f"strictly between {low:g} and {high:g}" if isfinite(high) else "positive and finite"
            raise ValueError(f"a threshold must be a rate {between}, not {c}")
