"""The page on GenJAX: every trap is still there in the pinned version, and its table names what its files use."""

import copyreg
import os
import re
import shutil
import subprocess
import sys
import warnings
from contextlib import redirect_stdout
from importlib.metadata import version
from io import StringIO
from types import ModuleType

import pytest
from genjax import core

from tests.pages import Example, assert_prints, broken_links, examples, page

PAGE = page("genjax.md")
OLD, NEW, *TRAPS = examples(PAGE)
PREAMBLE = re.search(r"begins with these lines\.\n\n```python\n(.*?)^```", PAGE, re.M | re.S)
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
ERROR = re.compile(r"^(\w+(?:Error|Exception)): (.*)$", re.S)  # what ends an example, in the last line shown
ROUNDING = 1e-5  # relative: float32 results of another processor
# These compile a sampler of betas or binomials, or a chain.
COSTLY = (
    "`binomial(n, theta)` reads theta as log-odds",
    "`probs=` loses its name under `vmap`",
    "An unknown address is ignored",
    "`in_axes=None` mixes students and particles",
    "A rate drawn by `beta` rounds to 0 or 1",
    "`uniform(0, 1)` can draw 0",
    "`betaln` has few digits",
    "TFP's pmf of Python numbers is float32, also under x64",
    "Large counts in float32",
    "Some densities are not 0 outside the support",
    "`mala` and `hmc` freeze near a bound",
    "`chain(n_chains=4)` starts every chain at one point",
    "Integers beside floats",
    "`init` keeps every number many times",
    "`seed` outside `shard_map`",
    "Warnings as errors",
)


def run(code: str, names: dict) -> tuple[str, Exception | None]:
    """What a piece of code prints, and the exception that ends it."""
    out, raised = StringIO(), None
    with redirect_stdout(out), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            exec(compile(code, "genjax.md", "exec"), names)
        except Exception as error:
            raised = error
    return out.getvalue(), raised


@pytest.fixture(scope="module")
def names() -> dict:
    """The names that the first lines of every example define."""
    assert PREAMBLE is not None
    defined: dict = {"__name__": "my_file"}
    exec(compile(PREAMBLE[1], "genjax.md", "exec"), defined)
    return defined


def test_every_piece_of_code_is_run():
    assert len(re.findall(r"^```python", PAGE, re.M)) == len(TRAPS) + 3
    headings = re.findall(r"^### (.*)", PAGE, re.M)
    titles = [trap.title for trap in TRAPS]
    assert [OLD.title, NEW.title, *titles] == headings
    assert set(COSTLY) <= set(titles)
    assert f"There are {len(TRAPS)} of them" in PAGE


@pytest.mark.parametrize(
    "trap",
    [
        pytest.param(trap, id=trap.title.replace("`", ""), marks=[pytest.mark.costly] if trap.title in COSTLY else [])
        for trap in TRAPS
    ],
)
def test_a_trap_is_still_there(trap: Example, names, monkeypatch):
    # GenJAX as it is: `models` has replaced its list of handlers, and registered how programs are pickled.
    monkeypatch.setattr(core, "handler_stack", [])
    monkeypatch.delitem(copyreg.dispatch_table, core.Fn)
    module = ModuleType("my_file")
    monkeypatch.setitem(sys.modules, "my_file", module)  # so that pickle looks for the module's names
    module.__dict__.update(names)
    printed, raised = run(trap.code, module.__dict__)
    *lines, last = trap.said.splitlines(keepends=True)
    error = ERROR.match(last)
    if error is None:
        assert raised is None
        assert_prints(printed, trap.said, ROUNDING)
    else:
        assert type(raised).__name__ == error[1]
        assert COLOUR.sub("", str(raised)).startswith(error[2].rstrip())
        assert_prints(printed, "".join(lines), ROUNDING)


@pytest.mark.costly
def test_the_new_file_prints_what_the_page_says():
    printed, raised = run(NEW.code, {})
    assert raised is None
    assert_prints(printed, NEW.said, ROUNDING)


@pytest.mark.long
@pytest.mark.skipif(shutil.which("python3.11") is None, reason="GenJAX 0.10.3 needs Python 3.11")
def test_the_old_file_prints_what_the_page_says(tmp_path):
    commands = re.findall(r"^    (python3\.11 -m venv .*|old/bin/.*)$", PAGE, re.M)
    assert len(commands) == 3
    (tmp_path / "old.py").write_text(OLD.code)
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    for command in commands:
        ran = subprocess.run(
            command.split(), cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True, check=True
        )
    assert_prints(ran.stdout, OLD.said, ROUNDING)


def test_the_table_of_versions_is_made_of_what_the_two_files_say():
    rows = re.findall(r"^\| (?!to|---)[^|]+\| `([^|]+)` \| `([^|]+)` \|$", PAGE, re.M)
    assert len(rows) == 7
    for old, new in rows:
        for said, file in ((old, OLD), (new, NEW)):
            assert re.sub(r'\["\w+"\]$', "", said).lstrip("-") in file.code, said


def test_the_pinned_versions_are_those_of_the_page():
    for package in ("genjax", "jax"):
        assert f"{package} {version(package)}" in PAGE


def test_what_the_page_calls_gone_is_gone():
    import genjax

    gone = re.search(r"What is gone in 1\.0\.14: (.*?)\.", PAGE, re.S)
    assert gone is not None
    absent = re.findall(r"`(\w+)`", gone[1])
    assert len(absent) == 9
    assert not [name for name in absent if hasattr(genjax, name)]
    assert not hasattr(genjax.GFI, "importance")
    assert hasattr(genjax, "Cond")


def test_links_lead_somewhere():
    assert broken_links("genjax.md") == []
