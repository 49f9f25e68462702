"""A slow test is run again where code that it runs has changed, and only there."""

import shutil
import subprocess

import pytest

from tests import run_slow

TEST = "tests/inference/numerics/test_count_laws.py"


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """`copy()`: the fingerprint of TEST in a copy of the project that a test may change."""
    for folder in ("models", "inference", "experiments", "tests"):
        shutil.copytree(run_slow.ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(run_slow.ROOT / "pyproject.toml", tmp_path)
    monkeypatch.setattr(run_slow, "ROOT", tmp_path)

    def fingerprint() -> str:
        for cached in (run_slow.code_of, run_slow.modules_of, run_slow.imported_by):
            cached.cache_clear()
        return run_slow.fingerprint(tmp_path / TEST)

    yield fingerprint
    monkeypatch.undo()
    for cached in (run_slow.code_of, run_slow.modules_of, run_slow.imported_by):
        cached.cache_clear()


@pytest.mark.parametrize(
    ("path", "is_run"),
    [
        (TEST, True),
        ("inference/numerics/count_laws.py", True),  # imported by the test
        ("models/numerics/sums.py", True),  # imported by what it imports
        ("tests/conftest.py", True),
        ("experiments/pooling/main.py", False),
        ("inference/algorithms/smc.py", True),  # by the names that `inference` exports, in conftest
    ],
)
@pytest.mark.costly
def test_a_change_of_code_and_not_of_words_is_a_change(path, is_run, copy, tmp_path):
    before = copy()
    source = (tmp_path / path).read_text()
    (tmp_path / path).write_text(source + "\n# In other words.\n")
    assert copy() == before
    (tmp_path / path).write_text(source + "\nANOTHER = 1\n")
    assert (copy() != before) == is_run


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [("pyproject.toml", '"numpy==', '"numpy==1'), ("experiments/data/rats.csv", "k,n", "k,n,more")],
)
@pytest.mark.costly
def test_a_change_of_versions_or_data_is_a_change(path, old, new, copy, tmp_path):
    before = copy()
    text = (tmp_path / path).read_text()
    assert old in text
    (tmp_path / path).write_text(text.replace(old, new, 1))
    assert copy() != before


@pytest.mark.costly
def test_a_change_of_a_notebook_is_a_change_of_its_test(copy, tmp_path, monkeypatch):
    monkeypatch.setitem(globals(), "TEST", "tests/docs/website/test_notebooks.py")
    notebook = tmp_path / "docs" / "notebooks" / "chapter.py"
    notebook.parent.mkdir(parents=True)
    notebook.write_text("import models\n")
    before = copy()
    notebook.write_text("import models\n\nprint(models)\n")
    assert copy() != before


@pytest.mark.parametrize(("minutes", "is_recorded"), [(2.0, False), (float("inf"), True)])
def test_what_limited_time_interrupts_is_left_and_not_recorded(minutes, is_recorded, monkeypatch, tmp_path, capsys):
    def run(command, *, cwd, timeout):
        if timeout is not None:
            raise subprocess.TimeoutExpired(command, timeout)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(run_slow, "RECORD", tmp_path / "slow.json")
    monkeypatch.setattr(run_slow, "with_slow_tests", lambda: [run_slow.ROOT / TEST])
    monkeypatch.setattr(run_slow.subprocess, "run", run)
    assert run_slow.main(minutes) == 0
    assert (tmp_path / "slow.json").exists() == is_recorded
    assert (f"for lack of time: {TEST}" in capsys.readouterr().out) != is_recorded
