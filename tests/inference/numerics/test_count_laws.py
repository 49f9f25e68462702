"""Beta-binomial probabilities of many populations at once, against SciPy, the binomial, and sums of one another."""

from itertools import islice

import numpy as np
import pytest
from scipy.stats import betabinom, binom

from inference.numerics.count_laws import MOST_STEPS, QUADRATURE_ERROR, count_cdf, each_pmf, log_pmf, probability_below

EPS = np.finfo(np.float64).eps


@pytest.fixture(scope="module")
def populations() -> tuple[np.ndarray, np.ndarray]:
    """Populations from U-shaped to narrow, shape (40, 1)."""
    rng = np.random.default_rng(0)
    a, b = np.exp(rng.uniform(-4, 9, (2, 40, 1)))
    return a, b


def summed(n: float, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """p(0), ..., p(n), shape (n + 1, populations)."""
    return np.stack(list(islice(each_pmf(np.array([n]), a, b), int(n) + 1)))[:, :, 0]


def test_log_pmf_is_scipys_for_any_number_of_groups_and_populations(populations):
    a, b = populations
    k, n = np.array([0, 1, 5, 17, 40, 0, 3, 2, 9, 0]), np.array([5, 1, 5, 40, 40, 0, 4, 9, 9, 1])
    # SciPy subtracts log gammas as large as (a + b + n) log (a + b + n).
    size = a + b + n
    tolerance = 20 * EPS * size * np.log(size + 2)
    assert np.all(np.abs(log_pmf(k, n, a, b) - betabinom.logpmf(k, n, a, b)) < tolerance)
    assert np.all(log_pmf(k, n, a, b)[:, n == 0] == 0)


@pytest.mark.parametrize("n", [0.0, 1.0, 6.0, 90.0, 700.0])
def test_each_pmf_is_the_log_pmf_and_sums_to_one(populations, n):
    p = summed(n, *populations)
    # A step multiplies four quotients, each correct to 2 eps; log p(0) is correct to 1e-12.
    rounding = 1e-12 + 8 * EPS * n
    np.testing.assert_allclose(p.sum(axis=0), 1, atol=rounding)
    x = np.arange(n + 1)
    direct = np.exp(log_pmf(x, np.full_like(x, n), *populations))
    np.testing.assert_allclose(p, direct.T, rtol=1e-11, atol=1e-15)


def test_each_pmf_is_zero_beyond_n_and_does_not_underflow_on_the_way():
    n = np.array([2.0, 40.0, 5_000.0])
    a, b = np.full((1, 3), 3_000.0), np.full((1, 3), 2_000.0)  # p(0) of the last is e^-3000
    p = np.stack(list(islice(each_pmf(n, a, b), 5_001)))[:, 0]
    assert np.all(p[3:, 0] == 0)
    assert np.all(p[41:, 1] == 0)
    np.testing.assert_allclose(p.sum(axis=0), 1, atol=1e-12 + 8 * EPS * 5_000)


@pytest.mark.parametrize("n", [1, 5, 60, 900])
def test_count_cdf_is_the_sum_of_the_pmf(populations, n):
    cdf = np.cumsum(summed(n, *populations), axis=0)
    x = np.unique(np.linspace(0, n, 7).astype(int)).astype(float)
    a, b = (np.broadcast_to(shape, (40, len(x))) for shape in populations)
    np.testing.assert_allclose(count_cdf(x, np.full_like(x, n), a, b), cdf[x.astype(int)].T, atol=QUADRATURE_ERROR)


@pytest.mark.parametrize(("a", "b", "x"), [(0.0035, 538.5, 0), (538.5, 0.0035, 499), (1.063, 8.24, 0)])
def test_count_cdf_where_one_side_has_hardly_any_mass(a, b, x):
    # theta is narrower in log-odds or has more pseudo-trials than U, but not both. So the nodes must be those of U: the
    # error would otherwise be 1e-7 to 1e-6.
    cdf = np.cumsum(summed(500.0, np.array([[a]]), np.array([[b]])))
    found = count_cdf(np.array([x]), np.array([500.0]), np.array([[a]]), np.array([[b]]))
    assert found[0, 0] == pytest.approx(cdf[x], abs=1e-8)


def test_count_cdf_is_binomial_where_everybody_is_the_same():
    n, x, a, b = np.array([20_000.0]), np.array([6_050.0]), np.array([[0.3e15]]), np.array([[0.7e15]])
    # a + b is reduced to 1e12 pseudo-trials, which makes the variance larger by n / 1e12 relative to itself.
    assert count_cdf(x, n, a, b)[0, 0] == pytest.approx(binom.cdf(6_050, 20_000, 0.3), abs=QUADRATURE_ERROR)


def test_count_cdf_outside_the_counts():
    ones = np.ones((1, 4))
    np.testing.assert_array_equal(
        count_cdf(np.array([-1.0, 5, 6, 0]), np.array([5.0, 5, 5, 0]), ones, ones), [[0, 1, 1, 1]]
    )


def test_below_is_summed_from_either_end_and_by_quadrature(populations):
    a, b = (shape[:, 0] for shape in populations)
    n = np.array([0.0, 1, 1, 7, 50, 50, 4 * MOST_STEPS])
    k = np.array([0.0, 0, 1, 6, 3, 50, 2 * MOST_STEPS - 5])
    found = probability_below(k, n, a, b)
    for i in range(len(n)):
        expected = np.sum(summed(n[i], *populations)[: int(k[i])], axis=0)
        np.testing.assert_allclose(found[:, i], expected, atol=QUADRATURE_ERROR if i == 6 else 1e-11)
