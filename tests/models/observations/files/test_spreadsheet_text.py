"""No cell of text begins a formula, and what was written comes back."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from models import Counts
from models.observations.files.spreadsheet_text import literal_text, safe_text

FORMULAS = [
    "=cmd|' /C calc'!A0",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "\N{FULLWIDTH EQUALS SIGN}1",
    "'=1",
    "''-",
    "=",
]
PLAIN = ["a=b", "'a", "'", "''", "", "1", "a-b", "x'=", None]


def test_an_apostrophe_is_put_before_what_begins_a_formula_and_before_nothing_else():
    assert safe_text(pl.Series(FORMULAS)).to_list() == [f"'{text}" for text in FORMULAS]
    assert safe_text(pl.Series(PLAIN)).to_list() == PLAIN
    assert literal_text(pl.Series(PLAIN)).to_list() == PLAIN


@given(st.lists(st.text("'=+-@\t\r\na,\"", max_size=6)))
def test_what_was_written_comes_back(texts):
    table = pl.DataFrame({"name": texts}, schema={"name": pl.String})
    written = safe_text(table["name"])
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) for cell in written)
    assert literal_text(written).to_list() == texts


def test_the_csv_file_is_read_back_as_it_was(tmp_path):
    table = pl.DataFrame({"name": [*FORMULAS, *PLAIN[:-1]]})
    table.with_columns(safe_text(table["name"])).write_csv(tmp_path / "safe.csv")
    read = pl.read_csv(tmp_path / "safe.csv", schema={"name": pl.String})
    assert literal_text(read["name"].fill_null("")).to_list() == table["name"].to_list()


def test_names_that_a_spreadsheet_would_compute_are_read_as_they_were(tmp_path):
    names = [*FORMULAS, "plain"]
    names = [name for name in names if name.strip() == name]  # a reader strips white space
    table = pl.DataFrame({"name": safe_text(pl.Series(names)), "k": [0] * len(names), "n": [1] * len(names)})
    table.write_csv(tmp_path / "written.csv")
    assert Counts.read(tmp_path / "written.csv").names == tuple(names)
