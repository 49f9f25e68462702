"""Seconds and memory of `exact` and `rqmc` against the addresses of a program, and against the groups of the data.

Every measurement is made in a process of its own, whose peak memory is that of one algorithm on one data set.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import numpy as np
import polars as pl

from experiments.data.simulated import simulated_pairs
from experiments.methods.timing import interleaved
from experiments.performance.growth.regression import regression, simulated_groups
from experiments.performance.own_process import ask, peak_memory
from inference import exact, rqmc
from models import Events, Hyperprior, Observations, mean_concentration, mean_shape

EXACT, RQMC = "exact", "rqmc"
REGRESSION, ONE_BETA, EVENTS = "regression", "one Beta", "rates of events"
ADDRESSES, GROUPS = "addresses", "groups"
MOST_SECONDS = 60.0  # that a call may be expected to take, by its time at the size before
EXPOSURES = (1.0, 100.0)  # between which those of the groups are uniform
TRUE_SHAPE = 3.0  # of the simulated rates, whose mean is 1
ROUNDS = 1  # after a call that compiles and one that warms up: some take half a minute


class Series(NamedTuple):
    """An algorithm on one population, in several sizes, of which one grows."""

    against: str
    algorithm: str
    population: str
    addresses: tuple[int, ...]
    groups: tuple[int, ...]


FEW, SIZES = (40,), (10, 100, 1_000, 10_000)
FULL = (
    Series(ADDRESSES, EXACT, REGRESSION, (1, 2, 3), FEW),
    Series(ADDRESSES, RQMC, REGRESSION, tuple(range(1, 11)), FEW),
    Series(GROUPS, EXACT, ONE_BETA, (2,), SIZES),
    Series(GROUPS, EXACT, EVENTS, (2,), SIZES),
    Series(GROUPS, RQMC, REGRESSION, (5,), SIZES),
)
QUICK = (Series(ADDRESSES, EXACT, REGRESSION, (1,), (5,)), Series(GROUPS, EXACT, ONE_BETA, (2,), (5,)))


def measure(series: tuple[Series, ...], *, seed: int, advance: Callable[[], None]) -> pl.DataFrame:
    """Time each size of each series.

    Args:
        series: what is measured.
        seed: of the groups and of `rqmc`.
        advance: called after each series.

    Returns:
        A row per size: against, algorithm, population, addresses, groups, rows (different ones), log_evidence and its
        error, seconds (after compiling), compile_seconds, peak_mb, imports_mb. A size whose call would take more than
        a minute is left out, if time grows as the groups.
    """
    rows = []
    for each in series:
        found: list[dict[str, Any]] = []
        for addresses, groups in ((d, size) for d in each.addresses for size in each.groups):
            if found and found[-1]["seconds"] * groups / found[-1]["groups"] > MOST_SECONDS:
                break
            found.append(ask(cost, each.algorithm, each.population, addresses, groups, seed))
        rows += [{"against": each.against} | row for row in found]
        advance()
    return pl.DataFrame(rows)


def cost(algorithm: str, population: str, addresses: int, groups: int, seed: int) -> dict[str, Any]:
    """The work of one process: an algorithm on one population, learned from simulated groups.

    Args:
        algorithm: "exact" or "rqmc".
        population: "regression", "one Beta" or "rates of events".
        addresses: of its program; 2 unless it is a regression.
        groups: number of groups.
        seed: of the groups and of `rqmc`.

    Returns:
        A row of `measure`.
    """
    imported = peak_memory()
    hyperprior, data = problem(population, addresses, groups, seed)

    def log_evidence() -> tuple[float, float]:
        found = exact(hyperprior, data) if algorithm == EXACT else rqmc(hyperprior, data, key=jax.random.key(seed))
        return found.log_evidence, found.log_evidence_error

    timed = interleaved({algorithm: log_evidence}, repeats=ROUNDS)[algorithm]
    return {
        "algorithm": algorithm,
        "population": population,
        "addresses": addresses,
        "groups": groups,
        "rows": len(data),
        "log_evidence": float(timed.found[0]),
        "log_evidence_error": float(timed.found[1]),
        "seconds": timed.seconds,
        "compile_seconds": timed.compile_seconds,
        "peak_mb": peak_memory(),
        "imports_mb": imported,
    }


def problem(population: str, addresses: int, groups: int, seed: int) -> tuple[Hyperprior, Observations]:
    """The hyperprior of a population and simulated groups; the arguments are those of `cost`."""
    if population == REGRESSION:
        return regression(addresses), simulated_groups(groups, seed)
    if population == ONE_BETA:
        return mean_concentration(), simulated_pairs(groups, seed)
    rng = np.random.default_rng(seed)
    exposure = rng.uniform(*EXPOSURES, groups)
    return mean_shape(), Events(rng.poisson(exposure * rng.gamma(TRUE_SHAPE, 1 / TRUE_SHAPE, groups)), exposure)
