"""Draws of counts: their distribution function, and their moments where float32 is hardest."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.special
import scipy.stats

from models.numerics.count_draws import (
    LARGEST_SUM,
    binomial_quantile,
    poisson_quantile,
    sample_binomial,
    sample_poisson,
)

DRAWS = 200_000


@jax.jit
def draw(key, mean):
    return sample_poisson(key, jnp.full(DRAWS, mean))


@jax.jit
def draw_binomial(key, n, log_odds):
    return sample_binomial(key, jnp.full(DRAWS, n), jnp.full(DRAWS, log_odds))


@pytest.mark.parametrize("mean", [0.01, 3.0, 79.0, 81.0, 1e3, 1.2e7, 7e7, 1e12])
def test_poisson_draws_have_the_mean_variance_and_skewness(mean):
    k = np.asarray(draw(jax.random.key(1), mean), np.float64)
    assert np.all((k >= 0) & (k == np.round(k)))
    mean = float(jnp.asarray(mean))  # as rounded
    for power, moment in ((1, 0), (2, mean), (3, mean)):
        values = (k - mean) ** power
        # Near 2^24 and above, a float32 count is rounded to a spacing far below its sd.
        assert abs(values.mean() - moment) <= 5 * values.std() / np.sqrt(DRAWS)


def test_few_events_are_distributed_as_scipys():
    k = np.asarray(draw(jax.random.key(2), 3.0))
    expected = DRAWS * scipy.stats.poisson.pmf(np.arange(12), 3.0)
    observed = np.bincount(k.astype(int), minlength=12)[:12]
    chi_square = np.sum((observed - expected) ** 2 / expected)
    assert scipy.stats.chi2.sf(chi_square, 12) > 1e-4


def test_no_mean_has_no_events_and_nan_stays():
    k = sample_poisson(jax.random.key(3), jnp.array([0.0, 1e-30, np.nan]))
    assert np.array_equal(k, [0, 0, np.nan], equal_nan=True)


@pytest.mark.parametrize(("mean", "error"), [(LARGEST_SUM, 6e-7), (300.0, 4e-8), (8000.0, 1e-9)])
def test_the_quantile_of_a_normal_is_that_of_a_poisson(mean, error):
    with jax.enable_x64(True):
        z = np.linspace(-7, 7, 2_000_001)
        k = np.asarray(jax.jit(poisson_quantile)(jnp.asarray(z), jnp.full(z.shape, mean)))
    # The normal distribution function where k steps up, to the spacing of z.
    up = np.flatnonzero(np.diff(k))
    steps = scipy.stats.norm.cdf(z[up]), scipy.stats.norm.cdf(z[up + 1])
    exact = scipy.stats.poisson.cdf(k[up], mean)
    assert np.all((exact > steps[0] - error) & (exact < steps[1] + error))


@pytest.mark.parametrize(
    ("n", "log_odds"), [(1e8, -3.0), (1e8, 2.0), (2e6, 0.0), (1e9, -16.0), (1e9, -18.0), (1e9, -11.0), (2e6, 10.0)]
)
@pytest.mark.costly
def test_binomial_draws_of_many_trials_have_the_mean_variance_and_skewness(n, log_odds):
    k = np.asarray(draw_binomial(jax.random.key(4), n, log_odds), np.float64)
    assert np.all((k >= 0) & (k <= n) & (k == np.round(k)))
    theta = scipy.special.expit(log_odds)
    mean, variance = n * theta, n * theta * (1 - theta)
    for power, moment in ((1, 0), (2, variance), (3, variance * (1 - 2 * theta))):
        values = (k - mean) ** power
        assert abs(values.mean() - moment) <= 5 * values.std() / np.sqrt(DRAWS)


@pytest.mark.parametrize(("n", "theta", "error"), [(160, 0.5, 2e-5), (10**6, 8.1e-5, 2e-5), (10**5, 0.1, 5e-7)])
def test_the_quantile_of_a_normal_is_that_of_a_binomial(n, theta, error):
    with jax.enable_x64(True):
        z = np.linspace(-7, 7, 2_000_001)
        k = np.asarray(jax.jit(binomial_quantile)(*(jnp.asarray(x, float) for x in np.broadcast_arrays(z, n, theta))))
    up = np.flatnonzero(np.diff(k))
    steps = scipy.stats.norm.cdf(z[up]), scipy.stats.norm.cdf(z[up + 1])
    exact = scipy.stats.binom.cdf(k[up], n, theta)
    assert np.all((exact > steps[0] - error) & (exact < steps[1] + error))
