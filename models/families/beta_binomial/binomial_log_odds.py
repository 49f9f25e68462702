"""The binomial distribution of a count given the log-odds of its rate, with a density that keeps its digits."""

import jax
import jax.numpy as jnp
from genjax.core import Distribution, distribution
from genjax.pjax import wrap_sampler
from jax.typing import ArrayLike

from models.families.beta_binomial.logit_beta import log_density_of_pairs
from models.numerics.count_draws import sample_binomial


def _sample(key: jax.Array, n: ArrayLike, log_odds: ArrayLike, *, sample_shape: tuple[int, ...] = ()) -> jax.Array:
    log_odds = jnp.asarray(log_odds, jnp.result_type(log_odds, float))
    shape = sample_shape + jnp.broadcast_shapes(jnp.shape(n), log_odds.shape)
    n = jnp.asarray(n, log_odds.dtype)
    return sample_binomial(key, jnp.broadcast_to(n, shape), jnp.broadcast_to(log_odds, shape))


def _log_density(k: ArrayLike, n: ArrayLike, log_odds: ArrayLike) -> jax.Array:
    dtype = jnp.result_type(log_odds, float)
    k, n, log_odds = jnp.broadcast_arrays(*(jnp.asarray(x, dtype) for x in (k, n, log_odds)))
    impossible = (k < 0) | (k > n) | (k % 1 > 0)
    k = jnp.where(impossible, 0, k)
    m = jnp.where(impossible, 0, n - k)
    # k log theta + m log(1 - theta): if all trials have the same result, one term is 0 and nothing cancels.
    unmixed = -k * jax.nn.softplus(-log_odds) - m * jax.nn.softplus(log_odds)
    mixed = (k > 0) & (m > 0)
    hits, misses = jnp.where(mixed, k, 1), jnp.where(mixed, m, 1)
    zero = jnp.zeros_like(hits)
    as_beta = log_density_of_pairs(log_odds, hits, misses, zero, zero)
    log_density = jnp.where(
        mixed, as_beta - jnp.log(hits) - jnp.log(misses / (hits + misses)), jnp.where(mixed, 0, unmixed)
    )
    return jnp.where(impossible, -jnp.inf, log_density)


binomial_log_odds: Distribution[jax.Array] = distribution(
    wrap_sampler(_sample, name="binomial_log_odds"), _log_density, name="binomial_log_odds"
)
"""k ~ Binomial(n, theta), theta = 1 / (1 + e^-eta), given n and the log-odds eta.

    log p(k | n, eta) = log C(n, k) + k log theta + (n - k) log(1 - theta)

`genjax.binomial(n, logits=eta)` has the same draws up to n = 2^20; above, their variance is too large in float32. Its
log density adds up terms as large as n: in float32 it is off by 0.1 for n = 1e6. Here it is computed as the log density
of eta ~ logit Beta(k, n - k) minus log(k (n - k) / n), which is equal to it.
"""
