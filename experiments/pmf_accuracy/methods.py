"""The beta-binomial log pmf of this suite and of three other sources: the answers of each, and their times."""

import time
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import scipy.stats
from jax.scipy.special import betaln, gammaln
from tensorflow_probability.substrates.jax import distributions as tfd

from experiments.pmf_accuracy.references import Points
from models import beta_binomial

OURS, COURSE, TFP, SCIPY = "this suite", "gammaln + betaln", "TFP BetaBinomial", "SciPy betabinom"
REPEATS = 9  # timed calls; the fastest counts, because other work of the machine only adds to a time


class Answers(NamedTuple):
    """A method's answers at some points, in float64, and its seconds per evaluation of many; None: it has none."""

    log_p: np.ndarray  # (points,)
    slopes: np.ndarray | None  # d log p / da and d log p / db, (2, points)
    seconds: float
    seconds_with_slopes: float | None


def _course_formula(k: jax.Array, n: jax.Array, a: jax.Array, b: jax.Array) -> jax.Array:
    log_choose = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    return log_choose + betaln(a + k, b + (n - k)) - betaln(a, b)


def _tfp(k: jax.Array, n: jax.Array, a: jax.Array, b: jax.Array) -> jax.Array:
    return tfd.BetaBinomial(n, a, b).log_prob(k)


def _with_slopes(log_pmf: Callable[..., jax.Array]) -> Callable[..., tuple[jax.Array, tuple[jax.Array, jax.Array]]]:
    def evaluate(k: jax.Array, n: jax.Array, a: jax.Array, b: jax.Array):
        def total(a: jax.Array, b: jax.Array) -> tuple[jax.Array, jax.Array]:
            log_p = log_pmf(k, n, a, b)
            return jnp.sum(log_p), log_p  # each log p has its own a and b: the sum's slopes are theirs

        slopes, log_p = jax.grad(total, argnums=(0, 1), has_aux=True)(a, b)
        return log_p, slopes

    return evaluate


_LOG_PMFS = {OURS: beta_binomial.logpdf, COURSE: _course_formula, TFP: _tfp}
# Compiled here, once, so that a second run in the same process finds the programs again.
_COMPILED = {name: (jax.jit(log_pmf), jax.jit(_with_slopes(log_pmf))) for name, log_pmf in _LOG_PMFS.items()}


def methods(dtype: str) -> tuple[str, ...]:
    """Names of the methods that compute in a float type; SciPy computes only in float64."""
    return (*_LOG_PMFS, SCIPY) if dtype == "float64" else tuple(_LOG_PMFS)


def answer(method: str, points: Points, evaluations: int) -> Answers:
    """Evaluate a method and its derivatives, which come from automatic differentiation, and time it.

    Args:
        method: one of `methods`.
        points: the points, in the float type in which the method should compute.
        evaluations: evaluations in one call, at least one per point; the points are repeated to make them up.

    Returns:
        Its answers, and the time of an evaluation.
    """
    n_points, dtype = len(points.k), points.a.dtype
    many = [np.resize(x, evaluations) for x in points]
    if method == SCIPY:
        log_p, seconds = _timed(scipy.stats.betabinom.logpmf, many)
        return Answers(log_p[:n_points], None, seconds / evaluations, None)
    with jax.enable_x64(dtype == np.float64):
        arguments = jax.device_put(many)
        value, value_and_slopes = _COMPILED[method]
        log_p, seconds = _timed(value, arguments)
        (_, slopes), seconds_with_slopes = _timed(value_and_slopes, arguments)
    if log_p.dtype != dtype:
        raise TypeError(f"{method} answers in {log_p.dtype} where it was asked in {dtype}")
    slopes = np.array(slopes, np.float64)[:, :n_points]
    return Answers(
        np.array(log_p, np.float64)[:n_points], slopes, seconds / evaluations, seconds_with_slopes / evaluations
    )


def _timed(function: Callable[..., Any], arguments: list) -> tuple[Any, float]:
    """What a function returns, and the time of its fastest call after the first, which compiles."""
    found = jax.block_until_ready(function(*arguments))
    times = [time.perf_counter()]
    for _ in range(REPEATS):
        jax.block_until_ready(function(*arguments))
        times.append(time.perf_counter())
    return found, float(np.min(np.diff(times)))
