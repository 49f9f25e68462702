"""Which group is best, which is worst, and for every two groups which has the larger rate."""

from functools import lru_cache

import jax
import numpy as np
import polars as pl

from inference.draws.nodes import Nodes
from inference.draws.rates import theta_draws, theta_given
from inference.draws.weighted import WeightedDraws, check_probability
from inference.programs.keys import single_key
from inference.questions.group_columns import group_columns
from inference.questions.rates_compared import RateComparison, compare_rates
from inference.questions.shrinkage import different_pairs
from models import Counts
from models.numerics.arithmetic import own_arithmetic

MOST_GROUPS = 1_000  # with more groups a table of all pairs is of no use
DRAWS = 4_000  # draws for the ends of rank intervals, whose probabilities are then correct to 0.004


@own_arithmetic
def ranking(
    posterior: WeightedDraws, counts: Counts, *, key: jax.Array | None = None, interval: float = 0.9
) -> pl.DataFrame:
    """Each group's probability of being best and worst, and its rank, where 1 is the largest rate.

        rank_i = 1 + sum_{j != i} P(theta_j > theta_i),    best_i = P(theta_i > theta_j for all j != i)

    For an exact posterior these are integrals; for other posteriors the rates of all groups are drawn once for each
    posterior draw. Only the ends of the rank's interval, which are whole numbers, always come from draws.

    Args:
        posterior: posterior of the population.
        counts: the groups, 2 to 1,000 of them; each row counts as one group, whatever its multiplicity.
        key: JAX random key, `jax.random.key(0)` by default.
        interval: probability of the central interval of the rank.

    Returns:
        A row per group: name, k, n; best, worst and rank, each with its error (`best_error`, ...): a standard error,
        or the estimated absolute error if the posterior is exact; rank_low and rank_high.

    Raises:
        ValueError: if there are too few or too many groups, or `interval` is not between 0 and 1.
    """
    check_probability(interval, "interval")
    _check_size(counts)
    key = jax.random.key(0) if key is None else single_key(key)
    if posterior.nodes is not None:
        columns = _exact_ranking(posterior.nodes, counts)
        ranks = _ranks(theta_draws(posterior, counts, key=key, n_draws=DRAWS)["log_odds"])
        weights = np.full(DRAWS, 1 / DRAWS)
    else:
        log_odds = theta_given(posterior.draws, counts, key)["log_odds"]
        ranks, weights = _ranks(log_odds), posterior.weights
        columns = {}
        for name, values in {"best": ranks == 1, "worst": ranks == len(counts), "rank": ranks}.items():
            columns[name], error = posterior.expectation(values.astype(np.float64))
            columns[f"{name}_error"] = _with_unseen(error, posterior)
    low, high = (_quantile(ranks, weights, (1 + side * interval) / 2) for side in (-1, 1))
    return pl.DataFrame(group_columns(counts) | columns | {"rank_low": low, "rank_high": high})


@own_arithmetic
def pairwise(posterior: WeightedDraws, counts: Counts, *, key: jax.Array | None = None) -> pl.DataFrame:
    """P(theta_i > theta_j) for every two groups.

    Args:
        posterior: posterior of the population.
        counts: the groups, 2 to 1,000 of them; each row counts as one group, whatever its multiplicity.
        key: JAX random key, `jax.random.key(0)` by default; not used for an exact posterior.

    Returns:
        A row per pair i < j: name of i, other (name of j), probability that the rate of i is larger, and
        probability_error.

    Raises:
        ValueError: if there are too few or too many groups.
    """
    _check_size(counts)
    if posterior.nodes is not None:
        probability, error = _exact_pairwise(posterior.nodes, counts)
    else:
        log_odds = theta_given(posterior.draws, counts, jax.random.key(0) if key is None else single_key(key))[
            "log_odds"
        ]
        rows = [
            posterior.expectation((log_odds[:, i, None] > log_odds[:, i + 1 :]) * 1.0) for i in range(len(counts) - 1)
        ]
        probability, error = (np.concatenate(column) for column in zip(*rows, strict=True))
        error = _with_unseen(error, posterior)
    i, j = np.triu_indices(len(counts), 1)
    names = np.array(counts.names)
    return pl.DataFrame({"name": names[i], "other": names[j], "probability": probability, "probability_error": error})


def _exact_ranking(nodes: Nodes, counts: Counts) -> dict[str, np.ndarray]:
    comparison, errors, pair, times = _order(nodes, counts)
    return {
        "best": comparison.best[pair],
        "best_error": errors.best[pair],
        "worst": comparison.worst[pair],
        "worst_error": errors.worst[pair],
        "rank": (0.5 + times @ comparison.above)[pair],  # with 1/2 for the group itself
        "rank_error": (times @ errors.above)[pair],
    }


def _exact_pairwise(nodes: Nodes, counts: Counts) -> tuple[np.ndarray, np.ndarray]:
    comparison, errors, pair, _ = _order(nodes, counts)
    i, j = np.triu_indices(len(counts), 1)
    return comparison.above[pair[i], pair[j]], errors.above[pair[i], pair[j]]


@lru_cache(maxsize=1)  # `ranking` and `pairwise` follow one another, and take seconds for a large class
def _order(nodes: Nodes, counts: Counts) -> tuple[RateComparison, RateComparison, np.ndarray, np.ndarray]:
    """Comparison of each different (k, n), its errors, each group's index among them, and how many groups have each."""
    pairs, pair_of_group = different_pairs(counts)
    times = np.bincount(pair_of_group)
    return *compare_rates(nodes, pairs, times), pair_of_group, times


def _with_unseen(error: np.ndarray, posterior: WeightedDraws) -> np.ndarray:
    """Standard errors of frequencies, with 1 / ESS added in squares for events that were never drawn."""
    return np.hypot(error, 1 / posterior.ess)


def _ranks(log_odds: np.ndarray) -> np.ndarray:
    """The rank of each group in each draw, 1 for the largest, shape (draws, groups)."""
    return 1 + np.argsort(np.argsort(-log_odds, axis=1), axis=1)


def _quantile(ranks: np.ndarray, weights: np.ndarray, q: float) -> np.ndarray:
    """The smallest rank at which each group's distribution function reaches q, shape (groups,)."""
    groups = ranks.shape[1]
    mass = np.stack([np.bincount(column, weights, groups + 1) for column in ranks.T])
    return np.argmax(np.cumsum(mass, axis=1) >= q * mass.sum(axis=1, keepdims=True), axis=1)


def _check_size(counts: Counts) -> None:
    if not 2 <= len(counts) <= MOST_GROUPS:
        raise ValueError(f"{len(counts)} groups cannot be ranked: give from 2 to {MOST_GROUPS} groups")
