"""How XLA computes an array on a CPU: in one loop over its elements, or in several that write to memory in between.

XLA divides a long formula into loops. Each of them but the last writes its result to memory, where the next one reads
it, and this can take several times as long as the formula itself.
"""

import jax
import jax.numpy as jnp
from jax import lax
from jax.typing import ArrayLike


def in_one_loop(terms: jax.Array) -> jax.Array:
    """The same terms, computed in one loop before they are added up.

    XLA on a CPU (jaxlib 0.11.2) does not compute a long formula inside the loop of a sum, and then divides it into
    dozens of loops. The barrier keeps the sum apart, and the formula in one loop: three to five times as fast.

    Args:
        terms: what is added up next, of any shape.

    Returns:
        The terms.
    """
    return lax.optimization_barrier(terms)


def quotient(x: ArrayLike, y: jax.Array) -> jax.Array:
    """x / y, for use at several places of a formula that is to be computed in one loop.

    XLA on a CPU (jaxlib 0.11.2) writes a quotient that is used twice to memory, and ends the loop. It does not do so
    with the minimum of the quotient and infinity, which is the same number.

    Args:
        x: any shape.
        y: any shape that broadcasts with it.

    Returns:
        The quotient.
    """
    return jnp.minimum(x / y, jnp.inf)
