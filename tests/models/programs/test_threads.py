from threading import Barrier, Thread

import jax
import pytest
from genjax import core, gen, normal, seed

from models.programs.threads import shared
from models.programs.upstream import Handlers


def _in_two_threads(work) -> list:
    barrier, results = Barrier(2, timeout=300), [None, None]

    def one(i: int) -> None:
        results[i] = work(i, barrier)

    threads = [Thread(target=one, args=(i,)) for i in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_programs_traced_by_two_threads_at_once_are_recorded_apart():
    def trace(i: int, barrier: Barrier) -> list[str]:
        @gen
        def program():
            barrier.wait()  # both are being traced
            x = normal(0.0, 1.0) @ f"x{i}"
            barrier.wait()
            return x

        return list(seed(program.simulate)(jax.random.key(i)).get_choices())

    assert _in_two_threads(trace) == [["x0"], ["x1"]]


def test_genjax_keeps_its_handlers_where_they_are_replaced():
    # If a new GenJAX keeps or reads its handlers in another way, `models.programs.upstream` must be changed.
    assert isinstance(core.handler_stack, Handlers)
    seen = []

    @gen
    def program():
        seen.append((bool(core.handler_stack), type(core.handler_stack[-1]).__name__))

    program.simulate()
    assert seen == [(True, "Simulate")]
    assert not core.handler_stack


def test_two_threads_that_build_at_once_get_the_same_object():
    barrier = Barrier(2, timeout=300)

    @shared
    def build(name: str, *, size: int = 0) -> object:
        barrier.wait()  # both build
        return object()

    first, second = _in_two_threads(lambda i, _: build("program", size=1))
    assert first is second is build("program", size=1)
    assert len(build.kept) == 1


def test_what_could_not_be_built_is_not_kept():
    @shared
    def build(name: str) -> object:
        raise ValueError(name)

    for _ in range(2):
        with pytest.raises(ValueError, match=r"^program$"):
            build("program")
    assert not build.kept
