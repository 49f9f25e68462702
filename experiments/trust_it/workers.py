"""Two processes side by side, each with one block and one float type: compiling keeps one core busy.

JAX has one float type a process. And a block's programs serve no other block: they go with their process.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from itertools import groupby
from pathlib import Path
from typing import Any

import jax

from experiments.trust_it.runs import Task, done

ROOT = Path(__file__).parents[2]
FLOAT_TYPES: Mapping[str, str] = {"float32": "0", "x64": "1"}  # and JAX_ENABLE_X64
SIDE_BY_SIDE = 2
CHILD = "from experiments.trust_it.workers import child; child()"


def child() -> None:
    """In a process of its own: tasks as JSON from stdin, a line of JSON to stdout for each as soon as it is done."""
    for run in done(Task(*fields) for fields in json.load(sys.stdin)):
        print(json.dumps(run), flush=True)


def run_beside(tasks: Mapping[str, Iterable[Task]], keep: Callable[[dict[str, Any]], None]) -> None:
    """Run tasks of both float types, SIDE_BY_SIDE processes at a time, each with one float type and one block.

    Args:
        tasks: by float type; those of a block follow each other.
        keep: called with each run as soon as it is made, from several threads.

    Raises:
        RuntimeError: if a process ends in an error; with what it said.
    """
    # float64 takes longer. Started first, it leaves short blocks to the end, when one process may have nothing to do.
    blocks = [
        (float_type, list(of_block))
        for float_type in sorted(tasks, reverse=True)
        for _, of_block in groupby(tasks[float_type], key=lambda task: task.block)
    ]
    with ThreadPoolExecutor(SIDE_BY_SIDE) as beside:
        running = [beside.submit(_listen, *block, keep) for block in blocks]
        try:
            for ended in as_completed(running):
                ended.result()
        except BaseException:
            beside.shutdown(wait=False, cancel_futures=True)
            raise


def _listen(float_type: str, tasks: Sequence[Task], keep: Callable[[dict[str, Any]], None]) -> None:
    # On a GPU a process would take three quarters of the memory at its start, and leave the other one too little.
    environment = {"XLA_PYTHON_CLIENT_PREALLOCATE": "false"} | os.environ | _cache()
    environment["JAX_ENABLE_X64"] = FLOAT_TYPES[float_type]
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
