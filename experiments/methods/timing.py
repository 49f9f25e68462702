"""How long calls take, side by side: in turns, so that what else the machine does falls on all of them alike.

A turn of short calls is as many of them as take a tenth of a second, after one that is not counted: it gets back the
caches and the memory that the other methods have taken meanwhile, which is no cost of its own.
"""

import math
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import jax
import numpy as np

TURN = 0.1  # seconds
MOST_CALLS = 100  # a turn


class Timed(NamedTuple):
    """What one call costs, and what it returned."""

    found: Any  # by the first call
    first_seconds: float  # of the first call, compilation included
    seconds: float  # median of the turns' means
    fastest: float  # of the turns' means

    @property
    def compile_seconds(self) -> float:
        """What the first call took beyond a later one."""
        return max(0.0, self.first_seconds - self.seconds)


def interleaved(
    calls: Mapping[str, Callable[[], Any]],
    *,
    repeats: int,
    check: Callable[[Mapping[str, Any]], None] | None = None,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, Timed]:
    """Time some calls in turns: a first one each, which compiles; one that warms up; then `repeats` rounds of all.

    Args:
        calls: by name, a function of nothing whose result, arrays and all, is waited for.
        repeats: timed rounds, at least 1.
        check: given what all the first calls returned, raises if they are not to be compared; called before any round.
        clock: seconds from somewhere.

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
