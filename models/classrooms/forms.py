"""Two forms of the same classroom that differ in one line: the student's rate is drawn, or integrated out.

A third form, the whole class as one distribution, is in `aggregated`.
"""

import jax
import jax.numpy as jnp
from genjax import const, gen
from genjax.core import Fn

from models.classrooms.classroom import Classroom
from models.families.beta_binomial.binomial_log_odds import binomial_log_odds
from models.families.beta_binomial.distribution import beta_binomial
from models.families.beta_binomial.logit_beta import logit_beta
from models.hyperpriors.hyperprior import Hyperprior
from models.observations.columns import CountsError
from models.observations.trials import Trials
from models.programs.pickling import made_by
from models.programs.threads import shared


@gen
def explicit_student(a, b, n):
    """theta ~ Beta(a, b), k ~ Binomial(n, theta), with theta given by its log-odds."""
    log_odds = logit_beta(a, b) @ "log_odds"  # theta = sigmoid(log_odds), safe where theta would round to 0 or 1
    return binomial_log_odds(n, log_odds) @ "k"


@gen
def marginal_student(a, b, n):
    """k ~ BetaBinomial(n, a, b): theta integrated out."""
    return beta_binomial(n, a, b) @ "k"


def classroom(student: Fn[jax.Array], hyperprior: Hyperprior) -> Classroom:
    """The program of a whole class: population, then every student independently.

    (a, b) ~ hyperprior,  k_i ~ student(a, b, n_i)  for every student i

    Args:
        student: `@gen` function of scalars a, b, n whose address "k" is the student's count.
        hyperprior: what is believed of (a, b).

    Returns:
        The generative function of `Trials`; it returns the counts, shape (students,). Addresses: "population", with
        the hyperprior's own below it, and "students", with the student's own below it, each of shape (students,).
        It raises a CountsError for a class too large to be written out.
    """

    def model(trials: Trials):
        if trials.multiplicity is not None:
            raise CountsError(
                f"{trials.n.shape[0]} rows stand for too many students to be written out one by one, as explicit and "
                "marginal need them: use aggregated(hyperprior), or exact"
            )
        # Without the barrier XLA would compute a and b anew in each of the loops that it makes of a student's density.
        a, b = jax.lax.optimization_barrier(hyperprior.program() @ "population")
        # in_axes=None misplaces the particle axis in GenJAX 1.0.14, so broadcast first.
        a, b = jnp.broadcast_to(a, trials.n.shape), jnp.broadcast_to(b, trials.n.shape)
        # Without axis_size `generate` raises an IndexError unless it is given some student's choice.
        return student.vmap(in_axes=(0, 0, 0), axis_size=trials.n.shape[0])(a, b, trials.n) @ "students"

    return made_by(Classroom(const(model), hyperprior), classroom, student, hyperprior)


@shared  # the same object for the same hyperprior, so that programs compiled for it are reused
def explicit(hyperprior: Hyperprior) -> Classroom:
    """The class with every student's rate drawn: hyperprior -> theta_i -> k_i.

    Args:
        hyperprior: what is believed of (a, b).

    Returns:
        Generative function of `counts.trials`, conditioned by `counts.observed`; latent address
        ("students", "log_odds"). The same object for the same hyperprior.
    """
    return made_by(classroom(explicit_student, hyperprior), explicit, hyperprior)


@shared
def marginal(hyperprior: Hyperprior) -> Classroom:
    """The class with every student's rate integrated out: hyperprior -> k_i.

    Args:
        hyperprior: what is believed of (a, b).

    Returns:
        Generative function of `counts.trials`, conditioned by `counts.observed`; no latent below the population.
        The same object for the same hyperprior.
    """
    return made_by(classroom(marginal_student, hyperprior), marginal, hyperprior)
