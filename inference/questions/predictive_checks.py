"""Whether the model would produce groups like those observed: posterior predictive checks of their rates."""

from collections.abc import Mapping

import jax
import jax.numpy as jnp
import numpy as np
from genjax import seed

from inference.draws.weighted import WeightedDraws, check_probability
from inference.programs.prepared import as_counts
from inference.questions.any_family import predictive_checks as any_family
from inference.questions.group_columns import category_index
from inference.questions.replicated_rates import KINDS, STATISTICS, PredictiveChecks, checks_of, statistics_of
from models import Counts, Observations, binomial_log_odds, logit_beta
from models.numerics.arithmetic import own_arithmetic

HELD_AT_ONCE = 2_000_000  # most replicated rates that are held in memory at once
BLOCK = 2**15  # draws in each call of the compiled program: a fixed number, so that it is compiled once


@own_arithmetic
def predictive_checks(
    posterior: WeightedDraws,
    counts: Observations,
    *,
    key: jax.Array,
    n_draws: int = 2_000,
    interval: float = 0.9,
    category: str | None = None,
) -> PredictiveChecks:
    """Compare the smallest, largest and mean observed rate and the sd of the rates with what the model would produce.

        k_rep ~ Binomial(n_i, theta_i),    T = min, max, mean or sd over groups of k_rep / n_i

    There are two kinds of replicates: of the same groups, theta_i ~ Beta(a + k_i, b + (n_i - k_i)), and of new groups,
    theta_i ~ Beta(a, b). The same groups can agree with the data although the population has the wrong shape, because
    each group's own count moves its rate; new groups depend on the shape alone. The p value

        p_value = P(T_rep > T) + P(T_rep = T) / 2

    is near 0 if the observed T is larger than the model predicts, and near 1 if it is smaller.

    In another family theta_i and k_rep are drawn from the family: from the group's own population, for the same groups
    given its counts. Rates of events are k_rep / exposure.

    Args:
        posterior: posterior of the population.
        counts: the groups; those without trials have no rate and are left out.
        key: JAX random key.
        n_draws: number of replicates if the posterior is exact; otherwise there is one replicate for each draw, with
            the draw's weight.
        interval: probability of the central interval of a replicated statistic.
        category: of counts in categories, the one whose rates are compared.

    Returns:
        The checks. For an exact posterior p_error is sqrt(p (1 - p) / n) with n draws; otherwise it is the posterior's
        standard error of that mean. 1 / n, or 1 / ESS, is added in squares, because an event that occurred in no
        replicate may still have a positive probability.

    Raises:
        TypeError: if the counts are not of the kind that the hyperprior's family observes, or no category is given
            although there are several.
        KeyError: if there is no such category.
        ValueError: if no group has trials, `n_draws` is less than 1, or `interval` is not between 0 and 1.

    References:
        Gelman, Meng & Stern (1996), Posterior predictive assessment of model fitness via realized discrepancies,
        Statistica Sinica 6.
    """
    check_probability(interval, "interval")
    if not posterior.hyperprior.has_one_beta:
        options = {"key": key, "n_draws": n_draws, "interval": interval}
        return any_family.predictive_checks(posterior, counts, **options, category=category)
    counts = as_counts(posterior.hyperprior, posterior.as_learned(counts))
    category_index(counts, category)  # raises an error if a category is given
    students = np.repeat(np.arange(len(counts)), np.where(counts.n > 0, counts.multiplicity, 0))
    if len(students) == 0:
        raise ValueError("no group has trials, so there is no rate to compare")
    groups = Counts(counts.k[students], counts.n[students])
    no_counts = Counts(np.zeros_like(groups.k), np.zeros_like(groups.n))
    given = dict(zip(KINDS, (groups, no_counts), strict=True))

    def replicate(population: Mapping[str, np.ndarray], _: int, kind: str, key: jax.Array) -> dict[str, np.ndarray]:
        return _replicate(population, given[kind], groups.n, key)

    return checks_of(posterior, groups.k / groups.n, replicate, key=key, n_draws=n_draws, interval=interval)


def _replicate(
    population: Mapping[str, np.ndarray], given: Counts, n: np.ndarray, key: jax.Array
) -> dict[str, np.ndarray]:
    """Statistics of one set of replicated rates for each draw of the population."""
    a, b = (np.asarray(population[name], np.float64)[:, None] for name in ("a", "b"))
    step = max(1, HELD_AT_ONCE // len(n))
    parts = []
    for start in range(0, len(a), step):
        alpha, beta = a[start : start + step] + given.k, b[start : start + step] + (given.n - given.k)
        k = _binomial_of_beta(jax.random.fold_in(key, start), alpha, beta, np.broadcast_to(n, alpha.shape))
        parts.append(statistics_of(k / n))
    return {name: np.concatenate([part[name] for part in parts]) for name in STATISTICS}


def _binomial_of_beta(key: jax.Array, alpha: np.ndarray, beta: np.ndarray, n: np.ndarray) -> np.ndarray:
    """k ~ Binomial(n, theta), theta ~ Beta(alpha, beta), for arrays of one shape, drawn in blocks of fixed size."""
    missing = -alpha.size % BLOCK
    flat = [np.pad(values.ravel(), (0, missing), constant_values=1.0) for values in (alpha, beta, n.astype(np.float64))]
    blocks = [
        np.asarray(_draw(jax.random.fold_in(key, start), *(jnp.asarray(x[start : start + BLOCK], float) for x in flat)))
        for start in range(0, alpha.size + missing, BLOCK)
    ]
    return np.concatenate(blocks)[: alpha.size].reshape(alpha.shape).astype(np.float64)


_draw = jax.jit(seed(lambda alpha, beta, n: binomial_log_odds.sample(n, logit_beta.sample(alpha, beta))))
