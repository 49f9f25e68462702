"""The deviance of a count from its expectation, without the subtraction of large terms.

References:
    Loader (2000), Fast and accurate computation of binomial probabilities.
"""

import jax
import jax.numpy as jnp

from models.numerics.series import atanh_excess
from models.numerics.stirling import Precision


def log_ratio_and_deviance(
    w: jax.Array, expected: jax.Array, difference: jax.Array, precision: Precision
) -> tuple[jax.Array, jax.Array]:
    """log(w/E) and bd0 = w log(w/E) + E - w, which is at least 0, and small where w - E is small.

        log(w/E) = 2 atanh(v),    bd0 = (w - E) atanh(v) + (w + E)(atanh(v) - v),    v = (w - E) / (w + E)

    Args:
        w: positive, any shape.
        expected: E, positive, the shape of `w`.
        difference: w - E, to all its digits, the shape of `w`.
        precision: the constants for the float type of `w`.

    Returns:
        The logarithm and the deviance, with relative errors of some eps, the shape of `w`.
    """
    v = difference / (w + expected)
    near = jnp.abs(v) < 0.3
    v_near = jnp.where(near, v, 0)
    excess_near = atanh_excess(v_near, precision.atanh_terms)
    atanh_far = jnp.sign(difference) * jnp.log1p(jnp.abs(difference) / jnp.minimum(w, expected)) / 2
    atanh = jnp.where(near, v_near + excess_near, atanh_far)
    return 2 * atanh, difference * atanh + (w + expected) * jnp.where(near, excess_near, atanh_far - v)
