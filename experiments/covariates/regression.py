"""Plates whose population depends on what is known of them: a beta-binomial regression.

    alpha_j ~ Normal(0, sd)                         lam ~ LogUniform(1, 1000)
    log(mu_i / (1 - mu_i)) = alpha0 + alpha1 seed_i + alpha2 extract_i + alpha12 seed_i extract_i
    theta_i ~ Beta(lam mu_i, lam (1 - mu_i))        k_i ~ Binomial(n_i, theta_i)

A program without some of the slopes ignores that covariate. Without any slope all plates have one population.
"""

from functools import cache
from math import inf

import jax
import jax.numpy as jnp
from genjax import gen, normal

from models import Hyperprior, Trials, log_uniform

LAM = (1.0, 1000.0)  # bounds of the concentration, in pseudo-trials
SD = 1.5  # prior sd of each coefficient, in log-odds
FLAT_SD = 1000.0  # that of BUGS, whose prior is Normal(0, precision 1e-6)

PROGRAMS: dict[str, tuple[str, ...]] = {
    "no covariate": (),
    "seed": ("alpha1",),
    "extract": ("alpha2",),
    "seed + extract": ("alpha1", "alpha2"),
    "seed x extract": ("alpha1", "alpha2", "alpha12"),
}
"""The slopes of each program, by the covariates that it takes into account."""
IGNORING, FULL = "no covariate", "seed x extract"
COEFFICIENTS = ("alpha0", *PROGRAMS[FULL])


@cache  # the same object for the same arguments, so that programs compiled for it are reused
def regression(slopes: tuple[str, ...], sd: float = SD) -> Hyperprior:
    """The regression with some of the slopes.

    Args:
        slopes: those of alpha1, alpha2, alpha12 that it has.
        sd: prior sd of each coefficient, in log-odds.

    Returns:
        The hyperprior; its addresses are alpha0, the slopes, and lam.
    """

    @gen
    def plates(trials: Trials) -> tuple[jax.Array, jax.Array]:
        seed, extract = trials.covariates["seed"], trials.covariates["extract"]
        columns = {"alpha1": seed, "alpha2": extract, "alpha12": seed * extract}
        log_odds = (normal(0.0, sd) @ "alpha0") * jnp.ones(seed.shape)
        for slope in slopes:
            log_odds += (normal(0.0, sd) @ slope) * columns[slope]
        lam = log_uniform(*LAM) @ "lam"
        return lam * jax.nn.sigmoid(log_odds), lam * jax.nn.sigmoid(-log_odds)

    support = dict.fromkeys(("alpha0", *slopes), (-inf, inf))
    return Hyperprior(plates, {**support, "lam": LAM})
