"""Programs may be traced in several threads at once: what GenJAX and our caches keep meanwhile is kept apart."""

import threading
from collections.abc import Callable
from functools import wraps
from typing import Any

from genjax import core


class Handlers(threading.local):
    """GenJAX's stack of the programs being traced, one for each thread.

    GenJAX 1.0.14 keeps it in one list: what one thread traces would be recorded in the trace of another, and the broken
    program would stay in JAX's cache. It appends, pops, looks at the last one, and asks whether there is any.
    """

    def __init__(self) -> None:  # called anew in every thread
        self._stack: list[Any] = []

    def append(self, handler: Any) -> None:
        """Begin to trace a program."""
        self._stack.append(handler)

    def pop(self) -> Any:
        """End the innermost trace."""
        return self._stack.pop()

    def __getitem__(self, index: int) -> Any:
        return self._stack[index]

    def __len__(self) -> int:
        return len(self._stack)


def trace_in_each_thread_apart() -> None:
    """Give GenJAX a stack for each thread in place of its list, for the whole process and whoever calls it.

    Raises:
        RuntimeError: if a program is being traced, whose place in the list would be lost.
    """
    if isinstance(core.handler_stack, Handlers):
        return
    if core.handler_stack:
        raise RuntimeError("models must not be imported for the first time while a GenJAX program is being traced")
    core.handler_stack = Handlers()  # pyright: ignore[reportAttributeAccessIssue]


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
