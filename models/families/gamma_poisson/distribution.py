"""The gamma-Poisson distribution: a count of events whose rate, drawn from a Gamma, has been integrated out."""

import jax
import jax.numpy as jnp
from genjax.core import Distribution, distribution
from genjax.pjax import wrap_sampler
from jax.typing import ArrayLike

from models.families.gamma_poisson.log_gamma import sample_log_rate
from models.families.gamma_poisson.log_pmf import gamma_poisson_log_pmf
from models.families.gamma_poisson.poisson_log_rate import sample_events


def _sample(
    key: jax.Array, exposure: ArrayLike, shape: ArrayLike, rate: ArrayLike, *, sample_shape: tuple[int, ...] = ()
) -> jax.Array:
    key_theta, key_k = jax.random.split(key)
    size = sample_shape + jnp.broadcast_shapes(jnp.shape(exposure), jnp.shape(shape), jnp.shape(rate))
    log_rate = sample_log_rate(key_theta, jnp.broadcast_to(shape, size), jnp.broadcast_to(rate, size))
    return sample_events(key_k, exposure, log_rate)


gamma_poisson: Distribution[jax.Array] = distribution(
    wrap_sampler(_sample, name="gamma_poisson"), gamma_poisson_log_pmf, name="gamma_poisson"
)
"""k ~ GammaPoisson(exposure, shape, rate): theta ~ Gamma(shape, rate), k ~ Poisson(exposure theta), theta integrated
out. It is the negative binomial distribution:

    p(k | exposure, shape, rate) = Gamma(shape + k) / (Gamma(shape) k!) q^shape (1 - q)^k,
    q = rate / (rate + exposure).

`gamma_poisson.logpdf(k, exposure, shape, rate)` is its log; the arguments broadcast.
"""
