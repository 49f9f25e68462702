"""Hyperpriors: what we believe about the population (a, b) before any count, as GenJAX programs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isnan
from pickle import PicklingError
from types import MappingProxyType
from typing import Any
from weakref import WeakValueDictionary

import jax
import jax.numpy as jnp
from genjax import gen
from genjax.core import Fn

from models.hyperpriors.distributions import log_uniform, open_uniform
from models.programs.pickling import Recipe, by_name
from models.programs.threads import shared

_alive: WeakValueDictionary[tuple[Any, ...], "Hyperprior"] = WeakValueDictionary()  # by program, support


@dataclass(frozen=True, eq=False)  # compared by identity, so that a program compiled for it is found again
class Hyperprior:
    """A GenJAX program that returns (a, b), and the open interval of each of its addresses.

    Args:
        program: `@gen` function without arguments that returns (a, b), both positive. An algorithm takes its density
            from its own `assess` and needs to know nothing else about it.
        support: open interval (low, high) of each address, infinite ends allowed, for example
            `{"mu": (0.0, 1.0), "kappa": (1.0, inf)}`.
        recipe: the call of a factory such as `box` that returns this very object; it is pickled as this call. If None,
            it is pickled by the module and name of its program.

    Raises:
        TypeError: if `program` is not a `@gen` function.
        ValueError: if an interval is empty or not a pair of numbers, or if there is none.
    """

    program: Fn[tuple[jax.Array, jax.Array]]
    support: Mapping[str, tuple[float, float]]
    recipe: Recipe | None = field(default=None, kw_only=True, repr=False)

    def __post_init__(self) -> None:
        if not isinstance(self.program, Fn):
            raise TypeError(f"program must be a @gen function, not {type(self.program).__name__}")
        if not self.support:
            raise ValueError("support is empty: give the open interval (low, high) of each address of the program")
        support = {address: _interval(address, ends) for address, ends in self.support.items()}
        object.__setattr__(self, "support", MappingProxyType(support))
        if self.recipe is None:
            _alive.setdefault(_identity(self.program, support), self)

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
        return _same_hyperprior, (self.program, tuple(self.support.items()))


def box(low: float = 0.5, high: float = 20.0) -> Hyperprior:
    """Independent uniform a and b: the course's first hyperprior.

    a ~ Uniform(low, high),  b ~ Uniform(low, high)

    Args:
        low: lower bound of both, 0 <= low.
        high: upper bound of both.

    Returns:
        The hyperprior, addresses "a" and "b"; the same object for the same bounds.

    Raises:
        ValueError: if not 0 <= low < high < inf.
    """
    return _box(*_bounds("box", (low, high)))


def mean_concentration(mu: tuple[float, float] = (0.0, 1.0), lam: tuple[float, float] = (0.1, 100.0)) -> Hyperprior:
    """Independent population mean mu = a / (a + b) and concentration lam = a + b: the course's second hyperprior.

    mu ~ Uniform(mu),  lam ~ LogUniform(lam),  a = lam mu,  b = lam (1 - mu)

    Args:
        mu: bounds of the mean, within (0, 1).
        lam: bounds of the concentration, in pseudo-trials, both positive.

    Returns:
        The hyperprior, addresses "mu" and "lam"; the same object for the same bounds.

    Raises:
        ValueError: if not 0 <= mu[0] < mu[1] <= 1, or not 0 < lam[0] < lam[1] < inf.

    References:
        Kemp, Perfors & Tenenbaum (2007), Learning overhypotheses with hierarchical Bayesian models, section 2.
    """
    mu, lam = _bounds("mu", mu), _bounds("lam", lam)
    if mu[1] > 1:
        raise ValueError(f"mu is a mean of rates: its upper bound {mu[1]} must not exceed 1")
    if lam[0] == 0:
        raise ValueError("lam is log-uniform: its lower bound must be positive, not 0")
    return _mean_concentration(mu, lam)


@shared
def _box(low: float, high: float) -> Hyperprior:
    @gen
    def population():
        a = open_uniform(low, high) @ "a"
        b = open_uniform(low, high) @ "b"
        return a, b

    return Hyperprior(population, {"a": (low, high), "b": (low, high)}, recipe=(box, (low, high)))


@shared
def _mean_concentration(mu_bounds: tuple[float, float], lam_bounds: tuple[float, float]) -> Hyperprior:
    @gen
    def population():
        mu = open_uniform(*mu_bounds) @ "mu"
        lam = log_uniform(*lam_bounds) @ "lam"
        return lam * mu, lam * (1 - mu)

    recipe = mean_concentration, (mu_bounds, lam_bounds)
    return Hyperprior(population, {"mu": mu_bounds, "lam": lam_bounds}, recipe=recipe)


def population_at(hyperprior: Hyperprior, values: Mapping[str, float]) -> tuple[float, float]:
    """(a, b) that a hyperprior's program returns for given values of its addresses, in float64."""
    with jax.enable_x64(True):
        # As arrays, because a program that divides by one of its choices would raise an error on a Python 0.
        _, (a, b) = hyperprior.program.assess({address: jnp.asarray(value) for address, value in values.items()})
        return float(a), float(b)


def _same_hyperprior(program: Fn[Any], support: tuple[tuple[str, tuple[float, float]], ...]) -> Hyperprior:
    """The hyperprior that this process has with this program and support, or a new one."""
    return _alive.get(_identity(program, dict(support))) or Hyperprior(program, dict(support))


def _identity(program: Fn[Any], support: Mapping[str, tuple[float, float]]) -> tuple[Any, ...]:
    return program.source.value, tuple(support.items())


def _interval(address: str, ends: tuple[float, float]) -> tuple[float, float]:
    try:
        low, high = (float(end) for end in ends)
    except (TypeError, ValueError):
        raise ValueError(f"support of {address!r} must be a pair of numbers (low, high), not {ends!r}") from None
    if isnan(low) or isnan(high) or not low < high:
        raise ValueError(f"support of {address!r}: the lower end {low} must lie below the upper end {high}")
    return low, high


def _bounds(name: str, ends: tuple[float, float]) -> tuple[float, float]:
    low, high = _interval(name, ends)
    if low < 0 or high == float("inf"):
        raise ValueError(f"bounds of {name} must satisfy 0 <= low < high < inf, not ({low}, {high})")
    return low, high
