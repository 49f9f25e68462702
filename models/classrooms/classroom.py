"""What every form of the classroom is: a generative function of the trials that knows its hyperprior."""

from typing import Any

import jax
from genjax import Pytree
from genjax.core import Fn

from models.hyperpriors.hyperprior import Hyperprior
from models.observations.observations import Observations
from models.observations.trials import Trials
from models.programs.pickling import pickled_as


@Pytree.dataclass(has_implicitly_inherited_fields=True)  # of `Fn`
class Classroom(Fn[jax.Array]):
    """The program of a whole class: a GenJAX generative function of `Trials` that returns the counts of all students.

    The hyperprior's addresses are below "population", those of the students below "students". It is simulated,
    conditioned and used in other programs like any other `@gen` function.

    Args:
        source: the function of `Trials` that makes the choices, in GenJAX's `const`.
        hyperprior: the prior of the population.
        has_family_students: whether its students are those of the hyperprior's family, as the questions about students
            take for granted.
    """

    hyperprior: Hyperprior = Pytree.static()
    has_family_students: bool = Pytree.static(default=True)

    def argument(self, counts: Observations, *, only_these: bool = False) -> Any:
        """The argument with which this program has the density of the counts at the lowest cost.

        Args:
            counts: the students' counts.
            only_these: whether the program is evaluated at these counts only, so that it need not contain the density
                of others, which can be most of what there is to compile.

        Returns:
            `counts.trials`, with what a form computes of the counts beforehand.
        """
        return counts.trials

    def log_offset(self, trials: Trials) -> float:
        """What to add, in float64, to the log weights of `generate`, which leave it out: 0 in most forms."""
        return 0.0

    def numbers_per_particle(self, trials: Trials) -> int:
        """How many numbers one particle holds at a time, by which particles are dealt into batches."""
        return trials.rows

    def __reduce__(self) -> Any:
        return pickled_as(self)


def hyperprior_of(model: Fn[jax.Array]) -> Hyperprior:
    """The hyperprior of a classroom.

    Args:
        model: what `classroom`, `explicit`, `marginal` or `aggregated` returned.

    Returns:
        The hyperprior.

    Raises:
        TypeError: if `model` is some other program.
    """
    if not isinstance(model, Classroom):
        raise TypeError(
            "not a classroom: build the model with explicit(hyperprior), marginal(hyperprior), aggregated(hyperprior) "
            "or classroom(student, hyperprior)"
        )
    return model.hyperprior
