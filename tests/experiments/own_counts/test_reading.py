"""What `own-counts` reads, by which options, and what it says of it."""

import json
import warnings

import numpy as np
import polars as pl
import pytest

from experiments.own_counts.methods import later_counts
from experiments.own_counts.options import OwnCounts
from experiments.own_counts.reading import is_streamed, read_counts, reading_sentences
from models import CountsError
from models.observations import large_files
from tests.models.observations.files.workbooks import workbook


def options(folder, text: str | bytes, file: str = "my.csv", **others) -> OwnCounts:
    (folder / file).write_bytes(text if isinstance(text, bytes) else text.encode())
    return OwnCounts(file=folder / file, **others)


def said(folder, *given, **others) -> list[str]:
    """The sentences, without the folder."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        sentences = reading_sentences(read_counts(options(folder, *given, **others)))
    return [sentence.replace(f"{folder}/", "") for sentence in sentences]


def test_one_line_says_what_was_read():
    (line,) = reading_sentences(read_counts(OwnCounts(data="rats")))
    assert line.startswith("71 groups, 1,739 trials, 267 successes, from columns k, n, name of ")
    (line,) = reading_sentences(read_counts(OwnCounts(data="pumps")))
    assert line.startswith("10 groups, 75 events, an exposure of 350.032, from columns k, exposure, name of ")


def test_what_was_found_out_and_left_out_and_may_be_wrong_is_said(tmp_path):
    text = "Report\nname;k;n\nBén;1;2\nEmi;NA;2\nFlo;2.000;5.000.000\nTotal;2.001;5.000.002\n".encode("cp1252")
    assert said(tmp_path, text, drop_missing=True) == [
        "3 groups, 10,000,004 trials, 4,002 successes, from columns k, n, name of my.csv; 1 row with a missing value "
        "left out (Windows-1252; separated by a semicolon; 1 title line above the header).",
        "Warning: my.csv: row 4 (Total), line 6 of the file, is the sum of all other rows; if it is no group of its "
        "own, leave it out of the file.",
    ]
    assert said(tmp_path, "k,n,multiplicity\n1,2,1\n", multiplicity="multiplicity") == [
        "1 group, 2 trials, 1 success, from columns k, n, multiplicity of my.csv."
    ]


@pytest.mark.parametrize(
    ("text", "others", "line"),
    [
        ("k,lost\n3,7\n", {"failures": "lost"}, "1 group, 10 trials, 3 successes, from columns k, lost of"),
        ("hits,AB\n3,10\n", {"guess": True}, "1 group, 10 trials, 3 successes, from columns hits, AB of"),
        ("a,b,k,n\nx,y,1,2\n", {"name": ("a", "b")}, "1 group, 2 trials, 1 success, from columns k, n, a, b of"),
        (
            "who,won\nx,1\nx,0\n",
            {"trials_long": "won", "group": ("who",)},
            "1 group, 2 trials, 1 success, from columns won",
        ),
        ("k,n\n1,1.000\n", {"thousands": "."}, "1 group, 1,000 trials, 1 success"),
        ("k,n\n1,1.000\n", {"decimal": "."}, "1 group, 1 trial, 1 success"),
        ("k;hours\n1;1,5\n", {"exposure": "hours"}, "1 group, 1 event, an exposure of 1.5, from columns k, hours"),
    ],
)
def test_each_option_reaches_the_file(text, others, line, tmp_path):
    assert said(tmp_path, text, **others)[0].startswith(line)


@pytest.mark.parametrize(
    ("others", "problem"),
    [
        ({"n": "of", "failures": "lost"}, "give --n or --failures"),
        ({"trials_long": "won"}, "--trials-long OUTCOME and --group G go together"),
        ({"group": ("who",)}, "--trials-long OUTCOME and --group G go together"),
        ({"trials_long": "won", "group": ("who",), "name": ("who",)}, "leave out --failures, --name"),
        ({"exposure": "hours", "guess": True}, "--exposure is for events: leave out"),
        ({"threshold": (10.0,)}, "--threshold is a rate, strictly between 0 and 1, such as .1 for 10 %, not 10"),
        ({"thousands": "thin space"}, "--thousands is one sign"),
        ({"thousands": ",", "decimal": ","}, "--decimal and --thousands cannot both be ,"),
    ],
)
def test_options_that_contradict_each_other_are_refused(others, problem, tmp_path):
    with pytest.raises(ValueError, match=problem):
        options(tmp_path, "k,n\n1,2\n", **others)


def test_the_sheet_that_is_read_is_said_and_is_that_of_the_later_counts(tmp_path):
    columns = ["k", "n", "k_later", "n_later"]
    book = workbook([["k", "n"], [1, 2]], [columns, [3, 4, 7, 8]])
    first = "1 group, 2 trials, 1 success, from columns k, n of my.xlsx (sheet 'Sheet1', not 'Sheet2')."
    assert said(tmp_path, book, "my.xlsx") == [first]
    second = options(tmp_path, book, "my.xlsx", sheet="Sheet2")
    counts = read_counts(second)
    assert counts.k.tolist() == [3]
    assert later_counts(second, counts).k.tolist() == [7]


def test_later_counts_are_in_the_same_dialect(tmp_path):
    text = "Titel\nname;k;n;k_later;n_later\nA;1;2;3;1.234,0\nB;NA;3;5;9\nC;0;4;1;9\n"
    asked = options(tmp_path, text, drop_missing=True)
    later = later_counts(asked, read_counts(asked))
    assert (later.names, later.k.tolist(), later.n.tolist()) == (("A", "C"), [3, 1], [1234, 9])
    asked = options(tmp_path, text.replace("NA;3;5", "1;3;NA"), drop_missing=True)
    with pytest.raises(CountsError, match="k_later and n_later are missing in other rows than the first counts"):
        later_counts(asked, read_counts(asked))
    asked = options(tmp_path, "k,lost,k_later,lost_later,failures_later\n1,2,3,4,5\n", failures="lost")
    assert later_counts(asked, read_counts(asked)).n.tolist() == [8]


@pytest.mark.costly
def test_a_large_file_in_any_dialect_is_written_by_students(run, tmp_path, monkeypatch):
    monkeypatch.setattr(large_files, "MOST_BYTES_HELD", -1)
    rng = np.random.default_rng(0)
    n = rng.integers(1000, 1003, 200)
    k = rng.integers(0, 5, 200)
    rows = [f"Müller;{i};{a};{b // 1000}.{b % 1000:03d}" for i, (a, b) in enumerate(zip(k, n, strict=True))]
    text = "\r".join(["Titel", "last;first;lost;k", *rows, "Ray;1;NA;1.000", "Ray;2;1;1.000.000", ""])
    (tmp_path / "my.txt").write_bytes(text.encode("cp1252"))
    words = [
        "--file",
        tmp_path / "my.txt",
        "--failures",
        "lost",
        "--name",
        "last",
        "first",
        "--drop-missing",
        "--quick",
    ]
    assert run("own-counts", *words, "--output-dir", tmp_path) == 0
    students = pl.read_parquet(tmp_path / "own-counts" / "students.parquet")
    assert students["name"].to_list() == [*(f"Müller, {i}" for i in range(200)), "Ray, 2"]
    assert students["k"].to_list() == [*n.tolist(), 1_000_000]
    assert students["n"].to_list() == [*(n + k).tolist(), 1_000_001]
    assert is_streamed(read_counts(OwnCounts(file=tmp_path / "my.txt", failures="lost", drop_missing=True)))
    assert json.loads((tmp_path / "own-counts" / "summary.json").read_text())["tables"]
