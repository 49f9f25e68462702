"""GenJAX as this suite needs it, put right once before anything else imports it."""

import threading
import warnings
from typing import Any

# TFP, on which GenJAX stands, uses what JAX will take away: not for whoever runs `python -W error` to hear.
warnings.filterwarnings("ignore", category=DeprecationWarning, module="tensorflow_probability")

from genjax import core  # noqa: E402  # after the filter


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
