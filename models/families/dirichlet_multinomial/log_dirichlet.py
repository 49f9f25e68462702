"""Log shares of categories that have a Dirichlet distribution, before and after their group's counts are seen.

    x_j = log theta_j,    p(x) = Gamma(A) prod_j theta_j^alpha_j / Gamma(alpha_j),    A = sum_j alpha_j

is the density of the log ratios x_j - x_m to one category m, whichever it is. Its terms are as large as A, but the log
density is not, so nothing large is subtracted here. With the divergence D of theta from alpha (`divergence`) and
g(y) = log Gamma(y) - (y log y - y), about -log(y) / 2,

    log p = -D + g(A) - sum_j g(alpha_j).

After k_j results in each category the concentrations are alpha_j + k_j. In float32 and for an alpha of 1e9, the sum has
lost k. So the sums are kept as pairs of floats, and the ratio of the density after the counts to that before them is
right to the last count.
"""

import jax
import jax.numpy as jnp
from genjax.core import Distribution, distribution
from genjax.pjax import wrap_sampler
from jax import lax
from jax.typing import ArrayLike

from models.families.dirichlet_multinomial.divergence import divergence
from models.families.dirichlet_multinomial.log_pmf import check_categories
from models.numerics.error_free import Pair, as_pair, sum_of_pairs, total_of_pairs
from models.numerics.excess import log_gamma_excess
from models.numerics.gamma_draws import sample_log_gamma


def sample_log_shares(key: jax.Array, alpha: ArrayLike, *, sample_shape: tuple[int, ...] = ()) -> jax.Array:
    """Draws of x = log theta, theta ~ Dirichlet(alpha): logs of Gammas less the log of their sum.

    Args:
        key: JAX random key.
        alpha: concentrations, positive, shape (..., categories).
        sample_shape: shape of the draws for each alpha.

    Returns:
        Draws, finite, shape (*sample_shape, ..., categories).
    """
    alpha = jnp.asarray(alpha, jnp.result_type(alpha, float))
    check_categories(alpha)
    log_gammas = sample_log_gamma(key, alpha, sample_shape)
    # The largest apart: a share near 1 keeps its digits as -log(1 + the sum of the others' ratios to it).
    first = jnp.argmax(log_gammas, axis=-1, keepdims=True)
    below = log_gammas - jnp.take_along_axis(log_gammas, first, axis=-1)
    is_first = jnp.arange(alpha.shape[-1]) == first
    others = jnp.sum(jnp.where(is_first, 0, jnp.exp(below)), axis=-1, keepdims=True)
    return below - jnp.log1p(others)


def _log_density(x: jax.Array, alpha: ArrayLike) -> jax.Array:
    alpha = jnp.asarray(alpha, x.dtype)
    check_categories(x, alpha)
    return _log_density_of_pairs(x, Pair(alpha, jnp.zeros_like(alpha)))


log_dirichlet: Distribution[jax.Array] = distribution(
    wrap_sampler(sample_log_shares, name="log_dirichlet"), _log_density, name="log_dirichlet"
)
"""Log shares x = log theta of theta ~ Dirichlet(alpha), shape (categories,).

Density Gamma(A) prod_j theta_j^alpha_j / Gamma(alpha_j) in the log ratios of theta to one of its categories, A the sum
of alpha. For small alpha most theta round to 0 in float32; with log shares this does not happen. Constants that are
added to all x change nothing.
"""


def _sample_given(
    key: jax.Array, alpha: ArrayLike, k: ArrayLike, n: ArrayLike, *, sample_shape: tuple[int, ...] = ()
) -> jax.Array:
    return sample_log_shares(key, jnp.add(alpha, k), sample_shape=sample_shape)


def _log_density_given(x: jax.Array, alpha: ArrayLike, k: ArrayLike, n: ArrayLike) -> jax.Array:
    alpha, k = jnp.asarray(alpha, x.dtype), jnp.asarray(k)
    check_categories(x, alpha, k)
    return _log_density_of_pairs(x, sum_of_pairs(Pair(alpha, jnp.zeros_like(alpha)), as_pair(k, x.dtype)))


log_dirichlet_given: Distribution[jax.Array] = distribution(
    wrap_sampler(_sample_given, name="log_dirichlet_given"), _log_density_given, name="log_dirichlet_given"
)
"""Log shares of theta ~ Dirichlet(alpha) after k_j results in each category: of theta ~ Dirichlet(alpha + k).

It takes alpha and k, not their sum, because alpha + k rounds to alpha where that is very large. The last argument, the
sum n of k, is not used: every family's conjugate posterior takes the parameters, k and the design.
"""


def _log_density_of_pairs(x: jax.Array, alpha: Pair) -> jax.Array:
    """log p(x) of theta ~ Dirichlet(alpha.high + alpha.low)."""
    x, high, low = jnp.broadcast_arrays(x, alpha.high, lax.stop_gradient(alpha.low))
    total = total_of_pairs(Pair(high, low))
    constant = log_gamma_excess(total.high[..., 0]) - jnp.sum(log_gamma_excess(high), axis=-1)
    return constant - divergence(x, high, *lax.stop_gradient((total.high, low, total.low)))
