"""For how long, or over how much, the events of each group were counted, as JAX arrays: the argument of a program."""

from dataclasses import field

import jax
import jax.numpy as jnp
import numpy as np
from genjax import Pytree

from models.observations.columns import CountsError
from models.observations.covariates import Covariates


@Pytree.dataclass
class Exposures(Pytree):
    """The argument of every form for counts of events: k ~ Poisson(exposure theta).

    Args:
        exposure: exposure of each group, floating point, shape (students,).
        multiplicity: None; or, for too many groups to be written out, how many groups each exposure stands for.
        covariates: what else is known of each group, by name, each of shape (students,).
    """

    exposure: jax.Array
    multiplicity: jax.Array | None = None
    covariates: Covariates = field(default_factory=Covariates)

    @property
    def design(self) -> jax.Array:
        """What the distribution of a group's count depends on besides the rate: the exposure, shape (students,)."""
        return self.exposure

    @property
    def rows(self) -> int:
        """The length of the arrays: groups, or rows that stand for several."""
        return self.exposure.shape[0]


def measures_as_floats(values: np.ndarray, column: str) -> jax.Array:
    """Measured numbers in JAX's default float dtype.

    Args:
        values: finite numbers in float64, shape (rows,).
        column: what they are, for the error.

    Returns:
        The same numbers, rounded to that dtype, shape (rows,).

    Raises:
        CountsError: if one of them would be rounded to infinity, or to 0 without being 0.
    """
    dtype = jnp.zeros(()).dtype
    limits, size = np.finfo(dtype), np.abs(values)
    beyond = (size > float(limits.max)) | ((size > 0) & (size < float(limits.tiny)))
    if beyond.any():
        row = int(np.argmax(beyond))
        raise CountsError(
            f"row {row + 1}, column {column}: {values[row]} is outside the range of {dtype.name}, {limits.tiny:.0e} to "
            f"{limits.max:.0e}; choose another unit"
        )
    return jnp.asarray(values, dtype=dtype)
