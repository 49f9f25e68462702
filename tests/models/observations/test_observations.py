"""What all kinds of data share: checks, files, different rows, other data made from them, pickling."""

import copy
import pickle
from collections import Counter

import jax
import jax.numpy as jnp
import numpy as np
import polars as pl
import pytest

from models import Categories, CountsError, Events
from models.observations import table

NAMES = ["Alyssa", "Ben", "Carmen", "Diego"]


@pytest.fixture(autouse=True)
def _no_jax(request, monkeypatch):
    """Bad input must be refused before JAX: make every array construction fail in the tests of bad input."""
    if request.node.name.startswith("test_refuses"):

        def reached(*_, **__):
            raise AssertionError("JAX was reached")

        for name in ("asarray", "array", "zeros"):
            monkeypatch.setattr(jnp, name, reached)


def rows_as_tuples(data) -> list[tuple]:
    """(design, counts, covariates) of each row, for comparisons."""
    counts = data.k if data.k.ndim == 2 else data.k[:, None]
    known = [values.tolist() for values in data.covariates.values()]
    return list(zip(data.design_values.tolist(), map(tuple, counts.tolist()), *known, strict=True))


def assert_same(data, other) -> None:
    assert type(data) is type(other)
    assert rows_as_tuples(data) == rows_as_tuples(other)
    assert (data.names, data.levels, data.multiplicity.tolist()) == (
        other.names,
        other.levels,
        other.multiplicity.tolist(),
    )


BAD_VALUES = {  # a bad value, and what is said of it
    "missing": (None, "missing"),
    "text": ("two", "'two' is not a number"),
    "blank": ("  ", "missing"),
    "nan": (float("nan"), "missing .*[Nn]a[Nn]"),
    "infinite": (float("inf"), ".* is not a finite number"),
    "negative": (-2, "-2.* is negative"),
    "not whole": (1.5, "1.5 is not a whole number"),
    "too large": (1e300, ".* is too large"),
}


@pytest.mark.parametrize("bad", BAD_VALUES)
@pytest.mark.parametrize("source", ["memory", "csv", "parquet"])
def test_refuses_a_bad_value_with_its_row_and_column(example, bad, source, tmp_path):
    value, problem = BAD_VALUES[bad]
    for column in example.columns if bad not in ("not whole", "too large") else example.whole:
        columns = {name: list(values) for name, values in example.columns.items()}
        columns[column][1] = value
        message = f"row 2, column {column}: {problem}"
        if source == "memory":
            with pytest.raises(CountsError, match=message):
                example.made(columns)
        else:
            values = columns[column] if value != "two" else [str(value) for value in columns[column]]
            frame = example.frame().with_columns(pl_series(column, values))
            path = tmp_path / f"bad.{source}"
            getattr(frame, f"write_{source}")(path)
            with pytest.raises(CountsError, match=rf"bad\.{source}: {message}"):
                example.read(path)


def pl_series(column: str, values: list):
    """The values as a column: text if one of them is, else floating point."""
    if any(isinstance(value, str) for value in values):
        return pl.Series(column, [None if value is None else str(value) for value in values])
    return pl.Series(column, values, dtype=pl.Float64, strict=False)


def test_refuses_columns_that_do_not_fit_together(example):
    for others, problem in [
        ({"names": ["Ben"]}, "unequal lengths: .* names has 1; give one value a group in each"),
        ({"names": ["Ben", "Emi", " Ben", "Flo"]}, "row 3, column names: the name 'Ben' occurs twice .first in row 1."),
        ({"names": ["Ben", "Emi", None, "Flo"]}, "row 3, column names: missing name"),
        ({"multiplicity": [1, 1]}, "unequal lengths: .* multiplicity has 2"),
        ({"multiplicity": [1, 1, -1, 0]}, "row 3, column multiplicity: -1 is negative"),
        ({"multiplicity": [0, 0, 0, 0]}, "no groups: every multiplicity is 0"),
        ({"multiplicity": [2**62, 1, 1, 1]}, ".* in all are more than an int64 holds"),
        ({"covariates": {"treated": [1, 0]}}, "unequal lengths: .* covariate treated has 2"),
    ]:
        with pytest.raises(CountsError, match=problem):
            example.made(**others)
    first, *others = example.columns
    with pytest.raises(CountsError, match="unequal lengths"):
        example.made({first: [1], **{column: example.columns[column] for column in others}})
    with pytest.raises(CountsError, match="no groups: there are no rows"):
        example.made({column: [] for column in example.columns})
    with pytest.raises(CountsError, match="give a sequence with one value per group"):
        example.made({**example.columns, first: 5})


def test_refuses_a_file_without_a_column(example, tmp_path):
    example.frame().write_csv(tmp_path / "some.csv")
    for others in ({"name": "who"}, {"multiplicity": "who"}, {"covariates": ["who"]}, {"covariates": "who"}):
        with pytest.raises(CountsError, match=r"some\.csv: no column 'who' \(columns: "):
            example.read(tmp_path / "some.csv", **others)
    example.frame().clear().write_csv(tmp_path / "empty.csv")
    with pytest.raises(CountsError, match=r"empty\.csv: no groups: there are no rows of counts"):
        example.read(tmp_path / "empty.csv")
    (tmp_path / "blank.csv").write_text(example.frame(age=[1, None, 2, 3]).write_csv())
    with pytest.raises(CountsError, match="row 2, column age: missing; give every group a value"):
        example.read(tmp_path / "blank.csv", covariates=["age"])
    first = next(iter(example.columns))
    example.frame().drop(first).write_csv(tmp_path / "less.csv")
    with pytest.raises(CountsError, match=f"no column '{first}'"):
        example.read(tmp_path / "less.csv")


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_files_hold_the_same_data_as_memory(example, suffix, tmp_path):
    kind, age, height = ["bean", "pea", "bean", "bean"], [3, -1, 2, 3], [1.5, 2.0, 0.25, 1.5]
    frame = example.frame(name=NAMES, multiplicity=[1, 2, 3, 0], kind=kind, age=age, height=height)
    getattr(frame, f"write_{suffix}")(tmp_path / f"data.{suffix}")
    covariates = {"kind": kind, "age": age, "height": height}
    given = example.made(names=NAMES, multiplicity=[1, 2, 3, 0], covariates=covariates)
    assert_same(example.read(tmp_path / f"data.{suffix}", covariates=tuple(covariates)), given)
    frame.rename({"name": "who", "multiplicity": "times"}).write_csv(tmp_path / "renamed.csv")
    renamed = example.read(
        tmp_path / "renamed.csv", name="who", multiplicity="times", covariates=["height", "age", "kind"]
    )
    assert_same(renamed, given)


def random_data(example, seed: int = 0, rows: int = 300):
    """Many rows, of which many are alike in their counts and design but not in their covariates."""
    rng = np.random.default_rng(seed)
    place = rng.integers(0, 3, rows)
    columns = {name: np.asarray(values)[place] for name, values in example.columns.items()}
    covariates = {"treated": rng.integers(0, 2, rows), "height": rng.integers(0, 3, rows) / 4}
    kinds = np.array(["pea", "bean"])[rng.integers(0, 2, rows)].tolist()
    return columns, {**covariates, "kind": kinds}, rng.integers(0, 3, rows)


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_streamed_file_is_the_different_rows_of_one_that_is_held(example, suffix, tmp_path, streamed):
    columns, covariates, times = random_data(example)
    frame = pl.DataFrame({"who": ["Ben"] * len(times), **columns, **covariates, "multiplicity": times})
    getattr(frame, f"write_{suffix}")(tmp_path / f"large.{suffix}")
    for known in ((), ("treated", "height", "kind")):
        large = streamed(example.read, tmp_path / f"large.{suffix}", name="who", covariates=known)  # names are not read
        assert_same(large, example.read(tmp_path / f"large.{suffix}", covariates=known).rows)
        assert len(large) == (3 if not known else len(set(rows_as_tuples(large))))
        assert large.students == times.sum()
    assert len(large) == 3 * 2 * 3 * 2


def test_a_bad_covariate_of_a_streamed_file_is_named_by_row_and_line(example, tmp_path, streamed):
    rows = 200
    frame = pl.DataFrame({name: list(values)[:2] * (rows // 2) for name, values in example.columns.items()})
    height = [1.5] * rows
    height[123] = float("nan")
    frame.with_columns(pl_series("height", height)).write_csv(tmp_path / "large.csv")
    with pytest.raises(CountsError, match=r"large\.csv: row 124, column height: .*; line 125 of the file"):
        streamed(example.read, tmp_path / "large.csv", covariates=["height"])


def test_different_rows_are_compared_by_counts_design_and_every_covariate(example):
    columns, covariates, times = random_data(example, seed=1)
    data = example.made(columns, covariates=covariates, multiplicity=times)
    expected = Counter()
    for row, multiplicity in zip(rows_as_tuples(data), times.tolist(), strict=True):
        expected[row] += multiplicity
    rows = data.rows
    assert type(rows) is type(data)
    assert dict(zip(rows_as_tuples(rows), rows.multiplicity.tolist(), strict=True)) == dict(expected)
    assert rows_as_tuples(rows) == sorted(expected)
    assert [rows_as_tuples(rows)[place] for place in data.row_of] == rows_as_tuples(data)
    assert rows.levels == data.levels
    assert data.rows is rows
    assert_same(rows.rows, rows)
    assert np.array_equal(rows.row_of, np.arange(len(rows)))


def test_different_rows_of_few_and_of_many_are_the_same(example, monkeypatch):
    columns, covariates, times = random_data(example, seed=2)
    monkeypatch.setattr(table, "FEW_ROWS", 10**6)
    few = example.made(columns, covariates=covariates, multiplicity=times).rows
    monkeypatch.setattr(table, "FEW_ROWS", 0)
    assert_same(few, example.made(columns, covariates=covariates, multiplicity=times).rows)


def test_a_row_that_stands_for_nobody_has_its_place_too(example):
    data = example.made(multiplicity=[1, 0, 2, 3])
    assert data.rows.multiplicity.tolist() == [2, 0, 4]
    assert data.row_of.tolist() == [2, 1, 0, 2]


def test_taken_rows_keep_names_and_levels(example):
    data = example.made(names=NAMES, covariates={"kind": ["pea", "bean", "pea", "yam"]}, multiplicity=[1, 2, 3, 4])
    taken = data.taken([2, 1])
    assert taken.names == ("Carmen", "Ben")
    assert rows_as_tuples(taken) == [rows_as_tuples(data)[2], rows_as_tuples(data)[1]]
    assert taken.multiplicity.tolist() == [3, 2]
    assert taken.levels == data.levels == {"kind": ("bean", "pea", "yam")}
    assert_same(data.taken(np.array([False, True, True, False])), data.taken([1, 2]))
    assert example.made().taken([3]).names[0].endswith(" 1")
    assert len(example.made().taken([1, 1])) == 2  # rows without names may be taken twice


@pytest.mark.parametrize(
    ("indices", "problem"),
    [
        ([4], "no row of index 4: the indices are 0 to 3"),
        ([-1], "no row of index -1"),
        ([0, 0], "the name 'Alyssa' occurs twice"),
        ([], "no .*s: there are no rows"),
        ([0.0], "give the index of each"),
        ([[0]], "give the index of each"),
        ([True], "give the index of each"),
    ],
    ids=str,
)
def test_refuses_rows_that_cannot_be_taken(example, indices, problem):
    with pytest.raises(CountsError, match=problem):
        example.made(names=NAMES).taken(indices)


def test_the_same_groups_with_other_counts(example):
    data = example.made(names=NAMES, covariates={"age": [3, 1, 2, 3]}, multiplicity=[1, 2, 3, 4])
    other = data.k[[0, 1, 2, 0]] if data.k.ndim == 1 else data.k[:, ::-1]
    for k in (other, other.astype(np.float32), other.tolist()):
        changed = data.with_counts(k)
        assert np.array_equal(changed.k, other)
        assert changed.k.dtype == np.int64
        assert_same(changed.with_counts(data.k), data)
    assert np.array_equal(data.k[3], data.k[0])  # the data themselves have not changed


def test_refuses_other_counts_that_are_impossible(example):
    data = example.made()
    negative, fraction = (np.where(np.arange(4) == 1, value, 0.0) for value in (-1.0, 0.5))
    for bad, problem in ((negative, "-1.* is negative"), (fraction, "0.5 is not a whole number")):
        k = bad if data.k.ndim == 1 else np.stack([bad, bad], axis=1)
        with pytest.raises(CountsError, match=f"row 2, column .*{problem}"):
            data.with_counts(k)
    with pytest.raises(CountsError, match="k has 3 rows, but there are 4"):
        data.with_counts(data.k[:3])
    impossible = data.k.copy()
    impossible[2] += 1  # of the group without data
    with pytest.raises(CountsError, match=r"row 3, column k"):
        data.with_counts(impossible)


def test_the_same_groups_before_any_data(example):
    data = example.made(names=NAMES, covariates={"age": [3, 1, 2, 3]}, multiplicity=[1, 2, 3, 4])
    before = data.without_data()
    assert not before.k.any()
    assert not before.design_values.any()
    assert before.k.shape == data.k.shape
    assert before.names == data.names
    assert before.covariates["age"].tolist() == [3, 1, 2, 3]
    assert before.students == 10
    assert not np.asarray(before.trials.design).any()


def test_the_argument_and_the_observations_are_rows_written_out(example, eps):
    covariates = {"age": [3, 1, 2, 3], "height": [0.5, 0.25, 2.0, 0.5]}
    data = example.made(multiplicity=[2, 0, 1, 3], covariates=covariates)
    written = [0, 0, 2, 3, 3, 3]
    assert data.is_written_out
    assert data.trials.rows == data.students == 6
    assert data.trials.multiplicity is None
    np.testing.assert_allclose(data.trials.design, np.asarray(example.design)[written], rtol=eps)
    assert np.array_equal(data.observed["students"]["k"], data.k[written])
    assert np.array_equal(data.trials.covariates["age"], np.array([3, 1, 2, 3])[written])
    assert np.array_equal(data.trials.covariates["height"], np.array([0.5, 0.25, 2.0, 0.5])[written])


def test_too_many_groups_are_kept_in_rows(example):
    data = example.made(multiplicity=[10**6, 1, 2, 3], covariates={"age": [3, 1, 2, 3]})
    assert not data.is_written_out
    assert data.trials.rows == 4
    assert data.trials.multiplicity.tolist() == [10**6, 1, 2, 3]
    assert data.trials.covariates["age"].tolist() == [3, 1, 2, 3]
    assert data.observed["students"]["k"].shape == data.k.shape


def test_float32_refuses_counts_that_it_skips(example):
    columns = {**example.columns, **dict.fromkeys(example.whole, [2**24 + 1] * 4)}
    if example.kind is Events:
        columns["exposure"] = [1.0] * 4
    data = example.made(columns)
    with jax.enable_x64(False), pytest.raises(CountsError, match="too large for float32"):
        _ = data.observed
    with jax.enable_x64(True):
        assert int(data.observed["students"]["k"].max()) == 2**24 + 1


@pytest.mark.parametrize("way", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_copies_are_the_same_data_and_hold_nothing_on_a_device(example, way):
    data = example.made(names=NAMES, covariates={"kind": ["pea", "bean", "pea", "yam"], "age": [0.5, 1, 2, 3]})
    before = len(pickle.dumps(data))
    _ = data.trials, data.observed, data.rows, data.row_of, data.names
    assert len(pickle.dumps(data)) == before < 1_500
    copied = way(data)
    assert_same(copied, data)
    assert repr(copied) == repr(data)
    for array in (copied.k, copied.design_values, copied.multiplicity, *copied.covariates.values()):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_data_do_not_change_with_the_arrays_they_were_made_from(example):
    columns = {name: np.array(values) for name, values in example.columns.items()}
    height = np.array([0.5, 1.0, 2.0, 3.0])
    data = example.made(columns, covariates={"height": height})
    for array in (*columns.values(), height):
        array[0] = 7
    assert rows_as_tuples(data) == rows_as_tuples(example.made(covariates={"height": [0.5, 1.0, 2.0, 3.0]}))


def test_a_kind_is_shown_by_its_rows_and_totals(example):
    data = example.made(names=NAMES, multiplicity=[1, 1, 1, 2], covariates={"kind": ["pea", "bean", "pea", "yam"]})
    text = {"n": "3/5", "exposure": "3 in 2.5"}.get(list(example.columns)[1], "1/4")
    assert repr(data).startswith(f"{example.kind.__name__}(5 ")
    assert f"Alyssa {text}, Ben" in repr(data)
    assert repr(data).endswith("x2; kind)")
    html = data._repr_html_()
    assert '<td class="text">yam</td>' in html
    totals = {"n": "10 successes out of 16 trials", "exposure": "10 events in an exposure of 7.6"}
    assert totals.get(list(example.columns)[1], "16 counts in 2 categories") in html
    assert example.kind is not Categories or data.categories == ("red", "blue")
