"""Chains of any library as performance times them: a call adapts, and then takes draws.

A call has costs that do not grow with its draws, most of them for adapting. So the time of sampling is what a call with
many draws takes longer than one with a few.
"""

import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from experiments.methods.timing import interleaved

CHAINS = 4
FEWEST_DRAWS = 4  # of each chain: a call with so few draws takes as long as adapting
MOST_REPEATS = 3  # timed calls, because calls of some libraries take seconds


class Drawn(NamedTuple):
    """What chains have drawn."""

    lam: np.ndarray  # shape (chains, draws)
    divergences: int  # divergent transitions after adapting, of all chains


Sample = Callable[[int], Drawn]
"""Function of the number of draws of each chain."""


class Timed(NamedTuple):
    """Draws, and what they cost."""

    drawn: Drawn
    compile_seconds: float
    adapt_seconds: float  # of a call with a few draws
    seconds: float  # that all draws take longer; 0 if they do not
    effective: float  # ArviZ's bulk effective sample size of lam


def time_chains(
    prepare: Callable[[], Sample], draws: int, *, repeats: int, check: Callable[[np.ndarray], None] = lambda _: None
) -> Timed:
    """Time a call with a few draws, and one with all of them, in turns.

    Args:
        prepare: makes the function that is timed; what this takes counts as compiling.
        draws: draws of each chain.
        repeats: timed rounds, of which at most 3 are taken.
        check: function of lam of all draws, called before any round; it raises if they are wrong.

    Returns:
        The draws and their cost.
    """
    from arviz_stats.base.array import array_stats  # here, because importing it takes seconds

    arviz: Any = array_stats
    start = time.perf_counter()
    sample = prepare()
    prepared = time.perf_counter() - start
    calls = {"few": lambda: sample(FEWEST_DRAWS), "all": lambda: sample(draws)}
    timed = interleaved(calls, repeats=min(repeats, MOST_REPEATS), check=lambda found: check(found["all"].lam))
    few, full = timed["few"], timed["all"]
    return Timed(
        drawn=full.found,
        compile_seconds=prepared + full.compile_seconds,
        adapt_seconds=few.seconds,
        seconds=max(0.0, full.seconds - few.seconds),
        effective=float(arviz.ess(full.found.lam, chain_axis=0, draw_axis=1, method="bulk")),
    )
