"""Covariates: numbers stay numbers, text becomes codes, a missing one is refused, and without any nothing changes."""

import datetime

import jax
import jax.numpy as jnp
import numpy as np
import polars as pl
import pytest

from models import Counts, CountsError, Exposures, Trials, aggregated, box
from models.classrooms.aggregated import Tallied


def of(values, **others) -> Counts:
    """Counts with one covariate "x"."""
    rows = len(values)
    return Counts(k=[1] * rows, n=[2] * rows, covariates={"x": values}, **others)


COLUMNS = {  # what is given, and the numbers and levels that it becomes
    "list of ints": ([3, 0, -1], [3, 0, -1], None),
    "array of ints": (np.array([3, 0, 1], np.uint8), [3, 0, 1], None),
    "jax ints": (jnp.array([3, 0, 1]), [3, 0, 1], None),
    "text of ints": (["3", " 0", "1"], [3, 0, 1], None),
    "list of floats": ([1.0, 0.5, 2.0], [1.0, 0.5, 2.0], None),
    "whole floats": ([1.0, 0.0, 2.0], [1.0, 0.0, 2.0], None),
    "array of whole floats": (np.array([1.0, 0.0, 2.0]), [1.0, 0.0, 2.0], None),
    "ints and floats": ([1, 0.5, 2], [1.0, 0.5, 2.0], None),
    "text of floats": (["1e3", "0.5", "-2"], [1000.0, 0.5, -2.0], None),
    "text": (["pea", "bean", "pea "], [1, 0, 1], ("bean", "pea")),
    "beyond ASCII": (["é", "z", "Z"], [2, 1, 0], ("Z", "z", "é")),
    "polars categories": (
        pl.Series(["pea", "bean", "pea"], dtype=pl.Enum(["pea", "bean"])),
        [1, 0, 1],
        ("bean", "pea"),
    ),
    "booleans": ([True, False, True], [1, 0, 1], ("false", "true")),
    "array of booleans": (np.array([True, True, True]), [1, 1, 1], ("false", "true")),
    "text of booleans": (["TRUE", "false", "true"], [1, 0, 1], ("false", "true")),
}


@pytest.mark.parametrize("kind", COLUMNS)
@pytest.mark.parametrize("x64", [False, True])
def test_a_column_becomes_numbers_of_its_kind(kind, x64):
    given, numbers, levels = COLUMNS[kind]
    counts = of(given)
    assert counts.covariates["x"].tolist() == numbers
    assert counts.levels == ({} if levels is None else {"x": levels})
    whole = isinstance(numbers[0], int)
    assert counts.covariates["x"].dtype == (np.int64 if whole else np.float64)
    with jax.enable_x64(x64):
        in_jax = counts.trials.covariates["x"]
        assert in_jax.dtype == (jnp.int32 if whole else jnp.zeros(()).dtype)
        assert in_jax.tolist() == numbers


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ([1, None, 3], "row 2, column x: missing; give every group a value"),
        (["a", "", "b"], "row 2, column x: missing"),
        ([True, None, False], "row 2, column x: missing"),
        ([1.0, float("nan"), 2.0], r"row 2, column x: missing \(nan\)"),
        (np.array([1.0, 2.0, np.inf]), "row 3, column x: inf is not a finite number"),
        (["1", "2", "NA"], "row 3, column x: 'NA' is not a number, but other values are"),
        (["1.5", "NA", "NA"], r"row 2, column x: 'NA' is not a number, .* \(and 1 more such row\)"),
        (np.array([1, 2**31, 3]), "row 2, column x: 2147483648 is beyond int32"),
        (np.array([1, 2, 2**63], np.uint64), "row 3, column x: 9223372036854775808 is beyond int32"),
        (pl.Series([datetime.date(2020, 1, 1)] * 3), "column x holds values of type Date; give numbers, text or"),
        (np.ones((3, 2)), r"column x has shape \(3, 2\); give one value per group"),
    ],
    ids=str,
)
def test_a_bad_column_is_refused_with_row_and_column(values, problem):
    with pytest.raises(CountsError, match=problem):
        of(values)


@pytest.mark.parametrize("covariates", [[1, 2], "x", {3: [1]}, {" ": [1]}, 5])
def test_covariates_are_columns_by_name(covariates):
    with pytest.raises(CountsError, match=r"covariates (must be columns by name|have a column)"):
        Counts([1], [2], covariates=covariates)
    assert Counts([1], [2], covariates=pl.DataFrame({"x": [3]})).covariates["x"].tolist() == [3]


def test_an_unknown_covariate_is_a_key_error_that_lists_those_there_are():
    counts = Counts([1], [2], covariates={"treated": [1], "age": [3]})
    for covariates in (counts.covariates, counts.trials.covariates):
        with pytest.raises(KeyError, match="there is no covariate 'aeg'; there are 'age', 'treated'"):
            _ = covariates["aeg"]
        assert "aeg" not in covariates
        assert covariates.get("aeg") is None
    with pytest.raises(KeyError, match="there are none: give the data `covariates="):
        _ = Counts([1], [2]).trials.covariates["treated"]


def test_covariates_are_a_pytree_under_every_transformation():
    counts = Counts([1, 0, 2], [2, 2, 2], covariates={"group": [2, 0, 2], "x": [0.5, 1.5, 2.5]})

    def of_program(trials, beta):
        return jnp.sum(beta[trials.covariates["group"]] * trials.covariates["x"] * trials.design)

    beta = jnp.array([1.0, 10.0, 100.0])
    value = 2 * (100 * 0.5 + 1.5 + 100 * 2.5)
    assert float(jax.jit(of_program)(counts.trials, beta)) == value
    assert jax.vmap(of_program, (None, 0))(counts.trials, jnp.stack([beta, 2 * beta])).tolist() == [value, 2 * value]
    assert jax.grad(of_program, 1)(counts.trials, beta).tolist() == [3.0, 0.0, 6.0]
    again = jax.tree.map(lambda leaf: leaf, counts.trials)
    assert list(again.covariates) == ["group", "x"]
    names = [jax.tree_util.keystr(path) for path, _ in jax.tree_util.tree_leaves_with_path(counts.trials)]
    assert names[1:] == [".covariates['group']", ".covariates['x']"]


def test_the_order_in_which_covariates_are_given_does_not_matter():
    columns = {"b": [1], "a": [2]}
    first, second = (Counts([1], [2], covariates=dict(items)) for items in (columns.items(), [*columns.items()][::-1]))
    assert jax.tree.structure(first.trials) == jax.tree.structure(second.trials)


def test_without_covariates_an_argument_has_the_leaves_and_programs_it_had():
    counts = Counts([1, 0], [2, 3])
    assert not counts.has_covariates
    assert len(jax.tree.leaves(counts.trials)) == 1
    for argument in (Trials(counts.trials.n, max_n=3), Exposures(counts.trials.n)):
        assert len(jax.tree.leaves(argument)) == 1
        assert argument.rows == 2
    assert str(jax.make_jaxpr(lambda trials: trials.n.sum())(counts.trials)) == str(
        jax.make_jaxpr(lambda n: n.sum())(counts.trials.n)
    )


def test_pairs_ignore_covariates_and_rows_do_not():
    counts = Counts([1, 1, 1], [2, 2, 2], covariates={"treated": [0, 1, 1]})
    assert counts.has_covariates
    assert [column.tolist() for column in counts.pairs] == [[1], [2], [3]]
    assert counts.rows.multiplicity.tolist() == [1, 2]
    assert counts.rows.covariates["treated"].tolist() == [0, 1]
    assert counts.row_of.tolist() == [0, 1, 1]


def test_the_tally_of_a_class_keeps_its_covariates():
    rows = 300
    rng = np.random.default_rng(0)
    n = rng.integers(1, 50, rows)
    counts = Counts(rng.binomial(n, 0.5), n, covariates={"treated": rng.integers(0, 2, rows)})
    argument = aggregated(box()).argument(counts)
    assert isinstance(argument, Tallied)
    assert np.array_equal(argument.covariates["treated"], counts.covariates["treated"])
    assert argument.rows == rows


@pytest.mark.parametrize("value", [1e39, 1e-39])
def test_float32_refuses_a_covariate_outside_its_range(value):
    counts = of([0.0, value])
    with (
        jax.enable_x64(False),
        pytest.raises(CountsError, match=r"row 2, column x: .* is outside the range"),
    ):
        _ = counts.trials
    with jax.enable_x64(True):
        assert counts.trials.covariates["x"].tolist() == [0.0, value]


def test_a_covariate_may_have_any_name(tmp_path):
    columns = {"k": [1, 0], "n": [2, 3], "name": ["x", "y"], "multiplicity": [1, 1], "first": [5, 6], "0": [0.5, 1.5]}
    counts = Counts([1, 0], [2, 3], names=["x", "y"], covariates=columns)
    assert counts.joined(counts).covariates["n"].tolist() == [2, 3]
    assert counts.rows.covariates["0"].tolist() == [0.5, 1.5]
    pl.DataFrame(columns).write_csv(tmp_path / "columns.csv")
    read = Counts.read(tmp_path / "columns.csv", covariates=tuple(columns))
    assert read.covariates["k"].tolist() == [1, 0]
    assert read.levels == {"name": ("x", "y")}
