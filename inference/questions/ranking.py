"""Which group is best, which is worst, and for every two groups which has the larger rate."""

from functools import lru_cache
from typing import Literal, get_args

import jax
import numpy as np
import polars as pl

from inference.draws.rates import theta_draws
from inference.draws.weighted import WeightedDraws, check_probability
from inference.programs.keys import single_key
from inference.programs.prepared import as_counts
from inference.questions.group_columns import category_index, group_columns
from inference.questions.joint_draws import DRAWS, is_larger, joint_draws, mean_of_draws
from inference.questions.rates_compared import RateComparison, compare_rates, compare_under_known
from inference.questions.shrinkage import different_pairs
from models import Counts, Observations
from models.numerics.arithmetic import own_arithmetic

MOST_GROUPS = 1_000  # with more groups a table of all pairs is of no use
Best = Literal["highest", "lowest"]


@own_arithmetic
def ranking(
    posterior: WeightedDraws,
    counts: Observations,
    *,
    key: jax.Array | None = None,
    interval: float = 0.9,
    category: str | None = None,
    best: Best = "highest",
) -> pl.DataFrame:
    """Each group's probability of being best and worst, the loss of choosing it, and its rank, where 1 is the best.

        rank_i = 1 + sum_{j != i} P(theta_j > theta_i),    best_i = P(theta_i > theta_j for all j != i),
        loss_i = E[max_j theta_j - theta_i]

    The loss is how much the best group's rate is above that of the group that was chosen, on average, in units of the
    rate. It is smallest for the group with the largest posterior mean. Where the lowest rate is the best, such as that
    of deaths, > becomes <, and loss_i = E[theta_i - min_j theta_j].

    For an exact posterior of one Beta these are integrals; otherwise the rates of all groups are drawn once for each
    posterior draw, or 4,000 times from an exact posterior. Only the ends of the rank's interval, which are whole
    numbers, always come from draws.

    Args:
        posterior: posterior of the population.
        counts: the groups, 2 to 1,000 of them; each row counts as one group, whatever its multiplicity.
        key: JAX random key, `jax.random.key(0)` by default.
        interval: probability of the central interval of the rank.
        category: whose rates are ranked, if each group has a rate for each of several categories.
        best: which rate is the best one, "highest" or "lowest".

    Returns:
        A row per group: name, k, n, see `group_columns`; best, worst, loss and rank, each with its error (`best_error`,
        ...): a standard error, or the estimated absolute error if the posterior is exact; rank_low and rank_high.

    Raises:
        KeyError: if there is no such category.
        TypeError: if the counts are not of the kind that the hyperprior's family observes, if a category is needed and
            none is given, or the other way round.
        ValueError: if there are too few or too many groups, `interval` is not between 0 and 1, or `best` is neither.
    """
    check_probability(interval, "interval")
    if best not in get_args(Best):
        raise ValueError(f"best must be one of {', '.join(get_args(Best))}, not {best!r}")
    counts = _checked_groups(posterior, counts, category)
    key = jax.random.key(0) if key is None else single_key(key)
    if posterior.is_exact and posterior.hyperprior.has_one_beta:
        columns = _exact_ranking(posterior, as_counts(posterior.hyperprior, counts), best)
        ranks = _ranks(theta_draws(posterior, counts, key=key, n_draws=DRAWS)["log_odds"], best, key)
        weights = np.full(DRAWS, 1 / DRAWS)
    else:
        x, theta, weights = joint_draws(posterior, counts, key, category)
        ranks, columns = _ranks(x, best, key), {}
        for name, values in {"best": ranks == 1, "worst": ranks == len(counts), "rank": ranks}.items():
            columns[name], columns[f"{name}_error"] = _frequency(posterior, values.astype(np.float64))
        columns["loss"], columns["loss_error"] = _loss(posterior, theta, best)
    low, high = (_quantile(ranks, weights, (1 + side * interval) / 2) for side in (-1, 1))
    table = pl.DataFrame(group_columns(counts, category) | columns | {"rank_low": low, "rank_high": high})
    of_answers = [f"{name}{end}" for name in ("best", "loss", "worst", "rank") for end in ("", "_error")]
    return table.select(*group_columns(counts, category), *of_answers, "rank_low", "rank_high")


@own_arithmetic
def pairwise(
    posterior: WeightedDraws, counts: Observations, *, key: jax.Array | None = None, category: str | None = None
) -> pl.DataFrame:
    """P(theta_i > theta_j) for every two groups.

    Args:
        posterior: posterior of the population.
        counts: the groups, 2 to 1,000 of them; each row counts as one group, whatever its multiplicity.
        key: JAX random key, `jax.random.key(0)` by default; not used for an exact posterior.
        category: whose rates are compared, if each group has a rate for each of several categories.

    Returns:
        A row per pair i < j: name of i, other (name of j), probability that the rate of i is larger, and
        probability_error.

    Raises:
        KeyError: if there is no such category.
        TypeError: as `ranking`.
        ValueError: if there are too few or too many groups.
    """
    counts = _checked_groups(posterior, counts, category)
    if posterior.is_exact and posterior.hyperprior.has_one_beta:
        probability, error = _exact_pairwise(posterior, as_counts(posterior.hyperprior, counts))
    else:
        x, _, _ = joint_draws(posterior, counts, jax.random.key(0) if key is None else single_key(key), category)
        rows = [_frequency(posterior, is_larger(x[:, i, None], x[:, i + 1 :])) for i in range(len(counts) - 1)]
        probability, error = (np.concatenate(column) for column in zip(*rows, strict=True))
    i, j = np.triu_indices(len(counts), 1)
    names = np.array(counts.names)
    return pl.DataFrame({"name": names[i], "other": names[j], "probability": probability, "probability_error": error})


def _exact_ranking(posterior: WeightedDraws, counts: Counts, best: Best) -> dict[str, np.ndarray]:
    comparison, errors, pair, times = _order(posterior, counts)
    columns = {}
    for end, of in (("", comparison), ("_error", errors)):
        # With 1/2 for the group itself; of errors, 1/2 of its own, which is at most rounding.
        above = times @ (of.above if best == "highest" else of.above.T)
        highest, lowest = of.best, of.worst
        of_best, of_worst = (highest, lowest) if best == "highest" else (lowest, highest)
        loss = of.loss_as_best if best == "highest" else of.loss_as_worst
        found = {"best": of_best, "worst": of_worst, "loss": loss, "rank": above + (0.0 if end else 0.5)}
        columns |= {f"{name}{end}": values[pair] for name, values in found.items()}
    return columns


def _exact_pairwise(posterior: WeightedDraws, counts: Counts) -> tuple[np.ndarray, np.ndarray]:
    comparison, errors, pair, _ = _order(posterior, counts)
    i, j = np.triu_indices(len(counts), 1)
    return comparison.above[pair[i], pair[j]], errors.above[pair[i], pair[j]]


@lru_cache(maxsize=1)  # `ranking` and `pairwise` follow one another, and take seconds for a large class
def _order(posterior: WeightedDraws, counts: Counts) -> tuple[RateComparison, RateComparison, np.ndarray, np.ndarray]:
    """Comparison of each different (k, n), its errors, each group's index among them, and how many groups have each."""
    pairs, pair_of_group = different_pairs(counts)
    times = np.bincount(pair_of_group)
    if posterior.nodes is None:
        (a,), (b,) = (shape[0] for shape in posterior.population_shapes)
        return *compare_under_known(a, b, pairs, times), pair_of_group, times
    return *compare_rates(posterior.nodes, pairs, times), pair_of_group, times


def _frequency(posterior: WeightedDraws, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The mean of values at the joint draws, and its standard error.

    1 / ESS is added in squares for events that were never drawn.
    """
    mean, error, size = mean_of_draws(posterior, values)
    return mean, np.hypot(error, 1 / size)


def _loss(posterior: WeightedDraws, theta: np.ndarray, best: Best) -> tuple[np.ndarray, np.ndarray]:
    """Expected loss of choosing each group, at the joint draws, and its standard error.

    1 / ESS of the largest loss is added in squares, for losses that were never drawn; and so is the rounding of a rate,
    which is what the loss consists of where all rates are nearly equal.
    """
    losses = theta.max(axis=1, keepdims=True) - theta if best == "highest" else theta - theta.min(axis=1, keepdims=True)
    mean, error, size = mean_of_draws(posterior, losses)
    rounding = float(np.spacing(theta.max()))
    return mean, np.sqrt(error**2 + (mean.max() / size) ** 2 + rounding**2)


def _ranks(x: np.ndarray, best: Best, key: jax.Array) -> np.ndarray:
    """The rank of each group in each draw, 1 for the best, shape (draws, groups); of equal rates, in random order.

    Rates are equal where they were rounded to the same number. In the order of the groups the first would be the best.
    """
    signed = -x if best == "highest" else x
    order = np.argsort(signed, axis=1)
    in_order = np.take_along_axis(signed, order, axis=1)
    has_ties = np.any(in_order[:, 1:] == in_order[:, :-1], axis=1)
    if has_ties.any():
        tied = signed[has_ties]
        by_chance = np.random.default_rng(np.ravel(jax.random.key_data(key))).random(tied.shape)
        order[has_ties] = np.lexsort((by_chance, tied), axis=1)
    return 1 + np.argsort(order, axis=1)


def _quantile(ranks: np.ndarray, weights: np.ndarray, q: float) -> np.ndarray:
    """The smallest rank at which each group's distribution function reaches q, shape (groups,)."""
    groups = ranks.shape[1]
    mass = np.stack([np.bincount(column, weights, groups + 1) for column in ranks.T])
    return np.argmax(np.cumsum(mass, axis=1) >= q * mass.sum(axis=1, keepdims=True), axis=1)


def _checked_groups(posterior: WeightedDraws, counts: Observations, category: str | None) -> Observations:
    counts = posterior.as_learned(counts)
    category_index(counts, category)
    if not 2 <= len(counts) <= MOST_GROUPS:
        raise ValueError(f"{len(counts)} groups cannot be ranked: give from 2 to {MOST_GROUPS} groups")
    return counts
