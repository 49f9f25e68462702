"""A population that is known: a hyperprior without any address."""

from typing import Any

import jax.numpy as jnp
import numpy as np
from genjax import gen

from models.families.beta_binomial.family import beta_binomials
from models.families.family import Family, check_family
from models.hyperpriors.hyperprior import Hyperprior
from models.hyperpriors.population_check import check_sizes
from models.programs.threads import shared


def fixed(*parameters: Any, family: Family = beta_binomials) -> Hyperprior:
    """A population that is known: nothing is learned of it, and each student's rate follows from its own counts.

    Args:
        parameters: those of the family, such as a and b: numbers, or lists of them where a parameter is a vector.
        family: what is observed of a student.

    Returns:
        The hyperprior, without addresses; the same object for the same arguments.

    Raises:
        TypeError: if `family` is not a family, or there are not as many parameters as it has.
        ValueError: if a parameter has the wrong number or size of axes, or is not positive and finite where it must be.
    """
    check_family(family)
    names = [parameter.name for parameter in family.parameters]
    if len(parameters) != len(names):
        raise TypeError(f"fixed takes the family's parameters {', '.join(names)}, not {len(parameters)} values")
    values = [np.asarray(value, np.float64) for value in parameters]
    for (name, axes, is_positive), value in zip(family.parameters, values, strict=True):
        if value.ndim != len(axes):
            expected = f"an array of {', '.join(axes)}" if axes else "a number"
            raise ValueError(f"{name} must be {expected}, not an array of shape {value.shape}")
        if not np.all(np.isfinite(value)) or (is_positive and not np.all(value > 0)):
            raise ValueError(f"{name} must be {'positive and ' if is_positive else ''}finite, not {value.tolist()}")
    check_sizes(family, [value.shape for value in values], [parameter.axes for parameter in family.parameters])
    return _fixed(tuple(_hashable(value.tolist()) for value in values), family)


@shared
def _fixed(parameters: tuple[Any, ...], family: Family) -> Hyperprior:
    @gen
    def population():
        return tuple(jnp.asarray(parameter, float) for parameter in parameters)

    return Hyperprior(population, {}, family, recipe=(_fixed, (parameters, family)))


def _hashable(value: Any) -> Any:
    return tuple(map(_hashable, value)) if isinstance(value, list) else value
