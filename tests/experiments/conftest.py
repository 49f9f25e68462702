"""A file of real counts, and the command line run in this process."""

from pathlib import Path

import pytest

import experiments.__main__ as command_line

# 71 groups of rats, k of n with tumours: Gelman et al. (2013), Bayesian Data Analysis, 3rd ed., table 5.1.
RATS = (
    "0/20 0/20 0/20 0/20 0/20 0/20 0/20 0/19 0/19 0/19 0/19 0/18 0/18 0/17 1/20 1/20 1/20 1/20 1/19 1/19 1/18 1/18 "
    "3/27 2/25 2/24 2/23 2/20 2/20 2/20 2/20 2/20 2/20 1/10 5/49 2/19 5/46 2/17 7/49 7/47 3/20 3/20 2/13 9/48 10/50 "
    "4/20 4/20 4/20 4/20 4/20 4/20 4/20 10/48 4/19 4/19 4/19 5/22 11/46 12/49 5/20 5/20 6/23 5/19 6/22 6/20 6/20 6/20 "
    "16/52 15/46 15/47 9/24 4/14"
)


@pytest.fixture(scope="session")
def rats(tmp_path_factory) -> Path:
    """CSV of the 71 groups."""
    path = tmp_path_factory.mktemp("rats") / "rats.csv"
    path.write_text("k,n\n" + RATS.replace("/", ",").replace(" ", "\n") + "\n")
    return path


@pytest.fixture(scope="session")
def run():
    """`run(*words)`: exit status of `python -m experiments WORDS`, in this process and without its cache on disk."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(command_line, "_keep_compiled_programs", lambda: None)
        patch.setattr(command_line, "_add_up_in_one_thread", lambda: None)  # too late: NumPy has been imported
        yield lambda *words: command_line.main([str(word) for word in words])
