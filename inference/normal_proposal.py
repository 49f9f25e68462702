"""A normal distribution of the population in probit coordinates, with a share of the hyperprior, to propose from."""

from math import log, log1p
from typing import Any

import jax
import jax.numpy as jnp
from genjax import flip, gen, normal
from genjax.core import Fn, distribution

from inference.probit import Probit
from models import Hyperprior
from models.pickling import made_by
from models.threads import shared

DEFENSIVE_SHARE = 0.1  # of draws from the hyperprior, so that no weight exceeds 10 p(k | a, b) (Hesterberg 1995)


@shared  # the same object for the same hyperprior, so that programs compiled for it are reused
def normal_proposal(hyperprior: Hyperprior) -> Fn[Any]:
    """The population proposed from a normal, or now and then from the hyperprior.

        q(x) = 0.9 Normal(z(x); mean, frame frame') |dz / dx| + 0.1 p(x)

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
        z = mean + frame @ jnp.stack([normal.sample(0.0, 1.0) for _ in coordinates])
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
        log_normal = normal_log_density(z, mean, frame) - sum(log_slopes)
        return jnp.logaddexp(log1p(-DEFENSIVE_SHARE) + log_normal, log(DEFENSIVE_SHARE) + log_prior)

    population_draw = distribution(sample, log_density, name="normal_or_hyperprior")

    @gen
    def proposal(observed, trials, mean, frame):
        return population_draw(mean, frame) @ "population"

    return made_by(proposal, normal_proposal, hyperprior)


def normal_log_density(z: jax.Array, mean: jax.Array, frame: jax.Array) -> jax.Array:
    """log Normal(z; mean, frame frame'), frame lower triangular with a positive diagonal."""
    standard = jax.scipy.linalg.solve_triangular(frame, z - mean, lower=True)
    return jnp.sum(jax.scipy.stats.norm.logpdf(standard)) - jnp.sum(jnp.log(jnp.diag(frame)))
