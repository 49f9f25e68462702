"""Numbers as a table shows them."""

import math

import polars as pl
import pytest

from experiments.presentation.cells import MISSING, cells, number, probability


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0.0000"),
        (0.13404, "0.1340"),
        (-0.13404, "-0.1340"),
        (3.2e-5, "3.2e-05"),
        (9.99999, "10.0000"),
        (14.52454, "14.525"),
        (1757.123, "1757.1"),
        (123456.7, "123457"),
        (3e12, "3.0e+12"),
        (math.nan, MISSING),
        (math.inf, "∞"),
        (-math.inf, "-∞"),
    ],
)
def test_a_number_has_four_decimals_or_five_digits(value, text):
    assert number(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "< 0.0001"),
        (9.9e-5, "< 0.0001"),
        (1e-4, "0.0001"),
        (0.5, "0.5000"),
        (0.99995, "> 0.9999"),
        (1.0, "> 0.9999"),
    ],
)
def test_no_probability_looks_like_0_or_1(value, text):
    assert probability(value) == text


def test_a_column_and_its_errors_are_one():
    table = pl.DataFrame(
        {
            "name": ["x", "y", "z"],
            "mean": [0.1341, 0.2, None],
            "mean_error": [0.0021, 1e-9, None],
            "p_value": [1e-7, 0.25, 0.99999],
            "raw": [0.0, None, 1e-7],
            "n": [3, 4, 10_000_000],
            "kept": [True, False, None],
            "an_error": [0.5, 0.5, 0.5],
        }
    )
    found = cells(table)
    assert found.header == ["name", "mean", "p_value", "raw", "n", "kept", "an_error"]
    assert found.rows == [
        ["x", "0.1341 ± 0.0021", "< 0.0001", "0.0000", "3", "yes", "0.5000"],
        ["y", "0.2000", "0.2500", MISSING, "4", "no", "0.5000"],
        ["z", MISSING, "> 0.9999", "1.0e-07", "10000000", MISSING, "0.5000"],
    ]
    assert found.text_columns == [0, 5]
    assert found.exact_columns == ["mean"]


def test_ranks_are_whole_numbers_and_rates_of_0_and_1_are_not():
    table = pl.DataFrame({"rank_low": [1.0, 12.0, None], "raw": [0.0, 1.0, None]})
    assert cells(table).rows == [["1", "0.0000"], ["12", "1.0000"], [MISSING, MISSING]]


def test_a_table_without_rows_has_its_header():
    assert cells(pl.DataFrame(schema={"name": pl.String, "x": pl.Float64})).header == ["name", "x"]
