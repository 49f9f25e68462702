"""Categories: matrices and named columns, at least two categories, and totals that belong to the design."""

import numpy as np
import polars as pl
import pytest

from models import Categories, CountsError, Trials

K = [[1, 2, 0], [0, 4, 1]]


def rows_of_text():
    return [[str(count) for count in row] for row in K]


@pytest.mark.parametrize(
    "k", [K, tuple(map(tuple, K)), np.array(K), np.array(K, np.float32), np.array(K, np.uint8), rows_of_text()]
)
def test_every_kind_of_matrix_gives_the_same_counts(k):
    data = Categories(k)
    assert data.k.tolist() == K
    assert data.n.tolist() == [3, 5]
    assert data.categories == ("category 1", "category 2", "category 3")
    assert isinstance(data.trials, Trials)
    assert data.trials.n.tolist() == data.trials.design.tolist() == [3, 5]
    assert data.trials.max_n == 5
    assert data.observed["students"]["k"].tolist() == K


@pytest.mark.parametrize("kind", [dict, pl.DataFrame])
def test_columns_by_name_are_the_categories(kind):
    columns = kind({"red": [1, 0], "blue": [2, 4], "green": [0, 1]})
    assert Categories(columns).categories == ("red", "blue", "green")
    assert Categories(columns).k.tolist() == K
    ordered = Categories(columns, categories=["green", "red", "blue"])
    assert ordered.categories == ("green", "red", "blue")
    assert ordered.k.tolist() == [[0, 1, 2], [1, 0, 4]]
    assert Categories(K, categories=["red", "blue", "green"]).categories == ("red", "blue", "green")


@pytest.mark.parametrize(
    ("k", "categories", "problem"),
    [
        ([1, 2], None, r"k has shape \(2,\); give a row per group and in it a count per category"),
        ([[1, 2], [3]], None, r"k has shape \(2,\)"),
        (np.ones((2, 2, 2)), None, r"k has shape \(2, 2, 2\)"),
        (5, None, r"k has shape \(\)"),
        (np.ones((0, 3)), None, "no groups"),
        ([[1], [2]], None, "the categories are 'category 1'; give at least two"),
        ({"red": [1]}, None, "the categories are 'red'; give at least two"),
        (K, ["red", "blue"], "k has 3 columns, but there are 2 categories"),
        (K, ["red", "blue", "red"], "column categories: the name 'red' occurs twice"),
        (K, ["red", "blue", ""], "give a name for each, as text"),
        (K, "red", "give a name for each, as text"),
        ({"red": [1], "blue": [2]}, ["red", "green"], "k has the columns red, blue, but the categories are red, green"),
        ({"red": [1], 3: [2]}, None, "k have a column 3; its name must be text"),
        ({"red": [1, 2], "blue": [2]}, None, "unequal lengths: red has 2, blue has 1"),
    ],
    ids=str,
)
def test_counts_of_another_shape_are_refused(k, categories, problem):
    with pytest.raises(CountsError, match=problem):
        Categories(k, categories=categories)


def test_a_file_needs_columns_of_two_categories(tmp_path):
    (tmp_path / "bags.csv").write_text("red,blue\n1,2\n")
    assert Categories.read(tmp_path / "bags.csv", k=("blue", "red")).k.tolist() == [[2, 1]]
    for k in (["red"], "red"):
        with pytest.raises(CountsError, match="give"):
            Categories.read(tmp_path / "bags.csv", k=k)


def test_other_counts_of_the_same_groups_have_the_same_totals():
    data = Categories(K)
    assert data.with_counts([[0, 0, 3], [5, 0, 0]]).n.tolist() == [3, 5]
    problem = "row 2, column k: the counts add up to 4, but the group has 5"
    with pytest.raises(CountsError, match=problem):
        data.with_counts([[0, 0, 3], [4, 0, 0]])
    with pytest.raises(CountsError, match="k has 2 columns, but there are 3 categories"):
        data.with_counts([[1, 2], [3, 2]])


def test_totals_that_overflow_an_int64_are_refused():
    with pytest.raises(CountsError, match="trials in all are more than an int64 holds"):
        Categories([[2**62, 2**62]])
