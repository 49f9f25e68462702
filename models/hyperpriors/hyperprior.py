"""Hyperpriors: what we believe about the population before any count, as GenJAX programs."""

import inspect
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import isnan
from pickle import PicklingError
from types import MappingProxyType
from typing import Any
from weakref import WeakValueDictionary

import jax
import jax.numpy as jnp
import numpy as np
from genjax.core import Fn

from models.families.beta_binomial.family import beta_binomials
from models.families.family import Family, Parameters, check_family
from models.programs.pickling import Recipe, by_name
from models.programs.threads import shared

_alive: WeakValueDictionary[tuple[Any, ...], "Hyperprior"] = WeakValueDictionary()  # by program, support, family


@dataclass(frozen=True, eq=False)  # compared by identity, so that a program compiled for it is found again
class Hyperprior:
    """A GenJAX program that returns the parameters of the population, and the open interval of each of its addresses.

    Args:
        program: `@gen` function that returns the family's parameters: (a, b), both positive, by default. Without an
            argument it describes one population for all students. With an argument, the trials, it describes a
            population for each student, and its parameters have a leading axis of students. An algorithm takes its
            density from its own `assess` and needs to know nothing else about it.
        support: open interval (low, high) of each address, infinite ends allowed, for example
            `{"mu": (0.0, 1.0), "kappa": (1.0, inf)}`; of every element, if an address draws a vector.
        family: what is observed of a student, such as `beta_binomials` or `mixture(beta_binomials, 2)`.
        recipe: the call of a factory such as `box` that returns this very object; it is pickled as this call. If None,
            it is pickled by the module and name of its program.

    Raises:
        TypeError: if `program` is not a `@gen` function, or takes more than one argument, or `family` is not a family.
        ValueError: if an interval is empty or not a pair of numbers, or if there is none.
    """

    program: Fn[Any]
    support: Mapping[str, tuple[float, float]]
    family: Family = beta_binomials
    recipe: Recipe | None = field(default=None, kw_only=True, repr=False)

    def __post_init__(self) -> None:
        if not isinstance(self.program, Fn):
            raise TypeError(f"program must be a @gen function, not {type(self.program).__name__}")
        arguments = inspect.signature(self.program.source.value).parameters.values()
        if any(each.kind in (each.VAR_POSITIONAL, each.VAR_KEYWORD) for each in arguments) or _required(arguments) > 1:
            raise TypeError(
                "program takes more than one argument: give it none, for one population of all students, or the trials"
            )
        check_family(self.family)
        if not self.support and self.recipe is None:
            raise ValueError(
                "support is empty: give the open interval (low, high) of each address of the program, or use "
                "fixed(...) for a population that is known"
            )
        support = {address: interval_of(address, ends) for address, ends in self.support.items()}
        object.__setattr__(self, "support", MappingProxyType(support))
        if self.recipe is None:
            _alive.setdefault(_identity(self.program, support, self.family), self)

    @cached_property
    def is_shared(self) -> bool:
        """Whether all students have one population: the program takes no argument."""
        return not _required(inspect.signature(self.program.source.value).parameters.values())

    @property
    def has_one_beta(self) -> bool:
        """Whether the population is one Beta(a, b) of all students."""
        return self.is_shared and self.family is beta_binomials

    def arguments(self, trials: Any) -> tuple[Any, ...]:
        """The arguments of the program: none, or the trials."""
        return () if self.is_shared else (trials,)

    def assess(self, values: Mapping[str, Any], trials: Any = None) -> tuple[jax.Array, Parameters]:
        """The log density of the program at values of its addresses, and the parameters that it returns there.

        Args:
            values: the value of each address.
            trials: the argument of a program that describes a population for each student.

        Returns:
            Log density and parameters; those of each student have a leading axis of students.
        """
        log_density, returned = self.program.assess(dict(values), *self.arguments(trials))
        return log_density, as_parameters(returned)

    def of_each_student(self, parameters: Parameters, students: int) -> Parameters:
        """The parameters of each student's population, with a leading axis of students.

        Args:
            parameters: what the program returns.
            students: how many students there are.

        Returns:
            The same, if the program describes a population for each student; otherwise that of all, repeated.
        """
        return repeated(parameters, students) if self.is_shared else parameters

    @property
    def addresses(self) -> tuple[str, ...]:
        """The addresses of the program, in the order of `support`."""
        return tuple(self.support)

    def __deepcopy__(self, memo: dict[int, Any]) -> "Hyperprior":
        return self  # it cannot change, and programs compiled for it are found by its identity

    def __copy__(self) -> "Hyperprior":
        return self

    def __reduce__(self) -> Recipe:
        if self.recipe is not None:
            return self.recipe
        if by_name(self.program) is None:
            source = self.program.source.value
            raise PicklingError(
                f"a hyperprior is pickled by the name of its program, and {source.__qualname__} is not found in "
                f"{source.__module__}: write it with @gen at the top level of a module"
            )
        return _same_hyperprior, (self.program, tuple(self.support.items()), self.family)


def as_parameters(returned: Any) -> Parameters:
    """What a hyperprior's program returns as a tuple: a single array stands for itself."""
    return tuple(returned) if isinstance(returned, tuple | list) else (returned,)


def repeated(parameters: Parameters, students: int) -> Parameters:
    """The parameters of one population for each of its students, with a leading axis of students."""
    return tuple(jnp.broadcast_to(x, (students, *jnp.shape(x))) for x in parameters)


def population_at(hyperprior: Hyperprior, values: Mapping[str, Any], trials: Any = None) -> Parameters:
    """The parameters that a hyperprior's program returns for given values of its addresses, in float64.

    Args:
        hyperprior: the prior of the population.
        values: the value of each address.
        trials: the argument of a program that describes a population for each student.

    Returns:
        The parameters, such as (a, b).
    """
    with jax.enable_x64(True):
        # As arrays, because JAX gives a Python number the type of whatever the program combines it with.
        parameters = _parameters(hyperprior)({name: jnp.asarray(value) for name, value in values.items()}, trials)
        return tuple(np.asarray(parameter, np.float64)[()] for parameter in parameters)


@shared  # one function for each hyperprior, so that JAX finds again what it has compiled
def _parameters(hyperprior: Hyperprior):
    return jax.jit(lambda values, trials: hyperprior.assess(values, trials)[1])


def _same_hyperprior(
    program: Fn[Any], support: tuple[tuple[str, tuple[float, float]], ...], family: Family = beta_binomials
) -> Hyperprior:
    """The hyperprior that this process has with this program, support and family, or a new one."""
    return _alive.get(_identity(program, dict(support), family)) or Hyperprior(program, dict(support), family)


def _identity(program: Fn[Any], support: Mapping[str, tuple[float, float]], family: Family) -> tuple[Any, ...]:
    return program.source.value, tuple(support.items()), family


def _required(arguments: Iterable[inspect.Parameter]) -> int:
    """How many arguments have no default."""
    return sum(each.default is each.empty for each in arguments)


def interval_of(address: str, ends: tuple[float, float]) -> tuple[float, float]:
    """The ends of an interval as floats, after a check that they are in order.

    Args:
        address: what lies in the interval, for messages.
        ends: lower and upper end.

    Returns:
        Both ends.

    Raises:
        ValueError: if they are not a pair of numbers, the lower one first.
    """
    try:
        low, high = (float(end) for end in ends)
    except (TypeError, ValueError):
        raise ValueError(f"support of {address!r} must be a pair of numbers (low, high), not {ends!r}") from None
    if isnan(low) or isnan(high) or not low < high:
        raise ValueError(f"support of {address!r}: the lower end {low} must lie below the upper end {high}")
    return low, high


def finite_bounds(name: str, ends: tuple[float, float]) -> tuple[float, float]:
    """The bounds of a positive quantity as floats; a ValueError unless 0 <= low < high < inf."""
    low, high = interval_of(name, ends)
    if low < 0 or high == float("inf"):
        raise ValueError(f"bounds of {name} must satisfy 0 <= low < high < inf, not ({low}, {high})")
    return low, high
