"""Files with hostile names, huge counts or very many groups: a run ends well, and its files tell all."""

import base64
import json
import re
import xml.etree.ElementTree as ET
from unicodedata import normalize

import jax.numpy as jnp
import numpy as np
import polars as pl
import pytest

from experiments.own_counts.parts.part import MOST_ROWS_SHOWN, Shown
from experiments.own_counts.precision import enough_digits, is_beyond_float32
from experiments.own_counts.row_figures import evenly_spaced
from experiments.presentation import drawing
from models import Counts, Events
from models.observations.files.missing import stripped
from models.observations.files.spreadsheet_text import literal_text
from models.observations.trials import LARGEST_FLOAT32_COUNT
from tests.browser import CHROMIUM, DESK, PHONE, opened
from tests.experiments.presentation.test_literal import NAMES, SMALLEST_LEGIBLE, is_encodable
from tests.experiments.presentation.test_page import Outline

TURNED = "a\u202egnp.exe\u2066b"  # shown from right to left where it is not escaped


def as_read(name: str) -> str:
    return normalize("NFC", stripped(pl.Series([name])).item())


@pytest.mark.costly
def test_a_run_on_hostile_names_ends_with_every_name_in_every_file(run, tmp_path, capfd, monkeypatch):
    monkeypatch.setattr(drawing, "told_of", [])
    # Without what a reader strips, composes or refuses: blanks and invisible signs at an end, accents as signs
    # of their own, and no name at all.
    names = [name for name in NAMES if is_encodable(name) and as_read(name) == name != ""]
    names += ["=cmd|' /C calc'!A0", "-", "@a", TURNED]
    file = tmp_path / "$x_1$ <b>\u202e.parquet"
    pl.DataFrame({"name": names, "k": range(len(names)), "n": [20 + i for i in range(len(names))]}).write_parquet(file)
    assert run("own-counts", "--file", file, "--quick", "--output-dir", tmp_path) == 0
    shown = capfd.readouterr()
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", shown.out)
    assert shown.err.count("no font here has") <= 1
    folder = tmp_path / "own-counts"
    outline = Outline((folder / "report.html").read_text(encoding="utf-8"))
    assert "script" not in outline.tags
    shown_as = {(NAMES | {TURNED: r"a\u202egnp.exe\u2066b"}).get(name, name) for name in names}
    assert shown_as <= set(outline.cells)
    for image in outline.images:
        kind, data = re.fullmatch(r"data:image/([a-z+]+);base64,(.*)", image["src"]).groups()
        if kind == "svg+xml":
            ET.fromstring(base64.b64decode(data))
    if CHROMIUM is not None:
        for width in (PHONE, DESK):
            with opened(folder / "report.html", width) as seen:
                assert seen.overflow() <= 0
                assert seen.smallest_text() >= SMALLEST_LEGIBLE
                assert seen.smallest_scale() == 1
            assert (seen.complaints, seen.requests) == ([], [])
    students = pl.read_csv(folder / "students.csv")["name"]
    assert not any(name.startswith(("=", "-", "@", "+")) for name in students)
    assert literal_text(students).to_list() == names
    summary = json.loads((folder / "summary.json").read_text())
    assert [row["name"] for row in summary["tables"]["students"]] == names
    assert not list(folder.glob(".*"))


@pytest.mark.costly
def test_counts_that_float32_cannot_hold_are_learned_from_in_x64(run, tmp_path, capfd):
    n = LARGEST_FLOAT32_COUNT + 1
    file = tmp_path / "large.csv"
    file.write_text(f"k,n\n{n // 5},{n}\n{n // 4},{n}\n{n // 4},{n + 2}\n")
    assert run("own-counts", "--file", file, "--method", "importance", "--quick", "--output-dir", tmp_path) == 0
    assert capfd.readouterr().out.count("computed in x64") == 1
    summary = json.loads((tmp_path / "own-counts" / "summary.json").read_text())
    assert {row["problem"] for row in summary["tables"]["hyperpriors"]} == {None}
    # The furthest of all numbers exceeds `chance` in one run of a hundred.
    assert all(row["in_errors"] < row["chance"] + 1 for row in summary["tables"]["agreement"])
    assert jnp.zeros(()).dtype == jnp.float32


@pytest.mark.costly
def test_of_very_many_groups_the_report_and_the_summary_have_the_first_and_say_where_the_others_are(run, tmp_path):
    groups = MOST_ROWS_SHOWN + 7
    k = np.random.default_rng(0).binomial(9, 0.3, groups)
    pl.DataFrame({"k": k, "n": np.full(groups, 9)}).write_csv(tmp_path / "many.csv")
    assert run("own-counts", "--file", tmp_path / "many.csv", "--quick", "--output-dir", tmp_path) == 0
    folder = tmp_path / "own-counts"
    summary = json.loads((folder / "summary.json").read_text())
    assert summary["cut"]["students"] == {"rows": groups, "rows_here": MOST_ROWS_SHOWN, "all_rows_in": "students.csv"}
    assert len(summary["tables"]["students"]) == MOST_ROWS_SHOWN
    assert len(pl.read_csv(folder / "students.csv")) == groups
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "the first 1,000 of 1,007 rows, all of which are in students.csv" in page
    assert page.count("<tr>") < 2 * (MOST_ROWS_SHOWN + 1) + 20


def test_a_table_that_is_short_is_shown_in_full():
    table = pl.DataFrame({"name": ["a"] * MOST_ROWS_SHOWN})
    assert Shown("Rates", table, "students").in_report().caption == "Rates"
    longer = Shown("Rates", pl.concat([table, table]), "students").in_report()
    assert len(longer.rows) == MOST_ROWS_SHOWN
    assert longer.caption == "Rates: the first 1,000 of 2,000 rows, all of which are in students.csv"


def test_of_very_many_groups_the_figure_has_some_of_every_mean():
    few = pl.DataFrame({"mean": [0.3, 0.1, 0.2]})
    assert evenly_spaced(few, 3).equals(few)
    many = pl.DataFrame({"mean": np.random.default_rng(0).permutation(1001) / 1000})
    assert evenly_spaced(many, 11)["mean"].to_list() == pytest.approx(np.linspace(0, 1, 11))


def test_x64_is_taken_where_float32_would_skip_a_count_and_where_it_is_asked_for():
    largest = LARGEST_FLOAT32_COUNT
    for counts, is_beyond in (
        (Counts([0], [largest]), False),
        (Counts([0], [largest + 1]), True),
        (Events([1], [4.0 * largest]), False),
        (Events([largest + 1], [1.0]), True),
    ):
        assert is_beyond_float32(counts) == is_beyond
        for asked in (False, True):
            with enough_digits(counts, x64=asked):
                assert jnp.zeros(()).dtype == (jnp.float64 if is_beyond or asked else jnp.float32)
