"""Distributions: draws lie inside the open support, and densities integrate to one."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.special
import scipy.stats
from genjax import gen, seed
from scipy.integrate import quad

from models import log_uniform, logit_beta, open_uniform

DRAWS = 100_000
OPEN = {"open_uniform": open_uniform, "log_uniform": log_uniform}
INTERVALS = [(0.5, 20.0), (1e-3, 1e3), (0.1, 0.1000001), (1e-30, 1e30)]


def sampler(distribution):
    """DRAWS independent draws of a distribution from inside a program, compiled once."""

    @gen
    def program(*args):
        return distribution(*args) @ "x"

    @jax.jit
    def draw(key, *args):
        return jax.vmap(lambda key: seed(program.simulate)(key, *args).get_retval())(jax.random.split(key, DRAWS))

    return draw


@pytest.fixture(scope="module")
def draws():
    """`draws(distribution, *args)`: float64 copies of the draws."""
    compiled = {name: sampler(d) for name, d in {**OPEN, "logit_beta": logit_beta}.items()}
    return lambda name, *args: np.asarray(compiled[name](jax.random.key(1), *map(jnp.asarray, args)), np.float64)


def standard_error(x: np.ndarray) -> float:
    return x.std() / np.sqrt(x.size)


@pytest.mark.parametrize("name", OPEN)
@pytest.mark.parametrize(("low", "high"), INTERVALS)
def test_no_draw_on_an_edge_at_the_smallest_and_largest_uniform(monkeypatch, eps, name, low, high):
    for u in (0.0, 1 - eps):  # smallest and largest value of jax.random.uniform, whose values are multiples of eps
        monkeypatch.setattr(jax.random, "uniform", lambda key, shape, u=u: jnp.full(shape, u))
        x = OPEN[name].sample(low, high)
        assert jnp.asarray(low, x.dtype) < x < jnp.asarray(high, x.dtype)


@pytest.mark.parametrize("u", [0.0, 0.25, 1.0])
def test_a_uniform_draw_is_moved_by_half_an_epsilon_exactly(monkeypatch, eps, u):
    u = min(u, 1 - eps)
    monkeypatch.setattr(jax.random, "uniform", lambda key, shape: jnp.full(shape, u))
    assert float(open_uniform.sample(0.0, 1.0)) == u + eps / 2


def test_a_draw_that_rounds_to_the_edge_is_the_next_float(monkeypatch, eps):
    """Between 0.5 and 1 floats are eps / 2 apart, so that 0.5 + eps / 4 rounds to 0.5, and 1 - eps / 4 to 1."""
    found = []
    for u in (0.0, 0.5, 1 - eps):
        monkeypatch.setattr(jax.random, "uniform", lambda key, shape, u=u: jnp.full(shape, u))
        found.append(float(open_uniform.sample(0.5, 1.0)))
    assert found == [0.5 + eps / 2, 0.75, 1.0 - eps / 2]


@pytest.mark.parametrize("name", OPEN)
def test_density_integrates_to_one(name, eps):
    low, high = 0.5, 20.0
    density = jax.jit(lambda x: jnp.exp(OPEN[name].logpdf(x, low, high)))
    total, quadrature_error = quad(lambda x: float(density(jnp.asarray(x))), low, high)
    # The log density is a sum of logs, each below log 20. Its absolute error, which is the relative error of the
    # density, is a few eps of that.
    assert abs(total - 1) < quadrature_error + 4 * np.log(20) * eps


@pytest.mark.parametrize("name", OPEN)
def test_density_is_zero_on_the_edges_and_outside(name):
    low, high = 0.5, 20.0
    outside = jnp.array([-1.0, 0.0, 0.5, 20.0, 21.0, jnp.inf, -jnp.inf])
    assert jnp.all(OPEN[name].logpdf(outside, low, high) == -jnp.inf)
    assert jnp.all(jnp.isfinite(OPEN[name].logpdf(jnp.nextafter(outside[2:4], outside[3:1:-1]), low, high)))


def test_sample_means_are_the_means_of_the_distributions(draws):
    low, high = 0.5, 20.0
    uniform, log_draws = draws("open_uniform", low, high), np.log(draws("log_uniform", low, high))
    assert abs(uniform.mean() - (low + high) / 2) < 4 * standard_error(uniform)
    assert abs(log_draws.mean() - np.log(low * high) / 2) < 4 * standard_error(log_draws)
    assert scipy.stats.kstest(uniform, scipy.stats.uniform(low, high - low).cdf).pvalue > 1e-4
    assert scipy.stats.kstest(log_draws, scipy.stats.uniform(np.log(low), np.log(high / low)).cdf).pvalue > 1e-4


@pytest.mark.parametrize(("a", "b"), [(2.0, 3.0), (0.5, 0.5), (14.5, 8.1), (0.02, 0.02), (300.0, 0.3)])
def test_logit_beta_density_is_the_beta_density_times_the_jacobian(a, b, eps):
    eta = np.linspace(-12.0, 12.0, 49)
    theta = 1 / (1 + np.exp(-eta))
    expected = scipy.stats.beta.logpdf(theta, a, b) + np.log(theta) + np.log1p(-theta)
    # theta is rounded to eps64, so log(1 - theta) has an error of eps64 / (1 - theta) < 2e5 eps64.
    from_theta = (a + b + 2) * 2e5 * np.finfo(np.float64).eps
    # a softplus(-eta), b softplus(eta) and lbeta are each correct to a few eps of themselves.
    terms = a * np.logaddexp(0, -eta) + b * np.logaddexp(0, eta) + abs(scipy.special.betaln(a, b))
    actual = np.asarray(logit_beta.logpdf(jnp.asarray(eta), a, b), np.float64)
    # eta itself is rounded: its error eps |eta| / 2 is multiplied by the slope, at most a + b.
    rounded = (a + b) * np.abs(eta)
    assert np.all(np.abs(actual - expected) < 8 * eps * (terms + rounded + 1) + from_theta)


@pytest.mark.parametrize(("a", "b"), [(0.05, 0.02), (0.02, 0.02), (2.0, 3.0), (14.5, 8.1)])
@pytest.mark.costly
def test_logit_beta_draws_are_finite_and_their_sigmoid_is_beta_distributed(draws, a, b):
    eta = draws("logit_beta", a, b)
    assert np.all(np.isfinite(eta))  # theta itself would be exactly 0 or 1 for half of the draws
    assert np.all(np.isfinite(logit_beta.logpdf(jnp.asarray(eta), a, b)))
    theta = scipy.special.expit(eta)
    squares = (theta - a / (a + b)) ** 2
    assert abs(theta.mean() - a / (a + b)) < 4 * standard_error(theta)
    assert abs(squares.mean() - a * b / ((a + b) ** 2 * (a + b + 1))) < 4 * standard_error(squares)
