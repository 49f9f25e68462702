"""The posterior density of the population in float64, at many points of unconstrained coordinates at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from inference.programs.batches import in_batches
from inference.programs.logistic import Bijection
from inference.programs.populations import PopulationDraws
from inference.programs.prepared import Prepared, prepare_for_population
from inference.programs.unconstrained import unconstrained
from models import Classroom, Hyperprior, Observations, aggregated, marginal
from models.programs.threads import shared

BATCH = 2048  # points in a call of a compiled program: a fixed shape, so that it is compiled once
SLOPE_BATCH = 128  # points in a call for gradients, which searches ask for at few points at a time
ACCURACY = 3.3e-14  # of one log marginal in float64, where |log p| < 50: see `log_pmf` of each family


@dataclass(frozen=True, eq=False)
class PosteriorDensity:
    """log p(z, k) for any family and population, z the coordinates of `Unconstrained`, one per number drawn.

    The density is that of `aggregated`, or of `marginal` where each student has a population, by GenJAX's `assess` in
    float64 on whatever device there is.

    Args:
        hyperprior: the prior of the population; it has at least one address.
        counts: the data of the groups.

    Raises:
        TypeError: if the data are not of the kind that the hyperprior's family observes.
        KeyError: if the addresses of the hyperprior's program are not those of its support.
        ValueError: if the population is known, or the program does not match what it declares, see `check_hyperprior`.
    """

    hyperprior: Hyperprior
    counts: Observations

    def __post_init__(self) -> None:
        self.given  # noqa: B018  what is wrong with hyperprior or data is said here

    @property
    def dimension(self) -> int:
        """d, the number of coordinates."""
        return unconstrained(self.model, shapes=self.given.shapes).dimension

    @cached_property
    def given(self) -> Prepared:
        """The data, checked, in float64."""
        with jax.enable_x64(True):
            return prepare_for_population(self.model, self.counts)

    @property
    def bijections(self) -> tuple[Bijection, ...]:
        """From each coordinate to the number that it stands for."""
        each = zip(self.hyperprior.support.values(), self.given.shapes, strict=True)
        return tuple(Bijection(*ends) for ends, shape in each for _ in range(prod(shape)))

    @property
    def rounding(self) -> float:
        """About the largest rounding error of the log density: that of one log marginal times the number of groups."""
        return ACCURACY * float(np.sum(self.counts.multiplicity))

    def log_joint(self, z: np.ndarray) -> np.ndarray:
        """log p(z, k), offsets included; -inf where it is not defined.

        Args:
            z: points, shape (N, d).

        Returns:
            Shape (N,).
        """
        return np.asarray(self._at(self._programs.log_joint, z), np.float64) + self.given.log_offset

    def log_joint_and_slope(self, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """log p(z, k), shape (N,), and its gradient, shape (N, d)."""
        log_joint, slope = self._at(self._programs.slope, z, SLOPE_BATCH)
        return np.asarray(log_joint, np.float64) + self.given.log_offset, np.asarray(slope, np.float64)

    def population(self, z: np.ndarray) -> PopulationDraws:
        """What a posterior keeps of the population at each point, NumPy arrays with a leading axis."""
        return self._at(self._programs.population, z)

    def coordinates(self, own: Mapping[str, np.ndarray]) -> np.ndarray:
        """z of values of the addresses, each of shape (N, ...); shape (N, d)."""
        with jax.enable_x64(True):
            values = {address: jnp.asarray(x, jnp.float64) for address, x in own.items()}
            return np.asarray(jax.vmap(unconstrained(self.model, shapes=self.given.shapes).at)(values))

    def draw_prior(self, key: jax.Array, n_draws: int) -> np.ndarray:
        """z of draws of the hyperprior, shape (n_draws, d)."""
        with jax.enable_x64(True):
            return np.asarray(self._programs.draw(jax.random.split(key, n_draws), self.given.trials))

    @property
    def model(self) -> Classroom:
        """The classroom whose density this is."""
        return aggregated(self.hyperprior) if self.hyperprior.is_shared else marginal(self.hyperprior)

    @property
    def _programs(self) -> "_Programs":
        return _compiled(self.model, self.given.shapes, min(self.given.batch_size, BATCH))

    def _at(self, program: Any, z: np.ndarray, size: int = BATCH) -> Any:
        """A program at all points, in calls of one shape: the last one is filled up with the first point."""
        calls = -(-len(z) // size)
        filled = np.concatenate([z, np.repeat(z[:1], calls * size - len(z), axis=0)])
        with jax.enable_x64(True):
            parts = [
                jax.device_get(program(jnp.asarray(some, jnp.float64), self.given.constraints, self.given.trials))
                for some in np.split(filled, calls)
            ]
        return jax.tree.map(lambda *each: np.concatenate(each)[: len(z)], *parts)


class _Programs(NamedTuple):
    log_joint: Any
    slope: Any
    population: Any
    draw: Any


@shared  # one compiled program for each model; JAX adds one for each shape of the data
def _compiled(model: Classroom, shapes: tuple[tuple[int, ...], ...], batch_size: int) -> _Programs:
    target = unconstrained(model, shapes=shapes)

    def of_points(function: Any) -> Any:
        return jax.jit(lambda z, *argument: in_batches(lambda point: function(point, *argument), z, batch_size))

    return _Programs(
        of_points(target.log_joint),
        of_points(jax.value_and_grad(target.log_joint)),
        of_points(lambda z, constraints, trials: target.describe(z, trials)),
        jax.jit(lambda keys, trials: jax.vmap(lambda key: target.draw(key, trials))(keys)),
    )
