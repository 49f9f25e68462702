"""The Poisson distribution of a count of events given the log of their rate, with a density that keeps its digits."""

import jax
import jax.numpy as jnp
from genjax.core import Distribution, distribution
from genjax.pjax import wrap_sampler
from jax.typing import ArrayLike

from models.families.gamma_poisson.log_gamma import log_density_of_pairs
from models.numerics.count_draws import sample_poisson
from models.numerics.error_free import as_pair


def sample_events(
    key: jax.Array, exposure: ArrayLike, log_rate: ArrayLike, *, sample_shape: tuple[int, ...] = ()
) -> jax.Array:
    """Draws of k ~ Poisson(exposure e^x), right in float32 for large means too.

    Args:
        key: JAX random key.
        exposure: at least 0.
        log_rate: x, broadcasts with `exposure`.
        sample_shape: shape of the draws for each exposure and log rate.

    Returns:
        Whole numbers as floats, shape (*sample_shape, ...).
    """
    log_rate = jnp.asarray(log_rate, jnp.result_type(log_rate, float))
    mean = jnp.asarray(exposure, log_rate.dtype) * jnp.exp(log_rate)
    return sample_poisson(key, jnp.broadcast_to(mean, sample_shape + jnp.shape(mean)))


def _log_density(k: ArrayLike, exposure: ArrayLike, log_rate: ArrayLike) -> jax.Array:
    dtype = jnp.result_type(log_rate, float)
    k, exposure, log_rate = jnp.broadcast_arrays(k, jnp.asarray(exposure, dtype), jnp.asarray(log_rate, dtype))
    impossible = (k < 0) | (k % 1 > 0) | jnp.isinf(k) | (exposure < 0) | ((exposure == 0) & (k > 0))
    some = (k > 0) & ~impossible
    events = as_pair(jnp.where(some, k, 1), dtype)
    over = jnp.where(some, exposure, 1)
    as_gamma = log_density_of_pairs(log_rate, events.high, over, events.low, jnp.zeros_like(over))
    none = -exposure * jnp.exp(jnp.where(exposure > 0, log_rate, 0))
    log_density = jnp.where(some, as_gamma - jnp.log(events.high), none)
    return jnp.where(impossible, -jnp.inf, log_density)


poisson_log_rate: Distribution[jax.Array] = distribution(
    wrap_sampler(sample_events, name="poisson_log_rate"), _log_density, name="poisson_log_rate"
)
"""k ~ Poisson(exposure theta), theta = e^x, given the exposure and the log rate x.

    log p(k | exposure, x) = k (log exposure + x) - exposure e^x - log k!

It is computed as the log density of x = log theta, theta ~ Gamma(k, exposure), minus log k, which is equal to it: its
own terms are as large as k, and in float32 their sum is off by 1 for k = 1e6.
"""
