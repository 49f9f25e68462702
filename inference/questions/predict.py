"""The posterior predictive distribution of a group's count in its next trials, without simulation."""

from itertools import islice

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from inference.draws.weighted import WeightedDraws, check_probability
from inference.numerics.betas.beta_mixtures import Students, chunks
from inference.numerics.count_intervals import count_intervals
from inference.numerics.count_laws import each_pmf, log_pmf
from inference.programs.prepared import as_counts, check_one_beta
from inference.questions.any_family import predict as any_family
from inference.questions.next_counts import UNSEEN, check_unseen, next_trials
from inference.questions.shrinkage import NEGLIGIBLE_WEIGHT, moments, without_negligible_weights
from models import Counts, Observations
from models.numerics.arithmetic import own_arithmetic

HELD_AT_ONCE = 20_000_000  # most probabilities that are held in memory at once: 160 MB


@own_arithmetic
def predict(
    posterior: WeightedDraws,
    counts: Observations | None,
    n: ArrayLike,
    *,
    interval: float = 0.9,
    unseen: Observations | None = None,
) -> pl.DataFrame:
    """The count of each group in its next `n` trials, and that of a new group without any trials yet.

        k_new ~ sum_j w_j BetaBinomial(n, a_j + k_i, b_j + (n_i - k_i))

    In another family theta_i given the group's counts is the family's, and k_new its next count, or the count of each
    category. Then low and high are quantiles of 20,000 predictive draws, so the probabilities below them are right to
    0.01; the other numbers are as exact as the posterior.

    Args:
        posterior: posterior of the population.
        counts: the groups; None for the unseen group alone.
        n: number of next trials: one whole number for all; or one for each group, optionally followed by one for the
            unseen group, which is left out otherwise. Of events, the next exposures.
        interval: probability of the central interval.
        unseen: the unseen group, one row without data, such as `Counts([0], [0], covariates={"treated": [1]})`; needed
            if each group has a population of its own, which depends on its covariates.

    Returns:
        A row per group, the unseen one last ("(unseen)", k = n = 0): name, k, n, n_next; mean of the count and its
        mean_error; sd; low and high, the smallest counts at which its distribution function reaches (1 -+ interval) /
        2; interval_error, a bound on the error of that function in probability, given these draws or nodes; none, the
        probability of no success at all, and its none_error; and multiplicity if any is not 1. Events have exposure and
        exposure_next; counts in categories have a row per group and category; neither has an interval_error.

    Raises:
        TypeError: if the counts are not of the kind that the hyperprior's family observes, or if the unseen group is
            asked for, and its population is not known.
        ValueError: if `interval` is not between 0 and 1, or `n` is not made of whole numbers, one for each row, or
            `unseen` has data.
    """
    check_probability(interval, "interval")
    if not posterior.hyperprior.has_one_beta:
        return any_family.predict(posterior, counts, n, interval=interval, unseen=unseen)
    unseen = Counts([0], [0]) if unseen is None else unseen
    check_unseen(as_counts(posterior.hyperprior, posterior.as_learned(unseen)))
    names, k, n_seen, multiplicity = (), np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.int64)
    if counts is not None:
        counts = as_counts(posterior.hyperprior, posterior.as_learned(counts))
        names, k, n_seen, multiplicity = counts.names, counts.k, counts.n, counts.multiplicity
    n_next = next_trials(n, len(k))
    if len(n_next) > len(k):
        names, k, n_seen, multiplicity = (
            (*names, UNSEEN),
            np.append(k, 0),
            np.append(n_seen, 0),
            np.append(multiplicity, 1),
        )
    different, row = np.unique(np.stack([k, n_seen, n_next]), axis=1, return_inverse=True)
    k_of, n_of, next_of = different
    columns = {name: values[row] for name, values in _of_different(posterior, k_of, n_of, next_of, interval).items()}
    table = {"name": names, "k": k, "n": n_seen, "n_next": n_next} | columns
    if np.any(multiplicity != 1):
        table["multiplicity"] = multiplicity
    return pl.DataFrame(table)


@own_arithmetic
def predictive_pmf(posterior: WeightedDraws, k: int, n_seen: int, n_next: int) -> pl.DataFrame:
    """Probability of every possible count in the next trials of one group.

        P(x) = sum_j w_j BetaBinomial(x; n_next, a_j + k, b_j + (n_seen - k))

    Args:
        posterior: posterior of the population.
        k: successes seen; 0 for an unseen group.
        n_seen: trials seen; 0 for an unseen group.
        n_next: number of next trials.

    Returns:
        A row per count k = 0, 1, ..., n_next: probability, which sums to 1, and probability_error.

    Raises:
        TypeError: if the population is not one Beta of all groups: `predict` answers for any.
        ValueError: if not 0 <= k <= n_seen and 0 <= n_next, all whole numbers.
    """
    check_one_beta(posterior.hyperprior, "predictive_pmf", "use predict")
    posterior.as_learned(Counts([k], [n_seen]))  # raises an error if these are not counts
    n = next_trials(n_next, 0)
    a, b = posterior.population_shapes
    each, parts, step = each_pmf(n.astype(np.float64), a + k, b + (n_seen - k)), [], max(1, HELD_AT_ONCE // len(a))
    for start in range(0, n[0] + 1, step):
        columns = list(islice(each, min(step, n[0] + 1 - start)))
        parts.append(np.stack(posterior.expectation(np.concatenate(columns, axis=1))))
    probability, error = np.concatenate(parts, axis=1)
    return pl.DataFrame({"k": np.arange(n[0] + 1), "probability": probability, "probability_error": error})


def _of_different(
    posterior: WeightedDraws, k: np.ndarray, n_seen: np.ndarray, n_next: np.ndarray, interval: float
) -> dict[str, np.ndarray]:
    """The columns of `predict`, for groups that are different from one another."""
    rate, rate_error, rate_sd = moments(posterior, k, n_seen)
    groups = Students(k.astype(np.float64), n_seen.astype(np.float64), rate, rate_sd)
    found = count_intervals(
        without_negligible_weights(posterior), groups, n_next, ((1 - interval) / 2, (1 + interval) / 2)
    )
    low, high = found.ends
    a, b = posterior.population_shapes
    none = []
    for chunk in chunks(len(k), len(a)):
        log_none = log_pmf(np.zeros(len(k[chunk])), n_next[chunk], a + k[chunk], b + (n_seen - k)[chunk])
        none.append(np.stack(posterior.expectation(np.exp(log_none))))
    none, none_error = np.concatenate(none, axis=1)
    # Var K = E[Var(K | theta)] + Var(n theta), E[theta (1 - theta)] = mean (1 - mean) - sd^2
    variance = n_next * (rate * (1 - rate) - rate_sd**2) + (n_next * rate_sd) ** 2
    return {
        "mean": n_next * rate,
        "mean_error": n_next * rate_error,
        "sd": np.sqrt(variance),
        "low": low,
        "high": high,
        "interval_error": np.where(n_next > 0, found.error + NEGLIGIBLE_WEIGHT, 0.0),
        "none": none,
        "none_error": none_error,
    }
