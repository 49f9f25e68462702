"""Checks of observation maps against the program they condition: GenJAX ignores an address it does not know."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from genjax import seed
from genjax.core import Fn

from models import Exposures, Trials
from models.classrooms.different_rows import DifferentRows
from models.programs.threads import shared

Address = tuple[str, ...]


def choices_of(program: Fn[Any], *args: Any) -> dict[Address, jax.ShapeDtypeStruct]:
    """Every address of a program with the shape and dtype of its choice, found without running it.

    Args:
        program: generative function.
        args: its arguments.

    Returns:
        Shape and dtype by full address, such as ("students", "k").
    """
    # A class whose students are too many to be listed cannot be simulated; a smaller one has the same addresses.
    simulated = [_written_out(arg) for arg in args]
    trace = _simulate(program).eval_shape(jax.random.key(0), *simulated)
    return dict(_leaves(trace.get_choices()))


def _written_out(argument: Any) -> Any:
    """The argument of a program without the multiplicities of a large class."""
    if isinstance(argument, DifferentRows):
        return _written_out(argument.trials)  # its rows matter to a density only
    return replace(argument, multiplicity=None) if isinstance(argument, Trials | Exposures) else argument


@shared  # one function for each program, so that JAX finds its trace again
def _simulate(program: Fn[Any]):
    return jax.jit(seed(program.simulate))


def check_observations(choices: Mapping[str, Any], valid: Mapping[Address, jax.ShapeDtypeStruct]) -> dict[str, Any]:
    """Check that a program has every address of an observation map, and convert the values to its dtypes.

    Args:
        choices: nested observation map, such as `{"students": {"k": [3, 1]}}`; integers are allowed.
        valid: addresses of the program, from `choices_of`.

    Returns:
        The same nested map of JAX arrays in the dtype of the program's own choices.

    Raises:
        KeyError: if the program lacks an address; the message lists those it has.
        ValueError: if a value does not have the shape of the program's choice.
    """
    for address, value in _leaves(choices):
        if address not in valid:
            known = ", ".join(_join(known) for known in valid)
            raise KeyError(f"the program makes no choice at {_join(address)}; its addresses are {known}")
        if np.shape(value) != valid[address].shape:
            raise ValueError(
                f"the value at {_join(address)} has shape {np.shape(value)}, but the program's choice there has shape "
                f"{valid[address].shape}"
            )
    return _convert(choices, valid, ())


def _leaves(choices: Any, prefix: Address = ()):
    if isinstance(choices, Mapping):
        for name, below in choices.items():
            yield from _leaves(below, (*prefix, name))
    else:
        yield prefix, choices


def _convert(choices: Mapping[str, Any], valid: Mapping[Address, jax.ShapeDtypeStruct], prefix: Address):
    return {
        name: _convert(below, valid, (*prefix, name))
        if isinstance(below, Mapping)
        else jnp.asarray(below, dtype=valid[(*prefix, name)].dtype)
        for name, below in choices.items()
    }


def _join(address: Address) -> str:
    return ".".join(address)
