"""What several threads may build at once, and must find again as one object."""

from collections.abc import Callable
from functools import wraps
from typing import Any


def shared[**P, T](build: Callable[P, T]) -> Callable[P, T]:
    """`functools.cache`, from which all threads get the same object: identity is what compiled programs are found by.

    Two threads that ask first may both build one, which must therefore be cheap; both get the one that was kept.
    Nothing is locked meanwhile, because JAX lets one thread wait for the trace of another.

    Args:
        build: function of hashable arguments.

    Returns:
        The function, whose `kept` are its results by their arguments.
    """
    kept: dict[Any, T] = {}

    @wraps(build)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        key = args, tuple(kwargs.items())
        if key not in kept:
            kept.setdefault(key, build(*args, **kwargs))
        return kept[key]

    call.kept = kept  # pyright: ignore[reportAttributeAccessIssue]
    return call
