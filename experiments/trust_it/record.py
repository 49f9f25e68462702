"""A file of the runs made so far, one line of JSON each, so that an interrupted measurement can be continued."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from experiments.machine import versions
from experiments.methods.statements import statements
from experiments.options import HyperpriorInFile

ROOT = Path(__file__).parents[2]
DECIDING = ("code", "seed", "family", "number", "hyperprior", "method", "float_type")  # fields that identify a run
TRUST_IT = ("cases", "families", "hard_data", "judge", "methods", "populations", "references", "runs")  # that decide


def code(own: HyperpriorInFile | None = None) -> str:
    """A fingerprint of all code that computes: this suite's models, inference and judge, and the packages they use.

    Comments and docstrings are left out, so that rewording one does not invalidate forty minutes of runs.

    Args:
        own: the file of a reader's own hyperprior, if it is used; what that file imports is not read.

    Returns:
        The fingerprint.
    """
    files = [*(ROOT / "models").rglob("*.py"), *(ROOT / "inference").rglob("*.py")]
    judging = (
        "options",
        "methods/hyperpriors",
        "methods/hyperprior_files",
        *(f"trust_it/{name}" for name in TRUST_IT),
    )
    files += (ROOT / "experiments" / f"{name}.py" for name in judging)
    files += [] if own is None else [own.path]
    content = hashlib.sha256(json.dumps(versions(), sort_keys=True).encode())
    for path in sorted(files):
        content.update(path.name.encode() + statements(path.read_text("utf-8")).encode())
    return content.hexdigest()[:12]


class Record:
    """Runs in a file; each is appended as soon as it is made.

    Args:
        path: the file, made if needed; its last line is dropped if an interrupted run left it incomplete.
    """

    def __init__(self, path: Path):
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._runs = {_identity(run): run for run in _whole_lines(path)}

    def get(self, **deciding: Any) -> dict[str, Any] | None:
        """The run with these fields of DECIDING, or None if it has not been made."""
        return self._runs.get(_identity(deciding))

    def add(self, run: Mapping[str, Any]) -> None:
        """Keep a run, in memory and in the file."""
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(run) + "\n")
        self._runs[_identity(run)] = dict(run)


def _identity(run: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(run.get(name) for name in DECIDING)  # runs of long ago have no family


def _whole_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The complete lines; an incomplete last line is first cut off from the file."""
    if not path.exists():
        return
    content = path.read_bytes()
    whole = content.rfind(b"\n") + 1
    if whole < len(content):
        with path.open("r+b") as file:
            file.truncate(whole)
    yield from map(json.loads, content[:whole].splitlines())
