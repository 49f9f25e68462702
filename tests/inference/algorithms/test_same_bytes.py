"""The same call gives the same bytes in every process of one machine, whatever number of cores it may use."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from inference import exact
from models import half_cauchy, mean_concentration

ROOT = Path(__file__).parents[3]
LIBRARY = """
import os, sys
os.sched_setaffinity(0, set(map(int, sys.argv[1].split(","))))
import jax
from inference import exact, importance, rqmc
from models import Counts, aggregated, box
counts = Counts([70, 28, 6, 3, 2, 0], [100, 40, 10, 5, 2, 1])
drawn = importance(aggregated(box()), counts, key=jax.random.key(0), n_particles=20_000)
for posterior in (drawn, exact(box(), counts), rqmc(box(), counts, key=jax.random.key(0))):
    print(posterior.summary().write_json())
    print(posterior.shrinkage(counts).write_json())
"""
COMMAND = "import os, runpy; os.sched_setaffinity(0, some); runpy.run_module('experiments', run_name='__main__')"
cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []


@pytest.mark.parametrize("hyperprior", [half_cauchy(), mean_concentration()], ids=["half_cauchy", "mean_concentration"])
def test_an_exact_answer_draws_no_random_numbers(hyperprior, six):
    # By default SciPy's barycentric interpolation permutes its nodes with NumPy's global generator.
    posterior = exact(hyperprior, six)
    before = [np.copy(part) for part in np.random.get_state()]  # noqa: NPY002  # the generator in question
    posterior.quantile("lam", 0.95)
    posterior.probability_below("lam", 10.0)
    assert all(map(np.array_equal, before, np.random.get_state()))  # noqa: NPY002


@pytest.mark.slow
@pytest.mark.skipif(len(cores) < 2, reason="there is one core")
def test_answers_do_not_depend_on_the_number_of_cores():
    outputs = {_output([sys.executable, "-c", LIBRARY, ",".join(map(str, some))]) for some in (cores[:1], cores)}
    assert len(outputs) == 1


@pytest.mark.long
@pytest.mark.skipif(len(cores) < 2, reason="there is one core")
def test_own_counts_writes_the_same_bytes_on_one_core_and_on_all(tmp_path):
    words = "own-counts --quick --data batting --method importance --threshold .3 --output-dir".split()
    for number, some in enumerate((cores[:1], cores, cores)):
        _output([sys.executable, "-c", f"some = {set(some)}; {COMMAND}", *words, str(tmp_path / str(number))])
    files = [path.name for path in (tmp_path / "0" / "own-counts").iterdir() if path.suffix in {".json", ".csv"}]
    assert "summary.json" in files
    for name in set(files) - {"timing.json"}:
        assert len({(tmp_path / str(number) / "own-counts" / name).read_bytes() for number in range(3)}) == 1, name


def _output(words: list[str]) -> str:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    environment.pop("OPENBLAS_NUM_THREADS", None)
    found = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
    return found.stdout
