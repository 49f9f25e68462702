"""The multinomial distribution of counts given the logs of the shares, with a density that keeps its digits."""

import jax
import jax.numpy as jnp
from genjax.core import Distribution, distribution
from genjax.pjax import wrap_sampler
from jax import lax
from jax.typing import ArrayLike

from models.families.dirichlet_multinomial.divergence import divergence
from models.families.dirichlet_multinomial.log_pmf import check_categories, counts_are_impossible
from models.numerics.count_draws import sample_binomial
from models.numerics.error_free import Pair, as_pair, sum_of_pairs, total_of_pairs
from models.numerics.excess import HALF_LOG_2_PI
from models.numerics.stirling import log_factorial_excess


def sample_counts(
    key: jax.Array, n: ArrayLike, log_shares: ArrayLike, *, sample_shape: tuple[int, ...] = ()
) -> jax.Array:
    """Draws of k ~ Multinomial(n, e^x): each category's count is binomial among those that are left.

    Args:
        key: JAX random key.
        n: trials, shape (...).
        log_shares: x, shape (..., categories).
        sample_shape: shape of the draws for each n and log shares.

    Returns:
        Whole numbers as floats, shape (*sample_shape, ..., categories).
    """
    log_shares = jnp.asarray(log_shares, jnp.result_type(log_shares, float))
    check_categories(log_shares)
    shape = sample_shape + jnp.broadcast_shapes(jnp.shape(n), log_shares.shape[:-1])
    left = jnp.broadcast_to(jnp.asarray(n, log_shares.dtype), shape)
    log_shares = jnp.moveaxis(jnp.broadcast_to(log_shares, (*shape, log_shares.shape[-1])), -1, 0)
    log_odds = log_shares[:-1] - lax.cumlogsumexp(log_shares, axis=0, reverse=True)[1:]

    def draw(left: Pair, one: tuple[jax.Array, jax.Array]) -> tuple[Pair, jax.Array]:
        key, log_odds = one
        trials = jnp.maximum(left.high, 0)
        k = sample_binomial(key, trials, log_odds)
        return sum_of_pairs(left, Pair(-k, jnp.zeros_like(k))), k

    # As a pair, so that above 2^24 the counts still add up to n, but for their own rounding.
    start = Pair(left, jnp.zeros_like(left))
    left, counts = lax.scan(draw, start, (jax.random.split(key, len(log_odds)), log_odds))
    return jnp.moveaxis(jnp.concatenate([counts, jnp.maximum(left.high, 0)[None]]), 0, -1)


def _log_density(k: ArrayLike, n: ArrayLike, log_shares: ArrayLike) -> jax.Array:
    x = jnp.asarray(log_shares, jnp.result_type(log_shares, float))
    k, n = jnp.asarray(k), jnp.asarray(n)
    check_categories(k, x)
    k, x = jnp.broadcast_arrays(k, x)
    impossible = counts_are_impossible(k, n, x.dtype)
    counts = as_pair(jnp.where(impossible[..., None], 0, k), x.dtype)
    total = total_of_pairs(counts)
    some, any_at_all = counts.high > 0, total.high[..., 0] > 0
    # log k! without its terms of size k log k, which the divergence has; it is 0 for k = 0.
    excess = jnp.where(some, log_factorial_excess(jnp.where(some, counts.high, 1)) + HALF_LOG_2_PI, 0)
    of_total = log_factorial_excess(jnp.maximum(total.high[..., 0], 1)) + HALF_LOG_2_PI
    log_density = of_total - jnp.sum(excess, axis=-1)
    all_of_them = jnp.maximum(total.high, 1)
    log_density = log_density - divergence(x, counts.high, all_of_them, counts.low, total.low)
    return jnp.where(impossible, -jnp.inf, jnp.where(any_at_all, log_density, 0))


multinomial_log_shares: Distribution[jax.Array] = distribution(
    wrap_sampler(sample_counts, name="multinomial_log_shares"), _log_density, name="multinomial_log_shares"
)
"""k ~ Multinomial(n, theta), theta = e^x, given n and the log shares x, both k and x of shape (categories,).

    log p(k | n, x) = log n! + sum_j (k_j x_j - log k_j!)

Its terms are as large as n, and in float32 their sum is off by 1 for n = 1e6. Here it is computed as minus the
divergence of theta from k, and what the factorials are beyond that.
"""
