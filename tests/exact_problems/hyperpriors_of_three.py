"""Hyperpriors of three numbers, of every family."""

from collections.abc import Mapping
from math import sqrt

import jax
import jax.numpy as jnp
import numpy as np
from genjax import gen

from models import (
    Hyperprior,
    dirichlet_multinomials,
    gamma_poissons,
    log_uniform,
    open_uniform,
)
from models.programs.threads import shared
from tests.exact_problems import densities
from tests.exact_problems.hyperpriors_of_two import LINE_OF_REALS, LOG_SD, POSITIVE, RATE, SHAPE, UNIT

DEGREES = 12.0  # of freedom, of Student's law of the log-odds; with 4, 1e-8 of the mass is where a underflows
LAM = (0.1, 1e4)

Draws = Mapping[str, np.ndarray]  # of a posterior, by name


@shared
def mean_and(law: str) -> Hyperprior:
    """mu ~ Uniform(0, 1) and lam of a law: with a number of its own, or without it."""

    @gen
    def population():
        mu = open_uniform(0.0, 1.0) @ "mu"
        match law:
            case "rate":
                rate = densities.gamma(SHAPE, RATE) @ "rate"
                lam = densities.exponential(rate) @ "lam"
            case "Lomax":
                lam = densities.lomax(SHAPE, RATE) @ "lam"
            case "product":
                lam = densities.log_normal(1.0, LOG_SD[0]) @ "x" * (densities.log_normal(1.0, LOG_SD[1]) @ "y")
            case "log-normal":
                lam = densities.log_normal(2.0, float(np.hypot(*LOG_SD))) @ "lam"
            case "sum":
                lam = densities.gamma(0.7, 0.1) @ "x" + densities.gamma(1.3, 0.1) @ "y"
            case _:
                lam = densities.gamma(2.0, 0.1) @ "lam"
        return lam * mu, lam * (1 - mu)

    names = {"rate": ("rate", "lam"), "product": ("x", "y"), "sum": ("x", "y")}.get(law, ("lam",))
    return Hyperprior(population, {"mu": UNIT} | dict.fromkeys(names, POSITIVE), recipe=(mean_and, (law,)))


@shared
def funnel() -> Hyperprior:
    """Log-odds eta ~ Normal(0, 1 / sqrt(w)), w ~ Gamma(nu / 2, nu / 2): without w, eta has Student's law."""

    @gen
    def population():
        w = densities.gamma(DEGREES / 2, DEGREES / 2) @ "w"
        eta = densities.normal(0.0, 1 / jnp.sqrt(w)) @ "eta"
        lam = log_uniform(*LAM) @ "lam"
        return lam * jax.nn.sigmoid(eta), lam * jax.nn.sigmoid(-eta)

    return Hyperprior(population, {"w": POSITIVE, "eta": LINE_OF_REALS, "lam": LAM}, recipe=(funnel, ()))


@shared
def log_odds_of(law: str) -> Hyperprior:
    """Log-odds eta of Student's law, or normal, and a log-uniform lam."""
    distribution, parameters = {
        "Student": (densities.student, (DEGREES,)),
        "one": (densities.normal, (0.0, 1.5)),
        "sum": (densities.normal, (0.0, 1.5 * sqrt(2))),
    }[law]

    @gen
    def population():
        eta = distribution(*parameters) @ "eta"
        lam = log_uniform(*LAM) @ "lam"
        return lam * jax.nn.sigmoid(eta), lam * jax.nn.sigmoid(-eta)

    return Hyperprior(population, {"eta": LINE_OF_REALS, "lam": LAM}, recipe=(log_odds_of, (law,)))


LAM_OF_CLASS_1 = 7.0


@shared
def classes_of_different_kinds() -> Hyperprior:
    """A class of which mean and concentration are unknown, and another one with only an unknown mean."""

    @gen
    def population(trials):
        mu0, lam0 = open_uniform(0.0, 1.0) @ "mu0", log_uniform(0.1, 100.0) @ "lam0"
        mu1, second = open_uniform(0.0, 1.0) @ "mu1", trials.covariates["c"] == 1
        mu, lam = jnp.where(second, mu1, mu0), jnp.where(second, LAM_OF_CLASS_1, lam0)
        return lam * mu, lam * (1 - mu)

    support = {"mu0": UNIT, "lam0": (0.1, 100.0), "mu1": UNIT}
    return Hyperprior(population, support, recipe=(classes_of_different_kinds, ()))


@shared
def rate_of_shape(exposure: float) -> Hyperprior:
    """Events: p = rate / (rate + exposure) is uniform, the shape s ~ Exponential(r), r ~ Gamma(SHAPE, RATE)."""

    @gen
    def population():
        p, r = open_uniform(0.0, 1.0) @ "p", densities.gamma(SHAPE, RATE) @ "r"
        return densities.exponential(r) @ "s", exposure * p / (1 - p)

    support = {"p": UNIT, "r": POSITIVE, "s": POSITIVE}
    return Hyperprior(population, support, gamma_poissons, recipe=(rate_of_shape, (exposure,)))


@shared
def total_and_shares() -> Hyperprior:
    """A log-normal total, and uniform shares w1 of the first category and w2 of the second one among the rest."""

    @gen
    def population():
        lam = densities.log_normal(2.0, 1.0) @ "total"
        mu, w = open_uniform(0.0, 1.0) @ "w1", open_uniform(0.0, 1.0) @ "w2"
        return (lam * jnp.stack([mu, (1 - mu) * w, (1 - mu) * (1 - w)]),)

    support = {"total": POSITIVE, "w1": UNIT, "w2": UNIT}
    return Hyperprior(population, support, dirichlet_multinomials, recipe=(total_and_shares, ()))
