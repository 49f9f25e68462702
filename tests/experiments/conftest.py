"""A file of real counts, and the command line run in this process."""

import gc
from pathlib import Path

import jax
import pytest

from experiments.__main__ import main
from experiments.options import DATA

CACHE = ("jax_compilation_cache_dir", "jax_persistent_cache_min_compile_time_secs")  # what a run sets


@pytest.fixture(scope="session")
def rats() -> Path:
    """CSV of the 71 groups of rats, one of the data files of `experiments`."""
    return DATA / "rats.csv"


@pytest.fixture(scope="session")
def run(tmp_path_factory):
    """`run(*words)`: exit status of `python -m experiments WORDS`, in this process."""
    own = {name: getattr(jax.config, name) for name in CACHE}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))  # not the cache of whoever runs the tests
        patch.setenv("OPENBLAS_NUM_THREADS", "1")  # what a run sets; it is taken back afterwards
        patch.setattr(gc, "freeze", lambda: None)  # it would keep each run in memory
        patch.setattr(gc, "set_threshold", lambda *_: None)  # that of the tests stays
        yield lambda *words: main([str(word) for word in words])
    for name, value in own.items():
        jax.config.update(name, value)
