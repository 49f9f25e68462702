"""Functions of each group given its counts and its population, for `EachGroup`."""

from math import prod

import jax

from models import Family, Observations
from models.families.family import Parameters


def moments_given(
    family: Family, parameters: Parameters, k: jax.Array, design: jax.Array
) -> tuple[jax.Array, jax.Array]:
    """Mean and variance of theta given the group's counts."""
    return family.moments(family.given(parameters, k, design))


def parameters_given(family: Family, parameters: Parameters, k: jax.Array, design: jax.Array) -> Parameters:
    """The family's parameters given the group's counts."""
    return family.given(parameters, k, design)


def log_marginal(family: Family, parameters: Parameters, k: jax.Array, design: jax.Array) -> jax.Array:
    """log p(k) of the group, its rate integrated out."""
    return family.log_marginal(k, design, parameters)


def numbers_of(family: Family, counts: Observations) -> int:
    """How many numbers the family's parameters of one group are."""
    sizes = {**family.sizes, "categories": counts.k[0].size}
    return sum(prod(sizes[axis] for axis in parameter.axes) for parameter in family.parameters)
