"""A proposal of each student's rate from its conjugate posterior, so that theta_i does not change the weight."""

from typing import Any

import jax.numpy as jnp
from genjax import gen
from genjax.core import Fn

from models import Hyperprior, Trials, logit_beta_given
from models.programs.pickling import made_by
from models.programs.threads import shared


@gen
def conjugate_student(a, b, k, n):
    """theta ~ Beta(a + k, b + (n - k)), by its log-odds."""
    return logit_beta_given(a, b, k, n) @ "log_odds"


@shared  # the same object for the same hyperprior, so that programs compiled for it are reused
def conjugate_proposal(hyperprior: Hyperprior) -> Fn[Any]:
    """Proposal for `explicit(hyperprior)`: the population from the hyperprior, each theta_i given its counts.

    theta_i ~ Beta(a + k_i, b + (n_i - k_i)) is exactly p(theta_i | k_i, a, b), so the weight

        p(theta_i | a, b) p(k_i | theta_i) / p(theta_i | k_i, a, b) = p(k_i | a, b)

    is the marginal likelihood and does not depend on the theta_i drawn.

    Args:
        hyperprior: the hyperprior of the explicit form.

    Returns:
        Generative function of (observed, trials); the same object for the same hyperprior.

    References:
        Gelman et al. (2013), Bayesian Data Analysis, 3rd ed., section 5.3, eq. 5.7.
    """

    @gen
    def proposal(observed: dict[str, Any], trials: Trials):
        a, b = hyperprior.program() @ "population"
        k, n = observed["students"]["k"], trials.n
        # Broadcast and axis_size for the same reasons as in `models.classroom`.
        a, b = jnp.broadcast_to(a, n.shape), jnp.broadcast_to(b, n.shape)
        students = conjugate_student.vmap(in_axes=(0, 0, 0, 0), axis_size=n.shape[0])
        return students(a, b, k, n) @ "students"

    return made_by(proposal, conjugate_proposal, hyperprior)
