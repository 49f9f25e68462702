"""A check, made once before an algorithm relies on a hyperprior, that its program agrees with its declaration."""

from collections.abc import Iterator, Mapping
from typing import Any
from weakref import WeakKeyDictionary

import jax
import numpy as np
from genjax import seed

from models.hyperpriors.hyperprior import Hyperprior, as_parameters
from models.hyperpriors.population_check import check_parameters, check_population, check_sizes
from models.hyperpriors.trials_check import check_indices, check_rows_alone
from models.programs.threads import shared

DRAWS = 256  # enough that a support without 5 % of the program's mass is missed only once in 500,000 times
# Equal draws that show a discrete choice: among 256 float32 draws from a density 3 are equal with probability < 1e-7.
REPEATS_OF_DISCRETE = 3
FIRST_ALL_WHOLE_FLOAT = 2.0**52  # from here on every float64 is a whole number

Address = tuple[str, ...]
_checked: WeakKeyDictionary[Hyperprior, set[Any]] = WeakKeyDictionary()  # with the shapes of the trials


def check_hyperprior(hyperprior: Hyperprior, trials: Any = None) -> None:
    """Raise an error if a hyperprior's program disagrees with its support, its family or the names of its addresses.

    The check draws from the program 256 times, in float64 and with fixed keys; once for trials of the same shape. A
    hyperprior made by a factory of this package is not checked. Nor is a program that has a density but cannot be
    drawn from: only `exact` can use it, and `exact` calls `check_population` itself.

    Args:
        hyperprior: the prior of the population.
        trials: the argument of a program that describes a population for each student.

    Raises:
        KeyError: if the program's addresses are not those of the support; lists both.
        ValueError: if it does not return the family's parameters as floats, such as a pair (a, b), if an address is
            discrete or drawn outside the declared interval, if a student's population depends on the other students,
            or if `check_population` raises one.
        IndexError: as `check_indices`.
    """
    if hyperprior.recipe is not None:
        return
    arguments = hyperprior.arguments(trials)
    leaves, structure = jax.tree.flatten(arguments)
    # Whole numbers may be indices, so their values matter too.
    shape = structure, tuple((np.shape(leaf), _whole_numbers(leaf)) for leaf in leaves)
    if shape not in _checked.setdefault(hyperprior, set()):
        _check(hyperprior, arguments)
        _checked[hyperprior].add(shape)


def _check(hyperprior: Hyperprior, arguments: tuple[Any, ...]) -> None:
    with jax.enable_x64(True):
        draw = _draw(hyperprior)
        try:
            choices, returned = draw.eval_shape(jax.random.key(0), *arguments)
        except Exception as error:  # a sampler may raise anything; an algorithm that draws will raise it again
            _refuse_program_of_trials(hyperprior, error)
            return
        _check_addresses(hyperprior, dict(_leaves(choices)))
        _check_density(hyperprior, choices, arguments)
        rows = None if hyperprior.is_shared else arguments[0].rows
        _check_returned(hyperprior, returned, rows)
        if not hyperprior.is_shared:
            first, _ = draw(jax.random.key(0), *arguments)
            check_indices(hyperprior, first, arguments[0])
            check_rows_alone(hyperprior, first, arguments[0])
        # One by one: a program of scalars compiles three times as fast as one of arrays.
        drawn = jax.device_get([draw(jax.random.key(number), *arguments) for number in range(DRAWS)])
    own = {address: np.array([choices[address] for choices, _ in drawn]) for address in hyperprior.addresses}
    for address, values in own.items():
        for element in values.reshape(DRAWS, -1).T:
            _check_support(address, element, hyperprior.support[address])
            _check_continuous(address, element, hyperprior.support[address])
    parameters = tuple(map(np.array, zip(*(as_parameters(returned) for _, returned in drawn), strict=True)))
    if hyperprior.has_one_beta:
        check_population({address: values for address, values in own.items() if values.ndim == 1}, *parameters)
    else:
        check_parameters(hyperprior, parameters)


def _refuse_program_of_trials(hyperprior: Hyperprior, error: Exception) -> None:
    """Raise the error of a program of the trials, if its cause is what the program reads from them."""
    if hyperprior.is_shared:
        return
    if isinstance(error, KeyError):  # a covariate that the data lack
        raise error
    if isinstance(error, TypeError) and ("concrete" in str(error) or "Traced" in str(error)):
        raise TypeError(
            "the hyperprior's program makes an array whose size is a number of the trials, which is not known when the "
            "program is compiled: make the size an argument of a function that returns the hyperprior, such as "
            "school(classrooms=3)"
        ) from error


def address_shapes(hyperprior: Hyperprior, trials: Any = None) -> dict[str, tuple[int, ...]]:
    """The shape of what is drawn at each address.

    Args:
        hyperprior: the prior of the population.
        trials: the argument of a program that describes a population for each student.

    Returns:
        Shapes by address; empty if the program cannot be drawn from.
    """
    try:
        choices, _ = _draw(hyperprior).eval_shape(jax.random.key(0), *hyperprior.arguments(trials))
    except Exception:  # a sampler may raise anything
        return {}
    return {address: np.shape(choice) for address, choice in choices.items()}


def _whole_numbers(leaf: Any) -> int:
    """A hash of the values of an array of whole numbers; 0 of other arrays."""
    values = np.asarray(leaf)
    return hash(values.tobytes()) if np.issubdtype(values.dtype, np.integer) else 0


def _check_density(hyperprior: Hyperprior, choices: Any, arguments: tuple[Any, ...]) -> None:
    """Raise a ValueError if the density of a program is not one number, as that of a vector drawn without `vmap`."""
    log_density, _ = jax.eval_shape(lambda own: hyperprior.assess(own, *arguments), choices)
    if log_density.shape:
        raise ValueError(
            f"the log density of the hyperprior's program is an array of shape {log_density.shape}: draw a vector with "
            "`vmap`, such as normal.vmap(in_axes=(0, 0))(zeros, ones)"
        )


@shared  # one function for each program, so that JAX finds its trace again
def _draw(hyperprior: Hyperprior):
    @jax.jit
    def draw(key: jax.Array, *arguments: Any) -> tuple[Any, Any]:
        trace = seed(hyperprior.program.simulate)(key, *arguments)
        return trace.get_choices(), trace.get_retval()

    return draw


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
        if not np.issubdtype(choice.dtype, np.floating):
            raise ValueError(_discrete_message(address, f"values of type {choice.dtype}"))


def _check_returned(hyperprior: Hyperprior, returned: Any, rows: int | None) -> None:
    """Raise a ValueError unless a program returns the parameters of its family; `rows` of them, if it is a number."""
    family = hyperprior.family
    names = ", ".join(parameter.name for parameter in family.parameters)
    if hyperprior.has_one_beta and jax.tree.structure(returned) not in map(jax.tree.structure, ((0, 0), [0, 0])):
        raise ValueError("the hyperprior's program must return the pair (a, b) and nothing else")
    values = as_parameters(returned)
    if not all(hasattr(value, "shape") for value in values):
        raise ValueError(f"the hyperprior's program must return ({names}) and nothing else, not {returned!r}")
    if len(values) != len(family.parameters):
        raise ValueError(f"the hyperprior's program must return ({names}) and nothing else, not {len(values)} values")
    of_each = [parameter.axes if rows is None else ("students", *parameter.axes) for parameter in family.parameters]
    for parameter, axes, value in zip(family.parameters, of_each, values, strict=True):
        if len(value.shape) != len(axes) or not np.issubdtype(value.dtype, np.floating):
            described = f"an array of shape {value.shape}" if value.shape else "a number"
            if not np.issubdtype(value.dtype, np.floating):
                described = f"values of type {value.dtype}"
            expected = f"floats with the axes ({', '.join(axes)})" if axes else "a float"
            raise ValueError(f"the hyperprior's program returns {described} as {parameter.name}: return {expected}")
    check_sizes(family, [value.shape for value in values], of_each, **({} if rows is None else {"students": rows}))


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
