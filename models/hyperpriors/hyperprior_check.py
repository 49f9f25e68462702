"""A check, made once before an algorithm relies on a hyperprior, that its program agrees with its declaration."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import jax
import numpy as np
from genjax import seed

from models.hyperpriors.hyperprior import Hyperprior

DRAWS = 256  # enough that a support without 5 % of the program's mass is missed only once in 500,000 times
# Equal draws that show a discrete choice: among 256 float32 draws from a density 3 are equal with probability < 1e-7.
REPEATS_OF_DISCRETE = 3
ROUNDING = 8 * float(
    np.finfo(np.float32).eps
)  # relative error allowed: that of float32, which a program may use itself
FIRST_ALL_WHOLE_FLOAT = 2.0**52  # from here on every float64 is a whole number

Address = tuple[str, ...]
MEANINGS = {
    "a": "it returns another a",
    "b": "it returns another b",
    "mu": "the a and b that it returns have another mean a / (a + b)",
    "lam": "the a and b that it returns have another sum a + b",
}
"""The error if the value drawn at an address with this name is not that quantity."""


@cache  # nothing is compiled twice for the same hyperprior
def check_hyperprior(hyperprior: Hyperprior) -> None:
    """Raise an error if a hyperprior's program disagrees with its support or with the names of its addresses.

    The check draws from the program 256 times, in float64 and with fixed keys. A hyperprior made by a factory of this
    package is not checked. Nor is a program that has a density but cannot be drawn from: only `exact` can use it, and
    `exact` calls `check_population` itself.

    Args:
        hyperprior: the prior of the population.

    Raises:
        KeyError: if the program's addresses are not those of the support; lists both.
        ValueError: if it does not return a pair of floats (a, b), if an address is discrete, not a scalar, or drawn
            outside the declared interval, or if `check_population` raises one.
    """
    if hyperprior.recipe is not None:
        return
    with jax.enable_x64(True):
        draw = jax.jit(lambda key: _choices_and_returned(hyperprior, key))
        try:
            choices, returned = draw.eval_shape(jax.random.key(0))
        except Exception:  # a sampler may raise anything; an algorithm that draws will raise it again
            return
        _check_addresses(hyperprior, dict(_leaves(choices)))
        _check_returned(returned)
        # One by one: a program of scalars compiles three times as fast as one of arrays.
        drawn = jax.device_get([draw(jax.random.key(number)) for number in range(DRAWS)])
    own = {address: np.array([choices[address] for choices, _ in drawn]) for address in hyperprior.addresses}
    for address, values in own.items():
        _check_support(address, values, hyperprior.support[address])
        _check_continuous(address, values, hyperprior.support[address])
    a, b = (np.array([pair[side] for _, pair in drawn]) for side in (0, 1))
    check_population(own, a, b)


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


def _choices_and_returned(hyperprior: Hyperprior, key: jax.Array) -> tuple[Any, Any]:
    trace = seed(hyperprior.program.simulate)(key)
    return trace.get_choices(), trace.get_retval()


def _leaves(choices: Any, prefix: Address = ()) -> Iterator[tuple[Address, Any]]:
    if isinstance(choices, Mapping):
        for name, below in choices.items():
            yield from _leaves(below, (*prefix, name))
    else:
        yield prefix, choices


def _check_addresses(hyperprior: Hyperprior, drawn: Mapping[Address, jax.ShapeDtypeStruct]) -> None:
    if set(drawn) != {(address,) for address in hyperprior.addresses}:
        has = ", ".join(sorted(".".join(address) for address in drawn)) or "nothing"
        nested = (
            ""
            if all(len(address) == 1 for address in drawn)
            else "; its choices must not be nested under another address"
        )
        raise KeyError(
            f"the support declares the addresses {', '.join(hyperprior.addresses)}, but the hyperprior's program draws "
            f"{has}{nested}"
        )
    for (address,), choice in drawn.items():
        if choice.shape != ():
            raise ValueError(f"the hyperprior draws an array of shape {choice.shape} at {address!r}: draw one number")
        if not np.issubdtype(choice.dtype, np.floating):
            raise ValueError(_discrete_message(address, f"values of type {choice.dtype}"))


def _check_returned(returned: Any) -> None:
    if jax.tree.structure(returned) not in map(jax.tree.structure, ((0, 0), [0, 0])):
        raise ValueError("the hyperprior's program must return the pair (a, b) and nothing else")
    for name, value in zip("ab", returned, strict=True):
        if value.shape != () or not np.issubdtype(value.dtype, np.floating):
            described = f"values of type {value.dtype}" if value.shape == () else f"an array of shape {value.shape}"
            raise ValueError(f"the hyperprior's program returns {described} as {name}: return a float")


def _check_support(address: str, values: np.ndarray, support: tuple[float, float]) -> None:
    low, high = np.asarray(support, values.dtype)
    outside = ~((low <= values) & (values <= high))
    if np.any(outside):
        raise ValueError(
            f"the hyperprior draws {address} = {values[outside][0]:g}, outside its support {support}: declare the "
            "interval that the program draws from"
        )


def _check_continuous(address: str, values: np.ndarray, support: tuple[float, float]) -> None:
    """Raise an error if draws look discrete: whole numbers, or the same value again and again.

    A density may round to an end of the support, so repeats there are allowed; but not all draws may be there.
    """
    if np.all((np.abs(values) < FIRST_ALL_WHOLE_FLOAT) & (values == np.floor(values))):
        raise ValueError(_discrete_message(address, "whole numbers"))
    inner = values[~np.isin(values, np.asarray(support, values.dtype))]
    _, times = np.unique(inner, return_counts=True)
    if inner.size == 0 or times.max() >= REPEATS_OF_DISCRETE:
        raise ValueError(_discrete_message(address, "the same few values over and over"))


def _discrete_message(address: str, drawn: str) -> str:
    return (
        f"the hyperprior draws {drawn} at {address!r}: a discrete choice has no density; draw it from a continuous "
        "distribution, or make one hyperprior for each of its values and compare them"
    )
