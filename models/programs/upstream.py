"""Corrections of GenJAX that this suite needs, made once, before anything else imports it."""

import threading
import warnings
from typing import Any

# GenJAX uses TFP, which uses deprecated parts of JAX. Users of `python -W error` should not get these warnings.
warnings.filterwarnings("ignore", category=DeprecationWarning, module="tensorflow_probability")

from genjax import core  # noqa: E402  # after the filter


class Handlers(threading.local):
    """GenJAX's stack of the programs being traced, one for each thread.

    GenJAX 1.0.14 keeps one list for all threads: what one thread traces would be recorded in the trace of another, and
    the broken program would stay in JAX's cache. GenJAX uses four operations of the list: it appends, pops, reads the
    last entry, and asks whether there is any.
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


def use_handler_stack_per_thread() -> None:
    """Replace GenJAX's list by a stack for each thread, for the whole process and every caller of GenJAX.

    Raises:
        RuntimeError: if a program is being traced: its entry in the list would be lost.
    """
    if isinstance(core.handler_stack, Handlers):
        return
    if core.handler_stack:
        raise RuntimeError("models must not be imported for the first time while a GenJAX program is being traced")
    core.handler_stack = Handlers()  # pyright: ignore[reportAttributeAccessIssue]
