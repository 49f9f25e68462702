"""The posterior density over unconstrained coordinates of the population, from which MCMC and SMC sample."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from genjax import seed

from inference.programs.forward import forward_gradient
from inference.programs.logistic import Bijection
from inference.programs.populations import PopulationDraws, population_draw, standing
from inference.programs.probit import Probit
from models import Classroom, Hyperprior, Trials, hyperprior_of
from models.families.family import Parameters
from models.programs.threads import shared


@dataclass(frozen=True, eq=False)
class Unconstrained:
    """The density of a classroom over z in R^d, with a bijection for each address of its hyperprior.

    An address that draws one number has one coordinate, and one that draws an array has a coordinate for each element.

        log p(z, k) = log p(x(z), k) + sum_i log dx_i / dz_i

    The densities come from GenJAX's `assess`.

    Args:
        model: classroom without latent choices below the population.
        hyperprior: its hyperprior.
        bijections: in the order of the hyperprior's addresses.
        shapes: the shape of the value of each address, in the same order.
    """

    model: Classroom
    hyperprior: Hyperprior
    bijections: tuple[Bijection | Probit, ...]
    shapes: tuple[tuple[int, ...], ...]

    @cached_property
    def dimension(self) -> int:
        """d, the number of coordinates."""
        return sum(map(prod, self.shapes))

    def population(self, z: jax.Array) -> dict[str, jax.Array]:
        """The value of each address at z, shape (d,)."""
        values = {
            address: bijection.value(coordinate)
            for address, bijection, coordinate in zip(
                self.hyperprior.addresses, self.bijections, self._coordinates(z), strict=True
            )
        }
        # Without the barrier XLA would compute them again in each of the loops that it makes of a density.
        return jax.lax.optimization_barrier(values)

    def describe(self, z: jax.Array, trials: Trials) -> PopulationDraws:
        """What is kept of the population at z."""
        return population_draw(self.hyperprior, self.population(z), trials)

    def log_prior(self, z: jax.Array, trials: Trials | None = None) -> jax.Array:
        """log p(z); -inf where the program has no density, or a parameter of the population cannot be one."""
        log_density, parameters = self.hyperprior.assess(self.population(z), trials)
        return self._or_impossible(log_density + self._log_jacobian(z), parameters)

    def log_joint(self, z: jax.Array, constraints: Mapping[str, Any], trials: Trials) -> jax.Array:
        """log p(z, k), minus the offset that the model leaves out; -inf where `log_prior` is -inf."""
        return self._joint(z, constraints, trials)

    def log_tempered(
        self, z: jax.Array, exponent: jax.Array, constraints: Mapping[str, Any], trials: Trials
    ) -> jax.Array:
        """log p(z) + exponent log p(k | z); -inf where either term is -inf."""
        return self._tempered(z, exponent, constraints, trials)

    def log_likelihood(self, z: jax.Array, constraints: Mapping[str, Any], trials: Trials) -> jax.Array:
        """log p(k | z), minus the offset that the model leaves out; -inf where the hyperprior has no density."""
        log_prior, log_joint = self.log_prior(z, trials), self._log_joint(z, constraints, trials)
        return jnp.where(log_prior == -jnp.inf, -jnp.inf, log_joint - log_prior)

    def draw(self, key: jax.Array, trials: Trials | None = None) -> jax.Array:
        """z of a draw from the hyperprior, shape (d,)."""
        return self.at(seed(self.hyperprior.program.simulate)(key, *self.hyperprior.arguments(trials)).get_choices())

    def at(self, own: Mapping[str, jax.Array]) -> jax.Array:
        """z of the values of the hyperprior's addresses, shape (d,)."""
        inverses = (
            bijection.inverse(jnp.asarray(own[address], float))
            for address, bijection in zip(self.hyperprior.addresses, self.bijections, strict=True)
        )
        if self._is_scalar:
            return jnp.stack(list(inverses))
        return jnp.concatenate([jnp.ravel(coordinate) for coordinate in inverses])

    @cached_property
    def _joint(self):
        return jax.jit(forward_gradient(self._log_joint))

    @cached_property
    def _tempered(self):
        return jax.jit(forward_gradient(self._log_tempered))

    def _log_joint(self, z: jax.Array, constraints: Mapping[str, Any], trials: Trials) -> jax.Array:
        population = self.population(z)
        log_density, _ = self.model.assess({"population": population, **constraints}, trials)
        _, parameters = self.hyperprior.assess(population, trials)
        return self._or_impossible(log_density + self._log_jacobian(z), parameters)

    def _log_tempered(
        self, z: jax.Array, exponent: jax.Array, constraints: Mapping[str, Any], trials: Trials
    ) -> jax.Array:
        return self.log_prior(z, trials) + exponent * self.log_likelihood(z, constraints, trials)

    def _log_jacobian(self, z: jax.Array) -> jax.Array:
        each = zip(self.bijections, self._coordinates(z), strict=True)
        return sum(
            (jnp.sum(bijection.log_jacobian(coordinate)) for bijection, coordinate in each),
            start=jnp.zeros((), z.dtype),
        )

    @property
    def _is_scalar(self) -> bool:
        return not any(self.shapes)

    def _coordinates(self, z: jax.Array) -> list[jax.Array]:
        """The coordinates of each address, in the shape of its value."""
        if self._is_scalar:
            return list(z)
        ends = np.cumsum([prod(shape) for shape in self.shapes])[:-1]
        return [part.reshape(shape) for part, shape in zip(jnp.split(z, ends), self.shapes, strict=True)]

    def _or_impossible(self, log_density: jax.Array, parameters: Parameters) -> jax.Array:
        possible = standing(self.hyperprior, parameters).possible
        return jnp.where(possible & ~jnp.isnan(log_density), log_density, -jnp.inf)


@shared  # the same object for the same model, so that programs compiled for it are reused
def unconstrained(
    model: Classroom,
    coordinate: type[Bijection | Probit] = Bijection,
    shapes: tuple[tuple[int, ...], ...] | None = None,
) -> Unconstrained:
    """The density of a classroom over unconstrained coordinates.

    Args:
        model: classroom, such as `marginal(box())`.
        coordinate: the kind of bijection.
        shapes: the shape of the value of each address of its hyperprior; numbers if omitted.

    Returns:
        The density; the same object for the same model, kind and shapes.

    Raises:
        TypeError: if `model` is not a classroom.
    """
    hyperprior = hyperprior_of(model)
    bijections = tuple(coordinate(*ends) for ends in hyperprior.support.values())
    return Unconstrained(model, hyperprior, bijections, shapes or ((),) * len(bijections))
