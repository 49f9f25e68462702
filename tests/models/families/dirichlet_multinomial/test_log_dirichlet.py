"""Densities of log shares and of counts given them, against 50 digits; and the weights computed from them."""

from contextlib import nullcontext
from typing import NamedTuple

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from genjax import gen, seed

from models.families.beta_binomial.binomial_log_odds import binomial_log_odds
from models.families.beta_binomial.logit_beta import logit_beta
from models.families.dirichlet_multinomial.distribution import dirichlet_multinomial
from models.families.dirichlet_multinomial.log_dirichlet import log_dirichlet, log_dirichlet_given
from models.families.dirichlet_multinomial.multinomial_log_shares import multinomial_log_shares

POINTS, DRAWS, CATEGORIES = 200, 50_000, 4


class Accuracy(NamedTuple):
    """What must hold of the log density in a float type; those of the log-odds of a Beta."""

    value: float  # largest absolute error of log p where |log p| < near
    near: float
    far: float  # largest relative error elsewhere


ACCURACY = {np.float32: Accuracy(2e-5, 20, 5e-6), np.float64: Accuracy(1e-12, 50, 1e-13)}


log_density, log_pmf = jax.jit(log_dirichlet.logpdf), jax.jit(multinomial_log_shares.logpdf)


@pytest.fixture(params=[np.float32, np.float64], ids=["float32", "float64"])
def dtype(request):
    """The float type of a test: float32 in the mode the tests run in, float64 with x64 switched on."""
    with jax.enable_x64(True) if request.param is np.float64 else nullcontext():
        yield request.param


def drawn(dtype, number: int = 0, categories: int = CATEGORIES):
    """Concentrations from 1e-6 to 1e8, half of them alike, and draws of x, a fifth of them moved into the tails."""
    rng = np.random.default_rng(number)
    log_alpha = rng.uniform(-6, 8, (POINTS, categories))
    alike = rng.uniform(-2, 8, (POINTS, 1)) + 0.3 * rng.normal(size=log_alpha.shape)
    log_alpha = np.where(np.arange(POINTS)[:, None] % 2 == 0, log_alpha, np.minimum(alike, 8))
    alpha = jnp.asarray(10**log_alpha, dtype)
    x = jax.jit(seed(log_dirichlet.sample))(jax.random.key(number), alpha)
    assert np.all(np.abs(np.exp(np.asarray(x, float)).sum(axis=1) - 1) < categories * np.finfo(dtype).eps)
    moved = np.where(rng.random((POINTS, 1)) < 0.2, rng.normal(size=x.shape), 0)
    x = x + jnp.asarray(moved, dtype)
    return x - jax.scipy.special.logsumexp(x, axis=-1, keepdims=True), alpha


def digits(rows):
    return [[mpmath.mpf(float(x)) for x in row] for row in np.asarray(rows)]


def log_shares_of(x):
    """The shares are e^x over their sum, because a rounded x does not add up to 1."""
    log_sum = mpmath.log(sum(mpmath.exp(value) for value in x))
    return [value - log_sum for value in x]


def close(actual, expected, dtype):
    expected = np.array([float(x) for x in expected])
    error = np.abs(np.asarray(actual, np.float64) - expected)
    within = np.abs(expected) < ACCURACY[dtype].near
    assert np.all(error[within] < ACCURACY[dtype].value)
    assert np.all(error[~within] < ACCURACY[dtype].far * np.abs(expected[~within]))
    assert within.mean() > 0.5


@pytest.mark.costly
def test_the_density_of_log_shares_and_its_gradient(dtype):
    x, alpha = drawn(dtype)
    log_p = log_density(x, alpha)
    in_x, in_alpha = jax.jit(jax.vmap(jax.grad(log_dirichlet.logpdf, argnums=(0, 1))))(x, alpha)
    expected, eps = [], float(np.finfo(dtype).eps)
    with mpmath.workdps(50):
        for i, (x_i, a) in enumerate(zip(digits(x), digits(alpha), strict=True)):
            log_theta, total = log_shares_of(x_i), sum(a)
            log_p_i = mpmath.loggamma(total) - sum(map(mpmath.loggamma, a))
            expected.append(log_p_i + sum(s * y for s, y in zip(a, log_theta, strict=True)))
            psi_total = mpmath.log(total) - mpmath.digamma(total)
            for j, (s, y) in enumerate(zip(a, log_theta, strict=True)):
                rho, psi = y - mpmath.log(s / total), mpmath.log(s) - mpmath.digamma(s)
                # A slope that is a small difference has the error of its terms; all have the error of rho as well:
                # 5e-4 eps and some eps^2 of the logarithm for each category, and an eps of the share's own deviation.
                deviation = sum(
                    mpmath.exp(z) * abs(z - mpmath.log(t / total)) for z, t in zip(log_theta, a, strict=True)
                )
                of_rho = (5e-4 + 4 * deviation) * eps + 64 * eps**2 * (1 + abs(mpmath.log(s / total)))
                slope = s - total * mpmath.exp(y)
                allowed = ACCURACY[dtype].far * abs(slope) + (s + total * mpmath.exp(y)) * of_rho
                assert abs(float(in_x[i, j]) - slope) <= allowed
                allowed = ACCURACY[dtype].far * (abs(rho) + psi + psi_total) + of_rho
                assert abs(float(in_alpha[i, j]) - (rho + psi - psi_total)) <= allowed
    close(log_p, expected, dtype)


@pytest.mark.costly
def test_two_categories_are_the_log_odds_of_a_beta(dtype):
    x, alpha = drawn(dtype, 1, 2)
    # Where x, as rounded, has the log-odds without loss: the larger share's x has lost nothing that log p can see.
    same = np.asarray(jnp.all(alpha > 0.1, axis=-1) & jnp.all(alpha < 1e3, axis=-1) & jnp.all(jnp.abs(x) < 20, axis=-1))
    x, alpha = x[same], alpha[same]
    expected = jax.jit(logit_beta.logpdf)(x[:, 0] - x[:, 1], alpha[:, 0], alpha[:, 1])
    # The log-odds are rounded, which changes log p by its slope, at most max alpha.
    rounding = 20 * float(np.finfo(dtype).eps) * np.asarray(jnp.max(alpha, axis=-1))
    assert same.sum() > 10
    assert np.all(np.abs(log_density(x, alpha) - expected) <= ACCURACY[dtype].value + rounding)


@pytest.mark.costly
def test_multinomial_counts_given_log_shares(dtype):
    rng = np.random.default_rng(3)
    x, _ = drawn(dtype, 2)
    n = np.floor(10 ** rng.uniform(0, 7 if dtype is np.float32 else 9, POINTS)).astype(int)
    shares = np.exp(np.asarray(x, float))
    k = np.array([rng.multinomial(m, row / row.sum()) for m, row in zip(n, shares, strict=True)])
    arguments = jnp.asarray(k, dtype), jnp.asarray(n, dtype), x
    actual = log_pmf(*arguments)
    slope = jax.jit(jax.vmap(jax.grad(multinomial_log_shares.logpdf, argnums=2)))(*arguments)
    expected, slopes = [], []
    with mpmath.workdps(50):
        for m, k_i, x_i in zip(n.tolist(), k.tolist(), digits(x), strict=True):
            log_theta = log_shares_of(x_i)
            log_p = mpmath.loggamma(m + 1) - sum(mpmath.loggamma(v + 1) for v in k_i)
            expected.append(log_p + sum(v * y for v, y in zip(k_i, log_theta, strict=True)))
            slopes.append([float(v - m * mpmath.exp(y)) for v, y in zip(k_i, log_theta, strict=True)])
    close(actual, expected, dtype)
    # A slope has a small error relative to itself, or that of rho, which is some eps of the largest |rho|. A share that
    # is below the smallest float is 0.
    rho = np.where(k > 0, np.asarray(x, float) - np.log(np.maximum(k, 1) / n[:, None]), 0)
    of_rho = float(np.finfo(dtype).eps) * (1e-3 + 8 * np.abs(rho).max(axis=1, keepdims=True))
    allowed = ACCURACY[dtype].far * np.abs(slopes) + (k + n[:, None] * shares) * of_rho
    allowed += n[:, None] * float(np.finfo(dtype).tiny)
    assert np.all(np.abs(np.asarray(slope, float) - slopes) <= allowed)


@pytest.mark.costly
def test_impossible_counts_have_no_probability_and_no_trials_are_certain():
    k = jnp.array([[-1.0, 3.0], [3.0, 0.0], [0.5, 1.5], [0.0, 0.0]])
    n, x = jnp.array([2.0, 2.0, 2.0, 0.0]), jnp.log(jnp.array([0.25, 0.75]))
    assert np.array_equal(log_pmf(k, n, x), [-np.inf, -np.inf, -np.inf, 0.0])
    slope = jax.jit(jax.vmap(jax.grad(multinomial_log_shares.logpdf, argnums=2), (0, 0, None)))(k, n, x)
    assert np.array_equal(slope, np.zeros((4, 2)))


@pytest.mark.costly
def test_two_categories_are_binomial():
    k = jnp.array([[0.0, 7.0], [7.0, 0.0], [2.0, 5.0]])
    x = jnp.log(jnp.array([0.25, 0.75]))
    expected = jax.jit(binomial_log_odds.logpdf)(k[:, 0], 7.0, x[0] - x[1])
    np.testing.assert_allclose(log_pmf(k, 7.0, x), expected, atol=2e-5)


@jax.jit
def weight(key, alpha, k, n):
    """Log weight of a group whose shares are proposed from their conjugate posterior."""
    x = seed(log_dirichlet_given.sample)(key, alpha, k, n)
    before = log_dirichlet.logpdf(x, alpha) + multinomial_log_shares.logpdf(k, n, x)
    return before - log_dirichlet_given.logpdf(x, alpha, k, n)


@pytest.mark.parametrize("total", [1e-3, 1.0, 1e4, 1e8, 1e10])
@pytest.mark.costly
def test_the_weight_of_a_group_is_its_marginal_likelihood_whatever_theta_was_drawn(dtype, total):
    """log p(x | alpha) + log p(k | x) - log p(x | k, alpha) = log p(k | alpha): Besag (1989)."""
    rng = np.random.default_rng(5)
    shares, n = rng.dirichlet(np.full(CATEGORIES, 3), POINTS), rng.integers(0, 1_000, POINTS)
    k = np.array([rng.multinomial(*row) for row in zip(n, shares, strict=True)])
    alpha, k, n = (jnp.asarray(x, dtype) for x in (total * shares, k, n))
    error = np.abs(weight(jax.random.key(6), alpha, k, n) - dirichlet_multinomial.logpdf(k, n, alpha))
    # The error of four densities, and twice the effect of the error of rho 5 sds from the mode.
    eps = float(np.finfo(dtype).eps)
    of_rho = (5e-4 * eps + 64 * eps**2 * 20) * 2 * 5 * CATEGORIES * np.sqrt(total + 1_000)
    assert np.all(error < 4 * ACCURACY[dtype].value + of_rho)
    if dtype is np.float64:
        assert np.all(error < 1e-10)


@gen
def group(n, alpha):
    """The explicit group and the marginal one, side by side, vmapped."""
    x = log_dirichlet.vmap(in_axes=(0,))(alpha) @ "x"
    k = multinomial_log_shares.vmap(in_axes=(0, 0))(n, x) @ "k"
    marginal = dirichlet_multinomial.vmap(in_axes=(0, 0))(n, alpha) @ "marginal"
    given = log_dirichlet_given.vmap(in_axes=(0, 0, 0))(alpha, k, n) @ "given"
    return x, k, marginal, given


GROUPS = [(9.0, (0.3, 1.0, 2.0)), (400.0, (40.0, 5.0, 0.5)), (0.0, (1.0, 1.0, 1.0)), (5000.0, (9.0, 90.0, 900.0))]


@pytest.fixture(scope="module")
def simulated():
    """Draws of log shares before and after the counts, and of counts, each of shape (DRAWS, groups, categories)."""
    n, alpha = (jnp.array(column, jnp.float32) for column in zip(*GROUPS, strict=True))

    @jax.jit
    def draw(key):
        return jax.vmap(lambda key: seed(group)(key, n, alpha))(jax.random.split(key, DRAWS))

    return [np.asarray(x, np.float64) for x in draw(jax.random.key(0))]


def assert_mean_is(draws, mean):
    """Within 5 standard errors of the draws."""
    assert np.all(np.abs(draws.mean(axis=0) - mean) <= 5 * draws.std(axis=0) / np.sqrt(len(draws)))


@pytest.mark.parametrize("number", range(len(GROUPS)), ids=[f"n={n:g} alpha={alpha}" for n, alpha in GROUPS])
@pytest.mark.costly
def test_draws_have_the_moments_of_their_distributions(simulated, number):
    n, alpha = GROUPS[number]
    x, k, marginal, given = (draws[:, number] for draws in simulated)
    total, mu = sum(alpha), np.array(alpha) / sum(alpha)
    log_mean = np.array([float(mpmath.digamma(a) - mpmath.digamma(total)) for a in alpha])
    for log_shares in (x, given):  # shares given their own counts have the distribution that they had before
        assert_mean_is(log_shares, log_mean)
        assert_mean_is(np.exp(log_shares), mu)
    for counts in (k, marginal):
        assert np.all((counts >= 0) & (counts == np.round(counts)))
        assert np.all(counts.sum(axis=1) == n)
        assert_mean_is(counts, n * mu)
        deviation = counts - n * mu
        covariance = n * (np.diag(mu) - np.outer(mu, mu)) * (n + total) / (1 + total)
        assert_mean_is(deviation[:, :, None] * deviation[:, None, :], covariance)


@pytest.mark.costly
def test_draws_for_concentrations_of_which_none_is_left_are_finite():
    alpha = jnp.array([[1e-37, 1e-37, 1e-37], [1e-30, 1.0, 1e30]])
    x = jax.jit(seed(log_dirichlet.sample))(jax.random.key(7), alpha)
    assert np.all(np.isfinite(x))
    assert np.all(np.isfinite(log_density(x, alpha)))


@pytest.mark.costly
def test_many_trials_add_up_but_for_the_rounding_of_the_counts():
    n, x = jnp.full(1_000, 2.0**29), jnp.log(jnp.array([0.1, 1e-8, 0.2, 0.3, 0.4]))
    k = jax.jit(seed(multinomial_log_shares.sample))(jax.random.key(8), n, x)
    assert np.all(np.isfinite(log_pmf(k, n, x)))


def test_categories_must_agree():
    with pytest.raises(ValueError, match=r"\(3,\) and \(2,\)"):
        log_dirichlet.logpdf(jnp.zeros(3), jnp.ones(2))
    with pytest.raises(ValueError, match=r"\(2,\) and \(3,\)"):
        multinomial_log_shares.logpdf(jnp.zeros(2), 0.0, jnp.zeros(3))
    with pytest.raises(ValueError, match="two or more"):
        seed(log_dirichlet.sample)(jax.random.key(0), 2.0)
