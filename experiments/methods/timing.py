"""Time calls side by side, in turns, so that other work of the machine slows down all of them alike.

A turn of short calls has as many of them as take a tenth of a second, after one that is not counted. The uncounted
call gets back the caches and the memory that the other methods have used meanwhile, which is not a cost of its method.
"""

import math
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import jax
import numpy as np

TURN = 0.1  # seconds that a turn of short calls takes
MOST_CALLS = 100  # in one turn


class Timed(NamedTuple):
    """What one call costs, and what it returned."""

    found: Any  # by the first call
    first_seconds: float  # of the first call, compilation included
    seconds: float  # median of the turns' means
    fastest: float  # of the turns' means

    @property
    def compile_seconds(self) -> float:
        """Seconds that the first call took longer than a later one."""
        return max(0.0, self.first_seconds - self.seconds)


def interleaved(
    calls: Mapping[str, Callable[[], Any]],
    *,
    repeats: int,
    check: Callable[[Mapping[str, Any]], None] | None = None,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, Timed]:
    """Time some calls in turns: each is called once to compile and once to warm up; then come `repeats` rounds of all.

    Args:
        calls: functions without arguments, by name; a call ends when all arrays of its result are ready.
        repeats: timed rounds, at least 1.
        check: function of what all the first calls returned, by name, called before any round; it raises if they
            cannot be compared.
        clock: function that returns seconds since some fixed time.

    Returns:
        What each costs, in the order of `calls`.

    Raises:
        ValueError: if there are no rounds.
    """
    if repeats < 1:
        raise ValueError(f"repeats must be at least 1, not {repeats}")

    def timed(call: Callable[[], Any]) -> tuple[Any, float]:
        start = clock()
        found = jax.block_until_ready(call())
        return found, clock() - start

    first = {name: timed(call) for name, call in calls.items()}
    if check is not None:
        check({name: found for name, (found, _) in first.items()})
    warm = [timed(call)[1] for call in calls.values()]
    times = [math.ceil(TURN / max(seconds, TURN / MOST_CALLS)) for seconds in warm]

    def turn(call: Callable[[], Any], times: int) -> float:
        if times > 1:
            jax.block_until_ready(call())
        return sum(timed(call)[1] for _ in range(times)) / times

    rounds = [[turn(*each) for each in zip(calls.values(), times, strict=True)] for _ in range(repeats)]
    return {
        name: Timed(*first[name], float(np.median(seconds)), min(seconds))
        for name, seconds in zip(calls, zip(*rounds, strict=True), strict=True)
    }
