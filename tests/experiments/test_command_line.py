"""What the command line says of bad files, bad commands and help."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# What takes long to import and the main job does not need: samplers, diagnostics, other formats of files, and peers.
NOT_NEEDED = {
    *("arviz", "arviz_base", "arviz_stats", "blackjax", "h5netcdf", "h5py", "mpmath", "numpyro", "optax", "pandas"),
    *("pymc", "scipy.stats", "xarray"),
}
# Five weigh particles and four evaluate the hyperprior; the others handle keys and data. A function of JAX that is
# called outside `jit` is one program more for each of its operations and shapes.
MOST_PROGRAMS = 27


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("k,n\n1,2\n3,2\n", "row 2, column k, n: 3 successes out of 2 trials"),
        ("k,n\n1,\n", "row 1, column n: missing"),
        ("k,n\nmany,2\n", "row 1, column k: 'many' is not a number"),
        ("hits,n\n1,2\n", "no column 'k'"),
        ("", "the file is empty"),
        ("k,n,k_later\n1,2,1\n", "column k_later is there without the other of k_later and n_later"),
        ("k,n,k_later,n_later\n1,2,3,2\n", "row 1, column k_later, n_later: 3 successes out of 2 trials"),
    ],
)
def test_a_bad_file_is_one_line_on_stderr(content, said, run, tmp_path, capfd):
    (tmp_path / "bad.csv").write_text(content)
    assert run("own-counts", "--file", tmp_path / "bad.csv", "--output-dir", tmp_path / "out") == 1
    errors = capfd.readouterr().err
    assert said in errors
    assert len(errors.splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_a_missing_file_and_a_folder_that_cannot_be_made_are_one_line_on_stderr(run, rats, tmp_path, capfd):
    assert run("own-counts", "--file", tmp_path / "none.csv", "--output-dir", tmp_path) == 1
    assert capfd.readouterr().err == f"error: {tmp_path / 'none.csv'}: there is no such file\n"
    assert run("own-counts", "--file", tmp_path, "--output-dir", tmp_path) == 1
    assert capfd.readouterr().err.count("\n") == 1
    (tmp_path / "own-counts").write_text("in the way")
    assert run("own-counts", "--file", rats, "--output-dir", tmp_path) == 1
    assert capfd.readouterr().err.startswith(f"error: {tmp_path / 'own-counts'} is a file")
    assert run("own-counts", "--file", rats, "--output-dir", rats / "below") == 1
    assert capfd.readouterr().err.startswith(f"error: {rats} is a file")


@pytest.mark.parametrize(
    "words",
    [
        ["no-such-experiment"],
        ["own-counts"],
        ["learning-the-prior", "--n-particles", "many"],
        ["learning-the-prior", "--n-particles", "1"],
        ["compare-forms", "--most-students", "1"],
        ["wobble", "--runs", "1"],
        ["wobble", "--most-particles", "1000"],
        ["pmf-accuracy", "--n-points", "5"],
        ["pmf-accuracy", "--n-points", "20", "--evaluations", "19"],
        ["pmf-accuracy", "--n-particles", "20"],
        ["calibration", "--data-sets", "9"],
        ["own-counts", "--file", "my.csv", "--bounds", "3", "2"],
        ["own-counts", "--file", "my.csv", "--data", "rats"],
        ["own-counts", "--data", "rats", "--hyperprior", "pareto", "--bounds", "1", "2"],
        ["own-counts", "--data", "rats", "--bounds", "1", "2"],
        ["own-counts", "--data", "rats", "--hyperprior", "half-cauhcy"],
        ["own-counts", "--data", "rats", "--hyperprior", "my_file.txt:name"],
        ["own-counts", "--data", "rats", "--hyperprior", "my_file.py:name", "--bounds", "1", "2"],
        ["trust-it", "--hyperprior", "my_file.py"],
        ["own-counts", "--data", "rats", "--threshold", "0.1", "1.0"],
        ["own-counts", "--data", "rats", "--predict", "0"],
        ["own-counts", "--data", "rats", "--interval", "95"],
        ["own-counts", "--data", "rats", "--method", "guess"],
        ["two-classrooms", "--output-dir", __file__],
    ],
)
def test_a_bad_command_exits_with_2_and_no_traceback(words, run, capfd):
    with pytest.raises(SystemExit) as exit_:
        run(*words)
    assert exit_.value.code == 2
    assert "Traceback" not in capfd.readouterr().err


def test_help_does_not_import_jax_and_sums_have_one_thread_before_numpy_reads_how_many():
    code = (
        "import os, sys; from experiments.__main__ import main\n"
        "try: main(['--help'])\n"
        "except SystemExit as done: assert done.code == 0\n"
        "assert not {'jax', 'genjax', 'numpy'} & set(sys.modules)\n"
        "assert os.environ['OPENBLAS_NUM_THREADS'] == '1'"
    )
    threads_not_set = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=threads_not_set, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "compare-forms" in done.stdout


@pytest.mark.costly
def test_the_main_job_imports_and_compiles_nothing_that_it_does_not_need(tmp_path):
    code = (
        "import sys; import jax\n"
        "compiled = []\n"
        "def listen(event, seconds, **about):\n"
        "    if event.endswith('/backend_compile_duration'): compiled.append(about.get('fun_name'))\n"
        "jax.monitoring.register_event_duration_secs_listener(listen)\n"
        "from experiments.__main__ import main\n"
        f"assert main(['learning-the-prior', '--quick', '--output-dir', {str(tmp_path / 'out')!r}]) == 0\n"
        f"assert not {NOT_NEEDED!r} & set(sys.modules), {NOT_NEEDED!r} & set(sys.modules)\n"
        f"assert 5 < len(compiled) <= {MOST_PROGRAMS}, compiled"
    )
    environment = os.environ | {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
