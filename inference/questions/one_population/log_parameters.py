"""The density that a hyperprior gives to the logs of the population's two parameters."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from inference.programs.logistic import Bijection
from models import Hyperprior
from models.hyperpriors.hyperprior_check import address_shapes
from models.programs.threads import shared

POINTS = 25  # in a call of the compiled program: a fixed number, so that it is compiled once


class LogParameters(NamedTuple):
    """What a hyperprior gives at some points z of the coordinates of its two addresses.

    Args:
        log_density: log p(log s, log t), s and t the parameters, such as a and b; shape (points,).
        values: log s and log t, shape (points, 2).
        slopes: the derivatives of (log_density, log s, log t) by z, shape (points, 3, 2).
    """

    log_density: np.ndarray
    values: np.ndarray
    slopes: np.ndarray


def has_density(hyperprior: Hyperprior) -> bool:
    """Whether two numbers are drawn and describe a population of two positive parameters, which all groups share."""
    return (
        hyperprior.is_shared
        and len(hyperprior.addresses) == 2
        and not any(address_shapes(hyperprior).values())
        and [(axes, is_positive) for _, axes, is_positive in hyperprior.family.parameters] == [((), True)] * 2
    )


def log_parameters(hyperprior: Hyperprior, z: np.ndarray) -> LogParameters:
    """The density of (log s, log t), and these, in float64.

        log p(log s, log t) = log p(x, y) - log |d(log s, log t) / d(x, y)|

    Args:
        hyperprior: for which `has_density` holds.
        z: points, coordinates of `Bijection` of both addresses x and y, shape (points, 2), at most POINTS.

    Returns:
        The density, the parameters and their slopes.
    """
    filled = np.concatenate([z, np.repeat(z[:1], POINTS - len(z), axis=0)])
    with jax.enable_x64(True):
        found, slopes = jax.device_get(_compiled(hyperprior)(jnp.asarray(filled, jnp.float64)))
    found, slopes = found[: len(z)], slopes[: len(z)]
    return LogParameters(found[:, 0], found[:, 1:], slopes)


def coordinates(hyperprior: Hyperprior, own: np.ndarray) -> np.ndarray:
    """z of values of both addresses, each of shape (points, 2)."""
    with jax.enable_x64(True):
        each = zip(_bijections(hyperprior), own.T, strict=True)
        return np.stack([np.asarray(one.inverse(jnp.asarray(x, jnp.float64))) for one, x in each], axis=1)


def own_values(hyperprior: Hyperprior, z: np.ndarray) -> dict[str, float]:
    """The values of both addresses at a point z, shape (2,)."""
    with jax.enable_x64(True):
        each = zip(hyperprior.addresses, _bijections(hyperprior), z, strict=True)
        return {address: float(one.value(jnp.asarray(x, jnp.float64))) for address, one, x in each}


def _bijections(hyperprior: Hyperprior) -> list[Bijection]:
    return [Bijection(*ends) for ends in hyperprior.support.values()]


@shared
def _compiled(hyperprior: Hyperprior):
    def logs(x: jax.Array) -> jax.Array:
        return jnp.log(jnp.stack(hyperprior.assess(dict(zip(hyperprior.addresses, x, strict=True)))[1]))

    def at(z: jax.Array) -> jax.Array:
        x = jnp.stack([one.value(each) for one, each in zip(_bijections(hyperprior), z, strict=True)])
        log_density, _ = hyperprior.assess(dict(zip(hyperprior.addresses, x, strict=True)))
        (along, across), (along_2, across_2) = jax.jacfwd(logs)(x)
        log_volume = jnp.log(jnp.abs(along * across_2 - across * along_2))
        return jnp.concatenate([(log_density - log_volume)[None], logs(x)])

    return jax.jit(jax.vmap(lambda z: (at(z), jax.jacfwd(at)(z))))
