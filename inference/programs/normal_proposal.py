"""A normal distribution of the population in probit coordinates, to propose from, with shares that have heavy tails."""

from math import log
from typing import Any

import jax
import jax.numpy as jnp
from genjax import flip, gen, normal, uniform
from genjax.core import Fn, distribution

from inference.programs.probit import Probit
from models import Hyperprior
from models.programs.pickling import made_by
from models.programs.threads import shared

DEFENSIVE_SHARE = 0.1  # of draws from the hyperprior, so that no weight exceeds 10 p(k | a, b) (Hesterberg 1995)
CAUCHY_SHARE = 0.2  # of draws from Cauchy distributions, for posteriors with heavier tails than a normal
CAUCHY_SCALE = 2.0  # scale of the Cauchy distributions, in standard deviations of the normal
# Largest |z| of a Cauchy draw. Where the hyperprior's z is standard normal, 6e-7 of it lies farther out; there float32
# rounds the population to the edge of its support.
FARTHEST = 5.0


@shared  # the same object for the same hyperprior, so that programs compiled for it are reused
def normal_proposal(hyperprior: Hyperprior) -> Fn[Any]:
    """The population proposed from a normal, from Cauchy distributions around it, or from the hyperprior.

        q(x) = (0.7 Normal(z(x); mean, frame frame') + 0.2 prod_i Cauchy(z_i(x); mean_i, 2 sd_i)) |dz / dx| + 0.1 p(x)

    with sd_i^2 = (frame frame')_ii, and z_i of the Cauchy distributions between -5 and 5. Where mu is known the better
    the larger lam is, the posterior is a funnel. A normal that fits its narrow end has nearly no draws in the wide one,
    and draws from the hyperprior are too sparse for what lies between.

    Args:
        hyperprior: what is believed of (a, b).

    Returns:
        Generative function of (observed, trials, mean, frame) for `importance`, with `proposal_args=(mean, frame)`:
        mean of shape (d,), frame of shape (d, d), lower triangular, in the order of the hyperprior's addresses. The
        same object for the same hyperprior.

    References:
        Hesterberg (1995), Weighted average importance sampling and defensive mixture distributions.
    """
    coordinates = {address: Probit(*ends) for address, ends in hyperprior.support.items()}

    def sample(mean: jax.Array, frame: jax.Array) -> dict[str, jax.Array]:
        z_normal = mean + frame @ jnp.stack([normal.sample(0.0, 1.0) for _ in coordinates])
        z_cauchy = cauchy_between(jnp.stack([uniform.sample(0.0, 1.0) for _ in coordinates]), mean, frame)
        z = jnp.where(flip.sample(CAUCHY_SHARE / (1 - DEFENSIVE_SHARE)), z_cauchy, z_normal)
        prior = hyperprior.program.simulate().get_choices()
        is_prior = flip.sample(DEFENSIVE_SHARE)
        return {
            address: jnp.where(is_prior, prior[address], coordinate.value(z_i))
            for (address, coordinate), z_i in zip(coordinates.items(), z, strict=True)
        }

    def log_density(population: dict[str, jax.Array], mean: jax.Array, frame: jax.Array) -> jax.Array:
        log_prior, _ = hyperprior.program.assess(population)
        z = jnp.stack([coordinate.inverse(population[address]) for address, coordinate in coordinates.items()])
        log_slopes = [coordinate.log_jacobian(z_i) for coordinate, z_i in zip(coordinates.values(), z, strict=True)]
        shares = [
            log(1 - CAUCHY_SHARE - DEFENSIVE_SHARE) + normal_log_density(z, mean, frame) - sum(log_slopes),
            log(CAUCHY_SHARE) + cauchy_log_density(z, mean, frame) - sum(log_slopes),
            log(DEFENSIVE_SHARE) + log_prior,
        ]
        return jax.nn.logsumexp(jnp.stack(shares))

    population_draw = distribution(sample, log_density, name="normal_cauchy_or_hyperprior")

    @gen
    def proposal(observed, trials, mean, frame):
        return population_draw(mean, frame) @ "population"

    return made_by(proposal, normal_proposal, hyperprior)


def normal_log_density(z: jax.Array, mean: jax.Array, frame: jax.Array) -> jax.Array:
    """log Normal(z; mean, frame frame'), frame lower triangular with a positive diagonal."""
    standard = jax.scipy.linalg.solve_triangular(frame, z - mean, lower=True)
    return jnp.sum(jax.scipy.stats.norm.logpdf(standard)) - jnp.sum(jnp.log(jnp.diag(frame)))


def cauchy_between(share: jax.Array, mean: jax.Array, frame: jax.Array) -> jax.Array:
    """Quantiles of independent Cauchy distributions, cut off at FARTHEST or one scale beyond the mean.

    Args:
        share: probabilities below the quantiles, shape (d,).
        mean: of the normal, where they are highest, shape (d,).
        frame: of the normal, shape (d, d).

    Returns:
        z, shape (d,).
    """
    scale, low, high = _cauchy_angles(mean, frame)
    return mean + scale * jnp.tan(low + share * (high - low))


def cauchy_log_density(z: jax.Array, mean: jax.Array, frame: jax.Array) -> jax.Array:
    """Log density of `cauchy_between` of uniform shares; -inf beyond where they are cut off."""
    scale, low, high = _cauchy_angles(mean, frame)
    standard = (z - mean) / scale
    angle = jnp.arctan(standard)
    is_inside = jnp.all((low <= angle) & (angle <= high))
    log_density = -jnp.log1p(standard**2) - jnp.log(scale) - jnp.log(high - low)
    return jnp.where(is_inside, jnp.sum(log_density), -jnp.inf)


def _cauchy_angles(mean: jax.Array, frame: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Scales, and the arc tangents of both ends in these scales, each of shape (d,)."""
    scale = CAUCHY_SCALE * jnp.linalg.norm(frame, axis=1)
    low, high = jnp.minimum(-FARTHEST, mean - scale), jnp.maximum(FARTHEST, mean + scale)
    return scale, jnp.arctan((low - mean) / scale), jnp.arctan((high - mean) / scale)
