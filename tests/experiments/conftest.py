"""A file of real counts, and the command line run in this process."""

from contextlib import nullcontext
from pathlib import Path

import pytest

import experiments.__main__ as command_line
from experiments.options import DATA


@pytest.fixture(scope="session")
def rats() -> Path:
    """CSV of the 71 groups of rats, one of the data files of `experiments`."""
    return DATA / "rats.csv"


@pytest.fixture(scope="session")
def run():
    """`run(*words)`: exit status of `python -m experiments WORDS`, in this process and without its cache on disk."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(command_line, "_keep_compiled_programs", lambda: None)
        patch.setattr(command_line, "_no_looking_for_garbage", nullcontext)  # it would keep each run in memory
        patch.setattr(command_line, "_add_up_in_one_thread", lambda: None)  # too late: NumPy is imported already
        yield lambda *words: command_line.main([str(word) for word in words])
