"""Sums of log rising factorials by products: against 40 digits, without overflow, and where they are used."""

import mpmath
import numpy as np
import pytest

from models.families.beta_binomial.rising_factorials import NEAR, RisingFactorials
from models.families.beta_binomial.rising_products import MOST_FACTORS, RisingProducts

CLASSES = {
    "six students": [70, 28, 6, 3, 2, 0],
    "one student": [5],
    "no trial more than one": [2, 1, 1, 0],
    "the longest": [MOST_FACTORS, 1],
    "all the same": [100] * 40,
}
X = [1e-300, 1e-6, 0.3, 1.0, 7.7, 1e5, 1e12, 1e300]


def products_of(values: list[int]) -> RisingProducts:
    different, times = np.unique(np.array(values, float), return_counts=True)
    return RisingProducts(different, np.cumsum(times[::-1])[::-1].astype(float))


def exact_difference(values: list[int], x: float, x0: float) -> float:
    with mpmath.workdps(40):
        terms = [
            sum(v > j for v in values) * (mpmath.log1p(mpmath.mpf(j) / x) - mpmath.log1p(mpmath.mpf(j) / x0))
            for j in range(max(values))
        ]
        return float(mpmath.nstr(mpmath.fsum(terms), 20))


@pytest.mark.parametrize("values", CLASSES.values(), ids=CLASSES)
@pytest.mark.parametrize("x0", [1e-3, 1.0, 40.0])
def test_products_against_exact_sums_for_any_x(values, x0):
    found = products_of(values).log_ratio(np.array(X), np.array([x0]))
    for x, value in zip(X, found, strict=True):
        exact = exact_difference(values, x, x0)
        # A factor is rounded four times, its reference likewise; the logarithm of an x below 1 has its own.
        size = sum(values) * (1 + max(0, -np.log(x)) + max(0, -np.log(x0)))
        assert abs(value - exact) <= 4 * np.finfo(float).eps * size


@pytest.mark.parametrize("values", CLASSES.values(), ids=CLASSES)
def test_a_sum_is_the_same_whether_products_are_used_or_not(values):
    counts = np.array(values, float)
    sums = RisingFactorials(counts, np.ones(len(counts)))
    x0 = np.array([3.0])
    x = np.append(10 ** np.linspace(-8, 8, 600), x0 * (1 + np.linspace(-2, 2, 101) * NEAR))
    alone = np.concatenate([sums.log_ratio(x[i : i + 1], x0) for i in range(len(x))])  # too few for products
    size = counts.sum() * (1 - np.log(np.minimum(x, 1))) + np.abs(alone)  # each way has an error of its own
    assert np.all(np.abs(sums.log_ratio(x, x0) - alone) <= 4 * np.finfo(float).eps * size)


def test_products_are_used_where_they_are_cheaper_and_only_there():
    def uses_products(values, times=1):
        return RisingFactorials(np.array(values, float), np.full(len(values), float(times))).products is not None

    assert uses_products([70, 28, 6, 3, 2, 0])
    assert not uses_products(range(100))  # as many logarithms as terms
    assert not uses_products([MOST_FACTORS + 1])
    assert not uses_products([70, 28, 6, 3, 2, 0], times=10_000)  # an error of 1e-10


def test_near_the_reference_the_error_is_that_of_the_difference():
    values, x0 = [70, 28, 6, 3, 2, 0], 3.0
    sums = RisingFactorials(np.array(values, float), np.ones(6))
    x = np.append(x0 * (1 + 1e-9), 10 ** np.linspace(-3, 3, 600))
    exact = exact_difference(values, x[0], x0)
    assert sums.log_ratio(x, np.array([x0]))[0] == pytest.approx(exact, rel=1e-14, abs=0)


def test_equal_x_apart_from_rounding_have_equal_sums():
    rng = np.random.default_rng(0)
    values = rng.integers(0, 300, 50).astype(float)
    sums, x0 = RisingFactorials(values, np.ones(50)), np.array([3.0])
    rows = np.repeat(10 ** rng.uniform(-3, 3, 40), 25)
    each = np.array([sums.log_ratio(x[None], x0)[0] for x in rows])
    np.testing.assert_array_equal(sums.log_ratio(rows, x0), each)
