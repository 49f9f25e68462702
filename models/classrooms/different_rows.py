"""The classroom of any family as one distribution over all counts, computed once for each different row of data."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from genjax import Pytree, const, gen, modular_vmap
from genjax.core import Distribution, distribution
from jax import lax

from models.classrooms.classroom import Classroom
from models.families.family import Family
from models.hyperpriors.hyperprior import Hyperprior, as_parameters, repeated
from models.observations.columns import CountsError
from models.observations.observations import Observations
from models.programs.threads import shared

MOST_IN_FLOAT32 = 100_000  # students: a log pmf is right to 1e-6 in float32, and the errors of equal rows add up
STUDENTS_AT_ONCE = 32  # students a step, so that memory does not grow with them


@Pytree.dataclass
class DifferentRows(Pytree):
    """The trials of a class, and its different rows.

    Args:
        trials: of all students.
        k: the counts of all students.
        different_k: the counts of each different row.
        different: the trials of each different row, and how many students have them.
        only_these: whether a program is evaluated at these counts only.
    """

    trials: Any
    k: jax.Array
    different_k: jax.Array
    different: Any
    only_these: bool = Pytree.static(default=False)

    @property
    def design(self) -> jax.Array:
        """That of all students."""
        return self.trials.design

    @property
    def rows(self) -> int:
        """How many students are written out."""
        return self.trials.rows

    @property
    def covariates(self) -> Any:
        """Those of all students."""
        return self.trials.covariates


def check_written_out(trials: Any) -> None:
    """Raise a CountsError if rows of the trials stand for several students, whose counts cannot be simulated."""
    if trials.multiplicity is not None:
        raise CountsError("a class too large to be written out cannot be simulated: simulate some of its students")


def _sample(family: Family, argument: Any, *parameters: jax.Array) -> jax.Array:
    trials = argument.trials if isinstance(argument, DifferentRows) else argument
    check_written_out(trials)
    return modular_vmap(family.marginal.sample)(trials.design, *repeated(parameters, trials.rows))


def _log_density(family: Family, k: jax.Array, argument: Any, *parameters: jax.Array) -> jax.Array:
    if not isinstance(argument, DifferentRows):
        return _sum(family, k, argument, parameters)
    if argument.only_these:
        return _sum(family, argument.different_k, argument.different, parameters)
    return lax.cond(
        jnp.array_equal(k, argument.k),
        lambda: _sum(family, argument.different_k, argument.different, parameters),
        lambda: _sum(family, k, argument.trials, parameters),
    )


def _sum(family: Family, k: jax.Array, trials: Any, parameters: tuple[jax.Array, ...]) -> jax.Array:
    """sum_i multiplicity_i log p(k_i | parameters), a few rows at a time."""
    times = jnp.ones(trials.rows, k.dtype) if trials.multiplicity is None else trials.multiplicity

    def log_marginal(row: tuple[jax.Array, jax.Array, jax.Array]) -> jax.Array:
        of_row, design, multiplicity = row
        return multiplicity * family.log_marginal(of_row, design, parameters)

    return jnp.sum(lax.map(log_marginal, (k, trials.design, times), batch_size=min(STUDENTS_AT_ONCE, trials.rows)))


@shared
def class_counts_of(family: Family) -> Distribution[jax.Array]:
    """All counts of a class of one population, given its trials and the parameters: students are independent."""
    return distribution(partial(_sample, family), partial(_log_density, family), name="class_counts")


@Pytree.dataclass(has_implicitly_inherited_fields=True)  # of `Classroom`
class RowsOfClass(Classroom):
    """The classroom as one distribution over all counts; the different rows of the data go with its argument."""

    def argument(self, counts: Observations, *, only_these: bool = False) -> DifferentRows:
        """`counts.trials` and the different rows of the counts.

        Raises:
            CountsError: in float32, if there are so many students that their sum is off by a tenth of a nat.
        """
        if counts.students > MOST_IN_FLOAT32 and jnp.zeros(()).dtype == jnp.float32:
            raise CountsError(
                f"the log likelihood of {counts.students:,} students loses its digits in float32: run inside "
                "`with jax.enable_x64(True):`"
            )
        rows = counts.rows
        different = counts.computed_once("different rows", lambda: rows.trials_of_rows)
        k = counts.computed_once("different k", lambda: rows.k_of_rows)
        return DifferentRows(counts.trials, counts.observed["students"]["k"], k, different, only_these)

    def numbers_per_particle(self, trials: Any) -> int:
        """The rows that are added up at a time."""
        return min(STUDENTS_AT_ONCE, trials.different.rows)


def rows_of_class(hyperprior: Hyperprior) -> RowsOfClass:
    """The program of `aggregated` for a family whose counts have no tally."""

    @gen
    def whole_class(trials: Any, parameters: tuple[jax.Array, ...]):
        return class_counts_of(hyperprior.family)(trials, *parameters) @ "k"

    def model(trials: Any):
        parameters = as_parameters(hyperprior.program() @ "population")
        return whole_class(trials, parameters) @ "students"

    return RowsOfClass(const(model), hyperprior)
