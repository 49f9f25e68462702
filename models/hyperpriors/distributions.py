"""Distributions on open intervals. GenJAX's own distributions would leave the support or round to its edge."""

import jax
import jax.numpy as jnp
from genjax.core import Distribution, distribution
from genjax.pjax import wrap_sampler
from jax.typing import ArrayLike


def _open_unit_interval(key: jax.Array, shape: tuple[int, ...]) -> jax.Array:
    """Uniform draws that are never 0 or 1.

    `jax.random.uniform` returns multiples of the machine epsilon in [0, 1). In float32 it returns exactly 0 once in
    2^23 draws, and there the log density of a count is infinite. To add half an epsilon is exact, and keeps all draws
    inside at both ends.
    """
    u = jax.random.uniform(key, shape)
    return u + jnp.finfo(u.dtype).eps / 2


def _inside(value: jax.Array, low: ArrayLike, high: ArrayLike) -> jax.Array:
    """`value` moved to the nearest float inside (low, high), if rounding has put it on the edge."""
    low, high = jnp.asarray(low, value.dtype), jnp.asarray(high, value.dtype)
    return jnp.clip(value, jnp.nextafter(low, high), jnp.nextafter(high, low))


def _sample_open_uniform(key: jax.Array, low: ArrayLike, high: ArrayLike, *, sample_shape: tuple[int, ...] = ()):
    u = _open_unit_interval(key, sample_shape + jnp.broadcast_shapes(jnp.shape(low), jnp.shape(high)))
    return _inside(jnp.add(low, jnp.subtract(high, low) * u), low, high)


def _open_uniform_log_density(x: jax.Array, low: ArrayLike, high: ArrayLike) -> jax.Array:
    return jnp.where((low < x) & (x < high), -jnp.log(jnp.subtract(high, low)), -jnp.inf)


open_uniform: Distribution[jax.Array] = distribution(
    wrap_sampler(_sample_open_uniform, name="open_uniform"), _open_uniform_log_density, name="open_uniform"
)
"""Uniform on the open interval (low, high): density 1 / (high - low), and no draw on either edge."""


def _sample_log_uniform(key: jax.Array, low: ArrayLike, high: ArrayLike, *, sample_shape: tuple[int, ...] = ()):
    u = _open_unit_interval(key, sample_shape + jnp.broadcast_shapes(jnp.shape(low), jnp.shape(high)))
    log_low, log_high = jnp.log(low), jnp.log(high)
    return _inside(jnp.exp(log_low + (log_high - log_low) * u), low, high)


def _log_uniform_log_density(x: jax.Array, low: ArrayLike, high: ArrayLike) -> jax.Array:
    within = (low < x) & (x < high)
    log_density = -jnp.log(jnp.where(within, x, 1.0)) - jnp.log(jnp.log(jnp.divide(high, low)))
    return jnp.where(within, log_density, -jnp.inf)


log_uniform: Distribution[jax.Array] = distribution(
    wrap_sampler(_sample_log_uniform, name="log_uniform"), _log_uniform_log_density, name="log_uniform"
)
"""log x uniform on (log low, log high): density 1 / (x log(high / low)), for a scale of unknown magnitude."""


def _sample_power_law(
    key: jax.Array, low: ArrayLike, high: ArrayLike, power: ArrayLike, *, sample_shape: tuple[int, ...] = ()
):
    shape = sample_shape + jnp.broadcast_shapes(jnp.shape(low), jnp.shape(high), jnp.shape(power))
    u = _open_unit_interval(key, shape)
    # From the heavy end at low: x / low = (1 - u (1 - (high / low)^(1 - power)))^(1 / (1 - power)).
    left = -jnp.expm1((1 - power) * jnp.log(jnp.divide(high, low)))
    return _inside(jnp.multiply(low, jnp.exp(jnp.log1p(-u * left) / jnp.subtract(1, power))), low, high)


def _power_law_log_density(x: jax.Array, low: ArrayLike, high: ArrayLike, power: ArrayLike) -> jax.Array:
    within = (low < x) & (x < high)
    left = -jnp.expm1((1 - power) * jnp.log(jnp.divide(high, low)))
    log_ratio = jnp.log(jnp.where(within, x, low) / low)
    log_density = jnp.log((power - 1) / (low * left)) - power * log_ratio
    return jnp.where(within, log_density, -jnp.inf)


power_law: Distribution[jax.Array] = distribution(
    wrap_sampler(_sample_power_law, name="power_law"), _power_law_log_density, name="power_law"
)
"""x on (low, high), where high may be infinite, with density proportional to x^-power, power > 1."""


def _sample_half_cauchy(key: jax.Array, scale: ArrayLike, *, sample_shape: tuple[int, ...] = ()):
    return scale * jnp.tan(jnp.pi / 2 * _open_unit_interval(key, sample_shape + jnp.shape(scale)))


def _half_cauchy_log_density(x: jax.Array, scale: ArrayLike) -> jax.Array:
    log_density = jnp.log(2 / (jnp.pi * scale)) - jnp.log1p(jnp.square(jnp.divide(x, scale)))
    return jnp.where(x > 0, log_density, -jnp.inf)


positive_cauchy: Distribution[jax.Array] = distribution(
    wrap_sampler(_sample_half_cauchy, name="half_cauchy"), _half_cauchy_log_density, name="half_cauchy"
)
"""x > 0 with density 2 / (pi scale (1 + (x / scale)^2)): a scale that may be anything, with median `scale`."""
