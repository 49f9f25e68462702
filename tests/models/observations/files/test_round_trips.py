"""Numbers and names written in any dialect are those that are read."""

import csv
import gzip
import io
from math import isfinite

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import Counts, CountsError, Events
from models.observations.columns import Rows
from models.observations.files.numbers_in_text import format_in
from models.observations.number_columns import whole_numbers

SEPARATORS, ENDS = ",;\t|", ("\n", "\r\n", "\r")
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252")
GROUPS = ("", ".", ",", " ", "'", "\u00a0", "\u202f")
CELLS = ('"', '""', '"a"', '"a,b"', '"a\nb"', '5"', 'a "b" c', '"a"b', '"a""b"', '"a\\"b"', '"a"" b"', "a", "b", "")

names = st.text(st.characters(codec="cp1252", categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=9)
groups = st.tuples(
    names, st.integers(0, 10**7), st.floats(0.01, 1e7).map(lambda exposure: round(exposure, 2)), st.integers(0, 99)
)


def spelled(number: float, decimal: str, thousands: str) -> str:
    """A number with its thousands grouped, and two digits behind the decimal sign if it has a fraction."""
    text = f"{number:,d}" if isinstance(number, int) else f"{number:,.2f}"
    return text.translate({ord(","): thousands, ord("."): decimal})


@pytest.mark.filterwarnings("ignore::models.TotalRowWarning", "ignore::models.AlikeNamesWarning")
@settings(max_examples=150, deadline=None)
@given(
    rows=st.lists(groups, min_size=1, max_size=6, unique_by=lambda row: row[0].strip()),
    separator=st.sampled_from(SEPARATORS),
    end=st.sampled_from(ENDS),
    encoding=st.sampled_from(ENCODINGS),
    decimal=st.sampled_from(".,"),
    thousands=st.sampled_from(GROUPS),
    titles=st.integers(0, 2),
    packed=st.booleans(),
)
def test_a_table_is_read_as_it_was_written(
    rows, separator, end, encoding, decimal, thousands, titles, packed, tmp_path_factory
):
    rows = [
        (name, k, exposure, size) for name, k, exposure, size in rows if name.strip() and name.strip()[0] not in "'\""
    ]
    if not rows or thousands == decimal or (encoding == "cp1252" and thousands == "\u202f"):
        return
    text = io.StringIO()
    text.write("".join(f"Title {i}{end}" for i in range(titles)))
    table = csv.writer(text, delimiter=separator, lineterminator=end)
    table.writerow(["name", "k", "exposure", "size"])
    for name, k, exposure, size in rows:
        table.writerow([name, spelled(k, decimal, thousands), spelled(exposure, decimal, thousands), size])
    content = text.getvalue().encode(encoding)
    path = tmp_path_factory.mktemp("written") / ("my.csv.gz" if packed else "my.csv")
    path.write_bytes(gzip.compress(content) if packed else content)
    events = Events.read(path, covariates="size")  # the two digits behind the decimal sign say which sign it is
    assert events.names == tuple(name.strip() for name, *_ in rows)
    assert events.k.tolist() == [k for _, k, _, _ in rows]
    assert events.exposure.tolist() == [exposure for _, _, exposure, _ in rows]
    assert events.covariates["size"].tolist() == [size for *_, size in rows]


@pytest.mark.filterwarnings("ignore::models.TotalRowWarning", "ignore::models.AlikeNamesWarning")
@settings(max_examples=200, deadline=None)
@given(rows=st.lists(st.tuples(st.sampled_from(CELLS), st.sampled_from(CELLS)), min_size=1, max_size=4))
def test_quotation_marks_are_read_as_the_standard_has_them_or_refused(rows, tmp_path_factory):
    text = "name,k,n,note\n" + "".join(f"{name},{at},9,{note}\n" for at, (name, note) in enumerate(rows))
    path = tmp_path_factory.mktemp("written") / "my.csv"
    path.write_text(text, newline="")
    try:
        found = Counts.read(path, name="name")
    except CountsError:
        return
    expected = list(csv.reader(io.StringIO(text, newline=""), strict=True))[1:]
    assert found.k.tolist() == [int(row[1]) for row in expected]
    assert found.names == tuple(row[0].strip() for row in expected)


@given(
    st.lists(st.integers(0, 10**9), min_size=1, max_size=5), st.sampled_from(GROUPS), st.sampled_from([None, ",", ";"])
)
def test_whole_numbers_are_read_right_or_refused(numbers, thousands, separator):
    text = pl.Series("k", [spelled(number, ".", thousands) for number in numbers])
    rows = Rows("my.csv: ", numbers=format_in(text.to_list(), separator=separator))
    if rows.numbers.ambiguous(text).any():
        assert thousands in (".", ",")
        with pytest.raises(CountsError, match="could be"):
            whole_numbers(text, rows)
    else:
        assert whole_numbers(text, rows).tolist() == numbers


@pytest.mark.parametrize(
    "value", ["", "1", "1.5e", "..", ",", "1,,2", "1.2.3", "1.23.456", "abc", "-", "1 2", "0x10", "1_000", "½"]
)
def test_what_is_no_number_is_not_made_one(value):
    plain = format_in([value]).plain(pl.Series([value]))[0]
    assert plain in (value, value.replace(",", "."), "no number")
    assert value == "1" or not _is_float(plain)


def _is_float(text: str) -> bool:
    try:
        return isfinite(float(text)) and "_" not in text
    except ValueError:
        return False
