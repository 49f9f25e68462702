"""Checks of the numbers of particles, draws and steps that a caller gives: whole, and not more than memory holds."""

import math
import operator
import os
from typing import Any

from models import Hyperprior

BYTES = 8  # per number on the host
BESIDES = 4  # numbers kept of a draw besides its addresses: key, log weight, a and b


def whole(name: str, number: Any, least: int = 1) -> int:
    """A size that a caller has given, as a Python int.

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
        hyperprior: of the population.
        further: numbers kept of each draw besides the population.
        sizes: by name of the argument; their product is how many draws there are.
    """
    each = len(hyperprior.addresses) + BESIDES + further
    needed, there = BYTES * each * math.prod(sizes.values()), _memory()
    if needed > there:
        given = " and ".join(f"{name} = {size:,}" for name, size in sizes.items())
        raise ValueError(
            f"{given} would take {needed / 1e9:,.0f} GB for the draws alone, and this machine has {there / 1e9:,.0f} "
            "GB: take fewer"
        )


def _memory() -> float:
    """Bytes of memory of this machine; infinity where it is not known."""
    try:
        return float(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    except (AttributeError, ValueError, OSError):  # not POSIX
        return math.inf
