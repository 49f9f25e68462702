"""Gradients by forward mode, which needs little memory for a few coordinates and a large class."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp


def forward_gradient(log_density: Callable[..., jax.Array]) -> Callable[..., jax.Array]:
    """The same function, with its gradient in the first argument always computed by forward mode.

    Reverse mode stores what every branch of a program needs, taken or not: for `aggregated`, particles x students
    numbers. Forward mode stores d times as much as the value alone. Where the log density is -inf its gradient is 0,
    not NaN.

    Args:
        log_density: function of z, shape (d,), and of other arguments, to a scalar.

    Returns:
        The function, to be differentiated in z alone, in either mode.
    """

    def value_and_gradient(z: jax.Array, *others: Any) -> tuple[jax.Array, jax.Array]:
        def along(direction: jax.Array) -> tuple[jax.Array, jax.Array]:
            return jax.jvp(lambda z: log_density(z, *others), (z,), (direction,))

        value, gradient = jax.vmap(along, out_axes=(None, 0))(jnp.eye(z.shape[0], dtype=z.dtype))
        return value, jnp.where(value == -jnp.inf, 0, gradient)

    def tangent(primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> tuple[jax.Array, jax.Array]:
        value, gradient = value_and_gradient(*primals)
        return value, gradient @ tangents[0]

    differentiable = jax.custom_jvp(log_density)
    differentiable.defjvp(tangent)
    return differentiable
