"""Observations as JAX arrays, made once and kept: a row that stands for several students is repeated for each."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from models.observations.covariates import Covariates
from models.observations.exposures import Exposures, measures_as_floats
from models.observations.table import Table
from models.observations.trials import Trials, as_floats

MOST_STUDENTS_REPEATED = 1_000_000  # students in all, up to which a row is repeated for each student it stands for


class InJax:
    """The arrays that are made from a table, and what else is computed from it.

    Args:
        table: the columns.
    """

    def __init__(self, table: Table):
        self._table = table
        self._computed: dict[Any, Any] = {}

    def computed_once[T](self, name: str, make: Callable[[], T]) -> T:
        """What `make` returned the first time that this name was asked for under JAX's present default float dtype."""
        kept = name, jnp.zeros(()).dtype
        if kept not in self._computed:
            with jax.ensure_compile_time_eval():  # concrete arrays, even if first asked for in `jit`
                self._computed.setdefault(kept, make())  # if two threads make it, both get the first
        return self._computed[kept]

    @property
    def is_written_out(self) -> bool:
        """Whether a row that stands for several students is repeated once for each of them."""
        return self._table.students <= max(len(self._table), MOST_STUDENTS_REPEATED)

    def written_out(self, values: np.ndarray) -> np.ndarray:
        """A column with a value for each student, or for each row of a class too large to be written out."""
        return np.repeat(values, self._table.multiplicity, axis=0) if self.is_written_out else values

    def counts(self, *, by_row: bool) -> jax.Array:
        """The counts of each student, or of each row."""
        name = "k of rows" if by_row else "k"
        return self.computed_once(name, lambda: as_floats(self._arranged(self._table.k, by_row)))

    def trials(self, *, by_row: bool) -> Trials:
        """The design as trials, whole numbers, of each student or of each row."""

        def make() -> Trials:
            n = as_floats(self._arranged(self._table.design, by_row))
            return Trials(n, int(self._table.design.max()), *self._beside(n, by_row))

        return self.computed_once("trials of rows" if by_row else "trials", make)

    def exposures(self, *, by_row: bool) -> Exposures:
        """The design as exposures, measured numbers, of each student or of each row."""

        def make() -> Exposures:
            exposure = measures_as_floats(self._arranged(self._table.design, by_row), "exposure")
            return Exposures(exposure, *self._beside(exposure, by_row))

        return self.computed_once("exposures of rows" if by_row else "exposures", make)

    def _arranged(self, values: np.ndarray, by_row: bool) -> np.ndarray:
        return values if by_row else self.written_out(values)

    def _beside(self, design: jax.Array, by_row: bool) -> tuple[jax.Array | None, Covariates]:
        """Multiplicity, None for a class that is written out, and covariates."""
        is_once = self.is_written_out and not by_row
        multiplicity = None if is_once else jnp.asarray(self._table.multiplicity, design.dtype)
        return multiplicity, Covariates({name: self._covariate(name, by_row) for name in self._table.covariates})

    def _covariate(self, name: str, by_row: bool) -> jax.Array:
        values = self._arranged(self._table.covariates[name], by_row)
        if values.dtype == np.int64:
            return jnp.asarray(values, jnp.int32)  # whole numbers and codes, which may be used as indices
        return measures_as_floats(values, name)
