"""Hyperpriors that no rule can integrate, or hardly any: improper, with tails beyond float64, with jumps and spikes."""

from math import e, inf, log, pi

import jax
import jax.numpy as jnp
from genjax import gen

from models import Counts, Events, Hyperprior, gamma_poissons, log_uniform, open_uniform
from models.hyperpriors.distributions import power_law
from models.programs.threads import shared
from tests.exact_problems.densities import distribution_of, exponential, gamma, log_normal, normal
from tests.exact_problems.hyperpriors_of_two import LINE_OF_REALS, POSITIVE, UNIT
from tests.exact_problems.problem import Problem

NOBODY = Counts([0], [0])
FEW = Counts([2, 3, 0], [4, 3, 2], covariates={"x": [0.0, 0.0, 0.0]})


def uniform_draws(low, high):
    return lambda key, shape: jax.random.uniform(key, shape, minval=low, maxval=high)


# Densities that are not normalised are drawn from anyhow: `exact` does not rely on draws.
flat = distribution_of("flat", uniform_draws(-1.0, 1.0), lambda x: 0.0 * x)
scale_invariant = distribution_of("scale_invariant", uniform_draws(1.1, 9.0), lambda x: -jnp.log(x))
step = distribution_of(
    "step", uniform_draws(0.01, 0.99), lambda x: jnp.where(x > 0.37, jnp.log(1.2), log((1 - 1.2 * 0.63) / 0.37))
)
part_of_unit = distribution_of(
    "part_of_unit",
    uniform_draws(0.2, 0.9),
    lambda x: jnp.where((x > 0.2) & (x < 0.9), -log(0.7), -jnp.inf),
)
log_pareto = distribution_of(  # the logarithm of x > e has density y^-2 on (1, inf)
    "log_pareto",
    lambda key, shape: jnp.exp(jnp.minimum(1 / jax.random.uniform(key, shape, minval=0.02), 80.0)),
    lambda x: -jnp.log(x) - 2 * jnp.log(jnp.log(x)),
)


def _log_normal_at(x, mean, sd):
    return -0.5 * jnp.square((x - mean) / sd) - log(sd) - 0.5 * log(2 * pi)


def _draw_spike(key, shape, width):
    of_z, of_kind = jax.random.split(key)
    z, kind = jax.random.normal(of_z, shape), jax.random.bernoulli(of_kind, 0.5, shape)
    return jnp.where(kind, z, 0.3 + width * z)


spike_and_slab = distribution_of(
    "spike_and_slab",
    _draw_spike,
    lambda x, width: jnp.logaddexp(_log_normal_at(x, 0.0, 1.0), _log_normal_at(x, 0.3, width)) - log(2),
)


@shared
def improper(kind: str) -> Hyperprior:
    """Densities whose posterior has no integral, for the data of IMPROPER."""
    recipe = improper, (kind,)

    @gen
    def concentration():
        lam = scale_invariant() @ "lam"
        return lam / 2, lam / 2

    @gen
    def no_events():
        m = scale_invariant() @ "m"
        return 2.0 + 0 * m, 2.0 / m

    @gen
    def slope(trials):
        eta = normal(0.0, 1.0) @ "b0" + flat() @ "b1" * trials.covariates["x"]
        return 3 * jax.nn.sigmoid(eta), 3 * jax.nn.sigmoid(-eta)

    @gen
    def not_used():
        mu, lam, spare = open_uniform(0.0, 1.0) @ "mu", log_uniform(0.1, 100.0) @ "lam", flat() @ "spare"
        return lam * mu, lam * (1 - mu) + 0 * spare

    @gen
    def rate_of_anything():
        mu, rate = open_uniform(0.0, 1.0) @ "mu", scale_invariant() @ "rate"
        lam = exponential(rate) @ "lam"
        return lam * mu, lam * (1 - mu)

    one = {"mu": UNIT, "lam": (0.1, 100.0), "spare": LINE_OF_REALS}
    return {
        "concentration": lambda: Hyperprior(concentration, {"lam": (1.0, inf)}, recipe=recipe),
        "no events": lambda: Hyperprior(no_events, {"m": POSITIVE}, gamma_poissons, recipe=recipe),
        "slope": lambda: Hyperprior(slope, {"b0": LINE_OF_REALS, "b1": LINE_OF_REALS}, recipe=recipe),
        "not used": lambda: Hyperprior(not_used, one, recipe=recipe),
        "rate": lambda: Hyperprior(rate_of_anything, {"mu": UNIT, "rate": POSITIVE, "lam": POSITIVE}, recipe=recipe),
    }[kind]()


IMPROPER = {  # data, and the address along which the posterior is flat
    "concentration": (FEW, "lam"),
    "no events": (Events([0, 0], [3.0, 5.0]), "m"),
    "slope": (FEW, "b1"),
    "not used": (FEW, "spare"),
    "rate": (FEW, None),  # flat along the ridge rate lam = const, which is no address
}

LAWS = {
    "step": (step, (), UNIT),
    "part of the support": (part_of_unit, (), UNIT),
    "log-Pareto": (log_pareto, (), (e, inf)),
    "Pareto without mean": (power_law, (1.0, inf, 1.01), (1.0, inf)),
    "gamma near 0": (gamma, (0.001, 1.0), POSITIVE),
    "gamma at 0": (gamma, (0.05, 1.0), POSITIVE),
    "narrow spike": (spike_and_slab, (1e-8,), LINE_OF_REALS),
    "spike": (spike_and_slab, (1e-3,), LINE_OF_REALS),
    "wide log-normal": (log_normal, (0.0, 40.0), POSITIVE),
    "Laplace": (
        distribution_of("laplace", uniform_draws(-2.0, 2.0), lambda x: -jnp.abs(x) - log(2)),
        (),
        LINE_OF_REALS,
    ),
}


@shared
def with_law(law: str, dimension: int) -> Hyperprior:
    """x of a hostile law, of which the population hardly depends; and none, one or two more numbers."""
    distribution, parameters, ends = LAWS[law]

    def of(x, mu, lam):
        mu = mu * (1 - 1e-3 * jnp.square(x) / (1 + jnp.square(x)))
        return lam * mu, lam * (1 - mu)

    @gen
    def one():
        return of(distribution(*parameters) @ "x", 0.5, 4.0)

    @gen
    def two(trials):
        a, b = of(distribution(*parameters) @ "x", open_uniform(0.0, 1.0) @ "mu", 4.0)
        return a * jnp.ones_like(trials.n), b * jnp.ones_like(trials.n)

    @gen
    def three():
        return of(distribution(*parameters) @ "x", open_uniform(0.0, 1.0) @ "m", log_uniform(0.1, 100.0) @ "l")

    support = {"x": ends} | [{}, {"mu": UNIT}, {"m": UNIT, "l": (0.1, 100.0)}][dimension - 1]
    return Hyperprior((one, two, three)[dimension - 1], support, recipe=(with_law, (law, dimension)))


def without_data(law: str, dimension: int) -> Problem:
    """Without data Z = 1."""
    return Problem(
        with_law(law, dimension), NOBODY, 0.0, {} if dimension == 1 else {"mu" if dimension == 2 else "m": 0.5}
    )
