"""Measurements that need a process of their own: peak memory, other numbers of devices, and the time to start."""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import polars as pl

ROOT = Path(__file__).parents[2]
STATUS = Path("/proc/self/status")
WORKER_CODE = "from experiments.performance.processes import worker_main; worker_main({arguments})"
STARTS = 3  # calls of --help, of which the fastest counts


def worker_main(students: int, n_particles: int, repeats: int, seed: int) -> None:
    """The work of one process: run importance sampling and `exact` on a class of some size, and print JSON.

    Args:
        students: number of students.
        n_particles: number of particles.
        repeats: timed calls.
        seed: of the students and of the particles.
    """
    import jax

    from experiments.methods.timing import interleaved
    from experiments.performance.weights import class_of
    from inference import exact, importance
    from models import aggregated, mean_concentration

    imported = _peak_memory()
    counts, hyperprior = class_of(students, seed), mean_concentration()
    model, key = aggregated(hyperprior), jax.random.key(seed)
    sampled = interleaved(
        {"importance": lambda: importance(model, counts, key=key, n_particles=n_particles).ess}, repeats=repeats
    )["importance"]
    peak = _peak_memory()
    solved = interleaved({"exact": lambda: exact(hyperprior, counts).mean("lam")}, repeats=repeats)["exact"]
    found = {
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
    print(json.dumps(found))


def _peak_memory() -> float:
    """The largest memory this process has had, in MB.

    On Linux, /proc gives it for the running program alone. `ru_maxrss` would instead be the memory of the parent
    process, if that was larger when it started this one. `ru_maxrss` is in bytes on macOS, and in KiB elsewhere.
    """
    if STATUS.is_file():
        lines = STATUS.read_text(encoding="utf-8").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) * 1024 / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


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
        A row per size: what `worker_main` prints.
    """
    rows = []
    for size in students:
        rows.append(_ask(size, n_particles, repeats, seed, {}))
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
        A row per number: what `worker_main` prints.
    """
    rows = []
    for number in numbers:
        flags = f"{os.environ.get('XLA_FLAGS', '')} --xla_force_host_platform_device_count={number}".strip()
        rows.append(_ask(1_000, n_particles, repeats, seed, {"XLA_FLAGS": flags}))
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
        found = {"--help": min(_started([*command, "--help"], environment) for _ in range(STARTS))}
        advance()
        for name in ("first run", "second run"):
            found[f"learning-the-prior, {name}"] = _started(job, environment)
            advance()
    return found


def _ask(students: int, n_particles: int, repeats: int, seed: int, environment: Mapping[str, str]) -> dict[str, Any]:
    code = WORKER_CODE.format(arguments=f"{students}, {n_particles}, {repeats}, {seed}")
    printed = _run([sys.executable, "-c", code], environment)
    return json.loads(printed.splitlines()[-1])


def _started(command: list[str], environment: Mapping[str, str]) -> float:
    start = time.perf_counter()
    _run(command, environment)
    return time.perf_counter() - start


def _run(command: list[str], environment: Mapping[str, str]) -> str:
    # A cache of compiled programs set from outside would hide what compiling costs.
    inherited = {name: value for name, value in os.environ.items() if name != "JAX_COMPILATION_CACHE_DIR"}
    done = subprocess.run(command, cwd=ROOT, env=inherited | environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} exited with {done.returncode}:\n{done.stderr}")
    return done.stdout
