"""Checks of the parameters that a hyperprior's program returns: whether they can be those of a population."""

from collections.abc import Mapping, Sequence

import numpy as np

from models.families.family import Family, Parameters
from models.hyperpriors.hyperprior import Hyperprior

ROUNDING = 8 * float(
    np.finfo(np.float32).eps
)  # relative error allowed: that of float32, which a program may use itself

MEANINGS = {
    "a": "it returns another a",
    "b": "it returns another b",
    "mu": "the a and b that it returns have another mean a / (a + b)",
    "lam": "the a and b that it returns have another sum a + b",
}
"""The error if the value drawn at an address with this name is not that quantity."""


def check_parameters(hyperprior: Hyperprior, parameters: Parameters) -> None:
    """Raise a ValueError if a parameter of the population is NaN, infinite, or not positive where it must be.

    Args:
        hyperprior: the prior of the population.
        parameters: what its program returns, arrays of any shape.
    """
    for parameter, values in zip(hyperprior.family.parameters, parameters, strict=True):
        wrong = ~((values >= 0) & (values < np.inf)) if parameter.is_positive else ~np.isfinite(values)
        if np.any(wrong):
            raise ValueError(
                f"the hyperprior returns {parameter.name} = {values[wrong][0]:g}, which is not "
                f"{'positive and ' if parameter.is_positive else ''}finite: check its program and its support"
            )


def check_sizes(
    family: Family, shapes: Sequence[tuple[int, ...]], axes: Sequence[tuple[str, ...]], **known: int
) -> None:
    """Raise a ValueError if parameters of a population differ in the size of an axis that they share.

    Args:
        family: the family of the students.
        shapes: the shape of each parameter.
        axes: what each of its axes is about.
        known: sizes of axes.
    """
    sizes = {**family.sizes, **known}
    for parameter, shape, names in zip(family.parameters, shapes, axes, strict=True):
        for axis, size in zip(names, shape, strict=True):
            expected = sizes.setdefault(axis, size)
            if size != expected:
                raise ValueError(
                    f"the population has {parameter.name} with {size} {axis}, but there are {expected} of them"
                )


def check_population(own: Mapping[str, np.ndarray], a: np.ndarray, b: np.ndarray) -> None:
    """Raise an error if a or b cannot be the shape of a Beta, or if an address has the name of another quantity.

    Args:
        own: values of the hyperprior's addresses, float64, all of one shape.
        a: what the program returns there, float64, of the same shape.
        b: likewise.

    Raises:
        ValueError: if an a or b is negative, infinite or NaN, or if an address called a, b, mu or lam differs by more
            than rounding from a, b, a / (a + b) or a + b.
    """
    for name, values in {"a": a, "b": b}.items():
        wrong = ~((values >= 0) & (values < np.inf))
        if np.any(wrong):
            raise ValueError(
                f"the hyperprior returns {name} = {values[wrong][0]:g}, which is not positive and finite: check its "
                "program and its support"
            )
    with np.errstate(all="ignore"):
        quantities = {"a": a, "b": b, "mu": a / (a + b), "lam": a + b}
    for name in own.keys() & quantities.keys():
        expected, drawn = quantities[name], own[name]
        if np.any(np.abs(expected - drawn) > ROUNDING * np.abs(drawn)):  # False for the NaN of a = b = 0
            raise ValueError(
                f"the hyperprior draws {name!r}, but {MEANINGS[name]}: rename the address {name!r} in its program"
            )
