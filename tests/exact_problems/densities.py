"""Distributions with densities in float64, whatever the type of their parameters, and the mixtures they come from.

TFP's take a Python float for a float32: log Gamma(0.1) would have seven digits.
"""

from math import lgamma, log, pi

import jax
import jax.numpy as jnp
from genjax.core import distribution
from genjax.pjax import wrap_sampler


def distribution_of(name, sample, log_density):
    """A GenJAX distribution of `sample(key, shape, *parameters)`; the parameters after the value are numbers."""

    def draw(key, *parameters, sample_shape=()):
        return sample(key, sample_shape + jnp.broadcast_shapes(*map(jnp.shape, parameters)), *parameters)

    return distribution(wrap_sampler(draw, name=name), log_density, name=name)


normal = distribution_of(
    "normal",
    lambda key, shape, mean, sd: mean + sd * jax.random.normal(key, shape),
    lambda x, mean, sd: -0.5 * jnp.square((x - mean) / sd) - jnp.log(sd) - 0.5 * log(2 * pi),
)

exponential = distribution_of(
    "exponential",
    lambda key, shape, rate: jax.random.exponential(key, shape) / rate,
    lambda x, rate: jnp.log(rate) - rate * x,
)

log_normal = distribution_of(
    "log_normal",
    lambda key, shape, mean, sd: jnp.exp(mean + sd * jax.random.normal(key, shape)),
    lambda x, mean, sd: -0.5 * jnp.square((jnp.log(x) - mean) / sd) - jnp.log(x) - log(sd) - 0.5 * log(2 * pi),
)

gamma = distribution_of(  # of a known shape
    "gamma",
    lambda key, shape, c, d: jnp.exp(jax.random.loggamma(key, jnp.full(shape, c))) / d,
    lambda x, c, d: (c - 1) * jnp.log(x) - d * x + c * log(d) - lgamma(c),
)

lomax = distribution_of(  # exponential, of a rate that is gamma(c, d)
    "lomax",
    lambda key, shape, c, d: d * jnp.expm1(jax.random.exponential(key, shape) / c),
    lambda x, c, d: log(c / d) - (c + 1) * jnp.log1p(x / d),
)

student = distribution_of(  # normal, of a precision that is gamma(nu / 2, nu / 2)
    "student",
    lambda key, shape, nu: jax.random.t(key, nu, shape),
    lambda x, nu: (
        lgamma((nu + 1) / 2) - lgamma(nu / 2) - 0.5 * log(pi * nu) - (nu + 1) / 2 * jnp.log1p(jnp.square(x) / nu)
    ),
)
