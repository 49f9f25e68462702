"""The beta-binomial distribution: a count whose rate, drawn from a Beta, has been integrated out."""

import jax
import jax.numpy as jnp
from genjax.core import Distribution, distribution
from genjax.pjax import wrap_sampler
from jax.typing import ArrayLike

from models.families.beta_binomial.log_pmf import beta_binomial_log_pmf
from models.families.beta_binomial.logit_beta import sample_log_odds
from models.numerics.count_draws import sample_binomial


def _sample(key: jax.Array, n: ArrayLike, a: ArrayLike, b: ArrayLike, *, sample_shape: tuple[int, ...] = ()):
    key_theta, key_k = jax.random.split(key)
    shape = sample_shape + jnp.broadcast_shapes(jnp.shape(n), jnp.shape(a), jnp.shape(b))
    log_odds = sample_log_odds(key_theta, jnp.broadcast_to(a, shape), jnp.broadcast_to(b, shape))
    return sample_binomial(key_k, jnp.broadcast_to(jnp.asarray(n, log_odds.dtype), shape), log_odds)


beta_binomial: Distribution[jax.Array] = distribution(
    wrap_sampler(_sample, name="beta_binomial"), beta_binomial_log_pmf, name="beta_binomial"
)
"""k ~ BetaBinomial(n, a, b): theta ~ Beta(a, b), k ~ Binomial(n, theta), theta integrated out.

    p(k | n, a, b) = C(n, k) B(a + k, b + n - k) / B(a, b)

`beta_binomial.logpdf(k, n, a, b)` is its log; the arguments broadcast.
"""
