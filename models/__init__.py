"""What we believe: counts, hyperpriors and the forms of the classroom program."""

from models.programs import upstream  # first of all

# isort: split
from models.classrooms.aggregated import aggregated
from models.classrooms.classroom import Classroom, hyperprior_of
from models.classrooms.forms import classroom, explicit, marginal
from models.classrooms.marginalised import marginalised, recovered
from models.classrooms.missing import known, masked
from models.families.beta_binomial.binomial_log_odds import binomial_log_odds
from models.families.beta_binomial.distribution import beta_binomial
from models.families.beta_binomial.family import beta_binomials
from models.families.beta_binomial.logit_beta import logit_beta, logit_beta_given
from models.families.dirichlet_multinomial.distribution import dirichlet_multinomial
from models.families.dirichlet_multinomial.family import dirichlet_multinomials
from models.families.dirichlet_multinomial.log_dirichlet import log_dirichlet, log_dirichlet_given
from models.families.dirichlet_multinomial.multinomial_log_shares import multinomial_log_shares
from models.families.family import Family
from models.families.gamma_poisson.distribution import gamma_poisson
from models.families.gamma_poisson.family import gamma_poissons
from models.families.gamma_poisson.log_gamma import log_gamma, log_gamma_given
from models.families.gamma_poisson.poisson_log_rate import poisson_log_rate
from models.families.mixture import mixture
from models.hyperpriors.box import box
from models.hyperpriors.concentrations import bda3, half_cauchy, pareto
from models.hyperpriors.distributions import log_uniform, open_uniform
from models.hyperpriors.fixed import fixed
from models.hyperpriors.hyperprior import Hyperprior
from models.hyperpriors.mean_concentration import mean_concentration
from models.hyperpriors.mean_shape import mean_shape
from models.observations.categories import Categories
from models.observations.columns import CountsError
from models.observations.counts import Counts
from models.observations.covariates import Covariates
from models.observations.events import Events
from models.observations.exposures import Exposures
from models.observations.files.alike_names import AlikeNamesWarning
from models.observations.observations import Observations
from models.observations.totals import TotalRowWarning
from models.observations.trials import Trials

upstream.use_handler_stack_per_thread()

__all__ = [
    "AlikeNamesWarning",
    "Categories",
    "Classroom",
    "Counts",
    "CountsError",
    "Covariates",
    "Events",
    "Exposures",
    "Family",
    "Hyperprior",
    "Observations",
    "TotalRowWarning",
    "Trials",
    "aggregated",
    "bda3",
    "beta_binomial",
    "beta_binomials",
    "binomial_log_odds",
    "box",
    "classroom",
    "dirichlet_multinomial",
    "dirichlet_multinomials",
    "explicit",
    "fixed",
    "gamma_poisson",
    "gamma_poissons",
    "half_cauchy",
    "hyperprior_of",
    "known",
    "log_dirichlet",
    "log_dirichlet_given",
    "log_gamma",
    "log_gamma_given",
    "log_uniform",
    "logit_beta",
    "logit_beta_given",
    "marginal",
    "marginalised",
    "masked",
    "mean_concentration",
    "mean_shape",
    "mixture",
    "multinomial_log_shares",
    "open_uniform",
    "pareto",
    "poisson_log_rate",
    "recovered",
]
