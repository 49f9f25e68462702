"""Run the tests marked `slow` or `costly` of every test file whose code has changed since they last passed.

    uv run python -m tests.run_slow [minutes]

With a number of minutes it stops once they have passed, and says which files are left: run it without a number before
you push.

tests/slow.json holds a fingerprint of each file and of all code of this project that it imports, without comments and
docstrings, from the last time that its slow tests passed. Commit it together with the change that it belongs to.
"""

import ast
import hashlib
import json
import re
import subprocess
import sys
import time
import tomllib
from functools import cache
from pathlib import Path

from experiments.methods.statements import statements

ROOT = Path(__file__).parents[1]
RECORD = ROOT / "tests" / "slow.json"
PACKAGES = ("models", "inference", "experiments")
# Tests that measure time or memory: they run alone, in one process.
MEASURING = (
    "tests/inference/questions/test_shrinkage.py",
    "tests/inference/studies/test_write_students.py",
    "tests/models/classrooms/test_aggregated.py",
)
# Files in one run of pytest: a process that compiles thousands of programs crashes, because each takes memory maps.
BATCH = 8
TIMED_BATCH = 2  # in limited time, so that what was interrupted is not much
# What a test file runs besides what it imports.
PROGRAMS = {"tests/docs/website/test_notebooks.py": "docs/notebooks/*.py"}
# The whole performance experiment: minutes on a quiet machine, and without meaning on a busy one.
BY_HAND = ("tests/experiments/performance/test_performance.py",)


@cache
def code_of(path: Path) -> str:
    """The code of a module, without comments and docstrings."""
    return statements(path.read_text("utf-8"))


@cache
def modules_of(package: str) -> frozenset[Path]:
    """All modules of a package."""
    return frozenset((ROOT / package).rglob("*.py"))


@cache
def imported_by(path: Path) -> frozenset[Path]:
    """The modules of this project that a module imports, wherever in the module; their packages are among them."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        for name in names:
            parts = name.split(".")
            if parts[0] not in PACKAGES:
                continue
            for end in range(1, len(parts) + 1):
                place = ROOT.joinpath(*parts[:end])
                found |= {one for one in (place.with_suffix(".py"), place / "__init__.py") if one.is_file()}
    # The command line imports each experiment by its name.
    if any(one.name == "__main__.py" for one in found):
        found |= modules_of("experiments")
    return frozenset(found)


def fingerprint(test: Path) -> str:
    """Of a test file, all code that it runs, the data that ship, and the pinned versions of packages."""
    conftests = (folder / "conftest.py" for folder in test.parents if folder.is_relative_to(ROOT / "tests"))
    waiting = [*test.parent.glob("*_program.py"), *(one for one in conftests if one.is_file()), test]
    if programs := PROGRAMS.get(test.relative_to(ROOT).as_posix()):
        waiting += ROOT.glob(programs)
    reached: set[Path] = set()
    while waiting:
        one = waiting.pop()
        if one not in reached:
            reached.add(one)
            waiting += imported_by(one)
    data = sorted((ROOT / "experiments" / "data").glob("*.csv"))
    pins = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["uv"]["constraint-dependencies"]
    content = hashlib.sha256(json.dumps(pins).encode() + b"".join(one.read_bytes() for one in data))
    for one in sorted(reached):
        content.update(f"{one.relative_to(ROOT)}\n{code_of(one)}\n".encode())
    return content.hexdigest()[:16]


def with_slow_tests() -> list[Path]:
    """The test files that have such a test, but for those that are run by hand."""
    tests = sorted((ROOT / "tests").rglob("test_*.py"))
    has = [one for one in tests if re.search(r"mark\.(slow|costly)", one.read_text("utf-8"))]
    return [one for one in has if str(one.relative_to(ROOT)) not in BY_HAND]


def main(minutes: float = float("inf")) -> int:
    """Run what has changed and record what passed; the exit status of pytest.

    Args:
        minutes: after which it stops; a file that was interrupted is left.
    """
    start = time.monotonic()
    recorded = json.loads(RECORD.read_text("utf-8")) if RECORD.exists() else {}
    now = {str(one.relative_to(ROOT)): fingerprint(one) for one in with_slow_tests()}
    changed = [name for name in now if recorded.get(name) != now[name]]
    print(f"slow tests: {len(changed)} of {len(now)} files have changed since they passed", flush=True)
    alone = [name for name in changed if name in MEASURING]
    status, together = 0, [name for name in changed if name not in alone]
    size = BATCH if minutes == float("inf") else TIMED_BATCH
    batches = [(together[first : first + size], "2") for first in range(0, len(together), size)]
    left = []
    for names, processes in [*batches, (alone, "0")]:
        seconds = 60 * minutes - (time.monotonic() - start)
        if not names or seconds <= 0:
            left += names
            continue
        command = [sys.executable, "-m", "pytest", "-n", processes, "-m", "(slow or costly) and not long", *names]
        try:
            code = subprocess.run(command, cwd=ROOT, timeout=None if seconds == float("inf") else seconds).returncode
        except subprocess.TimeoutExpired:
            left += names
            continue
        if code:
            status = code
            continue
        recorded |= {name: now[name] for name in names}
        RECORD.write_text(
            json.dumps({name: recorded[name] for name in sorted(now) if name in recorded}, indent=1) + "\n"
        )
    if left:
        print(f"left for `python -m tests.run_slow`, for lack of time: {', '.join(left)}")
    return status


if __name__ == "__main__":
    sys.exit(main(*map(float, sys.argv[1:])))
