"""A screen that cannot be written to does not stop the work, and a signal leaves nothing half written."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PRINTS = """
import sys
from experiments import __main__ as command

def work(arguments):
    for i in range(100_000):
        print("\\N{PLUS-MINUS SIGN} \\ud800", i)
    with open(sys.argv[1], "w") as file:
        file.write("done")
    return 0

command._main = work
sys.exit(command.main())
"""
WAITS = """
import signal, sys, time
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # as from a terminal, where the tests were started by nohup
from pathlib import Path
import polars as pl
from experiments import __main__ as command
from inference.numerics.whole_file import whole_file

def wait(batch):
    Path(sys.argv[1], "begun").touch()
    time.sleep(0.1)
    return batch

def work(arguments):
    with whole_file(Path(sys.argv[1], "students.parquet")) as path:
        path.write_text("half")
        if sys.argv[2] == "polars":
            rows = pl.LazyFrame({"k": range(10**7)}).map_batches(wait, streamable=True)
            rows.sink_parquet(path)
        else:
            wait(None)
            time.sleep(60)
    return 0

command._main = work
sys.exit(command.main())
"""


def start(program: str, *words: object, **options) -> subprocess.Popen:
    command = [sys.executable, "-c", program, *map(str, words)]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, **options)


@pytest.mark.parametrize("encoding", ["ascii", "utf-8"])
def test_the_work_is_done_though_a_pipe_is_closed(encoding, tmp_path):
    environment = os.environ | {"PYTHONIOENCODING": encoding}
    with start(PRINTS, tmp_path / "file", stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        first = process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == 0
    assert first == ("\\xb1" if encoding == "ascii" else "±") + " \\ud800 0\n"
    assert (tmp_path / "file").read_text() == "done"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_screen_that_is_full_is_told_of_after_the_work(tmp_path):
    with open("/dev/full", "w") as full:
        process = start(PRINTS, tmp_path / "file", stdout=full)
        _, said = process.communicate()
    assert process.returncode == 1
    assert (tmp_path / "file").read_text() == "done"
    assert len(said.splitlines()) == 1
    assert "No space left" in said
    with open("/dev/full", "w") as full:
        help_ = subprocess.run([sys.executable, "-m", "experiments", "--help"], cwd=ROOT, stdout=full, check=False)
    assert help_.returncode == 1


def test_help_can_be_cut(tmp_path):
    shell = f"{sys.executable} -m experiments own-counts --help | head -n 1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", shell], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "0"
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("number", "where"), [(signal.SIGTERM, "polars"), (signal.SIGHUP, "python"), (signal.SIGINT, "polars")]
)
def test_a_signal_leaves_no_half_file_and_no_traceback(number, where, tmp_path):
    with start(WAITS, tmp_path, where, stdout=subprocess.DEVNULL) as process:
        try:
            while not (tmp_path / "begun").exists():
                assert process.poll() is None
                time.sleep(0.02)
            process.send_signal(number)
            _, said = process.communicate(timeout=300)
        finally:
            process.kill()
    assert process.returncode == 128 + number
    assert said == "interrupted: each file is complete, or was not written\n"
    assert [path.name for path in tmp_path.iterdir()] == ["begun"]
