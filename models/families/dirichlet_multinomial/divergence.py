"""The divergence of shares from weights, from which the densities of log shares and of counts given them are made.

With the weights w_j, W = sum_j w_j, and shares theta_j = e^(x_j) / sum_i e^(x_i),

    D = sum_j w_j log(w_j / (W theta_j)) = sum_j w_j (e^(rho_j) - 1 - rho_j),    rho_j = log(W theta_j / w_j).

No term of the second sum is below 0, so nothing cancels: the first sum loses all digits where the rho_j are small, and
for W = 1e8 in float32 it is off by 10. A category without weight adds W theta_j. The terms of rho_j agree in nearly all
their digits; `minus_log_ratio` computes their difference accurately.
"""

import jax
import jax.numpy as jnp

from models.numerics.error_free import Pair, minus_log_ratio
from models.numerics.excess import exponential_excess


@jax.custom_jvp
def divergence(x: jax.Array, weights: jax.Array, total: jax.Array, weights_low: jax.Array, total_low: jax.Array):
    """D of the shares e^x from the weights.

    Args:
        x: log shares, whose exponentials add up to 1 to the rounding of a float, shape (..., categories).
        weights: w, at least 0, the shape of `x`.
        total: their sum, positive, shape (..., 1).
        weights_low: the remainders that the rounding of `weights` has lost, the shape of `x`.
        total_low: likewise.

    Returns:
        Divergences, shape (...). Their gradients in x and in the weights are as accurate; that in the weights includes
        how the total depends on them, so `total` has none.
    """
    rho = _log_ratios(x, weights, total, weights_low, total_low)
    terms = jnp.where(weights > 0, weights * exponential_excess(rho), total * jnp.exp(x))
    return jnp.sum(terms, axis=-1)


@divergence.defjvp
def _divergence_jvp(primals: tuple, tangents: tuple) -> tuple[jax.Array, jax.Array]:
    x, weights, total, _, _ = primals
    rho = _log_ratios(*primals)
    along_x = jnp.where(weights > 0, weights * jnp.expm1(rho), total * jnp.exp(x))
    return divergence(*primals), jnp.sum(along_x * tangents[0] - rho * tangents[1], axis=-1)


@jax.custom_jvp
def _log_ratios(
    x: jax.Array, weights: jax.Array, total: jax.Array, weights_low: jax.Array, total_low: jax.Array
) -> jax.Array:
    """rho, and 0 where there is no weight."""
    some = weights > 0
    w = jnp.where(some, weights, 1)
    all_of_them = Pair(*(jnp.broadcast_to(part, x.shape) for part in (total, total_low)))
    delta = jnp.where(some, minus_log_ratio(x, Pair(w, weights_low), all_of_them), 0)
    # The shares add up to 1 but for rounding; their sum less 1 is that of theta_j - w_j / W.
    excess = jnp.where(some, weights / total * jnp.expm1(delta), jnp.exp(x))
    return jnp.where(some, delta - jnp.log1p(jnp.sum(excess, axis=-1, keepdims=True)), 0)


@_log_ratios.defjvp
def _log_ratios_jvp(primals: tuple, tangents: tuple) -> tuple[jax.Array, jax.Array]:
    x, weights, _, _, _ = primals
    some = weights > 0
    # The log of the sum of all shares is along for the ride: it changes with x alone, by sum_j theta_j dx_j.
    of_w = tangents[1] / jnp.where(some, weights, 1)
    of_total = jnp.sum(tangents[1], axis=-1, keepdims=True) / primals[2]
    of_sum = jnp.sum(jax.nn.softmax(x, axis=-1) * tangents[0], axis=-1, keepdims=True)
    return _log_ratios(*primals), jnp.where(some, tangents[0] - of_sum - of_w + of_total, 0)
