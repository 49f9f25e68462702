"""Files are written completely or not at all."""

import errno
import json
import math
import os
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from matplotlib.figure import Figure

from experiments.presentation import results
from experiments.presentation.results import check_writable, write_results

NOTHING = {"show": lambda: None, "summary": {}, "seconds": {}, "tables": {}, "figures": {}}


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


def test_text_is_safe_in_csv_and_literal_in_json(tmp_path):
    name = "=1+1"
    table = pl.DataFrame({"name": [name, "a"], name: [-1.5, 2.0], "which": pl.Series(["-", "x"], dtype=pl.Categorical)})
    write_results(tmp_path, **NOTHING | {"tables": {"a": table}, "summary": {"rows": table.to_dicts()}})
    assert (tmp_path / "a.csv").read_text() == "name,'=1+1,which\n'=1+1,-1.5,'-\na,2.0,x\n"
    assert json.loads((tmp_path / "summary.json").read_text())["rows"][0] == {"name": name, name: -1.5, "which": "-"}


def test_files_of_an_earlier_run_are_told_apart(tmp_path, capsys):
    write_results(tmp_path, **NOTHING | {"tables": {"old": pl.DataFrame()}})
    assert len(capsys.readouterr().out.splitlines()) == 1
    (tmp_path / "report.html").touch()
    write_results(tmp_path, **NOTHING | {"tables": {"new": pl.DataFrame()}}, also=["report.html"])
    written, earlier = capsys.readouterr().out.splitlines()
    assert written.endswith(": new.csv, report.html, summary.json, timing.json")
    assert earlier == "left there by an earlier run with other options: old.csv"


def test_the_screen_comes_after_every_file(tmp_path, capsys):
    def show():
        assert {path.name for path in tmp_path.iterdir()} == {"summary.json", "timing.json", "a.csv", "b.png"}
        print("shown")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_results(tmp_path, **NOTHING | {"show": show, "tables": {"a": pl.DataFrame()}, "figures": {"b": Figure()}})
    assert capsys.readouterr().out == "shown\n"


def test_what_is_in_the_way_of_a_result_is_found_before_the_run(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "nothing")
    for folder in (tmp_path / "link", tmp_path / "link" / "below"):
        with pytest.raises(NotADirectoryError, match=r"link is a link to nothing"):
            check_writable(folder)
    (tmp_path / "round").symlink_to(tmp_path / "round")
    with pytest.raises(NotADirectoryError, match="link to nothing"):
        check_writable(tmp_path / "round")
    (tmp_path / "out" / "notes").mkdir(parents=True)
    (tmp_path / "there").symlink_to(tmp_path / "out")
    check_writable(tmp_path / "there")
    (tmp_path / "out" / "report.html").mkdir()
    with pytest.raises(IsADirectoryError, match=r"report.html is a folder"):
        check_writable(tmp_path / "there")


def test_a_file_system_that_refuses_files_is_found_before_the_run(tmp_path, monkeypatch):
    def refuse(dir):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(results, "TemporaryFile", refuse)
    with pytest.raises(OSError, match=rf"cannot write to {tmp_path}: Read-only"):
        check_writable(tmp_path / "below")


def test_a_folder_that_cannot_be_written_to_is_found_before_the_run(tmp_path, monkeypatch):
    check_writable(tmp_path / "not" / "yet" / "made")
    assert not (tmp_path / "not").exists()
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError, match="is a file"):
        check_writable(tmp_path / "file" / "below")
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # chmod does not stop root
    with pytest.raises(PermissionError, match="no permission to write"):
        check_writable(tmp_path / "below")
