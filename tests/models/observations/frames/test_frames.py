"""A data frame of any library gives the data that a file with the same table gives, or the same one-line error."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from experiments.data.classrooms import DATA
from models import Categories, Counts, CountsError, Events
from models.observations import large_files
from models.observations.totals import TotalRowWarning


class Capsule:
    """Nothing but the Arrow PyCapsule interface."""

    def __init__(self, frame: pl.DataFrame):
        self.frame = frame

    def __arrow_c_stream__(self, requested_schema=None):
        return self.frame.__arrow_c_stream__(requested_schema)


def in_duckdb(frame: pl.DataFrame) -> duckdb.DuckDBPyRelation:
    return duckdb.from_arrow(frame.to_arrow())


LIBRARIES: dict[str, tuple[Callable[[pl.DataFrame], Any], str]] = {
    "polars": (lambda frame: frame, "polars DataFrame"),
    "polars, lazy": (pl.DataFrame.lazy, "polars LazyFrame"),
    "pandas": (lambda frame: pd.DataFrame(frame.to_dict(as_series=False)), "pandas DataFrame"),
    "pandas, nullable": (
        lambda frame: pd.DataFrame(frame.to_dict(as_series=False)).convert_dtypes(),
        "pandas DataFrame",
    ),
    "pandas, Arrow": (lambda frame: frame.to_pandas(use_pyarrow_extension_array=True), "pandas DataFrame"),
    "pandas, objects": (
        lambda frame: pd.DataFrame(frame.to_dict(as_series=False)).astype(object),
        "pandas DataFrame",
    ),
    "Arrow": (pl.DataFrame.to_arrow, "pyarrow Table"),
    "Arrow, a batch": (lambda frame: frame.to_arrow().to_batches()[0], "pyarrow RecordBatch"),
    "DuckDB": (in_duckdb, "DuckDB relation"),
    "narwhals": (nw.from_native, "polars DataFrame"),
    "a capsule": (Capsule, "tests Capsule"),
}


@pytest.fixture(params=LIBRARIES)
def library(request) -> str:
    return request.param


@dataclass(frozen=True)
class Written:
    """A table in a file, and how it is read."""

    read: Callable[..., Any]
    file: Path | pl.DataFrame
    options: Mapping[str, Any] = field(default_factory=dict)

    def frame(self) -> pl.DataFrame:
        return self.file if isinstance(self.file, pl.DataFrame) else shipped(self.file)


def shipped(path: Path) -> pl.DataFrame:
    return pl.read_csv(path, comment_prefix="#")


LONG = pl.DataFrame({"who": ["Ben", "Emi", "Ben", None], "on": [1, 1, 2, 2], "won": [True, False, None, True]})
ODD = pl.DataFrame(
    {"Hits": ["1,234", "5", "NA"], "AB": ["2,000,000", "7", "8"], "player": ["A", "B", "C"], "age": [20, 30, 40]}
)
TABLES = {
    "counts": Written(Counts.read, DATA / "rats.csv"),
    "columns": Written(Counts.read, DATA / "batting.csv", {"k": "k_later", "n": "n_later", "covariates": ["k", "n"]}),
    "events": Written(Events.read, DATA / "pumps.csv"),
    "categories": Written(Categories.read, DATA / "batting.csv", {"k": ("k", "n", "n_later"), "covariates": "k_later"}),
    "trials": Written(Counts.read, LONG, {"trials_long": "won", "group": ["who", "on"], "drop_missing": True}),
    "guess": Written(Counts.read, ODD, {"guess": True, "drop_missing": True, "covariates": "age"}),
    "failures": Written(Counts.read, DATA / "rats.csv", {"failures": "n", "multiplicity": "k", "name": ["n", "name"]}),
}


@pytest.mark.filterwarnings("ignore::models.observations.totals.TotalRowWarning")
@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_a_frame_gives_what_the_file_gives(table, library, tmp_path):
    make, name = LIBRARIES[library]
    path = table.file
    if isinstance(path, pl.DataFrame):
        path = tmp_path / "my.csv"
        table.file.write_csv(path)
    of_file, of_frame = table.read(path, **table.options), table.read(make(table.frame()), **table.options)
    assert of_frame.names == of_file.names
    for found, expected in zip(columns(of_frame), columns(of_file), strict=True):
        np.testing.assert_array_equal(found, expected)
    assert of_frame.reading.source == name
    assert (of_frame.reading.columns, of_frame.reading.left_out) == (of_file.reading.columns, of_file.reading.left_out)


def columns(data: Any) -> list[np.ndarray]:
    return [data.k, data.design_values, data.multiplicity, *data.covariates.values()]


def test_a_long_frame_is_read_by_its_different_rows(library, monkeypatch):
    monkeypatch.setattr(large_files, "MOST_ROWS_HELD", 70)
    counts = Counts.read(LIBRARIES[library][0](shipped(DATA / "rats.csv")))
    assert counts.reading.is_streamed
    assert not counts.is_named
    for found, expected in zip(counts.pairs, Counts.read(DATA / "rats.csv").pairs, strict=True):
        np.testing.assert_array_equal(found, expected)


VALUES = {  # numbers that pandas holds in other ways than lists do
    "small floats": np.array([1, 2, 0], np.float16),
    "long floats": np.array([1, 2, 0], np.longdouble),
    "other byte order": np.array([1, 2, 0], ">i4"),
    "bytes of one": np.array([1, 2, 0], np.uint8),
    "categories of numbers": pd.Categorical([1, 2, 0]),
    "categories of text": pd.Categorical(["1", "2", "0"]),
    "text": pd.array(["1", " 2", "0.0"], dtype="string[pyarrow]"),
    "text in Python": pd.array(["1", "2", "0"], dtype="string[python]"),
    "decimals": [Decimal("1"), Decimal("2.00"), Decimal("0")],
    "whole floats": pd.array([1.0, 2.0, 0.0], dtype="Float32"),
    "sparse": pd.arrays.SparseArray([1, 2, 0]),
    "objects of several types": np.array([1, 2.0, "0"], object),
    "numbers of NumPy": np.array([np.int64(1), np.int64(2), np.int64(0)], object),
}


@pytest.mark.parametrize("values", VALUES.values(), ids=VALUES)
def test_whole_numbers_of_any_type_of_pandas(values):
    assert Counts.read(pd.DataFrame({"k": values, "n": [3, 3, 3]})).k.tolist() == [1, 2, 0]


def test_objects_and_categories_of_polars():
    text = pl.Series(["1", "NA"], dtype=pl.Categorical)
    frame = pl.DataFrame({"k": text, "n": pl.Series([Decimal(3), Decimal(4)], dtype=pl.Object)})
    counts = Counts.read(frame, drop_missing=True)
    assert (counts.k.tolist(), counts.n.tolist(), counts.reading.left_out) == ([1], [3], 1)


def test_sums_of_a_query_are_counts():
    trials = pl.DataFrame({"player": ["B", "A", "B"], "hit": [1, 0, 1]}).to_arrow()
    query = "select player, sum(hit)::hugeint as k, count(*) as n, {'a': 1} as other from trials group by 1 order by 1"
    counts = Counts.read(duckdb.sql(query), name="player")
    assert (counts.names, counts.k.tolist(), counts.n.tolist()) == (("A", "B"), [0, 2], [1, 2])
    assert trials.num_rows == 3  # DuckDB found it by its name


TEAMS = pd.DataFrame({"k": [1, 2], "n": [3, 4]})


@pytest.mark.parametrize(
    ("frame", "options", "names", "remarks"),
    [
        (TEAMS, {}, None, ()),
        (TEAMS.set_axis([7, 5]), {}, None, ()),
        (TEAMS.set_axis(["a", "b"]), {}, ("a", "b"), ("index row names read as columns",)),
        (TEAMS.set_axis(pd.Index([7, 5], name="id")), {}, ("7", "5"), ("index id read as columns",)),
        (
            TEAMS.set_axis(pd.MultiIndex.from_tuples([("a", 1), ("a", 2)], names=["team", None])),
            {},
            ("a, 1", "a, 2"),
            ("index team, row names 2 read as columns",),
        ),
        (TEAMS.set_axis(pd.Index([7, 5], name="id")).assign(name=["x", "y"]), {}, ("x", "y"), None),
        (TEAMS.set_axis(pd.Index([7, 5], name="id")).assign(name=["x", "y"]), {"name": "id"}, ("7", "5"), None),
    ],
    ids=["default", "filtered", "text", "named", "several levels", "beside names", "asked for"],
)
def test_the_index_of_pandas_is_names_if_it_says_more_than_the_row(frame, options, names, remarks):
    counts = Counts.read(frame, **options)
    assert counts.is_named == (names is not None)
    assert names is None or counts.names == names
    assert remarks is None or counts.reading.remarks == remarks


def test_levels_of_columns_are_joined():
    trials = pd.DataFrame({"player": ["B", "A", "B"], "hit": [1, 0, 1]})
    counts = Counts.read(trials.groupby("player").agg({"hit": ["sum", "count"]}), k="hit_sum", n="hit_count")
    assert (counts.names, counts.k.tolist(), counts.n.tolist()) == (("A", "B"), [0, 2], [1, 2])


def test_pandas_is_read_without_pyarrow_and_frames_without_pandas(monkeypatch):
    by_numpy = pd.DataFrame({"name": np.array(["a", "b"], object), "k": [1, 2], "n": pd.array([3, 4], "Int64")})
    relation = duckdb.sql("select 1 as k, 2 as n")
    for library in ("pyarrow", "pandas"):
        monkeypatch.setitem(sys.modules, library, None)  # so that importing it fails
    assert Counts.read(relation).n.tolist() == [2]
    assert Counts.read(pl.LazyFrame({"k": [1], "n": [2]})).n.tolist() == [2]
    monkeypatch.undo()
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert Counts.read(by_numpy).names == ("a", "b")


def test_a_total_in_a_frame_is_said():
    with pytest.warns(TotalRowWarning, match=r"^pandas DataFrame: row 3 \(c\), index 2, is the sum"):
        Counts.read(pd.DataFrame({"name": ["a", "b", "c"], "k": [1, 2, 3], "n": [4, 5, 9]}))


MISSING = "row 2, column k: missing; write 0 if there were none, or leave such rows out by drop_missing=True"
WRONG = {
    "missing": ({"k": [1, None, 2], "n": [3, 3, 3]}, {}, MISSING),
    "missing text": ({"k": ["1", "NA", "2"], "n": [3, 3, 3]}, {}, "row 2, column k: missing ('NA'); write 0"),
    "fraction": ({"k": [1.0, 0.5, 2.0], "n": [3, 3, 3]}, {}, "row 2, column k: 0.5 is not a whole number; give counts"),
    "negative": ({"k": [1, 1, -2], "n": [3, 3, 3]}, {}, "row 3, column k: -2 is negative"),
    "too many": ({"k": [1, 4, 4], "n": [3, 3, 3]}, {}, "row 2, column k, n: 4 successes out of 3 trials; k must not"),
    "two readings": ({"k": ["1.000"], "n": [3000]}, {}, "row 1, column k: '1.000' could be 1.000 or 1000; say which"),
    "no such column": ({"hits": [1], "ab": [3]}, {}, "no column 'k': use --k hits --n ab, in Python k='hits', n='ab'"),
    "another case": ({"Won": [1], "n": [3]}, {"k": "won"}, "no column 'won'; is it 'Won'?"),
    "dates": ({"k": [date(2020, 1, 1)], "n": [3]}, {}, "column k holds dates or times, not numbers"),
    "booleans": ({"k": [True], "n": [3]}, {}, "column k holds true and false, not numbers"),
    "no rows": ({"k": [], "n": []}, {}, "no groups: there are no rows of counts"),
    "a name twice": (
        {"name": ["a", "b", "a"], "k": [1, 1, 1], "n": [3, 3, 3]},
        {},
        "row 3, column name: the name 'a' occurs twice (first in row 1); give each group one row",
    ),
    "no name": ({"name": ["a", None], "k": [1, 1], "n": [3, 3]}, {}, "row 2, column name: missing name"),
    "no outcome": (
        {"who": ["a", "b"], "won": [1, 2]},
        {"trials_long": "won", "group": "who"},
        "row 2, column won: 2 is no outcome; write 1 or 0",
    ),
    "nothing left": ({"k": [None, None], "n": [1, 1]}, {"drop_missing": True}, "every row has a missing value in k, n"),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_a_wrong_frame_is_refused_in_one_line(wrong, library):
    table, options, error = wrong
    make, name = LIBRARIES[library]
    frame = pl.DataFrame(table)
    if library == "Arrow, a batch" and not len(frame):
        frame = pa.RecordBatch.from_pydict({"k": [], "n": []})
        make = pa.RecordBatch.to_pandas
        name = "pandas DataFrame"
    with pytest.raises(CountsError) as refused:
        Counts.read(make(frame), **options)
    # A float of pandas is shown as one.
    said = str(refused.value).replace("2.0 is no", "2 is no").replace("missing (nan)", "missing")
    assert said.startswith(f"{name}: {error}")
    assert "\n" not in said
    assert refused.value.__suppress_context__ or refused.value.__context__ is None
    if library.startswith("pandas") and ": row " in said:
        row = int(said.partition(": row ")[2].partition(",")[0])
        assert said.endswith(f"; index {row - 1}")


@pytest.mark.parametrize(
    ("frame", "error"),
    [
        ([1, 2], "list: this is neither a file nor a table; give a path, or a data frame of pandas"),
        ({"k": [1], "n": [1]}, "dict: this is neither a file nor a table"),
        (None, "NoneType: this is neither a file nor a table"),
        (pd.Series([1, 2]), "pandas Series: this is neither a file nor a table"),
        (pl.Series([1, 2]), "polars Series: this is neither a file nor a table"),
        (np.eye(2), "numpy ndarray: this is neither a file nor a table"),
        (
            pd.DataFrame([[1, 2, 3]], columns=["k", "k", "n"]),
            "pandas DataFrame: the header has the column 'k' 2 times; rename all but one",
        ),
        (
            pa.table([[1], [2]], names=["k", "k"]),
            "pyarrow Table: not readable as a table: Expected unique column",
        ),
    ],
    ids=["list", "dict", "None", "pandas Series", "polars Series", "array", "twice in pandas", "twice in Arrow"],
)
def test_what_is_no_table_is_refused(frame, error):
    with pytest.raises(CountsError) as refused:
        Counts.read(frame)
    assert str(refused.value).startswith(error)
    assert "\n" not in str(refused.value)


def test_names_of_a_type_that_polars_does_not_know_are_their_text():
    months = pd.DataFrame({"name": pd.period_range("2026-01", periods=2, freq="M"), "k": [1, 1], "n": [2, 2]})
    assert Counts.read(months).names == ("2026-01", "2026-02")


def relation_of_a_closed_connection() -> duckdb.DuckDBPyRelation:
    connection = duckdb.connect()
    relation = connection.sql("select 1 as k, 2 as n")
    connection.close()
    return relation


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (relation_of_a_closed_connection, "DuckDB relation: not readable as a table: Connection Error: "),
        (
            lambda: duckdb.sql("select cast(x as int) as k, 2 as n from (values ('a')) as t(x)"),
            "DuckDB relation: not readable as a table: Conversion Error: Could not convert string 'a'",
        ),
        (
            lambda: pl.DataFrame({"name": [timedelta(1)], "k": [1], "n": [2]}),
            "polars DataFrame: column name holds Duration(time_unit='us'), which is no text; give a column of text",
        ),
        (
            lambda: pl.DataFrame({"name": [{"first": "Ben"}], "k": [1], "n": [2]}),
            "polars DataFrame: column name holds Struct({'first': String}), which is no text; give a column of text",
        ),
    ],
    ids=["closed", "failed query", "durations", "nested names"],
)
def test_what_a_library_cannot_give_is_refused_in_one_line(make, error):
    with pytest.raises(CountsError) as refused:
        Counts.read(make())
    assert str(refused.value).startswith(error)
    assert "\n" not in str(refused.value)


def test_a_sheet_is_asked_of_a_workbook_only():
    with pytest.raises(CountsError, match=r"^polars DataFrame: there is no sheet 'A': only workbooks have sheets"):
        Counts.read(pl.DataFrame({"k": [1], "n": [1]}), sheet="A")
