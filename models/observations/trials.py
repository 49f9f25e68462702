"""How often each student was asked, as JAX arrays: the argument of every program."""

from dataclasses import field

import jax
import jax.numpy as jnp
import numpy as np
from genjax import Pytree

from models.observations.columns import CountsError
from models.observations.covariates import Covariates

LARGEST_FLOAT32_COUNT, LARGEST_FLOAT64_COUNT = 2**24, 2**53  # floats skip whole numbers above these


@Pytree.dataclass
class Trials(Pytree):
    """The argument of every form: how often each student was asked.

    Args:
        n: trials of each student, floating point, shape (students,).
        max_n: largest n, a Python int, so that a program may use it as an array size.
        multiplicity: None; or, for a class too large to be written out, how many students each n stands for.
        covariates: what else is known of each student, by name, each of shape (students,).
    """

    n: jax.Array
    max_n: int = Pytree.static()
    multiplicity: jax.Array | None = None
    covariates: Covariates = field(default_factory=Covariates)

    @property
    def design(self) -> jax.Array:
        """What the distribution of a student's count depends on besides the rate: n, shape (students,)."""
        return self.n

    @property
    def rows(self) -> int:
        """The length of the arrays: students, or rows that stand for several."""
        return self.n.shape[0]


def as_floats(values: np.ndarray) -> jax.Array:
    """Counts in JAX's default float dtype: GenJAX raises a TypeError for integer choices.

    Args:
        values: whole numbers, shape (rows,) or (rows, categories).

    Returns:
        The same numbers, of the same shape.

    Raises:
        CountsError: if one of them is too large for that dtype.
    """
    dtype = jnp.zeros(()).dtype
    if dtype == jnp.float32 and values.max() > LARGEST_FLOAT32_COUNT:
        raise CountsError(
            f"{values.max()} is too large for float32, which skips whole numbers above {LARGEST_FLOAT32_COUNT}; "
            "run inside `with jax.enable_x64(True):`"
        )
    check_float64(values)
    return jnp.asarray(values, dtype=dtype)


def check_float64(values: np.ndarray) -> None:
    """Raise a CountsError if one of the counts is too large for float64."""
    if values.max() > LARGEST_FLOAT64_COUNT:
        raise CountsError(
            f"{values.max()} is too large for float64, which skips whole numbers above {LARGEST_FLOAT64_COUNT}; "
            "no algorithm takes such counts"
        )
