"""The log-odds of concentrated Betas against integrals with 30 digits, and where `betainc` hands over."""

import mpmath
import numpy as np
import pytest

from inference.numerics.betas.beta_log_odds import CONCENTRATED, concentrated_cdf, log_density, mean_and_sd
from inference.numerics.betas.beta_mixtures import beta_cdf

SCORES = (-3.0, 0.0, 0.5)
SHAPES = [(2e10, 3e14), (4e15, 4e15)]
EPS = 2.0**-53


def log_p_at(a, b, x):
    """Log density of the log-odds of Beta(a, b), without its constant, with mpmath's digits."""
    return -mpmath.mpf(a) * mpmath.log(1 + mpmath.exp(-x)) - mpmath.mpf(b) * mpmath.log(1 + mpmath.exp(x))


def cdf_and_density(*numbers: float) -> tuple[float, float]:
    """The distribution function at x, and the log density relative to the mode, with 30 digits, of (a, b, x).

    In units of the sd, to 12 of them: beyond, a density that is all but normal has 1e-32.
    """
    with mpmath.workdps(30):
        a, b, x = map(mpmath.mpf, numbers)
        mode, sd = mpmath.log(a / b), mpmath.sqrt(1 / a + 1 / b)

        def relative(y):
            return log_p_at(a, b, y) - log_p_at(a, b, mode)

        def integral(low, high):
            return mpmath.quad(lambda z: mpmath.exp(relative(mode + z * sd)), mpmath.linspace(low, high, 5))

        z = (x - mode) / sd
        below, above = integral(-12, z), integral(z, 12)
        return float(below / (below + above)), float(relative(x))


@pytest.mark.parametrize(("a", "b"), SHAPES)
def test_the_distribution_function_and_the_density_have_the_digits_of_their_arguments(a, b):
    mean, sd = mean_and_sd(np.array(a), np.array(b))
    x = mean + sd * np.array(SCORES)
    expected = np.array([cdf_and_density(a, b, float(each)) for each in x])
    # The mode is rounded at its own size, in units of the sd, and the slope of a score is at most 0.4.
    rounding = 4 * EPS * max(1.0, abs(float(mean))) / float(sd)
    ones = np.ones_like(x)
    found = beta_cdf(a * ones[None], b * ones[None], x)[0]
    np.testing.assert_allclose(found, expected[:, 0], rtol=0, atol=1e-10 + rounding)
    np.testing.assert_allclose(log_density(a * ones, b * ones, x), expected[:, 1], rtol=0, atol=1e-9 + 4 * rounding)


@pytest.mark.parametrize(("a", "b"), [(1e9, 1e-9), (1e-9, 1e9), (3e6, 2e-3), (1e-12, 2e-12), (2e7, 5e7)])
def test_the_density_is_right_far_from_its_mode_too(a, b):
    """Also where one shape is so small that its share of both rounds to 0."""
    x = np.array([-900.0, -60.0, -1.5, 0.0, 0.2, 45.0, 700.0])
    with mpmath.workdps(60):
        mode = mpmath.log(mpmath.mpf(a) / mpmath.mpf(b))
        expected = [log_p_at(a, b, float(each)) - log_p_at(a, b, mode) for each in x]
    found = log_density(np.full(7, a), np.full(7, b), x)
    # The mode is rounded at its own size, which is flat there, and each of two terms at its own.
    np.testing.assert_allclose(found, np.array(expected, float), rtol=64 * EPS, atol=64 * EPS)


@pytest.mark.parametrize("ratio", [1.0, 3e3, 1e8])
def test_the_series_has_the_digits_of_betainc_where_it_takes_over(ratio):
    a, b = (np.array([[(1 - 1e-3) * CONCENTRATED * (1 + ratio) / part]]) for part in (ratio, 1.0))
    mean, sd = mean_and_sd(a[0], b[0])
    for score in SCORES:
        x = mean + sd * score
        assert abs(beta_cdf(a, b, x)[0, 0] - concentrated_cdf(a[0], b[0], x)[0]) < 1e-10


@pytest.mark.parametrize("a", [1e9, 1e12, 1e16, 1e18])
def test_the_log_odds_of_one_minus_the_rate_are_the_opposite(a):
    """F_ab(x) = 1 - F_ba(-x), also of a symmetric Beta, whose median is 1/2."""
    for b in (a, 3 * a):
        mean, sd = mean_and_sd(np.array(a), np.array(b))
        x = mean + sd * np.array(SCORES)
        one, other = (np.full((1, len(x)), shape) for shape in (a, b))
        total = beta_cdf(one, other, x) + beta_cdf(other, one, -x)
        np.testing.assert_allclose(total, 1.0, rtol=0, atol=1e-12)
    assert beta_cdf(np.array([[a]]), np.array([[a]]), np.zeros(1))[0, 0] == pytest.approx(0.5, abs=1e-12)
