"""Seconds per call of every way to weigh particles, on classes of several sizes; first their weights are compared."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import polars as pl
from scipy.special import gammaln

from experiments.data.classrooms import classroom_a
from experiments.data.simulated import simulated_pairs
from experiments.methods.timing import interleaved
from experiments.performance.methods import (
    AGGREGATED,
    BY_HAND,
    MARGINAL,
    Weighed,
    call,
    full_log_weights,
    names,
    reference,
)
from models import Counts

COUNTED = 20.0  # nats: a particle further below the best weight is not counted in the error
FEW_EPS = 16  # in eps: relative error that a log gamma may have
BETALN_ERROR = 4e-6  # nats; of `jax.scipy.special.betaln` in jax 0.11.2, in any float type: see docs/log_pmf.md


class DisagreementError(RuntimeError):
    """Methods that are to be compared do not compute the same."""


class Size(NamedTuple):
    """A class and the particles that are weighed by it."""

    students: int
    n_particles: int
    written_out: bool = True


SIZES = (
    Size(6, 60_000),
    Size(100, 10_000),
    Size(1_000, 10_000),
    Size(10_000, 1_000),
    Size(1_000_000, 10_000, written_out=False),
    Size(100_000_000, 10_000, written_out=False),
)
WRITTEN_OUT_SIZES = tuple(size for size in SIZES if size.written_out)
QUICK_SIZES = (Size(6, 300), Size(20, 200), Size(1_000, 200, written_out=False))
X64_METHODS = (AGGREGATED, MARGINAL, BY_HAND)


def class_of(students: int, seed: int) -> Counts:
    """Classroom A if there are 6 students, otherwise a simulated one; the largest n is the same for every size.

    Args:
        students: number of students.
        seed: seed of their draws.

    Returns:
        Their counts, a row for each different (k, n).
    """
    return classroom_a() if students == 6 else simulated_pairs(students, seed)


def tolerance(counts: Counts, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """How far a method's log weights may be off: 16 eps times the size of all log gammas in the course's formula.

    Added to this is the error of the two log betas of each student, which is not a rounding error.

    Args:
        counts: the students.
        a: first shape of the population Beta, shape (particles,).
        b: second shape.

    Returns:
        The bound, shape (particles,).
    """
    size = np.zeros(len(a))
    for k, n, multiplicity in zip(*(x.astype(float) for x in counts.pairs), strict=True):
        arguments = (n + 1, k + 1, n - k + 1, a, b, a + b, a + k, b + (n - k), a + b + n)
        size += multiplicity * (1 + sum(np.abs(gammaln(x)) for x in arguments))
    return FEW_EPS * float(jnp.finfo(jnp.zeros(()).dtype).eps) * size + 2 * BETALN_ERROR * counts.students


def errors(counts: Counts, found: Mapping[str, Weighed]) -> dict[str, float]:
    """The largest error of each method's log weights, over the particles that count.

    Args:
        counts: the students.
        found: what each method weighed, by name.

    Returns:
        By method, the largest error over the particles within 20 nats of the best.

    Raises:
        DisagreementError: if a weight, of any particle, is further from the float64 reference than rounding explains.
    """
    largest = {}
    for method, weighed in found.items():
        a, b = (np.asarray(x, np.float64) for x in (weighed.a, weighed.b))
        exact = reference(counts, a, b)
        off = np.abs(full_log_weights(method, counts, weighed) - exact)
        excess = off / tolerance(counts, a, b)
        worst = int(np.argmax(np.where(np.isnan(excess), np.inf, excess)))
        if not excess[worst] <= 1:
            raise DisagreementError(
                f"{method} is off by {off[worst]:.3g} at a = {a[worst]:.6g}, b = {b[worst]:.6g}, but rounding "
                f"explains only {off[worst] / excess[worst]:.3g}; this method is not timed"
            )
        largest[method] = float(np.max(off[exact >= exact.max() - COUNTED]))
    return largest


def measure(
    sizes: tuple[Size, ...],
    *,
    methods: tuple[str, ...] | None = None,
    seed: int,
    repeats: int,
    advance: Callable[[], None],
) -> pl.DataFrame:
    """Time every method on every size, in JAX's default float type.

    Args:
        sizes: of the classes.
        methods: some of `names`; all if omitted.
        seed: of the students and of the particles.
        repeats: timed rounds.
        advance: called after each size.

    Returns:
        A row per size and method: students, particles, method, error of log weights, seconds (median), fastest,
        compile_seconds.
    """
    rows = []
    for students, n_particles, written_out in sizes:
        counts, off = class_of(students, seed), {}
        chosen = methods or names(written_out=written_out)
        calls = {method: call(method, counts, jax.random.key(seed), n_particles) for method in chosen}
        timed = interleaved(calls, repeats=repeats, check=partial(_checked, counts, off))
        for method, (_, _, seconds, fastest) in timed.items():
            rows.append(
                {
                    "students": students,
                    "particles": n_particles,
                    "method": method,
                    "error": off[method],
                    "seconds": seconds,
                    "fastest": fastest,
                    "compile_seconds": timed[method].compile_seconds,
                }
            )
        advance()
    return pl.DataFrame(rows)


def measure_x64(sizes: tuple[Size, ...], *, seed: int, repeats: int, advance: Callable[[], None]) -> pl.DataFrame:
    """As `measure`, in float64: the suite's own forms and the course's formula by hand."""
    with jax.enable_x64(True):
        return measure(sizes, methods=X64_METHODS, seed=seed, repeats=repeats, advance=advance)


def _checked(counts: Counts, off: dict[str, float], found: Mapping[str, Weighed]) -> None:
    off |= errors(counts, found)
