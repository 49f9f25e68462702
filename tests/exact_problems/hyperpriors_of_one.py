"""Hyperpriors of one number, of every family."""

from math import inf, log, pi

import jax
import jax.numpy as jnp
import numpy as np
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
from models.hyperpriors.distributions import positive_cauchy, power_law
from models.programs.threads import shared
from tests.exact_problems.densities import normal

SD = 1.5  # of a slope under its prior


@shared
def unknown_mean(lam: float) -> Hyperprior:
    """mu ~ Uniform(0, 1), and lam is known."""

    @gen
    def population():
        mu = open_uniform(0.0, 1.0) @ "mu"
        return lam * mu, lam * (1 - mu)

    return Hyperprior(population, {"mu": (0.0, 1.0)}, recipe=(unknown_mean, (lam,)))


LAWS = {
    "log-uniform": (log_uniform, (1e-3, 1e5), (1e-3, 1e5)),
    "Pareto": (power_law, (1.0, inf, 2.5), (1.0, inf)),
    "half-Cauchy": (positive_cauchy, (1.0,), (0.0, inf)),
}
LOG_DENSITIES = {
    "log-uniform": lambda x: -np.log(x) - log(log(1e8)),
    "Pareto": lambda x: log(1.5) - 2.5 * np.log(x),
    "half-Cauchy": lambda x: log(2 / pi) - np.log1p(x**2),
}


@shared
def unknown_concentration(law: str, mu: float) -> Hyperprior:
    """mu is known, lam is drawn from a law, or lam = 1 / spread^2 of a half-Cauchy spread."""
    distribution, parameters, ends = LAWS[law]
    address = "spread" if law == "half-Cauchy" else "lam"

    @gen
    def population():
        drawn = distribution(*parameters) @ address
        lam = 1 / jnp.square(drawn) if law == "half-Cauchy" else drawn
        return lam * mu, lam * (1 - mu)

    return Hyperprior(population, {address: ends}, recipe=(unknown_concentration, (law, mu)))


@shared
def odds_of_events(shape: float, exposure: float) -> Hyperprior:
    """p = rate / (rate + exposure) ~ Uniform(0, 1), so that p of any number of equal exposures is a Beta."""

    @gen
    def population():
        p = open_uniform(0.0, 1.0) @ "p"
        return shape + 0.0 * p, exposure * p / (1 - p)

    return Hyperprior(population, {"p": (0.0, 1.0)}, gamma_poissons, recipe=(odds_of_events, (shape, exposure)))


@shared
def unknown_shape(mean: float) -> Hyperprior:
    """Rates of a known mean, whose shape s is log-uniform."""

    @gen
    def population():
        s = log_uniform(0.05, 100.0) @ "s"
        return s, s / mean

    return Hyperprior(population, {"s": (0.05, 100.0)}, gamma_poissons, recipe=(unknown_shape, (mean,)))


@shared
def unknown_total(shares: tuple[float, ...]) -> Hyperprior:
    """Known mean shares, whose total concentration is log-uniform."""

    @gen
    def population():
        total = log_uniform(0.01, 1e4) @ "total"
        return (total * jnp.asarray(shares, float),)

    return Hyperprior(population, {"total": (0.01, 1e4)}, dirichlet_multinomials, recipe=(unknown_total, (shares,)))


@shared
def slope_alone(lam: float) -> Hyperprior:
    """The log-odds of a student's mean are b times the covariate x."""

    @gen
    def population(trials):
        log_odds = normal(0.0, SD) @ "b" * trials.covariates["x"]
        return lam * jax.nn.sigmoid(log_odds), lam * jax.nn.sigmoid(-log_odds)

    return Hyperprior(population, {"b": (-inf, inf)}, recipe=(slope_alone, (lam,)))


TWO_KINDS = ((1.5, 6.0), (20.0, 4.0))  # (a, b) of each


@shared
def unknown_share() -> Hyperprior:
    """Two kinds of students, both known, of which the first has an unknown share."""

    @gen
    def population():
        share = open_uniform(0.0, 1.0) @ "share"
        a, b = jnp.asarray(TWO_KINDS, float).T
        return jnp.log(jnp.stack([share, 1 - share])), a, b

    return Hyperprior(population, {"share": (0.0, 1.0)}, mixture(beta_binomials, 2), recipe=(unknown_share, ()))
