"""How well no, complete and partial pooling predicted later counts, group by group."""

from collections.abc import Mapping

import numpy as np
import polars as pl

from inference.draws.weighted import WeightedDraws
from inference.numerics.count_laws import log_pmf
from inference.programs.prepared import as_counts
from inference.questions.any_family import evaluate as any_family
from inference.questions.group_columns import group_columns, multiplicity_column
from inference.questions.held_out import HeldOut, rates_off, summary_of
from inference.questions.over_groups import log_expectations
from inference.questions.shrinkage import moments
from models import Counts, Observations
from models.numerics.arithmetic import own_arithmetic
from models.numerics.sums import weighted

FLAT = 1.0  # both shapes of the flat Beta prior: of one group's rate (none), and of the common rate (complete)


@own_arithmetic
def evaluate(posterior: WeightedDraws, counts: Observations, later: Observations) -> HeldOut:
    """Log predictive density of later counts of the same groups, and the error of their predicted rates.

    Each group is predicted by itself, given all the first counts. K and N are the successes and trials of all groups:

        none      p(k' | n', k_i, n_i) = BetaBinomial(k'; n', 1 + k_i, 1 + (n_i - k_i))
        complete  p(k' | n', K, N)     = BetaBinomial(k'; n', 1 + K, 1 + (N - K))
        partial   E[BetaBinomial(k'; n', a + k_i, b + (n_i - k_i))] over the posterior of (a, b)

    In another family each is the marginal of k' given the group's or all counts: "none" and "complete" under the
    family's `uninformed` parameters, which are Gamma(1/2, 0) of events and Dirichlet(1, ..., 1) of categories, and
    "partial" under the learned population. "none" is null for a group of events whose first exposure is 0, because that
    gamma is no distribution.

    Args:
        posterior: posterior of the population given `counts`.
        counts: the first counts.
        later: later counts of the same groups, in the same order.

    Returns:
        The comparison. Errors of partial pooling are the posterior's estimated or standard errors; none and complete
        have closed forms. The standard error over groups is null if there is only one group.

    Raises:
        TypeError: if the counts are not of the kind that the hyperprior's family observes.
        ValueError: if `later` does not have the same groups.
    """
    counts, later = posterior.as_learned(counts), posterior.as_learned(later)
    if not posterior.hyperprior.is_shared and not _equal(later.covariates, counts.covariates):
        raise ValueError("the later counts must have the covariates of the first ones: each group has its population")
    if later.names != counts.names or np.any(later.multiplicity != counts.multiplicity):
        raise ValueError("the later counts must have the names and multiplicities of the first ones, in the same order")
    if not posterior.hyperprior.has_one_beta:
        return any_family.evaluate(posterior, counts, later)
    counts, later = (as_counts(posterior.hyperprior, data) for data in (counts, later))
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
    errors = {name: _rmse(posterior, counts, predicted, shown, name == "partial") for name, predicted in rates.items()}
    groups = pl.DataFrame(
        group_columns(counts)
        | {"k_later": later.k, "n_later": later.n}
        | log_predictive
        | {"partial_error": partial_error}
        | {f"{pooling}_rate": predicted for pooling, predicted in rates.items()}
        | {"partial_rate_error": rate_error}
        | multiplicity_column(counts)
    )
    summary = summary_of(log_predictive, sum_error, errors, students)
    return HeldOut(summary, groups.with_columns(pl.col("raw_rate").fill_nan(None)))


def _rmse(
    posterior: WeightedDraws, counts: Counts, predicted: np.ndarray, shown: np.ndarray, is_learned: bool
) -> tuple[float | None, float | None]:
    """Root mean squared error over the groups for which both rates exist, and its error: 0 unless `is_learned`."""
    both, rmse, slope = rates_off(predicted, shown, counts.multiplicity)
    if rmse is None:
        return None, None
    if not is_learned or rmse == 0:
        return rmse, 0.0
    # d rmse = sum_i share_i off_i d rate_i / rmse
    a, b = posterior.population_shapes
    k, n = counts.k[both], counts.n[both]
    change = np.zeros(len(a))
    for i in range(len(k)):
        change += slope[i] * ((a + k[i]) / (a + b + n[i]))[:, 0]
    return rmse, float(posterior.expectation(change)[1])


def _equal(first: Mapping[str, np.ndarray], second: Mapping[str, np.ndarray]) -> bool:
    """Whether covariates have the same names and values."""
    return list(first) == list(second) and all(np.array_equal(first[name], second[name]) for name in first)
