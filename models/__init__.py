"""What we believe: counts, hyperpriors and the forms of the classroom program."""

from models import upstream  # first of all  # isort: split
from models.aggregated import aggregated
from models.beta_binomial import beta_binomial
from models.binomial import binomial_log_odds
from models.concentrations import bda3, half_cauchy, pareto
from models.counts import Counts, Trials
from models.distributions import log_uniform, open_uniform
from models.forms import classroom, explicit, hyperprior_of, marginal
from models.hyperpriors import Hyperprior, box, mean_concentration
from models.logit_beta import logit_beta, logit_beta_given
from models.reading import CountsError

upstream.trace_in_each_thread_apart()

__all__ = [
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
