"""Whether the model would produce groups like those observed: posterior predictive checks of their rates."""

from collections.abc import Mapping
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import polars as pl
from genjax import binomial, seed

from inference.draws.rates import resample
from inference.draws.weighted import WeightedDraws
from inference.numerics.weighted_quantile import weighted_quantile
from inference.programs.keys import single_key
from inference.programs.sizes import whole_number
from models import Counts, logit_beta
from models.numerics.arithmetic import own_arithmetic
from models.numerics.sums import weighted

STATISTICS = {
    "min": lambda rates: rates.min(axis=1),
    "max": lambda rates: rates.max(axis=1),
    "mean": lambda rates: rates.mean(axis=1),
    "sd": lambda rates: rates.std(axis=1),
}
TIE = 1e-12  # statistics that differ by less count as equal: adding rates in another order changes their rounding
ENDS = (0.05, 0.95)  # probabilities of the quantiles low and high
HELD_AT_ONCE = 2_000_000  # most replicated rates that are held in memory at once
BLOCK = 2**15  # draws in each call of the compiled program: a fixed number, so that it is compiled once


class PredictiveChecks(NamedTuple):
    """The result of `predictive_checks`.

    Args:
        table: a row per statistic and kind of replicate: kind, statistic, observed; mean of the replicated statistic
            and its mean_error, sd, and low and high, its 5 % and 95 % quantiles; p_value and its p_error.
        same_groups: statistics of data replicated for the same groups, a row per draw.
        new_groups: statistics of data replicated for new groups, a row per draw.
        weights: weights of the draws, with sum 1, shape (draws,).
    """

    table: pl.DataFrame
    same_groups: pl.DataFrame
    new_groups: pl.DataFrame
    weights: np.ndarray


@own_arithmetic
def predictive_checks(
    posterior: WeightedDraws, counts: Counts, *, key: jax.Array, n_draws: int = 2_000
) -> PredictiveChecks:
    """Compare the smallest, largest and mean observed rate and the sd of the rates with what the model would produce.

        k_rep ~ Binomial(n_i, theta_i),    T = min, max, mean or sd over groups of k_rep / n_i

    There are two kinds of replicates: of the same groups, theta_i ~ Beta(a + k_i, b + (n_i - k_i)), and of new groups,
    theta_i ~ Beta(a, b). The same groups can agree with the data although the population has the wrong shape, because
    each group's own count moves its rate; new groups depend on the shape alone. The p value

        p_value = P(T_rep > T) + P(T_rep = T) / 2

    is near 0 if the observed T is larger than the model predicts, and near 1 if it is smaller.

    Args:
        posterior: posterior of the population.
        counts: the groups; those without trials have no rate and are left out.
        key: JAX random key.
        n_draws: number of replicates if the posterior is exact; otherwise there is one replicate for each draw, with
            the draw's weight.

    Returns:
        The checks. For an exact posterior p_error is sqrt(p (1 - p) / n) with n draws; otherwise it is the posterior's
        standard error of that mean. 1 / n, or 1 / ESS, is added in squares, because an event that occurred in no
        replicate may still have a positive probability.

    Raises:
        ValueError: if no group has trials, or `n_draws` is less than 1.

    References:
        Gelman, Meng & Stern (1996), Posterior predictive assessment of model fitness via realized discrepancies,
        Statistica Sinica 6.
    """
    students = np.repeat(np.arange(len(counts)), np.where(counts.n > 0, counts.multiplicity, 0))
    if len(students) == 0:
        raise ValueError("no group has trials, so there is no rate to compare")
    groups = Counts(counts.k[students], counts.n[students])
    key_population, *keys = jax.random.split(single_key(key), 3)
    n_draws = whole_number("n_draws", n_draws)
    is_exact = posterior.nodes is not None
    population = resample(posterior, key_population, n_draws) if is_exact else posterior.draws
    size = len(population["a"])
    weights = np.full(size, 1 / size) if is_exact else posterior.weights
    least = 1 / (size if is_exact else posterior.ess)

    def expectation(values: np.ndarray) -> tuple[float, float]:
        mean, error = (
            (weighted(weights, values), values.std() / np.sqrt(size)) if is_exact else posterior.expectation(values)
        )
        return float(mean), float(error)

    observed = _statistics((groups.k / groups.n)[None])
    no_counts = Counts(np.zeros_like(groups.k), np.zeros_like(groups.n))
    rows, replicated = [], []
    for kind, given, key_of_kind in zip(("same groups", "new groups"), (groups, no_counts), keys, strict=True):
        statistics = _replicate(population, given, groups.n, key_of_kind)
        replicated.append(pl.DataFrame(statistics))
        for name, values in statistics.items():
            observed_value = observed[name][0]
            tie = np.abs(values - observed_value) <= TIE
            p_value, p_error = _mean(expectation, np.where(tie, 0.5, values > observed_value))
            mean, mean_error = _mean(expectation, values)
            low, high = weighted_quantile(values, weights, ENDS).tolist()
            rows.append(
                {
                    "kind": kind,
                    "statistic": name,
                    "observed": observed_value,
                    "mean": mean,
                    "mean_error": mean_error,
                    "sd": float(np.sqrt(weighted(weights, (values - mean) ** 2))),
                    "low": low,
                    "high": high,
                    "p_value": p_value,
                    "p_error": float(np.hypot(p_error, least)),
                }
            )
    return PredictiveChecks(pl.DataFrame(rows), replicated[0], replicated[1], weights)


def _mean(expectation, values: np.ndarray) -> tuple[float, float]:
    """Mean and error. If all values are equal the mean is that value exactly, which a weighted sum would round."""
    return (float(values[0]), 0.0) if np.ptp(values) == 0 else expectation(values)


def _statistics(rates: np.ndarray) -> dict[str, np.ndarray]:
    """Each statistic over groups, for rates of shape (draws, groups)."""
    return {name: statistic(rates) for name, statistic in STATISTICS.items()}


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
        parts.append(_statistics(k / n))
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


_draw = jax.jit(seed(lambda alpha, beta, n: binomial.sample(n, logits=logit_beta.sample(alpha, beta))))
