"""Mixtures of Betas: distribution functions and their inverses."""

import mpmath
import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import beta

from inference.numerics.betas.beta_mixtures import Populations, Students, beta_cdf, mixture_quantile


@pytest.fixture
def mixture() -> tuple[Populations, Students]:
    """Enough populations and students for several chunks."""
    rng = np.random.default_rng(1)
    a, b = rng.uniform(0.5, 20.0, (2, 1_500))
    weights = rng.dirichlet(np.ones(1_500))
    n = rng.integers(0, 1_000, 150)
    k = rng.binomial(n, 0.3)
    parts = beta(a[:, None] + k, b[:, None] + (n - k))
    mean = weights @ parts.mean()
    sd = np.sqrt(weights @ (parts.var() + (parts.mean() - mean) ** 2))
    return Populations(a, b, weights), Students(k, n, mean, sd)


def test_the_distribution_function_is_the_mixture_of_the_conjugate_betas(mixture):
    populations, students = mixture
    parts = beta(populations.a[:, None] + students.k, populations.b[:, None] + (students.n - students.k))
    for log_odds in (-3.0, -0.5, 0.0, 1.0):
        expected = populations.weights @ parts.cdf(expit(log_odds))
        found = populations.cdf(students, np.full(len(students.k), log_odds))
        np.testing.assert_allclose(found, expected, atol=1e-13)


@pytest.mark.parametrize("q", [5e-4, 0.25, 0.95])
def test_a_quantile_is_where_the_distribution_function_is_q(mixture, q):
    populations, students = mixture
    np.testing.assert_allclose(populations.cdf(students, populations.quantile(students, q)), q, atol=2e-9)


@pytest.mark.parametrize("scale", [(0.02, 0.5), (0.02, 500.0), (0.5, 20.0), (50.0, 5000.0)], ids=str)
@pytest.mark.parametrize("q", [0.01, 0.05, 0.5, 0.95, 0.99])
def test_mixture_quantiles_satisfy_the_distribution_function(scale, q):
    """To 1e-8 in probability, or to 1e-8 in x where a U-shaped density is nearly infinite."""
    rng = np.random.default_rng(0)
    a, b = np.exp(rng.uniform(*np.log(scale), size=(2, 40, 60)))
    weights = rng.dirichlet(np.full(40, 0.3))
    parts = beta(a, b)
    mean = weights @ parts.mean()
    sd = np.sqrt(weights @ (parts.var() + parts.mean() ** 2) - mean**2)
    x = expit(mixture_quantile(a, b, weights, q, mean, sd))
    below, above = (weights @ parts.cdf(np.clip(x + step, 0, 1)) for step in (-1e-8, 1e-8))
    in_probability = np.abs(weights @ parts.cdf(x) - q) < 1e-8
    assert np.all(in_probability | ((below < q) & (q < above)))


@pytest.mark.parametrize(("a", "b"), [(2e-4, 0.1), (1e-3, 3.0), (0.02, 100.0)])
@pytest.mark.parametrize("log_odds", [-690.0, -710.0, -3_600.0])
def test_the_distribution_function_does_not_end_where_a_rate_rounds_to_zero(a, b, log_odds):
    with mpmath.workdps(30):
        x = mpmath.exp(log_odds) / (1 + mpmath.exp(log_odds))
        expected = float(mpmath.betainc(a, b, 0, x, regularized=True))
    # Its logarithm has a size of up to a |log_odds| + log(1 / a), and is correct to a few eps of that.
    tolerance = 64 * np.finfo(float).eps * (1 + a * abs(log_odds) - np.log(a))
    shapes, at = (np.array([[a]]), np.array([[b]])), np.array([log_odds])
    assert beta_cdf(*shapes, at)[0, 0] == pytest.approx(expected, rel=tolerance)
    assert 1 - beta_cdf(*shapes[::-1], -at)[0, 0] == pytest.approx(expected, abs=1e-15)


def test_populations_that_are_points_overflow_nowhere():
    # Half of the mixture has 1e19 pseudo-trials: it is the point theta = 0.3. Its normalising constant has no digits.
    shapes = np.array([[3e18], [6.0]]), np.array([[7e18], [4.0]])
    with np.errstate(over="raise", divide="raise", invalid="raise"):
        log_odds = mixture_quantile(*shapes, np.array([0.5, 0.5]), 0.3, np.array([0.45]), np.array([0.2]))
    assert expit(log_odds) == pytest.approx(0.3, abs=1e-9)
