"""The Dirichlet-multinomial distribution: counts whose shares, drawn from a Dirichlet, have been integrated out."""

import jax
import jax.numpy as jnp
from genjax.core import Distribution, distribution
from genjax.pjax import wrap_sampler
from jax.typing import ArrayLike

from models.families.dirichlet_multinomial.log_dirichlet import sample_log_shares
from models.families.dirichlet_multinomial.log_pmf import dirichlet_multinomial_log_pmf
from models.families.dirichlet_multinomial.multinomial_log_shares import sample_counts


def _sample(key: jax.Array, n: ArrayLike, alpha: ArrayLike, *, sample_shape: tuple[int, ...] = ()) -> jax.Array:
    key_theta, key_k = jax.random.split(key)
    shape = sample_shape + jnp.broadcast_shapes(jnp.shape(n), jnp.shape(alpha)[:-1])
    log_shares = sample_log_shares(key_theta, jnp.broadcast_to(alpha, shape + jnp.shape(alpha)[-1:]))
    return sample_counts(key_k, n, log_shares)


dirichlet_multinomial: Distribution[jax.Array] = distribution(
    wrap_sampler(_sample, name="dirichlet_multinomial"), dirichlet_multinomial_log_pmf, name="dirichlet_multinomial"
)
"""k ~ DirichletMultinomial(n, alpha): theta ~ Dirichlet(alpha), k ~ Multinomial(n, theta), theta integrated out.

    p(k | n, alpha) = n! Gamma(A) / Gamma(A + n) prod_j Gamma(alpha_j + k_j) / (k_j! Gamma(alpha_j)),

where A is the sum of alpha. `dirichlet_multinomial.logpdf(k, n, alpha)` is its log; k and alpha have the categories on
their last axis.
"""
