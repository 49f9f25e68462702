"""Numbers as they are written everywhere."""

import math

import pytest

from experiments.presentation.numbers import MISSING, number, percent, probability, with_error


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0.0000"),
        (0.13404, "0.1340"),
        (-0.13404, "-0.1340"),
        (3.2e-5, "3.2e-05"),
        (9.99999, "10.0000"),
        (14.52454, "14.525"),
        (1757.123, "1,757.1"),
        (123456.7, "123,457"),
        (3e12, "3.0e+12"),
        (3, "3"),
        (10_000_000, "10,000,000"),
        (None, MISSING),
        (math.nan, MISSING),
        (math.inf, "∞"),
        (-math.inf, "-∞"),
    ],
)
def test_a_number_has_four_decimals_or_five_digits(value, text):
    assert number(value) == text


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (0.126, 3, "0.13"),
        (12.34, 3, "12.3"),
        (1234.5, 3, "1,234"),
        (0.004, 3, "0.00"),
        (4e-5, 3, "4.0e-05"),
        (4e-5, 7, "0.000040"),
        (77.5, 1, "78"),
        (2.4, 1, "2"),
    ],
)
def test_a_number_may_have_other_digits(value, digits, text):
    assert number(value, digits) == text


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (14.5246, 0.0612, "14.525 ± 0.061"),
        (14.5245, 1.2, "14.5 ± 1.2"),
        (1757.123, 31.0, "1,757 ± 31"),
        (0.96737, 0.00013, "0.96737 ± 0.00013"),
        (0.5, 1e-9, "0.5000"),
        (0.5, None, "0.5000"),
        (0.5, 0.0, "0.5000"),
        (0.5, math.nan, "0.5000"),
        (0.5, math.inf, "0.5000"),
        (math.nan, 0.1, MISSING),
        (None, 0.1, MISSING),
        (math.inf, None, "∞"),
    ],
)
def test_a_number_has_the_digits_that_are_known(value, error, text):
    assert with_error(value, error) == text


def test_a_small_error_is_shown_where_more_digits_are():
    assert with_error(2e-6, 1.1e-6) == "2.0e-06"
    assert with_error(2e-6, 1.1e-6, digits=7) == "0.0000020 ± 0.0000011"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "< 0.0001"),
        (9.9e-5, "< 0.0001"),
        (1e-4, "0.0001"),
        (0.5, "0.5000"),
        (0.99995, "> 0.9999"),
        (1.0, "> 0.9999"),
        (None, MISSING),
        (math.nan, MISSING),
    ],
)
def test_no_probability_looks_like_0_or_1(value, text):
    assert probability(value) == text


@pytest.mark.parametrize(("share", "text"), [(0.95, "95 %"), (0.995, "99.5 %"), (0.29, "29 %"), (0.5, "50 %")])
def test_a_share_in_percent_has_all_its_digits_and_no_others(share, text):
    assert percent(share) == text
