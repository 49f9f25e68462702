"""How we learn: each algorithm has a file of its own, and every algorithm returns a Posterior."""

from inference.algorithms.closed_form import closed_form
from inference.algorithms.empirical_bayes import FlatLikelihoodWarning, NoMaximumError, empirical_bayes
from inference.algorithms.exact import exact
from inference.algorithms.importance import importance
from inference.algorithms.mcmc import mcmc
from inference.algorithms.rqmc import rqmc
from inference.algorithms.smc import smc
from inference.algorithms.vi import vi
from inference.draws.rates import predicted_counts, prior_predictive, theta_draws
from inference.numerics.trapezoid import QuadratureError
from inference.posteriors.exact_posterior import ExactPosterior
from inference.posteriors.known_posterior import KnownPosterior
from inference.posteriors.mcmc_posterior import McmcPosterior
from inference.posteriors.posterior import Posterior
from inference.posteriors.rqmc_posterior import RqmcPosterior
from inference.posteriors.smc_posterior import SmcPosterior
from inference.posteriors.vi_posterior import ViPosterior
from inference.programs.conjugate_proposal import conjugate_proposal
from inference.programs.normal_proposal import normal_proposal
from inference.programs.population_weights import population_weights
from inference.programs.shapes import WeightError
from inference.questions.evaluate import HeldOut, evaluate
from inference.questions.leave_one_out import Elpd, elpd, leave_one_out
from inference.questions.predict import predict, predictive_pmf
from inference.questions.predictive_checks import PredictiveChecks, predictive_checks
from inference.studies.compare_hyperpriors import HyperpriorsCompared, compare_hyperpriors
from inference.studies.write_students import write_students

__all__ = [
    "Elpd",
    "ExactPosterior",
    "FlatLikelihoodWarning",
    "HeldOut",
    "HyperpriorsCompared",
    "KnownPosterior",
    "McmcPosterior",
    "NoMaximumError",
    "Posterior",
    "PredictiveChecks",
    "QuadratureError",
    "RqmcPosterior",
    "SmcPosterior",
    "ViPosterior",
    "WeightError",
    "closed_form",
    "compare_hyperpriors",
    "conjugate_proposal",
    "elpd",
    "empirical_bayes",
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
    "rqmc",
    "smc",
    "theta_draws",
    "vi",
    "write_students",
]
