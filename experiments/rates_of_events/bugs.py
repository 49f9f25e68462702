"""The pumps as in BUGS: its prior as a program, its data, and the posterior that it printed.

alpha ~ Exponential(1),    beta ~ Gamma(0.1, 1)
theta_i ~ Gamma(alpha, beta),    k_i ~ Poisson(t_i theta_i)
"""

from math import inf
from typing import NamedTuple

import jax
import jax.numpy as jnp
from genjax import exponential, gen

from models import Events, Hyperprior, gamma_poissons, log_gamma

SMALLEST = -69.0  # log 1e-30: beta is below it with probability 1e-3, and float32 has no numbers below 1e-38


@gen
def pumps_of_bugs() -> tuple[jax.Array, jax.Array]:
    """The shape alpha and the rate beta of the population; beta by its logarithm.

    Counts have next to no probability where beta is so small, so that the bound changes no digit of the posterior.
    """
    alpha = exponential(1.0) @ "alpha"
    log_beta = log_gamma(0.1, 1.0) @ "log_beta"
    return alpha, jnp.exp(jnp.maximum(log_beta, SMALLEST))


PRIOR_OF_BUGS = Hyperprior(pumps_of_bugs, {"alpha": (0.0, inf), "log_beta": (-inf, inf)}, gamma_poissons)


def pumps_as_in_bugs() -> Events:
    """The same pumps with the rounded hours of BUGS."""
    hours = [94.3, 15.7, 62.9, 126, 5.24, 31.4, 1.05, 1.05, 2.1, 10.5]
    return Events([5, 1, 5, 14, 3, 19, 1, 1, 4, 22], hours, [f"pump {i}" for i in range(1, 11)])


class Published(NamedTuple):
    """A posterior mean and its Monte Carlo error."""

    mean: float
    error: float


# OpenBUGS examples, volume 1, "Pumps", summary of 20,000 draws.
PUBLISHED = {
    "alpha": Published(0.6978, 0.003504),
    "beta": Published(0.9309, 0.007493),
    "pump 1": Published(0.05993, 1.721e-4),
    "pump 2": Published(0.1027, 5.739e-4),
    "pump 3": Published(0.08882, 2.874e-4),
    "pump 4": Published(0.1159, 2.164e-4),
    "pump 5": Published(0.599, 0.002277),
    "pump 6": Published(0.6086, 9.736e-4),
    "pump 7": Published(0.896, 0.005699),
    "pump 8": Published(0.8983, 0.005567),
    "pump 9": Published(1.575, 0.006025),
    "pump 10": Published(1.985, 0.003263),
}
