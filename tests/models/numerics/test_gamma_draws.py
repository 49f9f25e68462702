"""Logarithms of Gamma draws at the ends of what floats hold."""

import jax
import jax.numpy as jnp
import numpy as np

from models.numerics.gamma_draws import sample_log_gamma


def test_an_infinite_shape_has_the_draw_of_the_largest_float():
    """TFP's sampler, given infinity, rejects for ever."""
    largest = jnp.finfo(jnp.float32).max
    drawn = sample_log_gamma(jax.random.key(0), jnp.array([jnp.inf, 1.0], jnp.float32))
    assert np.array_equal(drawn, sample_log_gamma(jax.random.key(0), jnp.array([largest, 1.0], jnp.float32)))
    assert np.isclose(drawn[0], np.log(largest))
