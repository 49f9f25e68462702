"""Tables show every character, and files are written completely or not at all."""

import json
import math
import os
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from matplotlib.figure import Figure

from experiments.presentation.results import (
    check_writable,
    print_line,
    print_table,
    progress_bar,
    rounded,
    write_results,
)

NOTHING = {"summary": {}, "seconds": {}, "tables": {}, "figures": {}}


def test_a_table_shows_brackets_and_is_not_cut_in_a_pipe(capsys):
    name = "[bold]student with a long name[/b] " + "x" * 200
    print_table("title [/b]", ["E[a]", "[/b]", "E[a]/(E[a]+E[b])"], [[name, "[red]1", "-12.3320303896"]])
    print_line("E[mu] and [/b] survive")
    shown = capsys.readouterr().out
    for text in ("title [/b]", "E[a]", name, "[red]1", "E[a]/(E[a]+E[b])", "-12.3320303896", "E[mu] and [/b] survive"):
        assert text in shown
    assert "…" not in shown


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (14.5246, 0.0612, "14.525 ± 0.061"),
        (14.5245, 1.2, "14.5 ± 1.2"),
        (1757.123, 31.0, "1757 ± 31"),
        (0.5, 1e-9, "0.5000 ± 0.0000"),
        (0.5, None, "0.5000"),
        (0.5, 0.0, "0.5000"),
        (0.5, math.nan, "0.5000"),
        (math.nan, 0.1, "-"),
        (math.inf, None, "-"),
    ],
)
def test_a_number_has_the_digits_that_are_known(value, error, text):
    assert rounded(value, error) == text


def test_a_summary_is_json_whatever_numbers_are_in_it(tmp_path):
    summary = {
        "ess": math.inf,
        "none": math.nan,
        "k": np.int64(3),
        "x": np.float32(0.5),
        "rows": [(1, "a", True, None)],
    }
    write_results(tmp_path, **NOTHING | {"summary": summary})
    read = json.loads((tmp_path / "summary.json").read_text())
    assert read == {"ess": None, "none": None, "k": 3, "x": 0.5, "rows": [[1, "a", True, None]]}


@pytest.mark.parametrize("writer", ["figures", "tables"])
@pytest.mark.parametrize("earlier", [None, b"of an earlier run"])
def test_a_write_that_fails_leaves_no_half_file(writer, earlier, tmp_path, monkeypatch):
    def break_off(self, *written, **options):
        with open(self if writer == "figures" else written[0], "wb") as file:
            file.write(b"half")
        raise OSError("no space left on device")

    final = tmp_path / ("plot.png" if writer == "figures" else "plot.csv")
    if earlier:
        final.write_bytes(earlier)
    broken = (Path, "write_bytes") if writer == "figures" else (pl.DataFrame, "write_csv")
    monkeypatch.setattr(*broken, break_off)
    with pytest.raises(OSError, match="no space left"):
        write_results(tmp_path, **NOTHING | {writer: {"plot": Figure() if writer == "figures" else pl.DataFrame()}})
    there = {path.name for path in tmp_path.iterdir()}
    assert there == {"summary.json", "timing.json"} | ({final.name} if earlier else set())
    assert earlier is None or final.read_bytes() == earlier


def test_files_of_an_earlier_run_are_told_apart(tmp_path, capsys):
    write_results(tmp_path, **NOTHING | {"tables": {"old": pl.DataFrame()}})
    assert len(capsys.readouterr().out.splitlines()) == 1
    (tmp_path / "report.html").touch()
    write_results(tmp_path, **NOTHING | {"tables": {"new": pl.DataFrame()}}, also=["report.html"])
    written, earlier = capsys.readouterr().out.splitlines()
    assert written.endswith(": new.csv, report.html, summary.json, timing.json")
    assert earlier == "left there by an earlier run with other options: old.csv"


def test_a_folder_that_cannot_be_written_to_is_found_before_the_run(tmp_path, monkeypatch):
    check_writable(tmp_path / "not" / "yet" / "made")
    assert not (tmp_path / "not").exists()
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError, match="is a file"):
        check_writable(tmp_path / "file" / "below")
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # chmod does not stop root
    with pytest.raises(PermissionError, match="no permission to write"):
        check_writable(tmp_path / "below")


def test_there_is_no_progress_bar_in_a_pipe(capfd):
    with progress_bar() as progress:
        progress.advance(progress.add_task("something long", total=1))
    assert capfd.readouterr() == ("", "")
