"""Run a function or a command in a process of its own, so that its peak memory and its start are its own."""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
STATUS = Path("/proc/self/status")
CODE = "import json; from {module} import {name}; print(json.dumps({name}(*{arguments})))"


def ask(function: Callable[..., Any], *arguments: Any, environment: Mapping[str, str] | None = None) -> Any:
    """What a function returns in a process of its own.

    Args:
        function: of a module; what it returns can be written as JSON.
        arguments: numbers, strings and tuples of them.
        environment: environment variables that are added.

    Returns:
        What it returned, after JSON.

    Raises:
        RuntimeError: if the process fails; the message has what it wrote to standard error.
    """
    code = CODE.format(module=function.__module__, name=function.__name__, arguments=repr(arguments))
    return json.loads(run([sys.executable, "-c", code], environment or {}).splitlines()[-1])


def seconds_of(command: list[str], environment: Mapping[str, str]) -> float:
    """Seconds from starting a command to its end; the arguments are those of `run`."""
    start = time.perf_counter()
    run(command, environment)
    return time.perf_counter() - start


def run(command: list[str], environment: Mapping[str, str]) -> str:
    """What a command prints.

    Args:
        command: program and arguments.
        environment: environment variables that are added.

    Returns:
        Its standard output.

    Raises:
        RuntimeError: if it fails; the message has its standard error.
    """
    # A cache of compiled programs set from outside would hide what compiling costs.
    inherited = {name: value for name, value in os.environ.items() if name != "JAX_COMPILATION_CACHE_DIR"}
    done = subprocess.run(command, cwd=ROOT, env=inherited | environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} exited with {done.returncode}:\n{done.stderr}")
    return done.stdout


def peak_memory() -> float:
    """The largest memory this process has had, in MB.

    On Linux, /proc gives it for the running program alone. `ru_maxrss` would instead be the memory of the parent
    process, if that was larger when it started this one. `ru_maxrss` is in bytes on macOS, and in KiB elsewhere.
    """
    if STATUS.is_file():
        lines = STATUS.read_text(encoding="utf-8").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) * 1024 / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
