"""Two processes side by side, one for each float type: JAX has one a process, and compiling keeps one core busy."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import jax

from experiments.trust_it_runs import Task, done

ROOT = Path(__file__).parents[1]
FLOAT_TYPES: Mapping[str, str] = {"float32": "0", "x64": "1"}  # and JAX_ENABLE_X64
CHILD = "from experiments.trust_it_workers import child; child()"


def child() -> None:
    """In a process of its own: tasks as JSON from stdin, a line of JSON to stdout for each as soon as it is done."""
    block = None
    for task in (Task(*fields) for fields in json.load(sys.stdin)):
        if block not in (None, task.block):
            jax.clear_caches()  # a block's programs serve no other, and would fill the memory
        block = task.block
        for run in done([task]):
            print(json.dumps(run), flush=True)


def run_beside(tasks: Mapping[str, Sequence[Task]], keep: Callable[[dict[str, Any]], None]) -> None:
    """Run tasks of both float types, each type in a process of its own.

    Args:
        tasks: by float type.
        keep: called with each run as soon as it is made, from two threads.

    Raises:
        RuntimeError: if a process ends in an error; with what it said.
    """
    with ThreadPoolExecutor(len(tasks)) as beside:
        for running in [beside.submit(_listen, float_type, some, keep) for float_type, some in tasks.items() if some]:
            running.result()


def _listen(float_type: str, tasks: Sequence[Task], keep: Callable[[dict[str, Any]], None]) -> None:
    environment = os.environ | {"JAX_ENABLE_X64": FLOAT_TYPES[float_type]} | _cache()
    with tempfile.TemporaryFile("w+") as complaints, tempfile.TemporaryFile("w+") as asked:
        json.dump(tasks, asked)
        asked.seek(0)
        command = [sys.executable, "-c", CHILD]
        with subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=asked, stdout=subprocess.PIPE, stderr=complaints, text=True
        ) as process:
            try:
                for line in process.stdout or ():
                    keep(json.loads(line))
            except BaseException:
                process.terminate()
                raise
        if process.returncode:
            complaints.seek(0)
            raise RuntimeError(f"the {float_type} process exited with {process.returncode}:\n{complaints.read()}")


def _cache() -> dict[str, str]:
    """The cache of compiled programs that this process has, for the others."""
    folder = jax.config.jax_compilation_cache_dir
    least = jax.config.jax_persistent_cache_min_compile_time_secs
    if folder is None:
        return {}
    return {"JAX_COMPILATION_CACHE_DIR": folder, "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": str(least)}
