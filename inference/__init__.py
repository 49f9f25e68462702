"""How we learn: one algorithm a file, every one returns a Posterior."""

from inference.closed_form import closed_form
from inference.conjugate import conjugate_proposal
from inference.exact import ExactPosterior, exact
from inference.held_out import HeldOut, evaluate
from inference.hyperpriors_compared import HyperpriorsCompared, compare_hyperpriors
from inference.importance import importance
from inference.leave_one_out import Elpd, elpd, leave_one_out
from inference.mcmc import mcmc
from inference.mcmc_posterior import McmcPosterior
from inference.normal_proposal import normal_proposal
from inference.posterior import Posterior, WeightError
from inference.prediction import predict, predictive_pmf
from inference.predictive_checks import PredictiveChecks, predictive_checks
from inference.quadrature import QuadratureError
from inference.scoring import population_weights
from inference.smc import smc
from inference.smc_posterior import SmcPosterior
from inference.students_file import write_students
from inference.theta import predicted_counts, prior_predictive, theta_draws
from inference.vi import vi
from inference.vi_posterior import ViPosterior

__all__ = [
    "Elpd",
    "ExactPosterior",
    "HeldOut",
    "HyperpriorsCompared",
    "McmcPosterior",
    "Posterior",
    "PredictiveChecks",
    "QuadratureError",
    "SmcPosterior",
    "ViPosterior",
    "WeightError",
    "closed_form",
    "compare_hyperpriors",
    "conjugate_proposal",
    "elpd",
    "evaluate",
    "exact",
    "importance",
    "leave_one_out",
    "mcmc",
    "normal_proposal",
    "population_weights",
    "predict",
    "predicted_counts",
    "predictive_checks",
    "predictive_pmf",
    "prior_predictive",
    "smc",
    "theta_draws",
    "vi",
    "write_students",
]
