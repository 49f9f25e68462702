"""Seconds until E[lam] of classroom A is known to 1 %, for every algorithm, on new data; compiling is not counted.

The standard error of a mean of D effective draws is sd / sqrt(D), so 1 % of E[lam] takes D = (sd / (0.01 E[lam]))^2,
with the sd and the mean of the exact posterior. Importance sampling is timed with as many particles as give D. For
chains the time is that of adapting, plus D divided by their effective draws (ArviZ's bulk ESS) per second. `exact` has
no draws; its time is that of one call.
"""

import time
from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any, NamedTuple

import jax
import numpy as np
import polars as pl

from experiments.data.classrooms import classroom_a, classroom_b
from experiments.methods.timing import interleaved
from experiments.performance.methods import BOUNDS
from experiments.performance.peers import NUMPYRO, PYMC, is_there
from inference import exact, importance
from models import Counts, aggregated, marginal, mean_concentration

ACCURACY = 0.01
FEWEST_DRAWS = 4  # of each nutpie chain: a call with so few draws takes as long as adapting
MOST_REPEATS = 3  # of chains, because each of their calls takes seconds
EXACT, AGGREGATED, MARGINAL = "exact", "importance, aggregated", "importance, marginal"
NUTS = {form: f"{NUMPYRO} NUTS, {form}" for form in ("marginal", "explicit")}


class Effort(NamedTuple):
    """How long the samplers run."""

    pilot: int  # particles of the first run, which finds how many particles 1 % takes
    warmup: int  # steps of adaptation of each of four chains
    draws: int  # of each NumPyro chain
    fast_draws: int  # of each nutpie chain


FULL = Effort(pilot=100_000, warmup=300, draws=500, fast_draws=5_000)
QUICK = Effort(pilot=500, warmup=20, draws=20, fast_draws=20)


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
    timed = interleaved({EXACT: lambda: exact(hyperprior, _anew(data)).mean("lam")}, repeats=repeats)[EXACT]
    truth = exact(hyperprior, data)
    needed = (truth.sd("lam") / (ACCURACY * truth.mean("lam"))) ** 2
    rows = [_row(EXACT, timed.found, None, None, first - timed.seconds, None, timed.seconds)]
    advance()

    for method, form in ((AGGREGATED, aggregated), (MARGINAL, marginal)):
        sample = partial(importance, form(hyperprior), key=jax.random.key(seed))
        pilot = sample(_anew(data), n_particles=effort.pilot)
        share = (truth.sd("lam") / pilot.mean_error("lam")) ** 2 / effort.pilot  # effective draws of lam per particle
        n_particles = int(np.ceil(needed / share))
        called = interleaved(
            {method: lambda sample=sample, n=n_particles: sample(_anew(data), n_particles=n).mean("lam")},
            repeats=repeats,
        )[method]
        rows.append(_row(method, called.found, n_particles, needed, called.compile_seconds, None, called.seconds))
        advance()

    for method, prepare in _samplers(effort, data, seed).items():
        rows.append(_sampled(method, prepare, needed, repeats))
        advance()
    return pl.DataFrame(rows, infer_schema_length=None)


def methods() -> list[str]:
    """Names of the algorithms; those of peers that are not installed are left out."""
    return [EXACT, AGGREGATED, MARGINAL, *(NUTS.values() if is_there(NUMPYRO) else ()), *([PYMC] * is_there(PYMC))]


class Sampler(NamedTuple):
    """Chains as two functions, which run on the same data."""

    adapt: Callable[[], Any]
    sample: Callable[[], np.ndarray]  # returns lam, shape (chains, draws)
    sample_adapts: bool  # whether a call of `sample` adapts anew


def _samplers(effort: Effort, data: Counts, seed: int) -> dict[str, Callable[[], Sampler]]:
    found: dict[str, Callable[[], Sampler]] = {}
    if is_there(NUMPYRO):
        from experiments.performance.peer_numpyro import nuts

        def chains(form: str) -> Sampler:
            calls = nuts(form, data.k, data.n, BOUNDS, seed=seed, warmup=effort.warmup, draws=effort.draws)
            return Sampler(*calls, sample_adapts=False)

        found |= {method: partial(chains, form) for form, method in NUTS.items()}
    if is_there(PYMC):
        from experiments.performance.peer_pymc import sampler

        def compiled() -> Sampler:
            sample = sampler(data.k, data.n, BOUNDS, seed=seed, warmup=effort.warmup)
            return Sampler(partial(sample, FEWEST_DRAWS), partial(sample, effort.fast_draws), sample_adapts=True)

        found[PYMC] = compiled
    return found


def _sampled(method: str, prepare: Callable[[], Sampler], needed: float, repeats: int) -> dict[str, Any]:
    diagnostics = import_module("arviz_stats.base").array_stats

    start = time.perf_counter()
    chains = prepare()
    prepared = time.perf_counter() - start
    timed = interleaved({"adapt": chains.adapt, "sample": chains.sample}, repeats=min(repeats, MOST_REPEATS))
    lam, adapting = timed["sample"].found, timed["adapt"].seconds
    effective = float(diagnostics.ess(lam, chain_axis=0, draw_axis=1, method="bulk"))
    sampling = timed["sample"].seconds - (adapting if chains.sample_adapts else 0.0)
    compiling = prepared + sum(call.compile_seconds for call in timed.values())
    seconds = adapting + needed * sampling / effective
    return _row(method, float(np.mean(lam)), lam.size, effective, compiling, adapting, seconds)


def _anew(data: Counts) -> Counts:
    """The same counts as if just read, with nothing computed from them yet."""
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
