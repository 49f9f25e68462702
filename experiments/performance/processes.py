"""Measurements that need a process of their own: peak memory, other numbers of devices, and the time to start."""

import os
import sys
import tempfile
from collections.abc import Callable
from typing import Any

import polars as pl

from experiments.performance.own_process import ask, peak_memory, seconds_of

STARTS = 3  # calls of --help, of which the fastest counts


def cost_of_class(students: int, n_particles: int, repeats: int, seed: int) -> dict[str, Any]:
    """The work of one process: run importance sampling and `exact` on a class of some size.

    Args:
        students: number of students.
        n_particles: number of particles.
        repeats: timed calls.
        seed: of the students and of the particles.

    Returns:
        What was asked for, what was found, and what it cost.
    """
    import jax

    from experiments.methods.timing import interleaved
    from experiments.performance.weights import class_of
    from inference import exact, importance
    from models import aggregated, mean_concentration

    imported = peak_memory()
    counts, hyperprior = class_of(students, seed), mean_concentration()
    model, key = aggregated(hyperprior), jax.random.key(seed)
    sampled = interleaved(
        {"importance": lambda: importance(model, counts, key=key, n_particles=n_particles).ess}, repeats=repeats
    )["importance"]
    peak = peak_memory()
    solved = interleaved({"exact": lambda: exact(hyperprior, counts).mean("lam")}, repeats=repeats)["exact"]
    return {
        "students": students,
        "rows": len(counts),
        "particles": n_particles,
        "devices": len(jax.devices()),
        "ess": sampled.found,
        "mean_lam": solved.found,
        "seconds": sampled.seconds,
        "compile_seconds": sampled.compile_seconds,
        "exact_seconds": solved.seconds,
        "peak_mb": peak,
        "imports_mb": imported,
    }


def scaling(
    students: tuple[int, ...], *, n_particles: int, repeats: int, seed: int, advance: Callable[[], None]
) -> pl.DataFrame:
    """Seconds and peak memory against the number of students, for the same largest n and number of particles.

    Args:
        students: sizes of the classes.
        n_particles: number of particles.
        repeats: timed calls.
        seed: of the students and of the particles.
        advance: called after each size.

    Returns:
        A row per size: what `cost_of_class` returns.
    """
    rows = []
    for size in students:
        rows.append(ask(cost_of_class, size, n_particles, repeats, seed))
        advance()
    return pl.DataFrame(rows)


def devices(
    numbers: tuple[int, ...], *, n_particles: int, repeats: int, seed: int, advance: Callable[[], None]
) -> pl.DataFrame:
    """Seconds against the number of devices that XLA makes of the host's CPU; the number of GPUs does not change.

    Args:
        numbers: of devices.
        n_particles: number of particles.
        repeats: timed calls.
        seed: of the students and of the particles.
        advance: called after each number.

    Returns:
        A row per number: what `cost_of_class` returns.
    """
    rows = []
    for number in numbers:
        flags = f"{os.environ.get('XLA_FLAGS', '')} --xla_force_host_platform_device_count={number}".strip()
        rows.append(ask(cost_of_class, 1_000, n_particles, repeats, seed, environment={"XLA_FLAGS": flags}))
        advance()
    return pl.DataFrame(rows)


def starting(*, n_particles: int, seed: int, advance: Callable[[], None]) -> dict[str, float]:
    """Seconds of `--help`, and of the main job with an empty and with a filled cache of compiled programs.

    Args:
        n_particles: number of particles of the main job.
        seed: seed of the main job.
        advance: called after each of the three.

    Returns:
        Seconds by what was started.
    """
    command = [sys.executable, "-m", "experiments"]
    with tempfile.TemporaryDirectory() as folder:
        job = [*command, "learning-the-prior", "--seed", str(seed), "--n-particles", str(n_particles)]
        job += ["--output-dir", f"{folder}/results"]
        environment = {"XDG_CACHE_HOME": f"{folder}/cache"}
        found = {"--help": min(seconds_of([*command, "--help"], environment) for _ in range(STARTS))}
        advance()
        for name in ("first run", "second run"):
            found[f"learning-the-prior, {name}"] = seconds_of(job, environment)
            advance()
    return found
