"""Hyperpriors of two numbers, of every family."""

from math import inf

import jax
import jax.numpy as jnp
from genjax import gen

from models import (
    Hyperprior,
    beta_binomials,
    dirichlet_multinomials,
    gamma_poissons,
    log_uniform,
    mixture,
    open_uniform,
)
from models.programs.threads import shared
from tests.exact_problems import densities
from tests.exact_problems.hyperpriors_of_one import SD

UNIT = (0.0, 1.0)
POSITIVE = (0.0, inf)
LINE_OF_REALS = (-inf, inf)
SHAPE, RATE = 2.0, 1.5  # of the gamma of a rate
LOG_SD = (1.2, 0.8)  # of two factors of lam
LOW, HIGH = 0.05, 100.0  # of the shape of events


@shared
def line_of_students(lam: float) -> Hyperprior:
    """The log-odds of a student's mean are b0 + b1 x, and lam is known."""

    @gen
    def population(trials):
        intercept, slope = densities.normal(0.0, SD) @ "b0", densities.normal(0.0, SD) @ "b1"
        log_odds = intercept + slope * trials.covariates["x"]
        return lam * jax.nn.sigmoid(log_odds), lam * jax.nn.sigmoid(-log_odds)

    return Hyperprior(population, {"b0": LINE_OF_REALS, "b1": LINE_OF_REALS}, recipe=(line_of_students, (lam,)))


@shared
def means_of_two_classes(lam: float, as_vector: bool) -> Hyperprior:
    """Two classes with means of their own, at two addresses or one; the covariate c says which a student is in."""

    @gen
    def population(trials):
        if as_vector:
            means = open_uniform.vmap(in_axes=(0, 0))(jnp.zeros(2), jnp.ones(2)) @ "mu"
        else:
            means = jnp.stack([open_uniform(0.0, 1.0) @ "mu0", open_uniform(0.0, 1.0) @ "mu1"])
        mu = means[trials.covariates["c"]]
        return lam * mu, lam * (1 - mu)

    support = {"mu": UNIT} if as_vector else {"mu0": UNIT, "mu1": UNIT}
    return Hyperprior(population, support, recipe=(means_of_two_classes, (lam, as_vector)))


@shared
def odds_and_shape_of_events(exposure: float) -> Hyperprior:
    """p = rate / (rate + exposure) ~ Uniform(0, 1), and the shape s is log-uniform."""

    @gen
    def population():
        p, s = open_uniform(0.0, 1.0) @ "p", log_uniform(LOW, HIGH) @ "s"
        return s, exposure * p / (1 - p)

    support = {"p": UNIT, "s": (LOW, HIGH)}
    return Hyperprior(population, support, gamma_poissons, recipe=(odds_and_shape_of_events, (exposure,)))


@shared
def shares_in_turn(total: float) -> Hyperprior:
    """The share w1 of the first category, and the share w2 that the second one has of the rest, both uniform."""

    @gen
    def population():
        w1, w2 = open_uniform(0.0, 1.0) @ "w1", open_uniform(0.0, 1.0) @ "w2"
        return (total * jnp.stack([w1, (1 - w1) * w2, (1 - w1) * (1 - w2)]),)

    return Hyperprior(population, {"w1": UNIT, "w2": UNIT}, dirichlet_multinomials, recipe=(shares_in_turn, (total,)))


@shared
def rate_of_concentration(mu: float) -> Hyperprior:
    """lam ~ Exponential(rate), rate ~ Gamma(SHAPE, RATE): without rate, lam has Lomax's law."""

    @gen
    def population():
        rate = densities.gamma(SHAPE, RATE) @ "rate"
        lam = densities.exponential(rate) @ "lam"
        return lam * mu, lam * (1 - mu)

    return Hyperprior(population, {"rate": POSITIVE, "lam": POSITIVE}, recipe=(rate_of_concentration, (mu,)))


@shared
def product_of_two(mu: float) -> Hyperprior:
    """lam = x y, both log-normal: only their product is learned."""

    @gen
    def population():
        x, y = (densities.log_normal(1.0, sd) @ name for name, sd in zip("xy", LOG_SD, strict=True))
        return x * y * mu, x * y * (1 - mu)

    return Hyperprior(population, {"x": POSITIVE, "y": POSITIVE}, recipe=(product_of_two, (mu,)))


KNOWN_KIND, LAM_OF_SECOND = (1.5, 6.0), 12.0


@shared
def second_kind() -> Hyperprior:
    """A known kind of students, and another one with an unknown share and an unknown mean above 0.4."""

    @gen
    def population():
        share, mu = open_uniform(0.0, 1.0) @ "share", open_uniform(0.4, 1.0) @ "mu2"
        a, b = (jnp.stack([known, LAM_OF_SECOND * of]) for known, of in zip(KNOWN_KIND, (mu, 1 - mu), strict=True))
        return jnp.log(jnp.stack([1 - share, share])), a, b

    support = {"share": UNIT, "mu2": (0.4, 1.0)}
    return Hyperprior(population, support, mixture(beta_binomials, 2), recipe=(second_kind, ()))
