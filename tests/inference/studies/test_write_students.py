"""The file of every student's rate: the rows of `shrinkage`, complete or not there, fast and in little memory."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from inference import Posterior, write_students
from inference.studies import write_students as students_file
from models import Counts, CountsError, box
from models.observations import large_files as streaming

ROOT = Path(__file__).parents[3]
PROGRAM = """
import os, signal, sys, threading, time
import numpy as np
import polars as pl
from inference import Posterior, write_students
from models import Counts, box

posterior = Posterior.from_weights(box(), {"a": np.array([2.0, 3.0]), "b": np.array([1.0, 1.5])}, np.zeros(2))
source, target, interrupted = sys.argv[1:]
once = threading.Event()

def written(students):
    if interrupted == "True" and not once.is_set():
        once.set()
        os.kill(os.getpid(), signal.SIGINT)

def processor_time(call):
    start = time.process_time()
    result = call()
    return time.process_time() - start, result

reading, counts = processor_time(lambda: Counts.read(source))
writing, _ = processor_time(lambda: write_students(posterior, counts, source, target, written=written))
# Of this process alone: `ru_maxrss` begins with what the process that started this one had.
peak = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM:"))

# What polars takes for the same rows: to count the different pairs, and to write six columns that it computes.
rows = pl.scan_parquet(source)
columns = {f"column {i}": pl.col("k") / (pl.col("n") + i) for i in range(1, 7)}
counting, _ = processor_time(lambda: rows.group_by("k", "n").len().collect())
columns_written, _ = processor_time(lambda: rows.with_columns(**columns).sink_parquet(target + ".columns"))
print(f'{{"reading": {reading / counting}, "writing": {writing / columns_written}, "peak": {peak}}}')
"""


@pytest.fixture(scope="module")
def posterior() -> Posterior:
    rng = np.random.default_rng(0)
    return Posterior.from_weights(box(), {"a": rng.uniform(1, 9, 20), "b": rng.uniform(1, 9, 20)}, rng.normal(size=20))


@pytest.fixture
def large(monkeypatch):
    """Every file counts as large."""
    monkeypatch.setattr(streaming, "MOST_ROWS_HELD", -1)
    monkeypatch.setattr(streaming, "MOST_BYTES_HELD", -1)


def pupils(rows: int = 5000) -> pl.DataFrame:
    rng = np.random.default_rng(1)
    n = rng.integers(0, 9, rows)
    names = [f"pupil {i}" for i in rng.permutation(rows)]
    return pl.DataFrame({"pupil": names, "hits": rng.binomial(n, 0.4), "of": n, "times": rng.integers(0, 3, rows)})


COLUMNS = {"k": "hits", "n": "of", "name": "pupil"}


@pytest.mark.parametrize("times", [{}, {"multiplicity": "times"}], ids=["students", "multiplicity"])
@pytest.mark.parametrize("side", [students_file.LARGEST_SIDE, 3], ids=["square", "joined"])
@pytest.mark.parametrize("dtype", [pl.Int64, pl.UInt8, pl.Float32], ids=str)
@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_it_is_the_table_of_the_counts_row_by_row(times, side, dtype, suffix, posterior, tmp_path, monkeypatch):
    monkeypatch.setattr(students_file, "LARGEST_SIDE", side)
    source, target = tmp_path / f"pupils.{suffix}", tmp_path / "students.parquet"
    getattr(pupils().with_columns(pl.col("hits", "of", "times").cast(dtype)), f"write_{suffix}")(source)
    small = Counts.read(source, **COLUMNS, **times)
    expected = posterior.shrinkage(small, interval=0.8).drop("mean_error")
    with monkeypatch.context() as patch:
        patch.setattr(streaming, "MOST_ROWS_HELD", -1)
        patch.setattr(streaming, "MOST_BYTES_HELD", -1)
        counts = Counts.read(source, **COLUMNS, **times)
    assert len(counts) == len(set(zip(small.k, small.n, strict=True))) < 50
    students = []
    write_students(posterior, counts, source, target, **COLUMNS, **times, interval=0.8, written=students.append)
    # Mean and interval are computed together with other students; their number only changes the order of sums.
    assert_frame_equal(pl.read_parquet(target), expected, rel_tol=1e-12, abs_tol=1e-9)
    assert sum(students) == small.students


def test_blank_ends_comments_and_spaces_are_no_students(posterior, large, tmp_path):
    source, target = tmp_path / "pupils.csv", tmp_path / "students.parquet"
    source.write_text("# a comment\n# another\nk, n,name\n 1,2, Ben \n1.0,2 ,Ben\n0,0,Emi\n\n\n")
    write_students(posterior, Counts.read(source), source, target)
    written = pl.read_parquet(target)
    assert written.select("name", "k", "n").rows() == [("Ben", 1, 2), ("Ben", 1, 2), ("Emi", 0, 0)]
    assert written["raw"].to_list() == [0.5, 0.5, None]
    assert written.columns == ["name", "k", "n", "raw", "plug_in", "mean", "sd", "low", "high"]


def test_a_source_in_any_dialect_is_read_as_the_counts_were(posterior, large, tmp_path):
    source, target = tmp_path / "pupils.txt", tmp_path / "students.parquet"
    rows = [f"Müller;{i};{i};{1 + i // 2}.000" for i in range(300)]  # which 3.000 is, the last row but one says
    text = "\r".join(["Titel", "last;first;lost;won", *rows, "Ray;1;NA;7", "Ray;2;1;1.000.000", ""])
    source.write_bytes(text.encode("cp1252"))
    columns = {"k": "won", "failures": "lost", "drop_missing": True}
    counts = Counts.read(source, **columns)
    write_students(posterior, counts, source, target, **columns, name=("last", "first"))
    written = pl.read_parquet(target)
    assert written["name"].to_list() == [*(f"Müller, {i}" for i in range(300)), "Ray, 2"]
    assert written["k"].to_list() == [*(1000 * (1 + i // 2) for i in range(300)), 1_000_000]
    assert (written["n"] - written["k"]).to_list() == [*range(300), 1]
    with pytest.raises(CountsError, match=r"pupils\.txt has changed"):
        write_students(posterior, counts, source, target, **columns | {"drop_missing": False})


def test_names_may_be_numbers_or_missing_altogether(posterior, large, tmp_path):
    source, target = tmp_path / "pupils.parquet", tmp_path / "students.parquet"
    pl.DataFrame({"k": [1, 0], "n": [2, 5], "name": [7, 7]}).write_parquet(source)
    write_students(posterior, Counts.read(source), source, target)
    assert pl.read_parquet(target)["name"].to_list() == [7, 7]
    pl.DataFrame({"k": [1, 0], "n": [2, 5]}).write_parquet(source)
    write_students(posterior, Counts.read(source), source, target)
    assert pl.read_parquet(target).columns[:2] == ["k", "n"]


@pytest.mark.parametrize("row", [(3, 7), (3, 5000), (7, 5), (-1, 5), (None, 5)], ids=str)
@pytest.mark.parametrize("side", [students_file.LARGEST_SIDE, 3], ids=["square", "joined"])
def test_a_file_that_has_changed_is_refused(row, side, posterior, tmp_path, monkeypatch):
    monkeypatch.setattr(students_file, "LARGEST_SIDE", side)
    source, target = tmp_path / "pupils.parquet", tmp_path / "students.parquet"
    pl.DataFrame([(1, 2), row], schema=["k", "n"], orient="row").write_parquet(source)
    with pytest.raises(CountsError, match=r"pupils\.parquet has changed"):
        write_students(posterior, Counts([1, 6], [2, 6]), source, target)
    assert list(tmp_path.iterdir()) == [source]


@pytest.mark.parametrize("earlier", [None, b"of an earlier run"])
@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError("no space left"), ValueError("else")], ids=repr)
def test_an_interrupted_write_leaves_nothing_new(error, earlier, posterior, large, tmp_path):
    source, target = tmp_path / "pupils.parquet", tmp_path / "students.parquet"
    pupils(300_000).write_parquet(source, row_group_size=50_000)
    if earlier:
        target.write_bytes(earlier)
    batches = []

    def break_off(students: int) -> None:
        batches.append(students)
        if len(batches) == 2:
            assert len(list(tmp_path.iterdir())) == 2 + bool(earlier)  # it was being written
            raise error

    with pytest.raises(error if isinstance(error, type) else type(error)):
        write_students(posterior, Counts.read(source, **COLUMNS), source, target, **COLUMNS, written=break_off)
    assert set(tmp_path.iterdir()) == {source} | ({target} if earlier else set())
    assert earlier is None or target.read_bytes() == earlier


def run_alone(source: Path, target: Path, interrupted: bool = False) -> subprocess.CompletedProcess:
    words = [sys.executable, "-c", PROGRAM, str(source), str(target), str(interrupted)]
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_ctrl_c_leaves_nothing(tmp_path):
    source, target = tmp_path / "pupils.parquet", tmp_path / "students.parquet"
    pupils(3_000_000).select(k="hits", n="of").write_parquet(source)
    done = run_alone(source, target, interrupted=True)
    assert done.returncode in (-signal.SIGINT, 130, 1), done.stderr
    assert "KeyboardInterrupt" in done.stderr
    assert list(tmp_path.iterdir()) == [source]


@pytest.mark.slow
@pytest.mark.parametrize("rows", [int(float(os.environ.get("LARGEST_FILE_ROWS", "1e7")))])
def test_a_large_file_costs_what_polars_takes_for_its_rows_and_less_than_a_gigabyte(rows, tmp_path):
    source, target = tmp_path / "pupils.parquet", tmp_path / "students.parquet"
    rng = np.random.default_rng(0)
    n = rng.integers(0, 101, rows)
    pl.DataFrame({"k": rng.binomial(n, rng.beta(3.0, 2.0, rows)), "n": n}).write_parquet(source)
    done = run_alone(source, target)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["peak"] < 1_000_000  # kB
    # Ratios of processor times, measured side by side: about 1.5 and 0.5. Work row by row in Python takes hundreds.
    assert found["reading"] < 10
    assert found["writing"] < 3
    assert pl.scan_parquet(target).select(pl.len()).collect().item() == rows
