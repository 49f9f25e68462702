"""Are ranks uniform? Ranks with ties, the test, its correction for many tests, and the distance from exact ranks."""

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np


def normalised_ranks(truth: np.ndarray, draws: np.ndarray, *, key: jax.Array) -> np.ndarray:
    """u = (rank + U) / (L + 1), the rank being the number of draws below the truth.

    Among draws equal to the truth its place is random: with e of them, rank + U is uniform on (below, below + e + 1).

    Args:
        truth: shape (D,).
        draws: shape (D, L).
        key: JAX random key.

    Returns:
        u, strictly between 0 and 1, shape (D,).
    """
    below = np.sum(draws < truth[:, None], axis=1)
    equal = np.sum(draws == truth[:, None], axis=1)
    # From tiny, not from 0: in float32 the probability of 0 is not negligible, and u = 0 fails any test of uniformity.
    anywhere = np.asarray(jax.random.uniform(key, truth.shape, minval=jnp.finfo(jnp.zeros(()).dtype).tiny), float)
    return (below + (equal + 1) * anywhere) / (draws.shape[1] + 1)


def uniformity(u: np.ndarray) -> float:
    """p-value of the hypothesis that u is uniform on (0, 1), by ArviZ.

    Each order statistic of D uniform numbers is Beta distributed; their p-values, which depend on each other, are
    combined by the truncated Cauchy combination (POT-C).

    Args:
        u: numbers that are independent of each other, shape (D,).

    Returns:
        The p-value.
    """
    from arviz_stats.base.array import array_stats  # here, because importing it takes seconds

    p_value: Any = array_stats.uniformity_test(u, method="pot_c")[0]
    return float(p_value)


def holm(p_values: Mapping[Any, float]) -> dict[Any, float]:
    """p-values corrected for their number: if all hypotheses hold, any is below alpha with probability at most alpha.

    Args:
        p_values: by name of the test; they may depend on each other.

    Returns:
        The corrected p-values, at most 1.

    References:
        Holm (1979), A simple sequentially rejective multiple test procedure.
    """
    corrected, largest = {}, 0.0
    for i, (name, p_value) in enumerate(sorted(p_values.items(), key=lambda item: item[1])):
        largest = max(largest, min(1.0, (len(p_values) - i) * p_value))
        corrected[name] = largest
    return {name: corrected[name] for name in p_values}


def distance(u: np.ndarray, exact: np.ndarray, n_draws: int) -> tuple[float, float]:
    """How far normalised ranks are from the exact answer, in units of the noise that independent draws have.

    Given P(x < truth | k) = p, the rank of the truth among L independent draws is Binomial(L, p), and so

        z = [(L + 1) u - L p - 1/2] / sqrt(L p (1 - p) + 1/12)

    has mean 0 and variance 1. Ranks may be uniform and yet far from the exact ones, for example if they ignore the
    counts.

    Args:
        u: normalised ranks, shape (D,).
        exact: p, shape (D,).
        n_draws: L.

    Returns:
        Root mean square of z, which is 1 for independent draws of the posterior, and its standard error.
    """
    z = ((n_draws + 1) * u - n_draws * exact - 0.5) / np.sqrt(n_draws * exact * (1 - exact) + 1 / 12)
    size = float(np.sqrt(np.mean(z**2)))
    return size, float(np.std(z**2, ddof=1) / np.sqrt(len(z)) / (2 * size))
