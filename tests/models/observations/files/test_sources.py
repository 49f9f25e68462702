"""Which file is read: the one that was named, parts of one table, standard input; and what is said of it."""

import gzip
import io
import os
import sys
import threading

import polars as pl
import pytest

from models import Categories, Counts, CountsError, Events
from models.observations import large_files
from models.observations.files import unpacked
from models.observations.files.sources import source_of
from tests.models.observations.files.cases import NAMES, TEXT, K, N, parquet, right
from tests.models.observations.files.workbooks import cells, text, workbook, workbook_of


@pytest.mark.parametrize("name", ["data[1]", "what?", "a*", "[a-z]", "{a,b}", "100%", "#1", "~", " ", "名前"])
@pytest.mark.parametrize("suffix", ["csv", "parquet", "feather"])
def test_the_file_that_was_named_is_read(name, suffix, tmp_path, streamed):
    frame = pl.DataFrame({"k": [1], "n": [2]})
    write = {"csv": pl.DataFrame.write_csv, "parquet": pl.DataFrame.write_parquet, "feather": pl.DataFrame.write_ipc}
    for other in ("data1", "whatx", "aa", "a", "b", "1"):
        with (tmp_path / f"{other}.{suffix}").open("wb") as file:
            write[suffix](frame.with_columns(k=pl.lit(0)), file)
    with (tmp_path / f"{name}.{suffix}").open("wb") as file:
        write[suffix](frame, file)
    assert Counts.read(tmp_path / f"{name}.{suffix}").k.tolist() == [1]
    assert streamed(Counts.read, tmp_path / f"{name}.{suffix}").k.tolist() == [1]


@pytest.mark.parametrize("name", ["data[1].csv", "data*.csv", "data?.csv", "data[1].parquet"])
def test_no_other_file_is_read_for_one_that_is_not_there(name, tmp_path):
    (tmp_path / "data1.csv").write_text(TEXT)
    (tmp_path / "data1.parquet").write_bytes(parquet())
    with pytest.raises((CountsError, FileNotFoundError), match="there is no such file"):
        Counts.read(tmp_path / name)


def parts(folder):
    for at, year in enumerate(("2025", "2026", "2026")):
        part = folder / f"year={year}" / f"part-{at}.parquet"
        part.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(parquet(name=[NAMES[at]], k=[K[at]], n=[N[at]]))
    (folder / "_SUCCESS").write_text("")
    (folder / "year=2025" / ".part-0.parquet.crc").write_bytes(b"crc")
    (folder / "_temporary").mkdir()
    (folder / "_temporary" / "part-9.parquet").write_bytes(b"half")
    return folder


@pytest.mark.parametrize("pattern", ["", "*/part-*.parquet", "**/*.parquet"])
def test_parts_are_one_table(pattern, tmp_path, streamed):
    where = parts(tmp_path / "out") / pattern
    if pattern:  # takes whatever fits
        (tmp_path / "out" / "_temporary" / "part-9.parquet").unlink()
    counts = Counts.read(where, covariates="year" if not pattern else ())
    assert (counts.k.tolist(), counts.n.tolist(), counts.names) == (K, N, NAMES)
    assert counts.reading.remarks == ("3 Parquet files",)
    large = streamed(Counts.read, where)
    assert large.reading.is_streamed
    assert sorted(zip(large.k.tolist(), large.n.tolist(), strict=True)) == sorted(zip(K, N, strict=True))
    if not pattern:
        assert counts.covariates["year"].tolist() == [2025, 2026, 2026]


def test_an_address_is_no_file():
    with pytest.raises(FileNotFoundError, match="there is no such file; download it first"):
        Counts.read("https://example.org/my.csv")


def test_nothing_stays_of_a_compressed_file_that_is_damaged(tmp_path, monkeypatch):
    copies = []
    monkeypatch.setattr(unpacked, "new_copy", lambda: copies.append(tmp_path / "copy") or copies[-1])
    (tmp_path / "my.csv.gz").write_bytes(gzip.compress(TEXT.encode())[:-12])
    with pytest.raises(CountsError, match="not readable as a compressed file"):
        Counts.read(tmp_path / "my.csv.gz")
    assert copies
    assert not copies[0].exists()


def test_a_folder_without_parts_and_a_part_that_differs_are_refused(tmp_path):
    (tmp_path / "my.csv").write_text(TEXT)
    with pytest.raises(CountsError, match="a folder without Parquet files"):
        Counts.read(tmp_path)
    (tmp_path / "a.parquet").write_bytes(parquet())
    (tmp_path / "b.parquet").write_bytes(parquet(k=["x"]))
    with pytest.raises(CountsError, match=f"^{tmp_path}: [^\n]*$"):
        Counts.read(tmp_path)
    with pytest.raises(CountsError, match=r"a pattern is for Parquet parts, not for .*my\.csv"):
        Counts.read(tmp_path / "*.csv")


@pytest.mark.parametrize(
    "content", [TEXT.encode(), TEXT.replace(",", "\t").encode("utf-16"), parquet()], ids=["text", "UTF-16", "Parquet"]
)
def test_standard_input_is_read_more_than_once(content, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    for _ in range(2):
        counts = Counts.read("-")
        assert (counts.k.tolist(), counts.n.tolist(), counts.names) == (K, N, NAMES)
    with pytest.raises(CountsError, match=r"^standard input: no column 'hits'"):
        Counts.read("-", k="hits")


def test_a_pipe_is_read_once_and_kept(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_text(TEXT))
    writer.start()
    assert Counts.read(pipe).k.tolist() == Counts.read(pipe).k.tolist() == K
    writer.join()


def test_a_file_that_changes_is_read_anew(tmp_path):
    for suffix, pack in (("csv", bytes), ("csv.gz", gzip.compress)):
        path = tmp_path / f"my.{suffix}"
        path.write_bytes(pack(b"k,n\n1,2\n"))
        assert Counts.read(path).k.tolist() == [1]
        path.write_bytes(pack("k;n\r0;20\r".encode("utf-16")))
        assert Counts.read(path).n.tolist() == [20]


@pytest.mark.parametrize(
    ("case", "remarks"),
    [
        (right(TEXT), ()),
        (
            right(TEXT.replace(",", ";").replace("Ben", "Bén").encode("cp1252")),
            ("Windows-1252", "separated by a semicolon"),
        ),
        (right("Report\nof 2026\n" + TEXT), ("2 title lines above the header",)),
        (right("k,n\nBen,1,2\n"), ("names of rows in the first column, which has no header",)),
        (
            right(workbook([], [["Report"], ["k", "n"], [1, 2]], [["other"]]), "my.xlsx"),
            ("sheet 'Sheet2', not 'Sheet3'", "1 title rows above the header"),
        ),
        (
            right(
                workbook_of(
                    [cells({"A1": text("k"), "B1": text("n")}, {"A2": "<v>1</v>", "B2": "<v>2</v>"}, hidden=[1, 2])]
                    * 2,
                    hidden=[1],
                ),
                "my.xlsx",
            ),
            ("sheet 'Sheet2', not 'Sheet1' (hidden)", "1 hidden row is read too"),
        ),
        (
            right(
                workbook_of(
                    [cells({"A1": text("k"), "B1": text("n")}, {"A2": "<v>1</v>", "B2": "<v>2</v>"})], hidden=[1]
                ),
                "my.xlsx",
            ),
            ("sheet 'Sheet1' (hidden)",),
        ),
    ],
    ids=["plain", "encoding and separator", "titles", "row names", "sheets", "what is hidden", "a hidden sheet alone"],
)
def test_what_was_found_out_is_said(case, remarks, tmp_path):
    path = tmp_path / case.file
    path.write_bytes(case.bytes)
    assert Counts.read(path).reading.remarks == remarks


@pytest.mark.parametrize("start", [2, 4])
def test_a_workbook_whose_table_begins_further_down_and_right(start, tmp_path):
    rows = [["k", "n"], [1, 2], ["x", 3]]
    blank = [[None, None, None]] * (start - 1)
    (tmp_path / "my.xlsx").write_bytes(workbook([*blank, *([None, *row] for row in rows)]))
    with pytest.raises(CountsError, match=rf"row 2, column k: 'x' is not a number; .*; row {start + 2} of the sheet"):
        Counts.read(tmp_path / "my.xlsx")


def test_other_kinds_of_data_read_the_same_files(tmp_path):
    path = tmp_path / "pumps.csv"
    path.write_bytes("Pumpen\nname;k;exposure;größe\nA;5;94,32;1,5\nB;NA;1.015,7;2\nC;1;5,24;0,25\n".encode("cp1252"))
    events = Events.read(path, covariates="größe", drop_missing=True)
    assert (events.k.tolist(), events.exposure.tolist(), events.names) == ([5, 1], [94.32, 5.24], ("A", "C"))
    assert events.covariates["größe"].tolist() == [1.5, 0.25]
    assert events.reading.left_out == 1
    with pytest.raises(CountsError, match=r"row 2, column k: missing \('NA'\).*; line 4 of the file"):
        Events.read(path)
    (tmp_path / "bags.tsv").write_text("name\tred\tblue\nA\t1\t'2'000\nB\t3\t4'000'000\n".replace("'2", "2"))
    bags = Categories.read(tmp_path / "bags.tsv", k=("red", "blue"))
    assert bags.k.tolist() == [[1, 2000], [3, 4_000_000]]


def test_covariates_of_numbers_that_can_be_read_in_two_ways_are_refused(tmp_path):
    (tmp_path / "my.csv").write_text("k;n;size\n1;2;1,500\n1;2;2,250\n")
    with pytest.raises(CountsError, match=r"row 1, column size: '1,500' could be 1.500 or 1500; .*line 2"):
        Counts.read(tmp_path / "my.csv", covariates="size")
    assert Counts.read(tmp_path / "my.csv", covariates="size", decimal=",").covariates["size"].tolist() == [1.5, 2.25]


def test_rows_left_out_are_counted_in_a_large_file_too(tmp_path, streamed):
    path = tmp_path / "my.csv"
    path.write_text("k,n\n1,2\nNA,2\n1,2\nNA,2\n0,-\n")
    for counts in (Counts.read(path, drop_missing=True), streamed(Counts.read, path, drop_missing=True)):
        assert (counts.students, counts.reading.left_out) == (2, 3)


def test_a_large_file_of_trials_has_its_groups_by_name(tmp_path, streamed):
    path = tmp_path / "my.csv"
    path.write_text("who,won\n" + "Ben,1\nEmi,0\nBen,0\n" * 100)
    counts = streamed(Counts.read, path, trials_long="won", group="who")
    assert (counts.names, counts.k.tolist(), counts.n.tolist()) == (("Ben", "Emi"), [100, 0], [200, 100])


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"trials_long": "won"}, "trials_long and group go together"),
        ({"group": "who"}, "trials_long and group go together"),
        ({"trials_long": "won", "group": "who", "name": "who"}, "only trials_long and group are read"),
        ({"n": "of", "failures": "lost"}, "give n='of' or failures='lost', one of them"),
        ({"k": "won", "n": "won"}, "k and n are both column 'won'; give each its own column"),
        ({"name": ["who", "who"]}, "name and name are both column 'who'"),
        ({"decimal": ";"}, "decimal is ';'; give '.' or ','"),
        ({"thousands": ".."}, "thousands is '..'; give one sign"),
        ({"decimal": ".", "thousands": "."}, "decimal and thousands cannot both be '.'"),
    ],
)
def test_options_that_contradict_each_other_are_refused(options, problem, tmp_path):
    (tmp_path / "my.csv").write_text("who,won\nBen,1\n")
    with pytest.raises(CountsError, match=problem):
        Counts.read(tmp_path / "my.csv", **options)


def test_a_source_says_how_large_it_is(tmp_path):
    (tmp_path / "my.csv").write_text(TEXT)
    (tmp_path / "my.parquet").write_bytes(parquet())
    assert source_of(tmp_path / "my.csv").size == len(TEXT)
    assert source_of(tmp_path / "my.parquet").size == 3
    assert not large_files.is_large(tmp_path / "my.csv")
