"""Joint draws of the rates of all groups, for questions that compare them and cannot be integrated."""

import jax
import numpy as np

from inference.draws.rates import resample, theta_given
from inference.draws.weighted import WeightedDraws
from inference.questions.group_columns import category_index
from models import Observations

DRAWS = 4_000  # draws from an exact posterior, whose probabilities are then correct to 0.004


def joint_draws(
    posterior: WeightedDraws, counts: Observations, key: jax.Array, category: str | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The rates of all groups, once for each draw of the posterior, or DRAWS times if it is exact.

    Args:
        posterior: posterior of the population.
        counts: the groups, after `as_learned`.
        key: JAX random key.
        category: whose rates, if each group has a rate for each of several categories.

    Returns:
        x, what the family calls the rate's address, in the order of the rates, which may round to 0 or 1, shape (draws,
        groups); the rates, of the same shape; and the weights of the draws, shape (draws,).
    """
    hyperprior, size = posterior.hyperprior, len(posterior.log_weights)
    population, weights = posterior.draws, posterior.weights
    if posterior.is_exact:
        key, key_population = jax.random.split(key)
        size, population, weights = DRAWS, resample(posterior, key_population, DRAWS), np.full(DRAWS, 1 / DRAWS)
    drawn = theta_given(hyperprior, population, counts, key, n_draws=size)
    x, theta = drawn[hyperprior.family.address], drawn["theta"]
    index = category_index(counts, category)
    return *((x, theta) if index is None else (x[..., index], theta[..., index])), weights


def is_larger(x: np.ndarray, other: np.ndarray) -> np.ndarray:
    """1 where x is the larger, 0 where the other is, and 1/2 where they were rounded to the same number.

    Rates have densities, so that no two are equal: ties are rounding, and with many of them > alone would be wrong.
    """
    return np.where(x == other, 0.5, x > other)


def mean_of_draws(posterior: WeightedDraws, values: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """The mean of values at the draws of `joint_draws`, and its standard error.

    Args:
        posterior: the posterior that they were drawn from.
        values: a function of the rates at each draw, shape (draws, ...).

    Returns:
        Mean and standard error, and how many independent draws these are worth.
    """
    if posterior.is_exact:
        size = float(len(values))
        return values.mean(axis=0, dtype=np.float64), values.std(axis=0, dtype=np.float64) / np.sqrt(size), size
    return *posterior.expectation(values), posterior.ess
