"""A streamed file gives the same counts as one held in memory, and errors name the same bad row and its line."""

import re

import numpy as np
import polars as pl
import pytest

from models import Counts, CountsError
from models.observations import large_files as streaming
from models.observations.files.sources import source_of
from models.observations.large_files import is_large

DTYPES = [pl.Int64, pl.UInt8, pl.Int32, pl.Float32, pl.Float64, pl.String]


@pytest.fixture
def read_streamed(monkeypatch):
    """`read_streamed(path, ...)`: `Counts.read` as if the file were large."""

    def read(path, **columns) -> Counts:
        with monkeypatch.context() as patch:
            patch.setattr(streaming, "MOST_ROWS_HELD", -1)
            patch.setattr(streaming, "MOST_BYTES_HELD", -1)
            return Counts.read(path, **columns)

    return read


def random_rows(seed: int, rows: int = 3000) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    n = rng.integers(0, 12, rows)
    return pl.DataFrame(
        {
            "name": [f"pupil {i % 7}" for i in range(rows)],  # repeated: names of a large file are not read
            "k": rng.binomial(n, 0.4),
            "n": n,
            "times": rng.integers(0, 4, rows),
        }
    )


def held(path, **columns) -> Counts:
    """The file read as a small one, without its names."""
    table = pl.read_parquet(path) if path.suffix == ".parquet" else pl.read_csv(path)
    return Counts(table["k"], table["n"], multiplicity=table["times"] if columns else None)


def assert_same_class(streamed: Counts, counts: Counts) -> None:
    for of_streamed, of_counts in zip(streamed.pairs, counts.pairs, strict=True):
        np.testing.assert_array_equal(of_streamed, of_counts)
    assert streamed.students == counts.students


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("columns", [{}, {"multiplicity": "times"}], ids=["students", "multiplicity"])
@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_streamed_file_is_the_same_class_in_different_rows(dtype, columns, suffix, tmp_path, read_streamed):
    path = tmp_path / f"large.{suffix}"
    getattr(random_rows(1).with_columns(pl.col("k", "n", "times").cast(dtype)), f"write_{suffix}")(path)
    streamed = read_streamed(path, **columns)
    assert_same_class(streamed, held(path, **columns))
    pairs = list(zip(streamed.n.tolist(), streamed.k.tolist(), strict=True))
    assert pairs == sorted(set(pairs))
    assert streamed.names[0] == "student 1"


@pytest.mark.parametrize("seed", range(5))
def test_csv_comments_blanks_and_spaces_change_nothing(seed, tmp_path, read_streamed):
    rng = np.random.default_rng(seed)
    lines = [" k,n ", *(f"{rng.choice(['', ' ', '\t'])}{k}{rng.choice(['', '.0', ' '])},{n}" for k, n in rows_of(seed))]
    lines[:0] = ["# a comment, with commas, and more"] * int(rng.integers(0, 20))
    ends = ["", "\n", "\n\n", "\n,\n\n", "\r\n"]
    (tmp_path / "large.csv").write_bytes(("\n".join(lines) + ends[seed]).encode())
    k, n = zip(*rows_of(seed), strict=True)
    assert_same_class(read_streamed(tmp_path / "large.csv"), Counts(k, n))
    assert_same_class(read_streamed(tmp_path / "large.csv"), Counts.read(tmp_path / "large.csv"))


def rows_of(seed: int) -> list[tuple[int, int]]:
    return random_rows(seed, 500).select("k", "n").rows()


BAD = [  # k, n and multiplicity of a bad row
    ("4", "3", "1"),
    ("-1", "3", "1"),
    ("0", "-2", "1"),
    ("1.5", "3", "1"),
    ("1", "2.5", "1"),
    ("", "3", "1"),
    ("1", "", "1"),
    ("1", "3", ""),
    ("1", "3", "-1"),
    ("two", "3", "1"),
    ("  ", "3", "1"),
    ("nan", "3", "1"),
    ("1", "inf", "1"),
    ("1", "1e300", "1"),
    ("1", str(2**64), "1"),
]


def message_of(read, path, **columns) -> str:
    with pytest.raises(CountsError) as refused:
        read(path, **columns)
    return str(refused.value)


@pytest.mark.parametrize("bad", BAD, ids=", ".join)
@pytest.mark.parametrize("others", [0, 2], ids=["alone", "with others"])
def test_a_bad_row_among_many_is_named_as_in_a_small_file_and_by_its_line(bad, others, tmp_path, read_streamed):
    table = random_rows(2).select("k", "n", "times").with_columns(pl.all().cast(pl.String))
    rows = table.rows()
    for place in (1234, 2000, 2500)[: 1 + others]:
        rows[place] = bad
    lines = ["# first", "", "# second", "k,n,multiplicity", *(",".join(row) for row in rows)]
    (tmp_path / "bad.csv").write_text("\n".join(lines))
    said = message_of(read_streamed, tmp_path / "bad.csv")
    assert said == message_of(Counts.read, tmp_path / "bad.csv")
    assert said.endswith("; line 1239 of the file")
    assert "row 1235, column " in said
    assert lines[1238] == ",".join(bad)
    assert ("(and 2 more such rows)" in said) == bool(others)


@pytest.mark.parametrize(
    "bad", [(4, 3), (-1, 3), (1.5, 3), (None, 3), (1, None), (float("nan"), 3), (1, 1e300)], ids=str
)
def test_a_bad_row_of_a_parquet_file_is_named_as_in_a_small_file(bad, tmp_path, read_streamed):
    rows = [*rows_of(3), bad, *rows_of(4), bad]
    path = tmp_path / "bad.parquet"
    pl.DataFrame(rows, schema={"k": pl.Float64, "n": pl.Float64}, orient="row").write_parquet(path)
    said = message_of(read_streamed, path)
    assert said == message_of(Counts.read, path)
    assert re.search(r"row 501, column .* \(and 1 more such row\)", said)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# only a comment\n",
        "k,n\n",
        "k,n\n\n\n",
        "k,m\n1,2\n",
        "k,n\n1,2\n1,2,3\n",
        "k,n,multiplicity\n1,2,0\n",
    ],
)
def test_a_file_that_is_no_table_of_counts_is_refused_as_a_small_one(text, tmp_path, read_streamed):
    path = tmp_path / "bad.csv"
    path.write_text(text)
    assert message_of(read_streamed, path) == message_of(Counts.read, path)


def test_line_breaks_in_quotes_are_lines_but_not_rows(tmp_path, read_streamed):
    path = tmp_path / "quotes.csv"
    path.write_text('\n# comment\nname,"k","n\n"\n"two\n# lines",1,2\n"a ""quoted"" name",2,3\nlast,3,2\n')
    text = source_of(path).text
    assert [text.line_of(row) for row in range(3)] == [5, 7, 8]
    assert "row 3, column k, n: 3 successes out of 2 trials; " in message_of(read_streamed, path)
    assert message_of(read_streamed, path).endswith("line 8 of the file")
    with pytest.raises(IndexError, match="no row 4"):
        text.line_of(3)


def test_a_file_is_large_above_two_million_rows_of_parquet_or_fifty_megabytes_of_csv(tmp_path):
    parquet, csv = tmp_path / "rows.parquet", tmp_path / "rows.csv"
    for rows in (2_000_000, 2_000_001):
        pl.select(k=pl.repeat(1, rows), n=pl.repeat(2, rows)).write_parquet(parquet)
        assert is_large(parquet) == (rows > 2_000_000)
    counts = Counts.read(parquet)
    assert (counts.k.tolist(), counts.n.tolist(), counts.multiplicity.tolist()) == ([1], [2], [2_000_001])
    for bytes_ in (50_000_000, 50_000_001):
        csv.write_bytes(b"k,n\n".ljust(bytes_, b"\n"))
        assert is_large(csv) == (bytes_ > 50_000_000)


def test_shards_of_a_large_class_add_up_to_it(tmp_path, read_streamed):
    table = random_rows(5)
    for name, shard in (("a", table[:1000]), ("b", table[1000:])):
        shard.write_parquet(tmp_path / f"{name}.parquet")
    shards = read_streamed(tmp_path / "a.parquet") + read_streamed(tmp_path / "b.parquet")
    assert_same_class(shards, Counts(table["k"], table["n"]))
