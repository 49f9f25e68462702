"""A cache for several threads: they may build an object at the same time, but all get the same one."""

from collections.abc import Callable
from functools import wraps
from typing import Any


def shared[**P, T](build: Callable[P, T]) -> Callable[P, T]:
    """`functools.cache` that gives the same object to all threads: compiled programs are found by its identity.

    If two threads are the first to ask, both may build a result, so `build` must be cheap; both get the one that was
    kept. No lock is held meanwhile, because JAX lets one thread wait for the trace of another.

    Args:
        build: function of hashable arguments.

    Returns:
        The cached function; its attribute `kept` has the results by their arguments.
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
