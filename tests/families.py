"""Hyperpriors of every family and kind of population, each with data: what a question of any family must answer."""

from math import inf
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from genjax import gen, half_normal, normal

from inference import Posterior, importance
from models import (
    Categories,
    Counts,
    Events,
    Hyperprior,
    Observations,
    beta_binomials,
    dirichlet_multinomials,
    fixed,
    gamma_poissons,
    log_uniform,
    logit_beta,
    marginal,
    mixture,
    open_uniform,
)
from models.programs.threads import shared

K, N = [70, 28, 6, 3, 2, 0], [100, 40, 10, 5, 2, 1]
NAMES = ["Alyssa", "Ben", "Carmen", "Diego", "Emi", "Farid"]
N_PARTICLES = 4_000


@gen
def two_kinds():
    """Two kinds of students; the second kind's mean is the larger one."""
    share, mean, gap = open_uniform(0.0, 1.0) @ "share", open_uniform(0.0, 1.0) @ "mu1", open_uniform(0.0, 1.0) @ "gap"
    lam1, lam2 = log_uniform(0.1, 100.0) @ "lam1", log_uniform(0.1, 100.0) @ "lam2"
    log_weights = jnp.log(jnp.stack([share, 1 - share]))
    a = jnp.stack([lam1 * mean, lam2 * (mean + (1 - mean) * gap)])
    return log_weights, a, jnp.stack([lam1 * (1 - mean), lam2 * (1 - mean) * (1 - gap)])


@gen
def regression(trials):
    """The log-odds of a student's mean are linear in the covariate x."""
    intercept, slope = normal(0.0, 1.5) @ "b0", normal(0.0, 1.5) @ "b1"
    lam = log_uniform(0.1, 1e4) @ "lam"
    log_odds = intercept + slope * trials.covariates["x"]
    return lam * jax.nn.sigmoid(log_odds), lam * jax.nn.sigmoid(-log_odds)


@gen
def without_trials(trials):
    """A population for each student, and the same for all."""
    mu, lam = open_uniform(0.0, 1.0) @ "mu", log_uniform(0.1, 100.0) @ "lam"
    one = jnp.ones_like(trials.n)
    return lam * mu * one, lam * (1 - mu) * one


@shared
def school(classrooms: int) -> Hyperprior:
    """Classrooms, each with a mean and a spread of its own; the covariate c says which classroom a student is in."""

    @gen
    def program(trials):
        c = trials.covariates["c"]
        m, t = open_uniform(0.0, 1.0) @ "m", log_uniform(1.0, 100.0) @ "t"
        centre, spread = normal(2.0, 1.5) @ "l", half_normal(1.0) @ "s"
        mean = _each(logit_beta, classrooms, t * m, t * (1 - m)) @ "eta"
        lam = jnp.exp(centre + spread * (_each(normal, classrooms, 0.0, 1.0) @ "z"))
        return (lam * jax.nn.sigmoid(mean))[c], (lam * jax.nn.sigmoid(-mean))[c]

    ends = {"m": (0.0, 1.0), "t": (1.0, 100.0), "l": (-inf, inf), "s": (0.0, inf), "eta": (-inf, inf), "z": (-inf, inf)}
    return Hyperprior(program, ends, recipe=(school, (classrooms,)))


def _each(distribution, size: int, *args):
    each = (jnp.broadcast_to(value, (size,)) for value in args)
    return distribution.vmap(in_axes=(0,) * len(args), axis_size=size)(*each)


@gen
def pump_rates():
    """Rates of failure around a mean m."""
    mean, shape = log_uniform(1e-3, 1e3) @ "m", log_uniform(0.05, 100.0) @ "s"
    return shape, shape / mean


@gen
def bags_of_marbles():
    """Shares of three colours."""
    total, first, second = log_uniform(0.01, 100.0) @ "alpha", normal(0.0, 1.5) @ "b1", normal(0.0, 1.5) @ "b2"
    return (total * jax.nn.softmax(jnp.stack([first, second, 0.0 * first])),)


MIXTURE = Hyperprior(
    two_kinds,
    {"share": (0.0, 1.0), "mu1": (0.0, 1.0), "gap": (0.0, 1.0), "lam1": (0.1, 100.0), "lam2": (0.1, 100.0)},
    mixture(beta_binomials, 2),
)
REGRESSION = Hyperprior(regression, {"b0": (-inf, inf), "b1": (-inf, inf), "lam": (0.1, 1e4)})
EACH_THE_SAME = Hyperprior(without_trials, {"mu": (0.0, 1.0), "lam": (0.1, 100.0)})
PUMPS = Hyperprior(pump_rates, {"m": (1e-3, 1e3), "s": (0.05, 100.0)}, gamma_poissons)
BAGS = Hyperprior(
    bags_of_marbles, {"alpha": (0.01, 100.0), "b1": (-inf, inf), "b2": (-inf, inf)}, dirichlet_multinomials
)


class Case(NamedTuple):
    """A hyperprior and data of its family."""

    hyperprior: Hyperprior
    counts: Observations


# The failures of pumps are those of Gelman et al. (2013), section 5.4 exercises, after Gaver & O'Muircheartaigh (1987).
FAILURES = Events(
    [5, 1, 5, 14, 3, 19, 1, 1, 4, 22], [94.32, 15.72, 62.88, 125.76, 5.24, 31.44, 1.048, 1.048, 2.096, 10.48]
)
MARBLES = Categories([[5, 0, 1], [0, 7, 0], [1, 1, 1], [0, 0, 9]], categories=["red", "green", "blue"])
CASES = {
    "mixture": Case(MIXTURE, Counts(K, N, NAMES)),
    "regression": Case(REGRESSION, Counts(K, N, NAMES, covariates={"x": [0.1, 0.2, 0.3, -1.0, 0.0, 2.0]})),
    "each the same": Case(EACH_THE_SAME, Counts(K, N, NAMES)),
    "school": Case(school(2), Counts(K, N, NAMES, covariates={"c": ["a", "b", "a", "b", "a", "b"]})),
    "events": Case(PUMPS, FAILURES),
    "categories": Case(BAGS, MARBLES),
    "fixed events": Case(fixed(2.0, 3.0, family=gamma_poissons), FAILURES),
    "fixed categories": Case(fixed([1.0, 2.0, 0.5], family=dirichlet_multinomials), MARBLES),
}
"""By name; none of these populations is one Beta."""


def known(hyperprior: Hyperprior, **draws: object) -> Posterior:
    """A posterior on given populations with equal weights.

    Args:
        hyperprior: any; without addresses there is one draw.
        draws: draws of its addresses.

    Returns:
        The posterior.
    """
    values = {name: np.asarray(value, np.float64) for name, value in draws.items()}
    size = len(next(iter(values.values()))) if values else 1
    return Posterior.from_weights(hyperprior, values, np.zeros(size), status=np.zeros(size, int))


_learned: dict[str, Posterior] = {}


def learned_case(name: str) -> Posterior:
    """The posterior of a case by importance sampling with the marginal form, computed once.

    Args:
        name: of CASES.

    Returns:
        The posterior, of N_PARTICLES draws.
    """
    if name not in _learned:
        hyperprior, counts = CASES[name]
        _learned[name] = importance(marginal(hyperprior), counts, key=jax.random.key(0), n_particles=N_PARTICLES)
    return _learned[name]
