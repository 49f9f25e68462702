"""How we learn: one algorithm a file, every one returns a Posterior."""

from inference.closed_form import closed_form
from inference.conjugate import conjugate_proposal
from inference.exact import ExactPosterior, exact
from inference.importance import importance
from inference.mcmc import mcmc
from inference.mcmc_posterior import McmcPosterior
from inference.normal_proposal import normal_proposal
from inference.posterior import Posterior, WeightError
from inference.quadrature import QuadratureError
from inference.scoring import population_weights
from inference.smc import smc
from inference.smc_posterior import SmcPosterior
from inference.students_file import write_students
from inference.theta import predicted_counts, prior_predictive, theta_draws
from inference.vi import vi
from inference.vi_posterior import ViPosterior

__all__ = [
    "ExactPosterior",
    "McmcPosterior",
    "Posterior",
    "QuadratureError",
    "SmcPosterior",
    "ViPosterior",
    "WeightError",
    "closed_form",
    "conjugate_proposal",
    "exact",
    "importance",
    "mcmc",
    "normal_proposal",
    "population_weights",
    "predicted_counts",
    "prior_predictive",
    "smc",
    "theta_draws",
    "vi",
    "write_students",
]
