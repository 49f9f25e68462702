"""Tables of posterior predictive checks: statistics of observed rates against those of replicated rates."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import jax
import numpy as np
import polars as pl

from inference.draws.rates import resample
from inference.draws.weighted import WeightedDraws
from inference.numerics.weighted_quantile import weighted_quantile
from inference.programs.keys import single_key
from inference.programs.sizes import whole_number
from models.numerics.sums import weighted

STATISTICS = {
    "min": lambda rates: rates.min(axis=1),
    "max": lambda rates: rates.max(axis=1),
    "mean": lambda rates: rates.mean(axis=1),
    "sd": lambda rates: rates.std(axis=1),
}
TIE = 1e-12  # statistics that differ by less count as equal: adding rates in another order changes their rounding
KINDS: tuple[str, str] = ("same groups", "new groups")

Population = Mapping[str, np.ndarray]
Replicate = Callable[[Population, int, str, jax.Array], dict[str, np.ndarray]]
"""Function of draws of the population, their number, one of KINDS, and a key: the statistics of one replicate each."""


class PredictiveChecks(NamedTuple):
    """The result of `predictive_checks`.

    Args:
        table: a row per statistic and kind of replicate: kind, statistic, observed; mean of the replicated statistic
            and its mean_error, sd, and low and high, the ends of its central interval; p_value and its p_error.
        same_groups: statistics of data replicated for the same groups, a row per draw.
        new_groups: statistics of data replicated for new groups, a row per draw.
        weights: weights of the draws, with sum 1, shape (draws,).
    """

    table: pl.DataFrame
    same_groups: pl.DataFrame
    new_groups: pl.DataFrame
    weights: np.ndarray


def checks_of(
    posterior: WeightedDraws,
    observed: np.ndarray,
    replicate: Replicate,
    *,
    key: jax.Array,
    n_draws: int,
    interval: float,
) -> PredictiveChecks:
    """Compare the statistics of observed rates with those of replicated ones.

    Args:
        posterior: posterior of the population.
        observed: the observed rates, shape (groups,).
        replicate: makes replicates.
        key: JAX random key.
        n_draws: number of replicates if the posterior is exact or the population known; otherwise there is one for each
            draw.
        interval: probability of the central interval.

    Returns:
        The checks.

    Raises:
        ValueError: if `n_draws` is less than 1.
    """
    key_population, *keys = jax.random.split(single_key(key), 3)
    n_draws = whole_number("n_draws", n_draws)
    is_exact = posterior.nodes is not None or not posterior.hyperprior.addresses
    population = resample(posterior, key_population, n_draws) if is_exact else posterior.draws
    size = n_draws if is_exact else len(posterior.log_weights)
    weights = np.full(size, 1 / size) if is_exact else posterior.weights
    least = 1 / (size if is_exact else posterior.ess)

    def expectation(values: np.ndarray) -> tuple[float, float]:
        mean, error = (
            (weighted(weights, values), values.std() / np.sqrt(size)) if is_exact else posterior.expectation(values)
        )
        return float(mean), float(error)

    ends = (1 - interval) / 2, (1 + interval) / 2
    shown = statistics_of(observed[None])
    rows, replicated = [], []
    for kind, key_of_kind in zip(KINDS, keys, strict=True):
        statistics = replicate(population, size, kind, key_of_kind)
        replicated.append(pl.DataFrame(statistics))
        for name, values in statistics.items():
            observed_value = shown[name][0]
            tie = np.abs(values - observed_value) <= TIE
            p_value, p_error = _mean(expectation, np.where(tie, 0.5, values > observed_value))
            mean, mean_error = _mean(expectation, values)
            low, high = weighted_quantile(values, weights, ends).tolist()
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


def statistics_of(rates: np.ndarray) -> dict[str, np.ndarray]:
    """Each statistic over groups, for rates of shape (draws, groups)."""
    return {name: statistic(rates) for name, statistic in STATISTICS.items()}
