"""The probability that a student's rate lies above a threshold."""

from collections.abc import Sequence

import numpy as np
import polars as pl
from scipy.special import betainc

from inference.draws.weighted import WeightedDraws
from inference.numerics.beta_mixtures import chunks
from inference.questions.group_columns import group_columns
from inference.questions.shrinkage import different_pairs
from models import Counts
from models.numerics.arithmetic import own_arithmetic

TOLERANCE = 5e-5  # in probability: largest accepted error, because probabilities are printed with four digits


@own_arithmetic
def above(posterior: WeightedDraws, counts: Counts, at: Sequence[float]) -> pl.DataFrame:
    """P(theta_i > c) given the counts of all students.

        P(theta_i > c) = sum_j w_j P(Beta(a_j + k_i, b_j + (n_i - k_i)) > c)

    Args:
        posterior: posterior of the population.
        counts: the students.
        at: rates c, strictly between 0 and 1.

    Returns:
        A row per student and rate: name, k, n, threshold, probability, and probability_error (see `expectation`).

    Raises:
        ValueError: if a rate is not strictly between 0 and 1.
    """
    for c in at:
        if not 0 < c < 1:
            raise ValueError(f"a threshold must be a rate strictly between 0 and 1, not {c}")
    pairs, pair_of_student = different_pairs(counts)
    k, n = pairs.astype(np.float64)
    finest = posterior.nodes.finest if posterior.nodes is not None else 1
    tables = []
    for c in at:
        results = []
        for chunk in chunks(len(k), len(posterior.log_weights) * finest):

            def is_above(
                a: np.ndarray, b: np.ndarray, k: np.ndarray = k[chunk], n: np.ndarray = n[chunk]
            ) -> np.ndarray:
                return betainc(b + (n - k), a + k, 1 - c)  # noqa: B023 - called before the next c

            # If lam is large this function is nearly a step in mu, and the step may lie between two nodes.
            results.append(np.stack(posterior.average(is_above, TOLERANCE)))
        probability, error = np.concatenate(results, axis=1)[:, pair_of_student]
        columns = {"threshold": np.full(len(counts), c), "probability": probability, "probability_error": error}
        tables.append(pl.DataFrame(group_columns(counts) | columns))
    return pl.concat(tables) if tables else pl.DataFrame()
