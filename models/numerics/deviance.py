"""What a count adds to a log probability by its deviance from its expectation, without the subtraction of large terms.

References:
    Loader (2000), Fast and accurate computation of binomial probabilities.
"""

import jax
import jax.numpy as jnp

from models.numerics.series import atanh_excess
from models.numerics.stirling import Precision

NEAR = 0.3  # |v| below which atanh(v) is computed by its series


def cell_term(x: jax.Array, expected: jax.Array, difference: jax.Array, precision: Precision) -> jax.Array:
    """r log(w/E) - bd0 of a cell x, where w = x + r and bd0 = w log(w/E) + E - w is its deviance.

        w - E - x log(w/E) = (2 r - (w - E)) v - 2 x (atanh(v) - v),    v = (w - E) / (w + E)

    The second form is for small v, where the two terms of the first one nearly cancel.

    Args:
        x: the cell, at least 0, any shape.
        expected: E, positive, the shape of `x`.
        difference: w - E, to all its digits, the shape of `x`.
        precision: the constants for the float type of `x`, r among them.

    Returns:
        The term, with an error of some eps of its largest part, the shape of `x`.
    """
    r = precision.shift
    w = x + r
    both = w + expected
    near = jnp.abs(difference) < NEAR * both
    v = jnp.where(near, difference / both, 0)
    of_near = (2 * r - difference) * v - 2 * x * atanh_excess(v, precision.atanh_terms)
    # An error of E that goes with one of w - E changes the term least, but w - (w - E) cancels where E is far below w.
    expected = jnp.where(2 * difference < w, w - difference, expected)
    return jnp.where(near, of_near, difference - x * jnp.log(w / expected))


def log_ratio(w: jax.Array, expected: jax.Array, difference: jax.Array, precision: Precision) -> jax.Array:
    """log(w/E) = 2 atanh(v), v = (w - E) / (w + E).

    Args:
        w: positive, any shape.
        expected: E, positive, the shape of `w`.
        difference: w - E, to all its digits, the shape of `w`.
        precision: the constants for the float type of `w`.

    Returns:
        The logarithm, with a relative error of some eps, the shape of `w`.
    """
    v = difference / (w + expected)
    near = jnp.abs(v) < NEAR
    v_near = jnp.where(near, v, 0)
    far = jnp.sign(difference) * jnp.log1p(jnp.abs(difference) / jnp.minimum(w, expected))
    return jnp.where(near, 2 * (v_near + atanh_excess(v_near, precision.atanh_terms)), far)
