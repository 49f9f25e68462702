"""Densities of log rates and of counts given them, against 50 digits; and the weights computed from them."""

from contextlib import nullcontext
from typing import NamedTuple

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from genjax import gen, seed

from models.families.gamma_poisson.distribution import gamma_poisson
from models.families.gamma_poisson.log_gamma import log_gamma, log_gamma_given
from models.families.gamma_poisson.poisson_log_rate import poisson_log_rate

POINTS, DRAWS = 200, 100_000


class Accuracy(NamedTuple):
    """What must hold of the log density in a float type; those of the log-odds of a Beta."""

    value: float  # largest absolute error of log p where |log p| < near
    near: float
    far: float  # largest relative error elsewhere


ACCURACY = {np.float32: Accuracy(2e-5, 20, 5e-6), np.float64: Accuracy(1e-12, 50, 1e-13)}


@pytest.fixture(params=[np.float32, np.float64], ids=["float32", "float64"])
def dtype(request):
    """The float type of a test: float32 in the mode the tests run in, float64 with x64 switched on."""
    with jax.enable_x64(True) if request.param is np.float64 else nullcontext():
        yield request.param


def drawn(dtype, number: int = 0, most: float = 10.0):
    """Shapes and rates from 1e-6 to 1e10, and draws of x, a third of them moved into the tails."""
    rng = np.random.default_rng(number)
    shape, rate = (jnp.asarray(10 ** rng.uniform(-6, most, POINTS), dtype) for _ in range(2))
    x = jax.jit(seed(log_gamma.sample))(jax.random.key(number), shape, rate)
    moved = np.where(rng.random(POINTS) < 0.3, rng.normal(size=POINTS), 0)
    return x + jnp.asarray(moved, dtype), shape, rate


def digits(*columns):
    """The columns as rows of 50-digit numbers."""
    return [[mpmath.mpf(float(x)) for x in row] for row in zip(*map(np.asarray, columns), strict=True)]


def close(actual, expected, dtype):
    expected = np.array([float(x) for x in expected])
    error = np.abs(np.asarray(actual, np.float64) - expected)
    within = np.abs(expected) < ACCURACY[dtype].near
    assert np.all(error[within] < ACCURACY[dtype].value)
    assert np.all(error[~within] < ACCURACY[dtype].far * np.abs(expected[~within]))
    assert within.mean() > 0.5


@pytest.mark.costly
def test_the_density_of_log_rates_and_its_gradient(dtype):
    x, shape, rate = drawn(dtype)
    log_p = jax.jit(log_gamma.logpdf)(x, shape, rate)
    gradient = jax.jit(jax.vmap(jax.grad(log_gamma.logpdf, argnums=(0, 1, 2))))(x, shape, rate)
    with mpmath.workdps(50):
        rows = digits(x, shape, rate)
        close(log_p, [s * mpmath.log(r) - mpmath.loggamma(s) + s * x - r * mpmath.exp(x) for x, s, r in rows], dtype)
        for i, (x_i, s, r) in enumerate(rows):
            delta, theta, psi = x_i - mpmath.log(s / r), mpmath.exp(x_i), mpmath.log(s) - mpmath.digamma(s)
            exact = s - r * theta, delta + psi, s / r - theta
            # A slope that is a small difference has the error of its terms; all have the error of delta as well, which
            # is 5e-4 eps and some eps^2 of the logarithm, as in the log-odds of a Beta.
            eps = float(np.finfo(dtype).eps)
            of_delta = (5e-4 * eps + 64 * eps**2 * (1 + abs(mpmath.log(s / r)))) * mpmath.exp(max(delta, 0))
            for actual, value, size, steep in zip(
                gradient, exact, (abs(exact[0]), abs(delta) + psi, abs(exact[2])), (s, 1, s / r), strict=True
            ):
                assert abs(float(actual[i]) - value) <= ACCURACY[dtype].far * size + steep * of_delta


def test_poisson_counts_given_log_rates(dtype):
    rng = np.random.default_rng(3)
    exposure = jnp.asarray(10 ** rng.uniform(-3, 9, POINTS), dtype)
    # A whole count of up to 2^24 is a float32.
    mean = 10 ** rng.uniform(-3, 7 if dtype is np.float32 else 9, POINTS)
    k = np.minimum(rng.poisson(mean), 2**24 if dtype is np.float32 else 10**9)
    x = jnp.asarray(np.log(mean / np.asarray(exposure, float)), dtype)
    actual = jax.jit(poisson_log_rate.logpdf)(jnp.asarray(k, dtype), exposure, x)
    slope = jax.jit(jax.vmap(jax.grad(poisson_log_rate.logpdf, argnums=2)))(jnp.asarray(k, dtype), exposure, x)
    with mpmath.workdps(50):
        rows = digits(k, exposure, x)
        close(actual, [k * (mpmath.log(e) + x) - e * mpmath.exp(x) - mpmath.loggamma(k + 1) for k, e, x in rows], dtype)
        exact = np.array([float(k - e * mpmath.exp(x)) for k, e, x in rows])
    # The error of delta times its slope k, as above; the logarithm of k / exposure is at most 30.
    eps = float(np.finfo(dtype).eps)
    allowed = ACCURACY[dtype].far * np.abs(exact) + 2 * k * (5e-4 * eps + 64 * eps**2 * 31)
    assert np.all(np.abs(np.asarray(slope, float) - exact) <= allowed)


def test_float32_integers_above_2_to_the_24_keep_their_last_digits():
    k = jnp.asarray([2**24 + 1, 10**9 - 7])
    exposure = jnp.asarray([3.0, 7.0], jnp.float32)
    x = jnp.log(k.astype(jnp.float32) / exposure) + 1e-4  # off the mode, where a lost event changes log p
    rows = [(int(n), float(e), float(y)) for n, e, y in zip(k, exposure, x, strict=True)]
    with mpmath.workdps(50):
        expected = [n * (mpmath.log(e) + y) - e * mpmath.exp(y) - mpmath.loggamma(n + 1) for n, e, y in rows]
    actual = jax.jit(poisson_log_rate.logpdf)(k, exposure, x)
    np.testing.assert_allclose(actual, np.array(expected, float), rtol=0, atol=ACCURACY[np.float32].value)


def test_impossible_counts_have_no_probability_and_no_exposure_has_no_events():
    k, exposure = jnp.array([-1.0, 0.5, np.inf, 1.0, 0.0, 0.0]), jnp.array([2.0, 2.0, 2.0, 0.0, -1.0, 0.0])
    expected = [-np.inf] * 5 + [0]
    assert np.array_equal(jax.jit(poisson_log_rate.logpdf)(k, exposure, 0.3), expected)
    slope = jax.jit(jax.vmap(jax.grad(poisson_log_rate.logpdf, argnums=2), (0, 0, None)))(k, exposure, 0.3)
    assert np.array_equal(slope[jnp.array([0, 1, 2, 3, 5])], np.zeros(5))


@jax.jit
def weight(key, shape, rate, k, exposure):
    """Log weight of a group whose rate is proposed from its conjugate posterior."""
    x = seed(log_gamma_given.sample)(key, shape, rate, k, exposure)
    before = log_gamma.logpdf(x, shape, rate) + poisson_log_rate.logpdf(k, exposure, x)
    return before - log_gamma_given.logpdf(x, shape, rate, k, exposure)


@pytest.mark.parametrize("most", [1e2, 1e6])
@pytest.mark.parametrize("shapes", [1e-3, 1.0, 1e4, 1e8, 1e12])
@pytest.mark.costly
def test_the_weight_of_a_group_is_its_marginal_likelihood_whatever_theta_was_drawn(dtype, shapes, most):
    """log p(x | shape, rate) + log p(k | x) - log p(x | k, shape, rate) = log p(k | shape, rate): Besag (1989)."""
    rng = np.random.default_rng(5)
    shape, exposure = (10 ** rng.uniform(np.log10(low), np.log10(low) + 1, POINTS) for low in (shapes, 0.5))
    rate = shape * exposure / rng.uniform(1, most, POINTS)  # so that the expected count is up to `most`
    k = rng.poisson(shape / rate * exposure)
    shape, rate, k, exposure = (jnp.asarray(x, dtype) for x in (shape, rate, k, exposure))
    error = np.abs(weight(jax.random.key(6), shape, rate, k, exposure) - gamma_poisson.logpdf(k, exposure, shape, rate))
    # The error of four densities, and twice the effect of delta's error 5 sds from the mode, where the slope is
    # 5 sqrt(shape + k). The logarithms are at most 60.
    eps = float(np.finfo(dtype).eps)
    of_delta = (5e-4 * eps + 64 * eps**2 * 60) * 2 * 5 * np.sqrt(10 * shapes + 4 * most)
    assert np.all(error < 4 * ACCURACY[dtype].value + of_delta)
    if dtype is np.float64:
        assert np.all(error < 1e-10)


@gen
def group(exposure, shape, rate):
    """The explicit group and the marginal one, side by side, vmapped."""
    x = log_gamma.vmap(in_axes=(0, 0))(shape, rate) @ "x"
    k = poisson_log_rate.vmap(in_axes=(0, 0))(exposure, x) @ "k"
    marginal = gamma_poisson.vmap(in_axes=(0, 0, 0))(exposure, shape, rate) @ "marginal"
    given = log_gamma_given.vmap(in_axes=(0, 0, 0, 0))(shape, rate, k, exposure) @ "given"
    return x, k, marginal, given


GROUPS = [(1.0, 0.3, 0.5), (10.0, 4.0, 2.0), (1e5, 20.0, 1.0), (1e7, 1e3, 1e2)]  # exposure, shape, rate


@pytest.fixture(scope="module")
def simulated():
    """Draws of log rates before and after the events, and of events, each of shape (DRAWS, groups)."""
    exposure, shape, rate = (jnp.array(column, jnp.float32) for column in zip(*GROUPS, strict=True))

    @jax.jit
    def draw(key):
        return jax.vmap(lambda key: seed(group)(key, exposure, shape, rate))(jax.random.split(key, DRAWS))

    return [np.asarray(x, np.float64) for x in draw(jax.random.key(0))]


def assert_mean_is(draws, mean):
    """Within 5 standard errors of the draws."""
    assert abs(draws.mean() - mean) <= 5 * draws.std() / np.sqrt(len(draws))


@pytest.mark.parametrize("number", range(len(GROUPS)), ids=[f"e={e:g} s={s:g} r={r:g}" for e, s, r in GROUPS])
@pytest.mark.costly
def test_draws_have_the_moments_of_their_distributions(simulated, number):
    exposure, shape, rate = GROUPS[number]
    x, k, marginal, given = (draws[:, number] for draws in simulated)
    log_mean, log_variance = (float(mpmath.digamma(shape) - mpmath.log(rate)), float(mpmath.psi(1, shape)))
    mean, q = shape / rate * exposure, rate / (rate + exposure)
    for log_rates in (x, given):  # a rate given its own count has the distribution that it had before
        assert_mean_is(log_rates, log_mean)
        assert_mean_is((log_rates - log_mean) ** 2, log_variance)
    for counts in (k, marginal):
        assert np.all((counts >= 0) & (counts == np.round(counts)))
        assert_mean_is(counts, mean)
        assert_mean_is((counts - mean) ** 2, mean / q)
        assert_mean_is((counts - mean) ** 3, mean / q * (2 - q) / q)
    assert_mean_is(k - exposure * np.exp(x), 0)
    assert_mean_is((k - exposure * np.exp(x)) ** 2 / mean, 1)


@pytest.mark.costly
def test_draws_for_shapes_of_which_none_is_left_are_finite():
    shape, rate = jnp.array([1e-37, 1e-37, 1e30]), jnp.array([1e-37, 1e30, 1e30])
    x = jax.jit(seed(log_gamma.sample))(jax.random.key(7), shape, rate)
    assert np.all(np.isfinite(x))
    assert np.all(np.isfinite(log_gamma.logpdf(x, shape, rate)))
    assert np.all(jax.jit(seed(poisson_log_rate.sample))(jax.random.key(8), 2.0, x[:2]) == 0)
