"""A hyperprior of a reader's own: loaded from a Python file, and checked before it meets any counts."""

import hashlib
import sys
import traceback
from collections.abc import Callable
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from inspect import Parameter, signature, unwrap
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from genjax.core import Fn

from experiments.errors import OptionError
from inference import QuadratureError, exact
from models import Counts, Events, Hyperprior
from models.hyperpriors.hyperprior_check import check_hyperprior


@cache  # the same object for the same file and name, so that programs compiled for it are reused
def hyperprior_of_file(path: Path, name: str, kind: type[Counts] | type[Events] = Counts) -> Hyperprior:
    """The hyperprior that a Python file defines at its top level.

    Args:
        path: the file, an absolute path; it is run once.
        name: the name of a `Hyperprior`, or of a function that returns one and is called without arguments.
        kind: the kind of data that it must be for.

    Returns:
        The hyperprior. It agrees with its own support, and `exact` can integrate over its addresses.

    Raises:
        OptionError: if there is no such file, if it raises an error, if it has no such name, if this is not a
            hyperprior, or if the hyperprior cannot be used.
    """
    place = f"{path.name}:{name}"
    module = _module(path)
    if name not in vars(module):
        raise OptionError(f"--hyperprior {place}: {path} has no {name!r} at its top level; {_offer(module)}")
    hyperprior = vars(module)[name]
    if isinstance(unwrap(hyperprior), FunctionType):  # also one under functools.cache
        hyperprior, place = _result(hyperprior, path, place), f"{place}()"
    if not isinstance(hyperprior, Hyperprior):
        raise OptionError(f"--hyperprior {place}: this is {_described(hyperprior)}, not a Hyperprior")
    if hyperprior.family.observations is not kind:
        its = hyperprior.family.observations.__name__
        raise OptionError(
            f"--hyperprior {place}: it is of {hyperprior.family}, for {its}; the data are {kind.__name__}"
        )
    _check(hyperprior, kind([0], [0]), path, place)
    return hyperprior


def _module(path: Path) -> ModuleType:
    """The file as a module, under a name of its own in `sys.modules`, where pickle finds what it defines.

    The name is not that of the file, which another module may have.
    """
    name = f"hyperprior_file_{hashlib.sha256(str(path).encode()).hexdigest()[:12]}"
    if name in sys.modules:
        return sys.modules[name]
    if not path.is_file():
        raise OptionError(f"--hyperprior: there is no file {path}")
    spec = spec_from_file_location(name, path)
    assert spec is not None  # it is None only for a suffix that Python does not know
    assert spec.loader is not None
    module = sys.modules[name] = module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        raise OptionError(f"--hyperprior: {_raised(error, path)}") from error
    return module


def _result(function: Callable[..., Any], path: Path, place: str) -> Any:
    """What a function returns when it is called without arguments."""
    needed = [
        parameter.name
        for parameter in signature(function).parameters.values()
        if parameter.default is Parameter.empty
        and parameter.kind not in (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)
    ]
    if needed:
        raise OptionError(
            f"--hyperprior {place}: this function needs {', '.join(needed)}, but is called without any: give them "
            "defaults, or name its result in the file"
        )
    try:
        return function()
    except (Exception, SystemExit) as error:
        raise OptionError(f"--hyperprior {place}: {_raised(error, path)}") from error


def _check(hyperprior: Hyperprior, nothing: Counts | Events, path: Path, place: str) -> None:
    """Raise an error if the hyperprior disagrees with its own support, or if `exact` cannot use it.

    Args:
        hyperprior: the hyperprior.
        nothing: a group without data, whose posterior is the prior.
        path: the file it comes from.
        place: the file and the name.
    """
    refused = f"--hyperprior {place}"
    try:
        check_hyperprior(hyperprior)
        refused = f"{refused}: every answer here needs exact, which cannot use it"
        exact(hyperprior, nothing)
    except QuadratureError:  # a prior that cannot be integrated may still have a posterior that can
        return
    except Exception as error:  # a program may raise anything
        if _lines(error, path):
            raise OptionError(f"--hyperprior {place}: {_raised(error, path)}") from error
        if isinstance(error, KeyError | ValueError):
            raise OptionError(f"{refused}: {error.args[0]}") from error
        raise


def _lines(error: BaseException, path: Path) -> list[int | None]:
    """The lines of a file that took part in an error, the one that raised it last."""
    if isinstance(error, SyntaxError) and error.filename == str(path):
        return [error.lineno]
    return [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]


def _raised(error: BaseException, path: Path) -> str:
    """An error of a file as the end of a sentence: where it was raised, its type and what it says."""
    lines = _lines(error, path)
    at = f", line {lines[-1]}" if lines else ""
    said = " ".join(str(error.msg if isinstance(error, SyntaxError) else error).split())
    return f"{path}{at}, raises {type(error).__name__}" + (f": {said}" if said else "")


def _offer(module: ModuleType) -> str:
    """The hyperpriors at the top level of a file."""
    names = [name for name, value in vars(module).items() if isinstance(value, Hyperprior)]
    return f"its Hyperpriors are {', '.join(names)}" if names else "there is no Hyperprior at all"


def _described(value: object) -> str:
    if isinstance(value, Fn):
        return "a GenJAX program"
    if isinstance(value, type):
        return f"the class {value.__name__}"
    return f"an object of type {type(value).__name__}"
