"""What is kept of a draw of the population: its addresses, what describes it, and whether floats can hold it."""

from collections.abc import Mapping
from math import prod
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from inference.programs.shapes import WeightError, are_positive, have_valid_weight, is_representable, usable_draws
from models import Hyperprior
from models.families.family import Parameters
from models.hyperpriors.hyperprior_check import address_shapes

MOST_NUMBERS = 3  # over which `exact` integrates: with more of them a lattice has too many nodes
USABLE, LOST, WRONG = (
    0,
    1,
    2,
)  # status of a draw: WRONG if a parameter is negative or NaN, LOST if floats cannot hold it


class PopulationDraws(NamedTuple):
    """One draw of the population, or many with a leading axis.

    Args:
        own: the value of each of the hyperprior's addresses.
        described: a and b if the population is one Beta; otherwise what the family tells of a population that all
            students share, and nothing of populations of one student each.
        status: USABLE, LOST or WRONG; not computed if the population is one Beta, whose a and b show it.
    """

    own: Mapping[str, jax.Array]
    described: Mapping[str, jax.Array]
    status: jax.Array | None

    @property
    def draws(self) -> dict[str, jax.Array]:
        """The addresses' values and what describes the population."""
        return {**self.own, **self.described}


def population_draw(
    hyperprior: Hyperprior, own: Mapping[str, jax.Array], trials: Any, log_weight: Any = None
) -> PopulationDraws:
    """What is kept of one draw of the population.

    Args:
        hyperprior: the prior of the population.
        own: the value of each of its addresses.
        trials: the argument of the classroom.
        log_weight: log weight of the draw; None if it has none.

    Returns:
        The draw.
    """
    _, parameters = hyperprior.assess(own, trials)
    if hyperprior.has_one_beta:
        a, b = parameters
        return PopulationDraws(own, {"a": a, "b": b}, None)
    described = {}
    if hyperprior.is_shared:
        of_family = hyperprior.family.summary(parameters)
        described = {name: value for name, value in of_family.items() if name not in hyperprior.addresses}
    usable = is_usable(hyperprior, parameters, log_weight)
    status = jnp.where(usable, USABLE, jnp.where(_is_wrong(hyperprior, parameters), WRONG, LOST))
    return PopulationDraws(own, described, status)


def exact_applies(hyperprior: Hyperprior, trials: Any = None) -> bool:
    """Whether `exact` answers for this hyperprior: if it draws at most three numbers.

    Args:
        hyperprior: the prior of the population.
        trials: the argument of a program that describes a population for each student; without it, or of a program
            that cannot be drawn from, each address counts as one number.

    Returns:
        Whether it does.
    """
    shapes = address_shapes(hyperprior, trials) or dict.fromkeys(hyperprior.addresses, ())
    return sum(map(prod, shapes.values())) <= MOST_NUMBERS


def trials_kept(hyperprior: Hyperprior, trials: Any) -> Any:
    """The trials that a posterior keeps, as NumPy arrays: none if all students have one population."""
    return None if hyperprior.is_shared else jax.device_get(trials)


def is_usable(hyperprior: Hyperprior, parameters: Parameters, log_weight: Any = None) -> jax.Array:
    """Whether floats hold the parameters of a population, or of each student's: see `have_valid_weight`.

    Args:
        hyperprior: the prior of the population.
        parameters: what its program returns.
        log_weight: log weight of this draw; None if it has none.

    Returns:
        One boolean.
    """
    if hyperprior.has_one_beta and log_weight is not None:
        a, b = parameters
        return have_valid_weight(a, b, log_weight)
    held = possible = jnp.asarray(True)
    for parameter, values in zip(hyperprior.family.parameters, parameters, strict=True):
        finite = jnp.all(jnp.isfinite(values))
        held &= jnp.all(is_representable(values)) if parameter.is_positive else finite
        possible &= jnp.all(values > 0) & finite if parameter.is_positive else finite
    return held if log_weight is None else held | (possible & (jnp.abs(log_weight) < jnp.inf))


def is_possible(hyperprior: Hyperprior, parameters: Parameters) -> jax.Array:
    """Whether all parameters are finite, and positive where they must be; one boolean."""
    if hyperprior.has_one_beta:
        return are_positive(*parameters)
    possible = jnp.asarray(True)
    for parameter, values in zip(hyperprior.family.parameters, parameters, strict=True):
        possible &= jnp.all(jnp.isfinite(values) & ((values > 0) | (not parameter.is_positive)))
    return possible


def _is_wrong(hyperprior: Hyperprior, parameters: Parameters) -> jax.Array:
    wrong = jnp.asarray(False)
    for parameter, values in zip(hyperprior.family.parameters, parameters, strict=True):
        wrong |= jnp.any(jnp.isnan(values) | ((values < 0) & parameter.is_positive))
    return wrong


def usable_of(status: np.ndarray) -> np.ndarray:
    """Which draws are usable, shape (N,), by their status.

    Raises:
        WeightError: if a draw is wrong.
    """
    wrong = int(np.sum(status == WRONG))
    if wrong:
        raise WeightError(
            f"a parameter of the population is negative or not a number in {wrong} of {len(status)} draws: check what "
            "the hyperprior's program returns"
        )
    return status == USABLE


def all_usable(hyperprior: Hyperprior, drawn: PopulationDraws) -> dict[str, np.ndarray]:
    """The draws of a posterior whose target has no mass where a parameter is 0 or infinite.

    Args:
        hyperprior: the prior of the population.
        drawn: the draws, NumPy arrays.

    Returns:
        The draws by name; with mu and lam, if the population is one Beta.

    Raises:
        WeightError: if a parameter of the population is negative or not a number.
    """
    draws = {name: np.asarray(values) for name, values in drawn.draws.items()}
    if hyperprior.has_one_beta:
        return usable_draws(draws)
    usable_of(np.asarray(drawn.status))
    return draws
