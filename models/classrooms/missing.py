"""Students whose count is missing, and students whose rate is known: wrappers of a student's program.

GenJAX 1.0.14 takes no partial constraints inside a mapped address: either all students have a value there or none has.
So here NaN stands for a value that is not there.
"""

from typing import Any

import jax.numpy as jnp
from genjax.core import Distribution, Fn, distribution

from models.programs.handlers import Outer, handled
from models.programs.threads import shared


@shared
def masked(student: Fn[Any], address: str = "k") -> Fn[Any]:
    """A student's program that takes NaN at an address for a missing value, which has no weight.

        p(k | ...) if k is a number, 1 if k is NaN

    Args:
        student: generative function.
        address: the address whose value may be missing.

    Returns:
        Generative function of the same arguments; the same object for the same arguments. Its simulations have no
        missing values. Where it is run, it raises a TypeError if the program makes no choice at the address.
    """

    def choose(outer: Outer, choice: Distribution[Any], args: tuple[Any, ...], kwargs: Any) -> Any:
        return outer(address, _unless_missing(choice), args, kwargs)

    return handled(student, lambda outer: _Replacing(outer, address, choose), _check_found)


@shared
def known(student: Fn[Any], address: str) -> Fn[Any]:
    """A student's program in which a latent choice of some students is known.

    It has one more address, called `address` and "_known": the value, or NaN where it is not known. Condition it on
    these values, such as `{"students": {"k": k, "log_odds_known": [0.2, nan, nan]}}`. A known value has its density
    there, is used in place of the choice at `address`, and that choice has no weight.

    Args:
        student: generative function, such as the student of `explicit`.
        address: the address of the latent choice, such as "log_odds".

    Returns:
        Generative function of the same arguments; the same object for the same arguments. Its simulations have no known
        values. Where it is run, it raises a TypeError if the program makes no choice at the address.
    """

    def choose(outer: Outer, choice: Distribution[Any], args: tuple[Any, ...], kwargs: Any) -> Any:
        value = outer(f"{address}_known", _known_value(choice), args, kwargs)
        drawn = outer(address, _unless_known(choice), (value, *args), kwargs)
        return jnp.where(jnp.isnan(value), drawn, value)

    return handled(student, lambda outer: _Replacing(outer, address, choose), _check_found)


class _Replacing:
    """Makes the choice at an address in another way."""

    def __init__(self, outer: Outer, address: str, choose: Any):
        self.outer, self.address, self.choose, self.found = outer, address, choose, False

    def __call__(self, address: str, distribution: Any, args: tuple[Any, ...], kwargs: Any = None) -> Any:
        if address != self.address:
            return self.outer(address, distribution, args, kwargs or {})
        self.found = True
        return self.choose(self.outer, distribution, args, kwargs or {})


def _check_found(handler: _Replacing, returned: Any) -> Any:
    if not handler.found:
        raise TypeError(f"the program makes no choice at {handler.address!r}")
    return returned


@shared
def _unless_missing(choice: Distribution[Any]) -> Distribution[Any]:
    return distribution(choice.sample, _zero_for_nan(choice), name="unless_missing")


@shared
def _known_value(choice: Distribution[Any]) -> Distribution[Any]:
    def nothing(*args: Any, **kwargs: Any) -> Any:
        return jnp.full_like(choice.sample(*args, **kwargs), jnp.nan)

    return distribution(nothing, _zero_for_nan(choice), name="known_value")


@shared
def _unless_known(choice: Distribution[Any]) -> Distribution[Any]:
    def log_density(drawn: Any, value: Any, *args: Any, **kwargs: Any) -> Any:
        return jnp.where(jnp.any(jnp.isnan(value)), choice.logpdf(drawn, *args, **kwargs), 0)

    return distribution(lambda value, *args, **kwargs: choice.sample(*args, **kwargs), log_density, name="unless_known")


def _zero_for_nan(choice: Distribution[Any]) -> Any:
    """The log density of a choice, 0 where its value is NaN."""

    def log_density(value: Any, *args: Any, **kwargs: Any) -> Any:
        is_missing = jnp.any(jnp.isnan(value))
        # Replaced before the computation: a gradient through the branch not taken is 0 times NaN, which is NaN.
        return jnp.where(is_missing, 0, choice.logpdf(jnp.where(is_missing, 0, value), *args, **kwargs))

    return log_density
