"""How well no, complete and partial pooling predicted later counts, group by group."""

from typing import NamedTuple

import numpy as np
import polars as pl

from inference.draws.weighted import WeightedDraws
from inference.numerics.count_laws import log_pmf
from inference.numerics.sums import sum_se
from inference.questions.group_columns import group_columns, multiplicity_column
from inference.questions.over_groups import log_expectations
from inference.questions.shrinkage import moments
from models import Counts
from models.numerics.arithmetic import own_arithmetic
from models.numerics.sums import weighted

FLAT = 1.0  # both shapes of the flat Beta prior: of one group's rate (none), and of the common rate (complete)


class HeldOut(NamedTuple):
    """The result of `evaluate`.

    Args:
        summary: a row per kind of pooling: pooling ("none", "complete", "partial"; "raw" for the raw rate k / n, which
            is not a distribution); log_predictive, the sum over groups in nats, and its error; difference, this sum
            minus that of partial pooling, and difference_se, its standard error over groups; rmse, the root mean
            squared error of the later rate, and its error.
        groups: a row per group: name, k, n, k_later, n_later; none, complete, partial and partial_error, the log
            predictive densities; raw_rate, none_rate, complete_rate, partial_rate and partial_rate_error, the predicted
            rates; and multiplicity if any is not 1.
    """

    summary: pl.DataFrame
    groups: pl.DataFrame


@own_arithmetic
def evaluate(posterior: WeightedDraws, counts: Counts, later: Counts) -> HeldOut:
    """Log predictive density of later counts of the same groups, and the error of their predicted rates.

    Each group is predicted by itself, given all the first counts. K and N are the successes and trials of all groups:

        none      p(k' | n', k_i, n_i) = BetaBinomial(k'; n', 1 + k_i, 1 + (n_i - k_i))
        complete  p(k' | n', K, N)     = BetaBinomial(k'; n', 1 + K, 1 + (N - K))
        partial   E[BetaBinomial(k'; n', a + k_i, b + (n_i - k_i))] over the posterior of (a, b)

    Args:
        posterior: posterior of the population given `counts`.
        counts: the first counts.
        later: later counts of the same groups, in the same order.

    Returns:
        The comparison. Errors of partial pooling are the posterior's estimated or standard errors; none and complete
        have closed forms. The standard error over groups is null if there is only one group.

    Raises:
        ValueError: if `later` does not have the same groups.
    """
    if later.names != counts.names or np.any(later.multiplicity != counts.multiplicity):
        raise ValueError("the later counts must have the names and multiplicities of the first ones, in the same order")
    (k, n), (k_later, n_later) = ((c.k.astype(np.float64), c.n.astype(np.float64)) for c in (counts, later))
    students = counts.multiplicity.astype(np.float64)
    successes, trials = weighted(students, k), weighted(students, n)

    def alone(a: np.ndarray | float, b: np.ndarray | float) -> np.ndarray:
        a, b = (np.broadcast_to(shape, (1, len(k))) for shape in (a, b))
        return log_pmf(k_later, n_later, a, b)[0]

    def log_partial(a: np.ndarray, b: np.ndarray, some: slice) -> np.ndarray:
        return log_pmf(k_later[some], n_later[some], a + k[some], b + (n - k)[some])

    partial, partial_error, sum_error = log_expectations(posterior, log_partial, len(k), students)
    rate, rate_error, _ = moments(posterior, k, n)
    log_predictive = {
        "none": alone(FLAT + k, FLAT + (n - k)),
        "complete": alone(FLAT + successes, FLAT + (trials - successes)),
        "partial": partial,
    }
    rates = {
        "raw": np.divide(k, n, out=np.full_like(k, np.nan), where=n > 0),
        "none": (FLAT + k) / (2 * FLAT + n),
        "complete": np.full_like(k, (FLAT + successes) / (2 * FLAT + trials)),
        "partial": rate,
    }
    shown = np.divide(k_later, n_later, out=np.full_like(k, np.nan), where=n_later > 0)
    rows = []
    for pooling, predicted in rates.items():
        row = {"pooling": pooling}
        if pooling in log_predictive:
            difference = log_predictive[pooling] - partial
            row |= {
                "log_predictive": weighted(students, log_predictive[pooling]),
                "log_predictive_error": sum_error if pooling == "partial" else 0.0,
                "difference": weighted(students, difference),
                "difference_se": sum_se(difference, students),
            }
        rows.append(row | _rmse(posterior, counts, predicted, shown, pooling == "partial"))
    groups = pl.DataFrame(
        group_columns(counts)
        | {"k_later": later.k, "n_later": later.n}
        | log_predictive
        | {"partial_error": partial_error}
        | {f"{pooling}_rate": predicted for pooling, predicted in rates.items()}
        | {"partial_rate_error": rate_error}
        | multiplicity_column(counts)
    )
    summary = pl.DataFrame(rows, infer_schema_length=None).select("pooling", pl.col("^(log|difference).*$", "^rmse.*$"))
    return HeldOut(summary, groups.with_columns(pl.col("raw_rate").fill_nan(None)))


def _rmse(posterior: WeightedDraws, counts: Counts, predicted: np.ndarray, shown: np.ndarray, is_learned: bool) -> dict:
    """Root mean squared error over the groups for which both rates exist, and its error: 0 unless `is_learned`."""
    both = np.isfinite(predicted) & np.isfinite(shown) & (counts.multiplicity > 0)
    if not both.any():
        return {"rmse": None, "rmse_error": None}
    share = counts.multiplicity[both] / counts.multiplicity[both].sum()
    off = predicted[both] - shown[both]
    rmse = float(np.sqrt(weighted(share, off**2)))
    if not is_learned or rmse == 0:
        return {"rmse": rmse, "rmse_error": 0.0}
    # d rmse = sum_i share_i off_i d rate_i / rmse
    a, b = posterior.population_shapes
    k, n = counts.k[both], counts.n[both]
    slope, change = share * off / rmse, np.zeros(len(a))
    for i in range(len(k)):
        change += slope[i] * ((a + k[i]) / (a + b + n[i]))[:, 0]
    return {"rmse": rmse, "rmse_error": float(posterior.expectation(change)[1])}
