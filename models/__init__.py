"""What we believe: counts, hyperpriors and the forms of the classroom program."""

from models.programs import upstream  # first of all

# isort: split
from models.classrooms.aggregated import aggregated
from models.classrooms.classroom import Classroom, hyperprior_of
from models.classrooms.forms import classroom, explicit, marginal
from models.families.beta_binomial.binomial_log_odds import binomial_log_odds
from models.families.beta_binomial.distribution import beta_binomial
from models.families.beta_binomial.logit_beta import logit_beta, logit_beta_given
from models.hyperpriors.concentrations import bda3, half_cauchy, pareto
from models.hyperpriors.distributions import log_uniform, open_uniform
from models.hyperpriors.hyperprior import Hyperprior, box, mean_concentration
from models.observations.columns import CountsError
from models.observations.counts import Counts
from models.observations.trials import Trials

upstream.use_handler_stack_per_thread()

__all__ = [
    "Classroom",
    "Counts",
    "CountsError",
    "Hyperprior",
    "Trials",
    "aggregated",
    "bda3",
    "beta_binomial",
    "binomial_log_odds",
    "box",
    "classroom",
    "explicit",
    "half_cauchy",
    "hyperprior_of",
    "log_uniform",
    "logit_beta",
    "logit_beta_given",
    "marginal",
    "mean_concentration",
    "open_uniform",
    "pareto",
]
