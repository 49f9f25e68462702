"""Two forms of the same classroom that differ in the student: its rate is drawn, or integrated out.

A third form, the whole class as one distribution, is in `aggregated`.
"""

from functools import partial

import jax
from genjax import const
from genjax.core import Fn

from models.classrooms.classroom import Classroom
from models.hyperpriors.hyperprior import Hyperprior, as_parameters
from models.observations.columns import CountsError
from models.observations.trials import Trials
from models.programs.handlers import innermost
from models.programs.pickling import made_by
from models.programs.threads import shared


def classroom(student: Fn[jax.Array], hyperprior: Hyperprior, *, has_family_students: bool = False) -> Classroom:
    """The program of a whole class: population, then every student independently.

    parameters ~ hyperprior,  k_i ~ student(*parameters, design_i)  for every student i

    Args:
        student: `@gen` function of the parameters of one student's population and of its design, such as (a, b, n),
            whose address "k" is the student's count.
        hyperprior: what is believed of the population.
        has_family_students: whether the student's rate and count are distributed as those of the hyperprior's family.
            Then the questions about students are answered by the family; otherwise they are refused. It is known, and
            need not be said, of the family's own students, and of `masked`, `known`, `marginalised` and `recovered`
            ones that are made of these.

    Returns:
        The generative function of `Trials`; it returns the counts, shape (students, ...). Addresses: "population", with
        the hyperprior's own below it, and "students", with the student's own below it, each of shape (students, ...).
        It raises a CountsError for a class too large to be written out.
    """

    def model(trials: Trials):
        if trials.multiplicity is not None:
            raise CountsError(
                f"{trials.rows} rows stand for too many students to be written out one by one, as explicit and "
                "marginal need them: use aggregated(hyperprior), or exact"
            )
        returned = hyperprior.program(*hyperprior.arguments(trials)) @ "population"
        # Without the barrier XLA would compute them anew in each of the loops that it makes of a student's density.
        parameters = jax.lax.optimization_barrier(as_parameters(returned))
        # in_axes=None misplaces the particle axis in GenJAX 1.0.14, so each student gets its own.
        parameters = hyperprior.of_each_student(parameters, trials.rows)
        # Without axis_size `generate` raises an IndexError unless it is given some student's choice.
        each = student.vmap(in_axes=(0,) * (len(parameters) + 1), axis_size=trials.rows)
        return each(*parameters, trials.design) @ "students"

    of_family = hyperprior.family.explicit_student, hyperprior.family.marginal_student
    is_of_family = has_family_students or any(innermost(student) is each for each in of_family)
    program = Classroom(const(model), hyperprior, is_of_family)
    return made_by(program, partial(classroom, has_family_students=has_family_students), student, hyperprior)


@shared  # the same object for the same hyperprior, so that programs compiled for it are reused
def explicit(hyperprior: Hyperprior) -> Classroom:
    """The class with every student's rate drawn: hyperprior -> theta_i -> k_i.

    Args:
        hyperprior: what is believed of the population.

    Returns:
        Generative function of `counts.trials`, conditioned by `counts.observed`; latent address
        ("students", "log_odds"), or what the family calls it. The same object for the same hyperprior.
    """
    return made_by(classroom(hyperprior.family.explicit_student, hyperprior), explicit, hyperprior)


@shared
def marginal(hyperprior: Hyperprior) -> Classroom:
    """The class with every student's rate integrated out: hyperprior -> k_i.

    Args:
        hyperprior: what is believed of the population.

    Returns:
        Generative function of `counts.trials`, conditioned by `counts.observed`; no latent below the population.
        The same object for the same hyperprior.
    """
    return made_by(classroom(hyperprior.family.marginal_student, hyperprior), marginal, hyperprior)
