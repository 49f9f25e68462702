"""The hyperpriors that `trust-it` tries besides those of one Beta: one for each other family and kind of population.

They are wide, so that the population of every data set is among those that they expect.
"""

from math import inf

import jax
import jax.numpy as jnp
from genjax import gen, half_normal, normal

from models import (
    Hyperprior,
    beta_binomials,
    dirichlet_multinomials,
    gamma_poissons,
    log_uniform,
    mixture,
    open_uniform,
)

LINE, UNIT = (-inf, inf), (0.0, 1.0)
SHAPE, TOTAL = (
    (0.05, 200.0),
    (0.05, 200.0),
)  # of a gamma, and of the parameters of a Dirichlet: how alike the groups are
LAM, LAM_OF_KINDS = (0.1, 200.0), (1.0, 1000.0)  # a + b, of a Beta and of each of the two of a mixture
CLASSROOMS = 3


@gen
def of_events():
    """log m ~ Normal(0, 4), s ~ LogUniform(0.05, 200): theta ~ Gamma(s, s / m), whose mean is m."""
    mean, shape = jnp.exp(normal(0.0, 4.0) @ "log_mean"), log_uniform(*SHAPE) @ "shape"
    return shape, shape / mean


@gen
def of_categories():
    """u, v ~ Normal(0, 2), t ~ LogUniform(0.05, 200): theta ~ Dirichlet(t softmax(u, v, 0))."""
    u, v = normal(0.0, 2.0) @ "u", normal(0.0, 2.0) @ "v"
    total = log_uniform(*TOTAL) @ "total"
    return (total * jax.nn.softmax(jnp.stack([u, v, 0.0 * v])),)


@gen
def of_two_kinds():
    """Means low <= high of two Betas with the same lam; low, the gap and the share of the lower kind are uniform.

    high = low + (1 - low) gap,    theta ~ share Beta(lam low, lam (1 - low)) + (1 - share) Beta(lam high, ...)
    """
    share = open_uniform(*UNIT) @ "share"
    low, gap = open_uniform(*UNIT) @ "low", open_uniform(*UNIT) @ "gap"
    lam = log_uniform(*LAM_OF_KINDS) @ "lam"
    a = lam * jnp.stack([low, low + (1 - low) * gap])
    b = lam * jnp.stack([1 - low, (1 - low) * (1 - gap)])
    return jnp.log(jnp.stack([share, 1 - share])), a, b


@gen
def of_covariate(trials):
    """logit mu_i = intercept + slope x_i, both Normal(0, 3), lam ~ LogUniform(0.1, 200)."""
    intercept, slope = normal(0.0, 3.0) @ "intercept", normal(0.0, 3.0) @ "slope"
    lam = log_uniform(*LAM) @ "lam"
    log_odds = intercept + slope * trials.covariates["x"]
    return lam * jax.nn.sigmoid(log_odds), lam * jax.nn.sigmoid(-log_odds)


@gen
def of_school(trials):
    """logit mu_c = centre + spread z_c of classroom c, z_c ~ Normal(0, 1), lam ~ LogUniform(0.1, 200)."""
    centre, spread = normal(0.0, 3.0) @ "centre", half_normal(2.0) @ "spread"
    lam = log_uniform(*LAM) @ "lam"
    z = normal.vmap(in_axes=(0, 0))(jnp.zeros(CLASSROOMS), jnp.ones(CLASSROOMS)) @ "z"
    log_odds = (centre + spread * z)[trials.covariates["classroom"]]
    return lam * jax.nn.sigmoid(log_odds), lam * jax.nn.sigmoid(-log_odds)


EVENTS = Hyperprior(of_events, {"log_mean": LINE, "shape": SHAPE}, gamma_poissons)
CATEGORIES = Hyperprior(of_categories, {"u": LINE, "v": LINE, "total": TOTAL}, dirichlet_multinomials)
TWO_KINDS = Hyperprior(
    of_two_kinds, {"share": UNIT, "low": UNIT, "gap": UNIT, "lam": LAM_OF_KINDS}, mixture(beta_binomials, 2)
)
REGRESSION = Hyperprior(of_covariate, {"intercept": LINE, "slope": LINE, "lam": LAM})
SCHOOL = Hyperprior(of_school, {"centre": LINE, "spread": (0.0, inf), "lam": LAM, "z": LINE})
