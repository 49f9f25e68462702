"""Programs that are run with one choice handled differently: a handler between a program and GenJAX's own.

It rests on `genjax.core.handler_stack`, which is internal to GenJAX 1.0.14: every choice `dist(...) @ "address"` of the
program being traced is a call of the stack's last entry.
"""

from collections.abc import Callable
from typing import Any, Protocol

from genjax import core, gen
from genjax.core import Fn

Outer = Callable[..., Any]  # GenJAX's handler: (address, distribution, args, kwargs) -> value


class Handler(Protocol):
    """What is asked for the value of every choice that a program makes itself."""

    def __call__(self, address: str, distribution: Any, args: tuple[Any, ...], kwargs: Any = None) -> Any:
        """The value of the choice."""
        ...


def handled(
    program: Fn[Any],
    handler: Callable[[Outer], Handler],
    finish: Callable[[Any, Any], Any],
    explain: Callable[[TypeError], TypeError] = lambda error: error,
) -> Fn[Any]:
    """A program whose choices are given to a handler first.

    Args:
        program: generative function.
        handler: function of GenJAX's handler that returns ours, for one run.
        finish: function of our handler and of what the program returned, called when all choices are made; its result
            is what the new program returns.
        explain: function of a TypeError of the program that returns the one to raise.

    Returns:
        The new program, a generative function of the same arguments with all of GenJAX's methods.

    Raises:
        TypeError: if `program` is not a `@gen` function.
    """

    if not isinstance(program, Fn):
        raise TypeError(f"a student must be a @gen function, not {type(program).__name__}")

    def source(*args: Any, **kwargs: Any) -> Any:
        ours = handler(core.handler_stack[-1])
        core.handler_stack.append(ours)  # pyright: ignore[reportArgumentType]
        try:
            returned = program.source.value(*args, **kwargs)
        except TypeError as error:
            raise explain(error) from None
        finally:
            core.handler_stack.pop()
        return finish(ours, returned)

    source.handled = program  # pyright: ignore[reportFunctionMemberAccess]
    return gen(source)


def innermost(program: Fn[Any]) -> Fn[Any]:
    """The program that `handled` was given first, below all handlers; the program itself if there are none."""
    while (inner := getattr(program.source.value, "handled", None)) is not None:
        program = inner
    return program
