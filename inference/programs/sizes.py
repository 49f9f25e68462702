"""Checks of the numbers of particles, draws and steps that a caller gives: whole, and not more than memory holds."""

import math
import operator
import os
from typing import Any

from models import Hyperprior

BYTES_PER_NUMBER = 8  # on the host
NUMBERS_PER_DRAW = 4  # numbers that are kept of a draw in addition to its addresses: key, log weight, a and b


def whole_number(name: str, number: Any, least: int = 1) -> int:
    """A size given by a caller, as a Python int.

    Args:
        name: name of the argument, for messages.
        number: an int of Python, NumPy or JAX.
        least: the smallest value allowed.

    Returns:
        The number.

    Raises:
        TypeError: if it is not an integer: a float, a string or a bool, even one with a whole value.
        ValueError: if it is too small.
    """
    try:
        size = operator.index(number)
    except TypeError:
        size = None
    if size is None or isinstance(number, bool):
        raise TypeError(f"{name} must be a whole number, an int, not {number!r}")
    if size < least:
        raise ValueError(f"{name} must be at least {least}, not {size}")
    return size


def check_memory(hyperprior: Hyperprior, further: int = 0, **sizes: int) -> None:
    """Raise a ValueError, before anything is allocated, if memory cannot hold so many draws of the population.

    Args:
        hyperprior: the prior of the population.
        further: numbers that are kept of each draw in addition to the population.
        sizes: sizes by name of the argument; their product is the number of draws.
    """
    each = len(hyperprior.addresses) + NUMBERS_PER_DRAW + further
    needed, available = BYTES_PER_NUMBER * each * math.prod(sizes.values()), _memory()
    if needed > available:
        given = " and ".join(f"{name} = {size:,}" for name, size in sizes.items())
        raise ValueError(
            f"{given} would take {needed / 1e9:,.0f} GB for the draws alone, and this machine has "
            f"{available / 1e9:,.0f} GB: ask for fewer draws"
        )


def _memory() -> float:
    """Bytes of memory of this machine; infinity if it is not known."""
    try:
        return float(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    except (AttributeError, ValueError, OSError):  # not POSIX
        return math.inf
