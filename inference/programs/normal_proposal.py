"""A proposal of the population: a normal in probit coordinates, mixed with heavier tails and with the hyperprior."""

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

DEFENSIVE_SHARE = 0.1  # share of draws from the hyperprior, so that no weight exceeds 10 p(k | a, b) (Hesterberg 1995)
CAUCHY_SHARE = 0.2  # share of draws from Cauchy distributions, for posteriors with heavier tails than a normal
CAUCHY_SCALE = 2.0  # scale of the Cauchy distributions, in standard deviations of the normal
# Largest |z| of a Cauchy draw. If z is standard normal under the hyperprior, a probability of 6e-7 lies farther out,
# where float32 rounds the population to the edge of its support.
FARTHEST = 5.0


@shared  # the same object for the same hyperprior, so that programs compiled for it are reused
def normal_proposal(hyperprior: Hyperprior) -> Fn[Any]:
    """Proposal of the population from a normal, from Cauchy distributions around it, or from the hyperprior.

        q(x) = (0.7 Normal(z(x); mean, L L') + 0.2 prod_i Cauchy(z_i(x); mean_i, 2 sd_i)) |dz / dx| + 0.1 p(x)

    with sd_i^2 = (L L')_ii. The Cauchy distributions are restricted to -5 < z_i < 5. They are needed where the
    uncertainty of mu depends on lam, so that the posterior is a funnel: a normal that fits its narrow end has nearly no
    draws in its wide end, and draws from the hyperprior are too sparse between the two.

    Args:
        hyperprior: the prior of the population.

    Returns:
        Generative function of (observed, trials, mean, scale_tril) for `importance`, to be used with
        `proposal_args=(mean, scale_tril)`: mean of shape (d,), and scale_tril = L, lower triangular, of shape (d, d),
        both in the order of the hyperprior's addresses and, within an address, of its elements. The same object for the
        same hyperprior.

    References:
        Hesterberg (1995), Weighted average importance sampling and defensive mixture distributions.
    """
    coordinates = {address: Probit(*ends) for address, ends in hyperprior.support.items()}

    def sample(mean: jax.Array, scale_tril: jax.Array, *arguments: Any) -> dict[str, jax.Array]:
        dimension = mean.shape[0]
        z_normal = mean + scale_tril @ jnp.stack([normal.sample(0.0, 1.0) for _ in range(dimension)])
        z_cauchy = cauchy_between(jnp.stack([uniform.sample(0.0, 1.0) for _ in range(dimension)]), mean, scale_tril)
        z = jnp.where(flip.sample(CAUCHY_SHARE / (1 - DEFENSIVE_SHARE)), z_cauchy, z_normal)
        prior = hyperprior.program.simulate(*arguments).get_choices()
        is_prior = flip.sample(DEFENSIVE_SHARE)
        proposed, start = {}, 0
        for address, coordinate in coordinates.items():
            size = prior[address].size
            value = coordinate.value(z[start : start + size].reshape(prior[address].shape))
            proposed[address] = jnp.where(is_prior, prior[address], value)
            start += size
        return proposed

    def log_density(
        population: dict[str, jax.Array], mean: jax.Array, scale_tril: jax.Array, *arguments: Any
    ) -> jax.Array:
        log_prior, _ = hyperprior.program.assess(population, *arguments)
        by_address = {name: coordinate.inverse(population[name]) for name, coordinate in coordinates.items()}
        z = jnp.concatenate([jnp.ravel(z_i) for z_i in by_address.values()])
        log_slopes = [jnp.sum(coordinates[name].log_jacobian(z_i)) for name, z_i in by_address.items()]
        shares = [
            log(1 - CAUCHY_SHARE - DEFENSIVE_SHARE) + normal_log_density(z, mean, scale_tril) - sum(log_slopes),
            log(CAUCHY_SHARE) + cauchy_log_density(z, mean, scale_tril) - sum(log_slopes),
            log(DEFENSIVE_SHARE) + log_prior,
        ]
        return jax.nn.logsumexp(jnp.stack(shares))

    population_draw = distribution(sample, log_density, name="normal_cauchy_or_hyperprior")

    @gen
    def proposal(observed, trials, mean, scale_tril):
        return population_draw(mean, scale_tril, *hyperprior.arguments(trials)) @ "population"

    return made_by(proposal, normal_proposal, hyperprior)


def normal_log_density(z: jax.Array, mean: jax.Array, scale_tril: jax.Array) -> jax.Array:
    """log Normal(z; mean, L L') for L = scale_tril, lower triangular with a positive diagonal."""
    standard = jax.scipy.linalg.solve_triangular(scale_tril, z - mean, lower=True)
    return jnp.sum(jax.scipy.stats.norm.logpdf(standard)) - jnp.sum(jnp.log(jnp.diag(scale_tril)))


def cauchy_between(share: jax.Array, mean: jax.Array, scale_tril: jax.Array) -> jax.Array:
    """Quantiles of independent Cauchy distributions, restricted to |z| < FARTHEST.

    If the mean is itself so far out, the restriction begins one scale beyond the mean.

    Args:
        share: probabilities below the quantiles, shape (d,).
        mean: mean of the normal and mode of the Cauchy distributions, shape (d,).
        scale_tril: L of the normal, shape (d, d).

    Returns:
        z, shape (d,).
    """
    scale, low, high = _cauchy_angles(mean, scale_tril)
    return mean + scale * jnp.tan(low + share * (high - low))


def cauchy_log_density(z: jax.Array, mean: jax.Array, scale_tril: jax.Array) -> jax.Array:
    """Log density of `cauchy_between(share, ...)` for uniform shares; -inf outside the interval of the restriction."""
    scale, low, high = _cauchy_angles(mean, scale_tril)
    standard = (z - mean) / scale
    angle = jnp.arctan(standard)
    is_inside = jnp.all((low <= angle) & (angle <= high))
    log_density = -jnp.log1p(standard**2) - jnp.log(scale) - jnp.log(high - low)
    return jnp.where(is_inside, jnp.sum(log_density), -jnp.inf)


def _cauchy_angles(mean: jax.Array, scale_tril: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Scales, and the arc tangents of both ends of the intervals in units of the scales, each of shape (d,)."""
    scale = CAUCHY_SCALE * jnp.linalg.norm(scale_tril, axis=1)
    low, high = jnp.minimum(-FARTHEST, mean - scale), jnp.maximum(FARTHEST, mean + scale)
    return scale, jnp.arctan((low - mean) / scale), jnp.arctan((high - mean) / scale)
