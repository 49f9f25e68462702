"""Files are written completely or not at all."""

import json
import math
import os
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from matplotlib.figure import Figure

from experiments.presentation.results import check_writable, write_results

NOTHING = {"summary": {}, "seconds": {}, "tables": {}, "figures": {}}


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
