"""A proposal of each student's rate from its conjugate posterior, so that theta_i does not change the weight."""

from typing import Any

from genjax import gen
from genjax.core import Fn

from models import Hyperprior, Trials
from models.hyperpriors.hyperprior import as_parameters
from models.programs.pickling import made_by
from models.programs.threads import shared


@shared  # the same object for the same hyperprior, so that programs compiled for it are reused
def conjugate_proposal(hyperprior: Hyperprior) -> Fn[Any]:
    """Proposal for `explicit(hyperprior)`: the population from the hyperprior, each theta_i given its counts.

    theta_i ~ Beta(a + k_i, b + (n_i - k_i)) is exactly p(theta_i | k_i, a, b), so the weight

        p(theta_i | a, b) p(k_i | theta_i) / p(theta_i | k_i, a, b) = p(k_i | a, b)

    is the marginal likelihood and does not depend on the theta_i drawn. Other families have a conjugate posterior of
    their own in its place.

    Args:
        hyperprior: the hyperprior of the explicit form.

    Returns:
        Generative function of (observed, trials); the same object for the same hyperprior.

    References:
        Gelman et al. (2013), Bayesian Data Analysis, 3rd ed., section 5.3, eq. 5.7.
    """

    @gen
    def proposal(observed: dict[str, Any], trials: Trials):
        parameters = as_parameters(hyperprior.program(*hyperprior.arguments(trials)) @ "population")
        # Repeated, and with axis_size, for the same reasons as in `models.classroom`.
        parameters = hyperprior.of_each_student(parameters, trials.rows)
        student = hyperprior.family.conjugate_student
        students = student.vmap(in_axes=(0,) * (len(parameters) + 2), axis_size=trials.rows)
        return students(*parameters, observed["students"]["k"], trials.design) @ "students"

    return made_by(proposal, conjugate_proposal, hyperprior)
