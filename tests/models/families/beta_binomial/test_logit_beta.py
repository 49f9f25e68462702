"""Densities of log-odds and of counts given them, against 50 digits; and the weights computed from them."""

from contextlib import nullcontext
from typing import NamedTuple

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
import scipy.stats
from genjax import binomial, seed

from models import beta_binomial, binomial_log_odds, logit_beta, logit_beta_given
from models.numerics.error_free import Pair, minus_log_ratio

POINTS = 200


class Accuracy(NamedTuple):
    """What must hold of the log density in a float type; `value` and `near` are those of the beta-binomial."""

    value: float  # largest absolute error of log p where |log p| < near
    near: float
    far: float  # largest relative error elsewhere


ACCURACY = {np.float32: Accuracy(2e-5, 20, 5e-6), np.float64: Accuracy(1e-12, 50, 1e-13)}


@pytest.fixture(params=[np.float32, np.float64], ids=["float32", "float64"])
def dtype(request):
    """The float type of a test: float32 in the mode the tests run in, float64 with x64 switched on."""
    with jax.enable_x64(True) if request.param is np.float64 else nullcontext():
        yield request.param


def shapes(dtype, seed_: int = 0, most: float = 12.0):
    """a and b from 1e-6 to 1e12, half of them alike, and draws of eta, a third of them moved into the tails."""
    rng = np.random.default_rng(seed_)
    log_a = rng.uniform(-6, most, POINTS)
    alike = np.clip(log_a + 0.7 * rng.normal(size=POINTS), -6, most)
    log_b = np.where(rng.random(POINTS) < 0.5, alike, rng.uniform(-6, most, POINTS))
    a, b = (jnp.asarray(10**x, dtype) for x in (log_a, log_b))
    eta = jax.jit(seed(logit_beta.sample))(jax.random.key(seed_), a, b)
    moved = np.where(rng.random(POINTS) < 0.3, 3 * rng.normal(size=POINTS), 0)
    return eta + jnp.asarray(moved, dtype), a, b


def digits(*columns):
    """The columns as rows of 50-digit numbers."""
    return [[mpmath.mpf(float(x)) for x in row] for row in zip(*map(np.asarray, columns), strict=True)]


def error_of_delta(eps, log_ratio):
    """Error of eta - log(a/b).

    Some operations are on pairs of floats, each correct to a few eps^2 of the logarithm. The series of atanh(s), from
    2 s^5 / 5 < 6e-5 on, is computed with single floats in a dozen multiplications and additions.
    """
    return 5e-4 * eps + 64 * eps**2 * (1 + abs(log_ratio))


def close(actual, expected, dtype):
    expected = np.array([float(x) for x in expected])
    error = np.abs(np.asarray(actual, np.float64) - expected)
    within = np.abs(expected) < ACCURACY[dtype].near
    assert np.all(error[within] < ACCURACY[dtype].value)
    assert np.all(error[~within] < ACCURACY[dtype].far * np.abs(expected[~within]))
    assert within.mean() > 0.5


@pytest.mark.costly
def test_the_density_of_log_odds_for_shapes_up_to_1e12(dtype):
    eta, a, b = shapes(dtype)
    with mpmath.workdps(50):
        expected = [
            -a * mpmath.log1p(mpmath.exp(-x)) - b * mpmath.log1p(mpmath.exp(x)) - mpmath.log(mpmath.beta(a, b))
            if a + b < 100
            else -a * mpmath.log1p(mpmath.exp(-x))
            - b * mpmath.log1p(mpmath.exp(x))
            - (mpmath.loggamma(a) + mpmath.loggamma(b) - mpmath.loggamma(a + b))
            for x, a, b in digits(eta, a, b)
        ]
        close(jax.jit(logit_beta.logpdf)(eta, a, b), expected, dtype)


def test_its_gradient(dtype):
    eta, a, b = shapes(dtype, 1)
    gradient = jax.jit(jax.vmap(jax.grad(logit_beta.logpdf, argnums=(0, 1, 2))))(eta, a, b)
    with mpmath.workdps(50):
        rows = digits(eta, a, b)
        for i, (x, a_i, b_i) in enumerate(rows):
            theta, rest = 1 / (1 + mpmath.exp(-x)), 1 / (1 + mpmath.exp(x))
            mu, n = a_i / (a_i + b_i), a_i + b_i
            psi = [mpmath.log(s) - mpmath.digamma(s) for s in (a_i, b_i, n)]
            hits, misses = mpmath.log(theta / mu), mpmath.log(rest / (1 - mu))
            exact = a_i * rest - b_i * theta, hits + psi[0] - psi[2], misses + psi[1] - psi[2]
            # A gradient that is a small difference has the error of its terms; all have the error of delta as well.
            sizes = abs(exact[0]), abs(hits) + psi[0] + psi[2], abs(misses) + psi[1] + psi[2]
            of_delta = n * mu * (1 - mu), 1 - mu, mu
            delta = error_of_delta(float(np.finfo(dtype).eps), mpmath.log(a_i / b_i))
            for actual, value, size, slope in zip(gradient, exact, sizes, of_delta, strict=True):
                assert abs(float(actual[i]) - value) < ACCURACY[dtype].far * 3 * size + slope * delta


def test_log_ratios_have_digits_left_where_two_floats_agree(dtype):
    _, a, b = shapes(dtype, 2, most=30.0 if dtype is np.float32 else 200.0)
    a_low, b_low = (x * jnp.asarray(0.3 * np.finfo(dtype).eps, dtype) for x in (a, -b))
    nearest = jnp.log(a) - jnp.log(b)
    actual = jax.jit(minus_log_ratio)(nearest, Pair(a, a_low), Pair(b, b_low))
    with mpmath.workdps(80):
        eps = float(np.finfo(dtype).eps)
        for x, near, high, low, over, over_low in digits(actual, nearest, a, a_low, b, b_low):
            ratio = mpmath.log((high + low) / (over + over_low))
            assert abs(x - (near - ratio)) < error_of_delta(eps, ratio) + 4 * eps * abs(near - ratio)


def test_binomial_counts_given_log_odds(dtype):
    rng = np.random.default_rng(3)
    most = 7 if dtype is np.float32 else 12
    n = np.floor(10 ** rng.uniform(0, most, POINTS))
    theta = scipy.stats.beta(0.5, 0.5).rvs(POINTS, random_state=rng)
    k = np.where(rng.random(POINTS) < 0.2, np.where(theta < 0.5, 0, n), rng.binomial(n.astype(np.int64), theta))
    eta = jnp.asarray(np.log(theta / (1 - theta)), dtype)
    actual = jax.jit(binomial_log_odds.logpdf)(jnp.asarray(k, dtype), jnp.asarray(n, dtype), eta)
    with mpmath.workdps(50):
        expected = [
            mpmath.loggamma(n + 1)
            - mpmath.loggamma(k + 1)
            - mpmath.loggamma(n - k + 1)
            - k * mpmath.log1p(mpmath.exp(-x))
            - (n - k) * mpmath.log1p(mpmath.exp(x))
            for k, n, x in digits(k, n, eta)
        ]
        close(actual, expected, dtype)


@pytest.mark.costly
def test_impossible_counts_have_no_probability_and_no_trials_are_certain():
    k, n = jnp.array([-1.0, 3.0, 0.5, 0.0]), jnp.array([2.0, 2.0, 2.0, 0.0])
    assert np.array_equal(binomial_log_odds.logpdf(k, n, 0.3), [-np.inf, -np.inf, -np.inf, 0.0])
    slope = jax.vmap(jax.grad(binomial_log_odds.logpdf, argnums=2), (0, 0, None))(k, n, 0.3)
    assert np.array_equal(slope, [0, 0, 0, 0])


@pytest.mark.costly
def test_binomial_draws_are_those_of_genjax():
    n, eta = jnp.array([1.0, 20.0, 1000.0]), jnp.array([-2.0, 0.1, 3.0])
    key = jax.random.key(4)
    ours, genjaxs = seed(binomial_log_odds.sample)(key, n, eta), seed(lambda: binomial.sample(n, logits=eta))(key)
    assert np.array_equal(ours, genjaxs)


@jax.jit
def weight(key, a, b, k, n):
    """Log weight of a student whose rate is proposed from its conjugate posterior."""
    eta = seed(logit_beta_given.sample)(key, a, b, k, n)
    before = logit_beta.logpdf(eta, a, b) + binomial_log_odds.logpdf(k, n, eta)
    return before - logit_beta_given.logpdf(eta, a, b, k, n)


@pytest.mark.parametrize("trials", [1_000, 1_000_000])
@pytest.mark.parametrize("lam", [1e-3, 1.0, 1e4, 1e8, 1e12])
@pytest.mark.costly
def test_the_weight_of_a_student_is_its_marginal_likelihood_whatever_theta_was_drawn(dtype, lam, trials):
    """log p(theta | a, b) + log p(k | theta) - log p(theta | k, a, b) = log p(k | a, b)."""
    rng = np.random.default_rng(5)
    mu, n = rng.uniform(0.02, 0.98, POINTS), rng.integers(0, trials + 1, POINTS)
    a, b, k, n = (jnp.asarray(x, dtype) for x in (lam * mu, lam * (1 - mu), rng.binomial(n, mu), n))
    error = np.abs(weight(jax.random.key(6), a, b, k, n) - beta_binomial.logpdf(k, n, a, b))
    # The error of four densities, and twice the effect of delta's error 5 sds from the mode, where the slope is
    # 5 sqrt(N mu(1-mu)).
    of_delta = error_of_delta(float(np.finfo(dtype).eps), np.log(50)) * 2 * 5 * np.sqrt((lam + trials) / 4)
    bound = 4 * ACCURACY[dtype].value + of_delta
    assert bound < 5e-4
    assert np.all(error < bound)


@pytest.mark.costly
def test_draws_for_shapes_of_which_none_is_left_are_finite():
    a = jnp.array([1e-37, 1e-37, 1e-30, 1e30])
    b = jnp.array([1e-37, 1.0, 1e30, 1e-30])
    eta = jax.jit(seed(logit_beta.sample))(jax.random.key(7), a, b)
    assert np.all(np.isfinite(eta))
    assert np.all(np.isfinite(logit_beta.logpdf(eta, a, b)))
