"""What we believe: counts, hyperpriors and the forms of the classroom program."""

from models.beta_binomial import beta_binomial
from models.counts import Counts, CountsError, Trials
from models.distributions import log_uniform, logit_beta, open_uniform
from models.forms import classroom, explicit, hyperprior_of, marginal
from models.hyperpriors import Hyperprior, box, mean_concentration

__all__ = [
    "Counts",
    "CountsError",
    "Hyperprior",
    "Trials",
    "beta_binomial",
    "box",
    "classroom",
    "explicit",
    "hyperprior_of",
    "log_uniform",
    "logit_beta",
    "marginal",
    "mean_concentration",
    "open_uniform",
]
