"""The posterior density over unconstrained coordinates of the population, from which MCMC and SMC sample."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import jax
import jax.numpy as jnp
from genjax import seed

from inference.programs.forward import forward_gradient
from inference.programs.logistic import Bijection
from inference.programs.probit import Probit
from inference.programs.shapes import are_positive
from models import Classroom, Hyperprior, Trials, hyperprior_of
from models.programs.threads import shared


@dataclass(frozen=True, eq=False)
class Unconstrained:
    """The density of a classroom over z in R^d, with a coordinate and a bijection for each address of its hyperprior.

        log p(z, k) = log p(x(z), k) + sum_i log dx_i / dz_i

    The densities come from GenJAX's `assess`.

    Args:
        model: classroom without latent choices below the population.
        hyperprior: its hyperprior.
        bijections: in the order of the hyperprior's addresses.
    """

    model: Classroom
    hyperprior: Hyperprior
    bijections: tuple[Bijection | Probit, ...]

    def population(self, z: jax.Array) -> dict[str, jax.Array]:
        """The value of each address at z, shape (d,)."""
        values = {
            address: bijection.value(coordinate)
            for address, bijection, coordinate in zip(self.hyperprior.addresses, self.bijections, z, strict=True)
        }
        # Without the barrier XLA would compute them again in each of the loops that it makes of a density.
        return jax.lax.optimization_barrier(values)

    def shapes(self, z: jax.Array) -> tuple[jax.Array, jax.Array]:
        """(a, b) that the hyperprior's program returns at z."""
        _, (a, b) = self.hyperprior.program.assess(self.population(z))
        return a, b

    def log_prior(self, z: jax.Array) -> jax.Array:
        """log p(z); -inf where the program has no density, or a or b is 0 or infinite."""
        log_density, (a, b) = self.hyperprior.program.assess(self.population(z))
        return _or_impossible(log_density + self._log_jacobian(z), a, b)

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
        log_prior, log_joint = self.log_prior(z), self._log_joint(z, constraints, trials)
        return jnp.where(log_prior == -jnp.inf, -jnp.inf, log_joint - log_prior)

    def draw(self, key: jax.Array) -> jax.Array:
        """z of a draw from the hyperprior, shape (d,)."""
        own = seed(self.hyperprior.program.simulate)(key).get_choices()
        coordinates = zip(self.hyperprior.addresses, self.bijections, strict=True)
        return jnp.stack([bijection.inverse(jnp.asarray(own[address], float)) for address, bijection in coordinates])

    @cached_property
    def _joint(self):
        return jax.jit(forward_gradient(self._log_joint))

    @cached_property
    def _tempered(self):
        return jax.jit(forward_gradient(self._log_tempered))

    def _log_joint(self, z: jax.Array, constraints: Mapping[str, Any], trials: Trials) -> jax.Array:
        population = self.population(z)
        log_density, _ = self.model.assess({"population": population, **constraints}, trials)
        _, (a, b) = self.hyperprior.program.assess(population)
        return _or_impossible(log_density + self._log_jacobian(z), a, b)

    def _log_tempered(
        self, z: jax.Array, exponent: jax.Array, constraints: Mapping[str, Any], trials: Trials
    ) -> jax.Array:
        return self.log_prior(z) + exponent * self.log_likelihood(z, constraints, trials)

    def _log_jacobian(self, z: jax.Array) -> jax.Array:
        return sum(
            (bijection.log_jacobian(coordinate) for bijection, coordinate in zip(self.bijections, z, strict=True)),
            start=jnp.zeros((), z.dtype),
        )


@shared  # the same object for the same model, so that programs compiled for it are reused
def unconstrained(model: Classroom, coordinate: type[Bijection | Probit] = Bijection) -> Unconstrained:
    """The density of a classroom over unconstrained coordinates.

    Args:
        model: classroom, such as `marginal(box())`.
        coordinate: the kind of bijection.

    Returns:
        The density; the same object for the same model and kind.

    Raises:
        TypeError: if `model` is not a classroom.
    """
    hyperprior = hyperprior_of(model)
    return Unconstrained(model, hyperprior, tuple(coordinate(*ends) for ends in hyperprior.support.values()))


def _or_impossible(log_density: jax.Array, a: jax.Array, b: jax.Array) -> jax.Array:
    return jnp.where(are_positive(a, b) & ~jnp.isnan(log_density), log_density, -jnp.inf)
