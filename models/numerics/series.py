"""Power series, for quantities that would lose digits if they were computed as a difference."""

from collections.abc import Sequence

import jax
import jax.numpy as jnp


def polynomial(coefficients: Sequence[float], x: jax.Array) -> jax.Array:
    """c_0 + c_1 x + c_2 x^2 + ... by Horner's rule."""
    value: jax.Array | float = coefficients[-1]
    for coefficient in coefficients[-2::-1]:
        value = value * x + coefficient
    return jnp.asarray(value, x.dtype)


def atanh_excess(v: jax.Array, terms: int) -> jax.Array:
    """atanh(v) - v = v^3/3 + v^5/5 + ... for |v| < 0.3, to v^(2 terms + 1)."""
    return v**3 * polynomial([1 / (2 * j + 3) for j in range(terms)], v * v)
