"""How probable it is that a student's rate lies above some rate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from scipy.special import betainc

from inference.mixture import chunks
from inference.shrinkage import different_pairs
from models import Counts

if TYPE_CHECKING:
    from inference.posterior import Posterior


def thresholds(posterior: Posterior, counts: Counts, at: Sequence[float]) -> pl.DataFrame:
    """P(theta_i > c) given everybody's counts.

        P(theta_i > c) = sum_j w_j P(Beta(a_j + k_i, b_j + (n_i - k_i)) > c)

    Args:
        posterior: posterior of the population.
        counts: the students.
        at: rates c, strictly between 0 and 1.

    Returns:
        A row per student and rate: name, k, n, threshold, probability, and probability_error, as of `expectation`.

    Raises:
        ValueError: if a rate is not strictly between 0 and 1.
    """
    for c in at:
        if not 0 < c < 1:
            raise ValueError(f"a threshold is a rate strictly between 0 and 1, not {c}")
    pairs, pair_of_student = different_pairs(counts)
    k, n = pairs.astype(np.float64)
    a, b = (np.asarray(posterior.draws[name], np.float64)[:, None] for name in ("a", "b"))
    tables = []
    for c in at:
        found = []
        for chunk in chunks(len(k), len(a)):
            above = betainc(b + (n[chunk] - k[chunk]), a + k[chunk], 1 - c)
            found.append(np.stack(posterior.expectation(above)))
        probability, error = np.concatenate(found, axis=1)[:, pair_of_student]
        columns = {"threshold": np.full(len(counts), c), "probability": probability, "probability_error": error}
        tables.append(pl.DataFrame({"name": counts.names, "k": counts.k, "n": counts.n} | columns))
    return pl.concat(tables) if tables else pl.DataFrame()
