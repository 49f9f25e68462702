"""Logarithm of a rate that has a Gamma distribution, before and after its group's events are seen.

    x = log theta,    p(x) = rate^shape theta^shape e^(-rate theta) / Gamma(shape)

The terms of the log density are as large as the shape, but the log density is not: for a shape of 1e8 in float32,
rounding x or log rate changes it by 10. So nothing large is subtracted here. With d = x - log(shape / rate),

    log p = -shape (e^d - 1 - d) - [log Gamma(shape) - (shape log shape - shape)].

The first term is the deviance of the events that the shape stands for, and the second is minus log(shape) / 2 plus
Stirling's series. The two terms of d agree in nearly all their digits, because the density is as narrow as
1 / sqrt(shape); `minus_log_ratio` computes their difference accurately.

After k events in an exposure the parameters are shape + k and rate + exposure. In float32 and for a shape of 1e9, the
sum shape + k has lost k. So the sums are kept as pairs of floats, and the ratio of the density after the events to that
before them is right to the last event.
"""

import jax
import jax.numpy as jnp
from genjax.core import Distribution, distribution
from genjax.pjax import wrap_sampler
from jax import lax
from jax.typing import ArrayLike

from models.numerics.error_free import Pair, as_pair, exact_sum, minus_log_ratio
from models.numerics.excess import exponential_excess, log_gamma_excess
from models.numerics.gamma_draws import sample_log_gamma
from models.numerics.stirling import log_minus_psi


def sample_log_rate(key: jax.Array, shape: ArrayLike, rate: ArrayLike, *, sample_shape: tuple[int, ...] = ()):
    """Draws of x = log theta, theta ~ Gamma(shape, rate).

    Args:
        key: JAX random key.
        shape: shape of the Gamma, positive.
        rate: rate of the Gamma, positive, broadcasts with `shape`.
        sample_shape: shape of the draws for each shape and rate.

    Returns:
        Draws, finite, shape (*sample_shape, ...).
    """
    dtype = jnp.result_type(shape, rate, float)
    shape, rate = (jnp.asarray(x, dtype) for x in jnp.broadcast_arrays(shape, rate))
    return sample_log_gamma(key, shape, sample_shape) - jnp.log(rate)


def _log_density(x: jax.Array, shape: ArrayLike, rate: ArrayLike) -> jax.Array:
    shape, rate, x = jnp.broadcast_arrays(jnp.asarray(shape, x.dtype), jnp.asarray(rate, x.dtype), x)
    zero = jnp.zeros_like(x)
    return log_density_of_pairs(x, shape, rate, zero, zero)


log_gamma: Distribution[jax.Array] = distribution(
    wrap_sampler(sample_log_rate, name="log_gamma"), _log_density, name="log_gamma"
)
"""Log rate x = log theta of theta ~ Gamma(shape, rate).

Density rate^shape theta^shape e^(-rate theta) / Gamma(shape) in x. For a small shape most theta round to 0 in float32,
with log weights of -inf or NaN; with log rates this does not happen.
"""


def _sample_given(
    key: jax.Array,
    shape: ArrayLike,
    rate: ArrayLike,
    k: ArrayLike,
    exposure: ArrayLike,
    *,
    sample_shape: tuple[int, ...] = (),
) -> jax.Array:
    return sample_log_rate(key, jnp.add(shape, k), jnp.add(rate, exposure), sample_shape=sample_shape)


def _log_density_given(x: jax.Array, shape: ArrayLike, rate: ArrayLike, k: ArrayLike, exposure: ArrayLike) -> jax.Array:
    shape, rate, exposure = (jnp.asarray(y, x.dtype) for y in (shape, rate, exposure))
    counts = as_pair(jnp.asarray(k), x.dtype)
    after_shape, after_rate = exact_sum(shape, counts.high), exact_sum(rate, exposure)
    lost = lax.stop_gradient((after_shape.low + counts.low, after_rate.low))
    return log_density_of_pairs(*jnp.broadcast_arrays(x, shape + counts.high, rate + exposure, *lost))


log_gamma_given: Distribution[jax.Array] = distribution(
    wrap_sampler(_sample_given, name="log_gamma_given"), _log_density_given, name="log_gamma_given"
)
"""Log rate of theta ~ Gamma(shape, rate) after k events in an exposure: of theta ~ Gamma(shape + k, rate + exposure).

It takes shape, rate, k and exposure, not their sums, because shape + k rounds to shape where that is very large.
"""


@jax.custom_jvp
@jax.jit  # a program traces it once, however often GenJAX goes through the program
def log_density_of_pairs(
    x: jax.Array, shape: jax.Array, rate: jax.Array, shape_low: jax.Array, rate_low: jax.Array
) -> jax.Array:
    """log p(x) of theta ~ Gamma(shape + shape_low, rate + rate_low).

    Args:
        x: log theta, any shape.
        shape: shape of the Gamma, positive, the shape of `x`.
        rate: rate of the Gamma, likewise.
        shape_low: the remainder that the rounding of `shape` has lost.
        rate_low: likewise.

    Returns:
        Log densities, the shape of `x`; their gradients in x, shape and rate are as accurate.
    """
    delta = _delta(x, shape, rate, shape_low, rate_low)
    return -shape * exponential_excess(delta) - log_gamma_excess(shape)


@log_density_of_pairs.defjvp
def _log_density_of_pairs_jvp(primals: tuple, tangents: tuple) -> tuple[jax.Array, jax.Array]:
    _, shape, rate, _, _ = primals
    delta = _delta(*primals)
    above = -jnp.expm1(delta)  # 1 - rate theta / shape
    slope = shape * above * tangents[0] + (delta + log_minus_psi(shape)) * tangents[1]
    return log_density_of_pairs(*primals), slope + shape / rate * above * tangents[2]


@jax.custom_jvp
def _delta(x: jax.Array, shape: jax.Array, rate: jax.Array, shape_low: jax.Array, rate_low: jax.Array) -> jax.Array:
    """x - log(shape / rate)."""
    return minus_log_ratio(x, Pair(shape, shape_low), Pair(rate, rate_low))


@_delta.defjvp
def _delta_jvp(primals: tuple, tangents: tuple) -> tuple[jax.Array, jax.Array]:
    return _delta(*primals), tangents[0] - tangents[1] / primals[1] + tangents[2] / primals[2]
