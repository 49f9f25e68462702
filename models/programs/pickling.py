"""How programs are pickled: as the call that made them, or as the module and name under which they are found.

Unpickling therefore gives the very object that this process already has, and programs compiled for it are reused.
"""

import copyreg
from collections.abc import Callable
from functools import reduce
from importlib import import_module
from typing import Any

from genjax.core import Fn

Recipe = tuple[Callable[..., Any], tuple[Any, ...]]


def made_by[Program: Fn[Any]](program: Program, factory: Callable[..., Any], *arguments: Any) -> Program:
    """Record that a program is to be pickled and copied as the call `factory(*arguments)`.

    Args:
        program: the result of the call.
        factory: cached, so that the same arguments give the same object; it is found by its module and name.
        arguments: the arguments of the call.

    Returns:
        `program`.
    """
    program.source.value.recipe = factory, arguments  # pyright: ignore[reportFunctionMemberAccess]
    return program


def by_name(program: Fn[Any]) -> Recipe | None:
    """The call that finds a program by its module and name; None if it cannot, as for one defined in a function."""
    source = program.source.value
    place = source.__module__, source.__qualname__
    try:
        named = _program_at(*place)
    except (ImportError, AttributeError):
        return None
    return (_program_at, place) if named is program else None


def _program_at(module: str, name: str) -> Any:
    return reduce(getattr, name.split("."), import_module(module))


def pickled_as(program: Fn[Any]) -> Any:
    """What `pickle` and `copy` make of a program: the call that gives this very object, if there is one."""
    recipe = getattr(program.source.value, "recipe", None) or by_name(program)
    return recipe or object.__reduce_ex__(program, 4)


# Without this a program would pickle its function by name, but the object of that name is the program.
copyreg.pickle(Fn, pickled_as)
