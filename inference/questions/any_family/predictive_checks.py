"""Posterior predictive checks of the rates of groups, in any family."""

from collections.abc import Mapping

import jax
import numpy as np

from inference.draws.rates import predicted_counts, theta_given
from inference.draws.weighted import WeightedDraws
from inference.questions.group_columns import category_index
from inference.questions.replicated_rates import KINDS, STATISTICS, PredictiveChecks, checks_of, statistics_of
from models import Observations

HELD_AT_ONCE = 2_000_000  # most replicated counts that are held in memory at once


def predictive_checks(
    posterior: WeightedDraws,
    counts: Observations,
    *,
    key: jax.Array,
    n_draws: int = 2_000,
    interval: float = 0.9,
    category: str | None = None,
) -> PredictiveChecks:
    """As `inference.predictive_checks`, for a population of any family.

    A new group has the covariates of a group of the data, but not its rate.

    Args:
        posterior: posterior of the population.
        counts: the groups; those without trials or exposure have no rate and are left out.
        key: JAX random key.
        n_draws: number of replicates if the posterior is exact.
        interval: probability of the central interval of a replicated statistic.
        category: of counts in categories, the one whose rates are compared.

    Returns:
        The checks.

    Raises:
        TypeError: if the counts are not of the kind that the family observes, or a category is missing, or there is
            none.
        KeyError: if there is no such category.
        ValueError: if no group has trials, or `n_draws` is less than 1.
    """
    counts = posterior.as_learned(counts)
    column = category_index(counts, category)
    has_rate = counts.design_values > 0
    rows = np.repeat(np.arange(len(counts)), np.where(has_rate, counts.multiplicity, 0))
    if len(rows) == 0:
        raise ValueError("no group has trials, so there is no rate to compare")
    groups = counts.without_names().taken(rows)
    given = dict(zip(KINDS, (groups, groups.without_data()), strict=True))
    design = groups.design_values.astype(np.float64)

    def replicate(population: Mapping[str, np.ndarray], size: int, kind: str, key: jax.Array) -> dict[str, np.ndarray]:
        return _replicate(posterior, population, size, given[kind], design, column, key)

    k = groups.k if column is None else groups.k[:, column]
    raw = posterior.hyperprior.family.raw_rate(k, design)
    return checks_of(posterior, raw, replicate, key=key, n_draws=n_draws, interval=interval)


def _replicate(
    posterior: WeightedDraws,
    population: Mapping[str, np.ndarray],
    size: int,
    given: Observations,
    design: np.ndarray,
    column: int | None,
    key: jax.Array,
) -> dict[str, np.ndarray]:
    """Statistics of one set of replicated rates for each draw of the population."""
    hyperprior = posterior.hyperprior
    step = max(1, min(size, HELD_AT_ONCE // given.k.size))
    parts = []
    with jax.enable_x64(True):
        for start in range(0, size, step):
            # The last step repeats its last draw, so that all steps have one shape and one compiled program.
            index = np.minimum(np.arange(start, start + step), size - 1)
            some = {name: values[index] for name, values in population.items()}
            key_theta, key_k = jax.random.split(jax.random.fold_in(key, start))
            drawn = theta_given(hyperprior, some, given, key_theta, n_draws=step)
            k = predicted_counts(drawn, design, key=key_k, family=hyperprior.family)
            rates = hyperprior.family.raw_rate(k if column is None else k[..., column], design)
            parts.append(statistics_of(rates[: min(start + step, size) - start]))
    return {name: np.concatenate([part[name] for part in parts]) for name in STATISTICS}
