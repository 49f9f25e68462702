"""Hyperpriors that differ in the law of the concentration lam = a + b; the mean mu = a / (a + b) is uniform in all."""

from collections.abc import Callable
from math import inf, isfinite

import jax
import jax.numpy as jnp
from genjax import gen
from genjax.core import Distribution

from models.hyperpriors.distributions import open_uniform, positive_cauchy, power_law
from models.hyperpriors.hyperprior import Hyperprior
from models.programs.pickling import Recipe
from models.programs.threads import shared

BDA3_POWER = 1.5  # p(lam) ~ lam^-1.5: da db = lam dmu dlam, so (a + b)^(-5/2) becomes lam^(-3/2)


def bda3(lam: tuple[float, float] = (0.01, 1e6)) -> Hyperprior:
    """The hyperprior of *Bayesian Data Analysis* for the rat tumours, on a stated support.

        p(a, b) ~ (a + b)^(-5/2),    that is, mu ~ Uniform(0, 1) and p(lam) ~ lam^(-3/2)

    It is uniform in mu and in lam^(-1/2), which is about the spread of the population. Without a lower bound of lam it
    is improper. Without an upper bound E[a] does not exist, because the likelihood does not fall off. So the value of
    E[a] depends on the upper bound; hardly any other answer does.

    Args:
        lam: bounds of lam, in pseudo-trials, both positive and finite.

    Returns:
        The hyperprior, addresses "mu" and "lam"; the same object for the same bounds.

    Raises:
        ValueError: if not 0 < lam[0] < lam[1] < inf.

    References:
        Gelman et al. (2013), Bayesian Data Analysis, 3rd ed., eq. 5.9.
    """
    low, high = map(float, lam)
    if not 0 < low < high < inf:
        raise ValueError(
            f"lam must satisfy 0 < low < high < inf, not ({low}, {high}): without these bounds the density is improper"
        )
    recipe = bda3, ((low, high),)
    return _with_concentration("lam", (low, high), "power law", (low, high, BDA3_POWER), recipe)


def pareto(low: float = 1.0, shape: float = 1.5) -> Hyperprior:
    """Little is known of the population, except that it is not U-shaped: lam ~ Pareto(low, shape).

        mu ~ Uniform(0, 1),    p(lam) = shape low^shape lam^(-shape - 1) for lam > low

    Args:
        low: lower bound of lam, in pseudo-trials, positive.
        shape: how fast the tail falls off, positive; E[lam] under the hyperprior exists if shape > 1.

    Returns:
        The hyperprior, addresses "mu" and "lam"; the same object for the same arguments.

    Raises:
        ValueError: if an argument is not a positive number.

    References:
        Carpenter (2016), Hierarchical partial pooling for repeated binary trials, Stan case study.
    """
    low, shape = _positive("low", low), _positive("shape", shape)
    return _with_concentration("lam", (low, inf), "power law", (low, inf, shape + 1), (pareto, (low, shape)))


def half_cauchy(scale: float = 1.0) -> Hyperprior:
    """A population whose spread may be anything: 1 / sqrt(lam) ~ half-Cauchy(scale).

        mu ~ Uniform(0, 1),    spread ~ half-Cauchy(scale),    lam = 1 / spread^2

    The spread is about the standard deviation of theta divided by that of a coin, sqrt(mu (1 - mu)). There are no
    bounds on which an answer could depend. But p(lam) falls off as lam^(-3/2), so E[lam], E[a] and E[b] do not exist:
    ask for quantiles, or for the students' rates.

    Args:
        scale: median of the spread, positive.

    Returns:
        The hyperprior, addresses "mu" and "spread"; the same object for the same scale.

    Raises:
        ValueError: if `scale` is not a positive number.

    References:
        Gelman (2006), Prior distributions for variance parameters in hierarchical models, Bayesian Analysis 1(3).
    """
    scale = _positive("scale", scale)
    return _with_concentration("spread", (0.0, inf), "half-Cauchy", (scale,), (half_cauchy, (scale,)))


LAWS: dict[str, tuple[Distribution[jax.Array], Callable[[jax.Array], jax.Array]]] = {
    "power law": (power_law, lambda x: x),
    "half-Cauchy": (positive_cauchy, lambda x: jnp.reciprocal(jnp.square(x))),
}


@shared  # the same object for the same arguments, so that programs compiled for it are reused
def _with_concentration(
    address: str, support: tuple[float, float], law: str, parameters: tuple[float, ...], recipe: Recipe
) -> Hyperprior:
    distribution, concentration = LAWS[law]

    @gen
    def population():
        mu = open_uniform(0.0, 1.0) @ "mu"
        lam = concentration(distribution(*parameters) @ address)
        return lam * mu, lam * (1 - mu)

    return Hyperprior(population, {"mu": (0.0, 1.0), address: support}, recipe=recipe)


def _positive(name: str, value: float) -> float:
    value = float(value)
    if not (value > 0 and isfinite(value)):
        raise ValueError(f"{name} must be a positive number, not {value}")
    return value
