"""Counts: what is accepted, and that everything else is refused with row, column and problem before JAX runs."""

import jax
import jax.numpy as jnp
import numpy as np
import polars as pl
import pytest

from models import Counts, CountsError

K, N, NAMES = [3, 1, 0], [5, 1, 0], ["Alyssa", "Ben", "Carmen"]


@pytest.fixture(autouse=True)
def _no_jax(request, monkeypatch):
    """Bad input must be refused before JAX: make every array construction fail in the tests of bad input."""
    if request.node.name.startswith("test_refuses"):

        def reached(*_, **__):
            raise AssertionError("JAX was reached")

        for name in ("asarray", "array", "zeros"):
            monkeypatch.setattr(jnp, name, reached)


def write(path, text: str, encoding: str = "utf-8"):
    path.write_bytes(text.encode(encoding))
    return path


BAD_VALUES = [  # k and n of a bad second row, and the message that names the problem
    pytest.param(4, 3, "row 2, column k, n: 4 successes out of 3 trials", id="k > n"),
    pytest.param(-1, 3, "row 2, column k: -1 is negative", id="k negative"),
    pytest.param(0, -2, "row 2, column n: -2 is negative", id="n negative"),
    pytest.param(1.5, 3, "row 2, column k: 1.5 is not a whole number", id="k not whole"),
    pytest.param(1, 2.5, "row 2, column n: 2.5 is not a whole number", id="n not whole"),
    pytest.param(None, 3, "row 2, column k: missing", id="k missing"),
    pytest.param(1, None, "row 2, column n: missing", id="n missing"),
    pytest.param("two", 3, "row 2, column k: 'two' is not a number", id="text"),
    pytest.param("", 3, "row 2, column k: missing", id="empty text"),
    pytest.param("  ", 3, "row 2, column k: missing", id="blank text"),
    pytest.param(float("nan"), 3, "row 2, column k: missing .*nan", id="nan"),
    pytest.param(1, float("inf"), "row 2, column n: .* is not a finite number", id="inf"),
    pytest.param(1, 1e300, "row 2, column n: .* is too large", id="too large a float"),
    pytest.param(1, 2**64, "row 2, column n: .* is too large", id="too large an int"),
]


@pytest.mark.parametrize(("k", "n", "problem"), BAD_VALUES)
def test_refuses_a_bad_value_in_a_list(k, n, problem):
    with pytest.raises(CountsError, match=problem):
        Counts(k=[2, k, 1], n=[3, n, 1])


@pytest.mark.parametrize(("k", "n", "problem"), BAD_VALUES)
def test_refuses_a_bad_value_in_a_csv_file(tmp_path, k, n, problem):
    cells = ("" if k is None else k, "" if n is None else n)
    path = write(tmp_path / "bad.csv", "k,n\n2,3\n{},{}\n1,1\n".format(*cells))
    with pytest.raises(CountsError, match=rf"bad\.csv: {problem}"):
        Counts.read(path)


@pytest.mark.parametrize(("k", "n", "problem"), [p for p in BAD_VALUES if p.id not in ("text", "too large an int")])
def test_refuses_a_bad_value_in_a_parquet_file(tmp_path, k, n, problem):
    path = tmp_path / "bad.parquet"
    pl.DataFrame({"k": pl.Series([2, k, 1], strict=False), "n": [3, n, 1]}, strict=False).write_parquet(path)
    with pytest.raises(CountsError, match=rf"bad\.parquet: {problem}"):
        Counts.read(path)


@pytest.mark.parametrize("value", [1.5, -1.0, float("nan"), float("inf")])
def test_refuses_a_bad_value_in_an_array(value):
    with pytest.raises(CountsError, match="row 2, column k"):
        Counts(k=np.array([2.0, value]), n=np.array([3, 3]))


def test_refuses_with_the_first_bad_row_and_the_number_of_others():
    with pytest.raises(CountsError, match=r"row 2, column k: -1 is negative; .* \(and 2 more such rows\)"):
        Counts(k=[1, -1, -2, -3], n=[2, 2, 2, 2])


@pytest.mark.parametrize(
    ("k", "n", "names", "problem"),
    [
        ([], [], None, "no groups"),
        ([1, 2], [3], None, "unequal lengths: k has 2, n has 1"),
        ([1], [3], ["a", "b"], "unequal lengths: k has 1, n has 1, names has 2"),
        ([1, 1], [3, 3], ["Ben", "Ben"], "row 2, column names: the name 'Ben' occurs twice .first in row 1."),
        ([1, 1], [3, 3], ["Ben", " Ben "], "row 2, column names: the name 'Ben' occurs twice"),
        ([1, 1], [3, 3], ["Ben", None], "row 2, column names: missing name"),
        ([1, 1], [3, 3], ["Ben", float("nan")], "row 2, column names: missing name"),
        ([1, 1], [3, 3], np.array([7.0, np.nan]), "row 2, column names: missing name"),
        ([1, 1], np.array([True, True]), None, "column n holds true and false, not numbers"),
        ([1, 1], np.array(["2026-01-05"] * 2, "datetime64[D]"), None, "column n holds dates or times, not numbers"),
        ([1, 1], [3, 3], ["", "Ben"], "row 1, column names: missing name"),
        (np.ones((2, 2)), [3, 3], None, r"column k has shape \(2, 2\)"),
        ([1, 1], np.ones((2, 1)), None, r"column n has shape \(2, 1\)"),
        ([[1, 2], [3, 4]], [3, 3], None, r"column k has shape \(2, 2\)"),
        (5, [3], None, "column k"),
        ("12", [3, 3], None, "column k"),
    ],
)
def test_refuses_a_bad_column(k, n, names, problem):
    with pytest.raises(CountsError, match=problem):
        Counts(k=k, n=n, names=names)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "the file is empty"),
        ("# only a comment\n", "the file is empty"),
        ("k,n\n", "no groups"),
        ("k,m\n1,2\n", r"no column 'n': name the column by --n, in Python n= \(columns: k, m\)"),
        ("successes,n\n1,2\n", r"no column 'k': name the column by --k, in Python k= \(columns: successes, n\)"),
        ("k,n\n1,2\n1,2,3\n", r"line 3 of the file has 3 values, but the header \(line 1\) has 2 columns"),
        ("name,k,n\nBen,1,2\n,1,2\n", "row 2, column name: missing name"),
        ("name,k,n\nBen,1,2\nBen,1,2\n", "row 2, column name: the name 'Ben' occurs twice"),
    ],
)
def test_refuses_a_bad_csv_file(tmp_path, text, problem):
    with pytest.raises(CountsError, match=rf"bad\.csv.*{problem}"):
        Counts.read(write(tmp_path / "bad.csv", text))


def test_refuses_a_missing_column_that_was_asked_for(tmp_path):
    path = write(tmp_path / "some.csv", "k,n\n1,2\n")
    with pytest.raises(CountsError, match="no column 'hits'"):
        Counts.read(path, k="hits")
    with pytest.raises(CountsError, match="no column 'player'"):
        Counts.read(path, name="player")


def test_refuses_a_file_that_is_not_there_or_not_a_table(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nowhere\.csv"):
        Counts.read(tmp_path / "nowhere.csv")
    with pytest.raises(CountsError, match=r"not readable as xlsx: it holds text"):
        Counts.read(write(tmp_path / "counts.xlsx", "k,n\n1,2\n"))
    with pytest.raises(CountsError, match="not readable as parquet"):
        Counts.read(write(tmp_path / "text.parquet", "k,n\n1,2\n"))


def same(counts: Counts, names=NAMES) -> bool:
    return counts.k.tolist() == K and counts.n.tolist() == N and counts.names == tuple(names)


@pytest.mark.parametrize(
    "as_column",
    [
        list,
        tuple,
        np.array,
        jnp.array,
        pl.Series,
        lambda x: [np.int32(i) for i in x],
        lambda x: [float(i) for i in x],
        lambda x: np.array(x, np.float32),
        lambda x: np.array(x, np.uint8),
        lambda x: [str(i) for i in x],
        iter,
    ],
    ids=[
        "list",
        "tuple",
        "numpy",
        "jax",
        "polars",
        "numpy ints",
        "whole floats",
        "float32",
        "uint8",
        "text",
        "iterator",
    ],
)
def test_every_kind_of_sequence_gives_the_same_counts(as_column):
    assert same(Counts(k=as_column(K), n=as_column(N), names=NAMES))


@pytest.mark.parametrize("suffix", ["csv", "CSV", "parquet"])
def test_files_give_the_same_counts_as_sequences(tmp_path, suffix):
    path = tmp_path / f"counts.{suffix}"
    table = pl.DataFrame({"name": NAMES, "other": ["x", "", "z"], "k": K, "n": N})
    table.write_parquet(path) if suffix == "parquet" else table.write_csv(path)
    assert same(Counts.read(path))
    assert same(Counts.read(str(path)))


def test_columns_are_chosen_by_keyword(tmp_path):
    path = tmp_path / "batting.csv"
    pl.DataFrame({"player": NAMES, "H": K, "AB": N, "k": [9, 9, 9]}).write_csv(path)
    assert same(Counts.read(path, k="H", n="AB", name="player"))
    assert same(Counts.read(path, k="H", n="AB"), names=["student 1", "student 2", "student 3"])


@pytest.mark.parametrize(
    "text",
    [
        "# two\n# comments\nname,k,n\nAlyssa,3,5\nBen,1,1\nCarmen,0,0\n",
        "\ufeffname,k,n\nAlyssa,3,5\nBen,1,1\nCarmen,0,0\n",
        "\ufeffk,n,name\n3,5,Alyssa\n1,1,Ben\n0,0,Carmen\n",
        "name,k,n\n  Alyssa , 3 ,\t5\nBen,1, 1\nCarmen,0 ,0\n",
        "name, k, n\nAlyssa,3,5\nBen,1,1\nCarmen,0,0\n",
        "name,k,n\nAlyssa,3,5\nBen,1,1\nCarmen,0,0\n\n",
        "name,k,n\nAlyssa,3,5\nBen,1,1\nCarmen,0,0",
        "name,k,n\r\nAlyssa,3,5\r\nBen,1,1\r\nCarmen,0,0\r\n",
        "name,k,n\nAlyssa,3.0,5.0\nBen,1.0,1\nCarmen,0,0e3\n",
        '"name","k","n"\n"Alyssa","3","5"\nBen,1,1\nCarmen,0,0\n',
    ],
    ids=[
        "comments",
        "BOM",
        "BOM before k",
        "whitespace",
        "whitespace in the header",
        "blank last line",
        "no last newline",
        "CRLF",
        "whole floats",
        "quotes",
    ],
)
def test_csv_dialects_give_the_same_counts(tmp_path, text):
    assert same(Counts.read(write(tmp_path / "counts.csv", text)))


def test_a_student_nobody_has_seen_is_valid():
    counts = Counts(k=[0], n=[0])
    assert counts.trials.max_n == 0
    assert len(counts) == 1


def test_int64_counts_are_kept_to_the_last_digit(tmp_path):
    large = 2**53 + 1  # the first whole number a float64 cannot hold
    path = tmp_path / "large.csv"
    pl.DataFrame({"k": [large - 1], "n": [large]}).write_csv(path)
    for counts in (Counts(k=[large - 1], n=[large]), Counts.read(path)):
        assert (counts.k[0], counts.n[0]) == (large - 1, large)


def test_float32_refuses_counts_it_cannot_tell_apart_and_x64_takes_them():
    largest = Counts(k=[2**24], n=[2**24])
    above = Counts(k=[0, 0], n=[1, 2**24 + 1])
    with jax.enable_x64(False):
        assert float(largest.trials.n[0]) == float(largest.observed["students"]["k"][0]) == 2**24
        with pytest.raises(CountsError, match=r"16777217 is too large for float32.*enable_x64"):
            _ = above.trials
        assert float(above.observed["students"]["k"][1]) == 0
    with jax.enable_x64(True):
        assert int(above.trials.n[1]) == 2**24 + 1


@pytest.mark.parametrize(("x64", "dtype"), [(False, jnp.float32), (True, jnp.float64)])
def test_jax_arrays_follow_the_default_float(x64, dtype):
    counts = Counts(k=K, n=N)
    with jax.enable_x64(x64):
        assert counts.trials.n.dtype == counts.observed["students"]["k"].dtype == dtype


def test_trials_is_a_pytree_of_n_with_a_static_maximum():
    trials = Counts(k=K, n=N).trials
    assert [leaf.tolist() for leaf in jax.tree.leaves(trials)] == [[5.0, 1.0, 0.0]]
    assert isinstance(trials.max_n, int)
    assert trials.max_n == 5
    assert jax.jit(lambda t: jnp.zeros(t.max_n))(trials).shape == (5,)


def test_repr_is_short():
    assert repr(Counts(k=K, n=N, names=NAMES)) == "Counts(3 students: Alyssa 3/5, Ben 1/1, Carmen 0/0)"
    assert repr(Counts(k=[1] * 1000, n=[2] * 1000)).endswith("student 6 1/2, ...)")


def test_counts_do_not_change():
    k = np.array([3, 1, 0])
    counts = Counts(k=k, n=N)
    k[0] = 0
    assert counts.k[0] == 3
    for values in (counts.k, counts.n):
        with pytest.raises(ValueError, match="read-only"):
            values[0] = 1


def test_rows_with_a_multiplicity_are_students_written_out():
    rows = Counts(k=[3, 0, 1], n=[5, 1, 2], multiplicity=[2, 3, 0])
    students = Counts(k=[3, 3, 0, 0, 0], n=[5, 5, 1, 1, 1])
    assert (rows.students, len(rows), students.students) == (5, 3, 5)
    np.testing.assert_array_equal(rows.trials.n, students.trials.n)
    np.testing.assert_array_equal(rows.observed["students"]["k"], students.observed["students"]["k"])
    for of_rows, of_students in zip(rows.pairs, students.pairs, strict=True):
        np.testing.assert_array_equal(of_rows, of_students)


def test_pairs_are_the_different_counts_in_order_with_their_numbers():
    pairs = Counts(k=[1, 0, 1, 5, 0], n=[2, 1, 2, 5, 1], multiplicity=[1, 2, 3, 4, 5]).pairs
    assert [column.tolist() for column in pairs] == [[0, 1, 5], [1, 2, 5], [7, 4, 4]]


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_table_of_counts_grouped_by_k_and_n_is_a_class(tmp_path, suffix):
    path = tmp_path / f"grouped.{suffix}"
    grouped = pl.DataFrame({"k": [0, 1], "n": [1, 2], "multiplicity": [10**8, 3], "count": [7, 8]})
    getattr(grouped, f"write_{suffix}")(path)
    assert Counts.read(path).students == 10**8 + 3
    assert Counts.read(path, multiplicity="count").students == 15


def test_shards_of_a_class_add_up_to_it():
    rng = np.random.default_rng(0)
    n = rng.integers(0, 9, 100)
    k = rng.binomial(n, 0.3)
    shards = [Counts(k[i::3], n[i::3]) for i in range(3)]
    whole = shards[0] + shards[1] + shards[2]
    for of_shards, of_class in zip(whole.pairs, Counts(k, n).pairs, strict=True):
        np.testing.assert_array_equal(of_shards, of_class)
    assert (whole + Counts(k=[1], n=[1], multiplicity=[5])).students == 105


def test_shards_keep_their_names_and_no_name_may_come_twice():
    first, second = Counts(k=[1], n=[2], names=["Emi"]), Counts(k=[0], n=[1], names=["Farid"])
    assert (first + second).names == ("Emi", "Farid")
    assert (first + Counts(k=[0], n=[1])).names == ("student 1", "student 2")
    with pytest.raises(CountsError, match="'Emi' occurs twice"):
        _ = first + first


@pytest.mark.parametrize(
    ("multiplicity", "problem"),
    [
        ([1, -1], "row 2, column multiplicity: -1 is negative"),
        ([1, 1.5], "row 2, column multiplicity: 1.5 is not a whole number"),
        ([1, None], "row 2, column multiplicity: missing"),
        ([0, 0], "no groups: every multiplicity is 0"),
        ([1], "unequal lengths: k has 2, n has 2, multiplicity has 1"),
    ],
)
def test_refuses_a_bad_multiplicity(multiplicity, problem):
    with pytest.raises(CountsError, match=problem):
        Counts(k=[1, 1], n=[2, 2], multiplicity=multiplicity)


def test_arrays_first_asked_for_inside_jit_can_be_used_outside():
    counts = Counts(k=[1] * 9, n=[2] * 9)
    assert jax.jit(lambda: counts.trials.n.sum())() == counts.trials.n.sum() == 18
