"""The hyperpriors by what is written on the command line."""

from collections.abc import Callable, Mapping
from typing import get_args

import models
from experiments.methods.hyperprior_files import hyperprior_of_file
from experiments.options import HyperpriorName, hyperprior_in_file
from models import Counts, Events, Hyperprior

HYPERPRIORS: Mapping[str, Callable[..., Hyperprior]] = {
    name: getattr(models, name.replace("-", "_")) for name in get_args(HyperpriorName)
}


def hyperprior_named(hyperprior: str, kind: type[Counts] | type[Events] = Counts) -> Hyperprior:
    """The hyperprior of `--hyperprior`.

    Args:
        hyperprior: a name of HYPERPRIORS, or FILE.py:NAME.
        kind: the kind of data that it must be for, if it is in a file.

    Returns:
        The hyperprior; the same object for the same words.

    Raises:
        OptionError: if a file does not give a hyperprior that can be used, see `hyperprior_of_file`.
    """
    place = hyperprior_in_file(hyperprior)
    if place is None:
        return HYPERPRIORS[hyperprior]()
    return hyperprior_of_file(place.path.resolve(), place.name, kind)
