"""Logarithms of Gamma draws."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from tensorflow_probability.substrates.jax import distributions as tfd

LOG_SHARE = 1e-3  # share of the largest float that |log x| of a draw may reach, so that no infinities are subtracted


@partial(jax.jit, static_argnames="sample_shape")  # a program traces it once, see `count_draws`
def sample_log_gamma(key: jax.Array, shape: jax.Array, sample_shape: tuple[int, ...] = ()) -> jax.Array:
    """Draws of log x, finite, for x ~ Gamma(shape, 1).

    A shape that is infinite, because it was rounded to float32, counts as the largest float: TFP's sampler would reject
    all proposals, and never return.

    On a CPU `jax.random.loggamma` draws one after the other, 7 times slower.

    Args:
        key: JAX random key.
        shape: shape of the Gamma, positive floats, shape (...).
        sample_shape: shape of the draws for each `shape`.

    Returns:
        Draws, shape (*sample_shape, ...).
    """
    exp_gamma: Any = tfd.ExpGamma(jnp.minimum(shape, jnp.finfo(shape.dtype).max), jnp.ones((), shape.dtype))
    return jnp.maximum(exp_gamma.sample(sample_shape, seed=key), -LOG_SHARE * jnp.finfo(shape.dtype).max)
