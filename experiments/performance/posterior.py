"""Seconds until E[lam] of classroom A is known to 1 %, for every algorithm, on new data; compiling is not counted.

The standard error of a mean of D effective draws is sd / sqrt(D), so 1 % of E[lam] takes D = (sd / (0.01 E[lam]))^2,
with the sd and the mean of the exact posterior. Importance sampling is timed with as many particles as give D. For
chains the time is that of adapting, plus D divided by their effective draws (ArviZ's bulk ESS) per second. `exact` has
no draws; its time is that of one call.
"""

import time
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import numpy as np
import polars as pl

from experiments.data.classrooms import classroom_a, classroom_b
from experiments.methods.timing import interleaved
from experiments.performance.methods import BOUNDS
from experiments.performance.peers import NUMPYRO, PYMC, is_there
from experiments.performance.samplers import Sample, time_chains
from inference import exact, importance
from models import Counts, aggregated, marginal, mean_concentration

ACCURACY = 0.01
EXACT, AGGREGATED, MARGINAL = "exact", "importance, aggregated", "importance, marginal"
NUTS = {form: f"{NUMPYRO} NUTS, {form}" for form in ("marginal", "explicit")}


class Effort(NamedTuple):
    """How long the samplers run."""

    pilot: int  # particles of the first run, which finds how many particles 1 % takes
    warmup: int  # steps of adaptation of each of four chains
    draws: int  # of each chain


FULL = Effort(pilot=100_000, warmup=300, draws=5_000)
QUICK = Effort(pilot=500, warmup=20, draws=20)


def measure(effort: Effort, *, seed: int, repeats: int, advance: Callable[[], None]) -> pl.DataFrame:
    """Time every algorithm.

    Args:
        effort: how long the samplers run.
        seed: of their draws.
        repeats: timed calls.
        advance: called after each algorithm.

    Returns:
        A row per method: mean_lam, which is E[lam]; draws and effective_draws (None for exact); compile_seconds;
        adapt_seconds, which chains take to adapt (None for the others); and seconds, to 1 %, adapting included.
    """
    hyperprior, data = mean_concentration(lam=BOUNDS), classroom_a()
    start = time.perf_counter()
    exact(hyperprior, classroom_b()).mean("lam")  # compiles with another class, so that the timed calls see new data
    first = time.perf_counter() - start
    timed = interleaved({EXACT: lambda: exact(hyperprior, anew(data)).mean("lam")}, repeats=repeats)[EXACT]
    truth = exact(hyperprior, data)
    needed = (truth.sd("lam") / (ACCURACY * truth.mean("lam"))) ** 2
    rows = [_row(EXACT, timed.found, None, None, first - timed.seconds, None, timed.seconds)]
    advance()

    for method, form in ((AGGREGATED, aggregated), (MARGINAL, marginal)):
        sample = partial(importance, form(hyperprior), key=jax.random.key(seed))
        pilot = sample(anew(data), n_particles=effort.pilot)
        share = (truth.sd("lam") / pilot.mean_error("lam")) ** 2 / effort.pilot  # effective draws of lam per particle
        n_particles = int(np.ceil(needed / share))
        called = interleaved(
            {method: lambda sample=sample, n=n_particles: sample(anew(data), n_particles=n).mean("lam")},
            repeats=repeats,
        )[method]
        rows.append(_row(method, called.found, n_particles, needed, called.compile_seconds, None, called.seconds))
        advance()

    for method, prepare in _samplers(effort, data, seed).items():
        rows.append(_sampled(method, prepare, effort, needed, repeats))
        advance()
    return pl.DataFrame(rows, infer_schema_length=None)


def methods() -> list[str]:
    """Names of the algorithms; those of peers that are not installed are left out."""
    return [EXACT, AGGREGATED, MARGINAL, *(NUTS.values() if is_there(NUMPYRO) else ()), *([PYMC] * is_there(PYMC))]


def _samplers(effort: Effort, data: Counts, seed: int) -> dict[str, Callable[[], Sample]]:
    found: dict[str, Callable[[], Sample]] = {}
    common = {"seed": seed, "warmup": effort.warmup}
    if is_there(NUMPYRO):
        from experiments.performance.peer_numpyro import nuts

        found |= {method: partial(nuts, form, data.k, data.n, BOUNDS, **common) for form, method in NUTS.items()}
    if is_there(PYMC):
        from experiments.performance.peer_pymc import sampler

        found[PYMC] = partial(sampler, data.k, data.n, BOUNDS, **common)
    return found


def _sampled(method: str, prepare: Callable[[], Sample], effort: Effort, needed: float, repeats: int) -> dict[str, Any]:
    chains = time_chains(prepare, effort.draws, repeats=repeats)
    lam, adapting = chains.drawn.lam, chains.adapt_seconds
    seconds = adapting + needed * chains.seconds / chains.effective
    return _row(method, float(np.mean(lam)), lam.size, chains.effective, chains.compile_seconds, adapting, seconds)


def anew(data: Counts) -> Counts:
    """The same counts as if just read, with nothing computed from them yet.

    Args:
        data: counts without names or covariates.
    """
    return Counts(data.k, data.n)


def _row(
    method: str,
    mean: float,
    draws: int | None,
    effective: float | None,
    compile_seconds: float,
    adapt_seconds: float | None,
    seconds: float,
) -> dict[str, Any]:
    return {
        "method": method,
        "mean_lam": mean,
        "draws": draws,
        "effective_draws": effective,
        "compile_seconds": compile_seconds,
        "adapt_seconds": adapt_seconds,
        "seconds": seconds,
    }
