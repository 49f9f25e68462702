"""Run processes side by side, each with one block and one float type, because compiling uses only one core.

A process of JAX has one float type. And the compiled programs of a block serve no other block: they are freed when its
process ends.
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

from experiments.trust_it.runs import Task, run_tasks

ROOT = Path(__file__).parents[2]
FLOAT_TYPES: Mapping[str, str] = {"float32": "0", "x64": "1"}  # value of JAX_ENABLE_X64 by float type
WORKER_CODE = "from experiments.trust_it.workers import worker_main; worker_main()"


def worker_main() -> None:
    """The work of one process: read tasks as JSON from stdin, and print a line of JSON as soon as each is done."""
    for run in run_tasks(Task(*fields) for fields in json.load(sys.stdin)):
        print(json.dumps(run), flush=True)


def run_in_processes(
    tasks: Mapping[str, Iterable[Task]], keep: Callable[[dict[str, Any]], None], side_by_side: int
) -> None:
    """Run tasks of both float types, some processes at a time, each with one float type and one block.

    Args:
        tasks: by float type; those of a block follow each other.
        keep: called with each run as soon as it is made, from several threads.
        side_by_side: number of processes that run at a time.

    Raises:
        RuntimeError: if a process ends in an error; its stderr is in the message.
    """
    # float64 takes longer, so its blocks start first. Short blocks come last, when one process may already be idle.
    blocks = [
        (float_type, list(of_block))
        for float_type in sorted(tasks, reverse=True)
        for _, of_block in groupby(tasks[float_type], key=lambda task: task.block)
    ]
    with ThreadPoolExecutor(side_by_side) as beside:
        running = [beside.submit(_listen, *block, keep) for block in blocks]
        try:
            for ended in as_completed(running):
                ended.result()
        except BaseException:
            beside.shutdown(wait=False, cancel_futures=True)
            raise


def _listen(float_type: str, tasks: Sequence[Task], keep: Callable[[dict[str, Any]], None]) -> None:
    # On a GPU a process would reserve three quarters of the memory at its start, and leave too little for the other.
    environment = {"XLA_PYTHON_CLIENT_PREALLOCATE": "false"} | os.environ | _cache()
    environment["JAX_ENABLE_X64"] = FLOAT_TYPES[float_type]
    with tempfile.TemporaryFile("w+") as complaints, tempfile.TemporaryFile("w+") as asked:
        json.dump(tasks, asked)
        asked.seek(0)
        command = [sys.executable, "-c", WORKER_CODE]
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
    """Environment variables that let another process use this one's cache of compiled programs."""
    folder = jax.config.jax_compilation_cache_dir
    least = jax.config.jax_persistent_cache_min_compile_time_secs
    if folder is None:
        return {}
    return {"JAX_COMPILATION_CACHE_DIR": folder, "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": str(least)}
