"""The gamma-Poisson log pmf, its gradient and its Hessian against 50-digit arithmetic, and at extreme arguments."""

import functools
import itertools
from contextlib import nullcontext
from typing import NamedTuple

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
import scipy.stats

from models.families.gamma_poisson.log_pmf import gamma_poisson_log_pmf

POINTS = 400


class Accuracy(NamedTuple):
    """What must hold of log p and of its derivatives in a float type; the beta-binomial's."""

    value: float  # largest absolute error of log p where |log p| < near
    near: float
    derivative: float  # largest relative error of a derivative


ACCURACY = {np.float32: Accuracy(2e-5, 20, 5e-6), np.float64: Accuracy(1e-12, 50, 1e-12)}


@pytest.fixture(params=[np.float32, np.float64], ids=["float32", "float64"])
def dtype(request):
    """The float type of a test: float32 in the mode the tests run in, float64 with x64 switched on."""
    with jax.enable_x64(True) if request.param is np.float64 else nullcontext():
        yield request.param


def at_points(function):
    """`function`, compiled once per dtype for POINTS points of k, exposure, shape, rate; fewer points are filled up."""
    compiled = jax.jit(jax.vmap(function))

    def evaluate(*columns):
        size = len(columns[0])
        filled = [np.concatenate([x, np.ones(POINTS - size, x.dtype)]) for x in columns]
        return jax.tree.map(lambda leaf: np.asarray(leaf)[:size], compiled(*filled))

    return evaluate


log_pmf = at_points(gamma_poisson_log_pmf)
gradient = at_points(jax.grad(gamma_poisson_log_pmf, argnums=(1, 2, 3)))
hessian = at_points(jax.hessian(gamma_poisson_log_pmf, argnums=(2, 3)))


def exactly(k, exposure, shape, rate):
    """log p; its slopes in exposure, shape and rate; its second derivatives; all by 50 digits.

    Returns:
        [log p, e, s, r, ss, sr, rr, es, er, ee, sss, ssr, srr, rrr]
    """
    with mpmath.workdps(50):
        k, e, s, r = (mpmath.mpf(float(x)) for x in (k, exposure, shape, rate))
        both, after = r + e, s + k
        log_p = mpmath.loggamma(after) - mpmath.loggamma(s) - mpmath.loggamma(k + 1)
        log_p += s * mpmath.log(r / both) + (k * mpmath.log(e / both) if k else 0)
        psi = [mpmath.psi(order, after) - mpmath.psi(order, s) for order in range(3)]
        slopes = [k / e - after / both, psi[0] + mpmath.log(r / both), s / r - after / both]
        second = [psi[1], 1 / r - 1 / both, after / both**2 - s / r**2]
        of_exposure = [-1 / both, after / both**2, after / both**2 - k / e**2]
        third = [psi[2], 0, 1 / both**2 - 1 / r**2, 2 * s / r**3 - 2 * after / both**3]
        return [float(value) for value in [log_p, *slopes, *second, *of_exposure, *third]]


@functools.cache
def reference(dtype):
    """Points that a float type holds exactly, four columns of shape (POINTS,), and the exact values there."""
    rng = np.random.default_rng(1)
    shape, rate = np.exp(rng.uniform(np.log(1e-6), np.log(1e8), (2, POINTS))).astype(dtype)
    exposure = np.exp(rng.uniform(np.log(1e-3), np.log(1e9), POINTS)).astype(dtype)
    kind, mean = np.arange(POINTS) % 4, shape.astype(float) / rate * exposure
    drawn = rng.gamma(shape) / rate * exposure
    k = np.select([kind == 0, kind == 1, kind == 2], [0 * mean, mean, drawn], 10 ** rng.uniform(0, 9, POINTS))
    points = np.rint(np.minimum(k, 1e9)).astype(dtype), exposure, shape, rate
    return points, np.array([exactly(*point) for point in zip(*points, strict=True)])


def assert_derivatives_are_exact(actual, exact, slopes, points):
    """Each derivative has a small relative error, or the error that the rounding of its arguments allows.

    Near a change of sign the last digits of a derivative depend on the rounding of exposure, shape and rate. There the
    error may be as large as the change from moving each by one epsilon of itself; `slopes` are those of the derivative.
    """
    dtype = points[1].dtype.type
    error, allowed = np.abs(actual - exact), ACCURACY[dtype].derivative * np.abs(exact)
    moved = np.finfo(dtype).eps * sum(np.abs(x * slope) for x, slope in zip(points[1:], slopes, strict=True))
    assert np.mean(error > allowed) <= 0.02
    assert np.all(error <= allowed + moved)


def test_log_pmf_is_exact(dtype):
    points, exact = reference(dtype)
    log_p = log_pmf(*points)
    assert log_p.dtype == dtype
    size, error = np.abs(exact[:, 0]), np.abs(log_p.astype(float) - exact[:, 0])
    near = size < ACCURACY[dtype].near
    assert 0.4 < np.mean(near) < 1
    assert np.max(error[near]) <= ACCURACY[dtype].value
    # Outside of the range log p is a sum of about twenty rounded terms of one sign: an epsilon of log p for each.
    assert np.max(error[~near] / size[~near]) <= 20 * np.finfo(dtype).eps


def test_gradient_is_exact(dtype):
    points, exact = reference(dtype)
    in_exposure, in_shape, in_rate = gradient(*points)
    _, e, s, r, ss, sr, rr, es, er, ee, *_ = exact.T
    assert_derivatives_are_exact(in_exposure, e, (ee, es, er), points)
    assert_derivatives_are_exact(in_shape, s, (es, ss, sr), points)
    assert_derivatives_are_exact(in_rate, r, (er, sr, rr), points)


@pytest.mark.costly
def test_hessian_is_exact(dtype):
    points, exact = reference(dtype)
    (ss, sr), (rs, rr) = hessian(*points)
    _, exposure, shape, rate = (column.astype(float) for column in points)
    after, both = shape + points[0], rate + exposure
    _, _, _, _, *second, _, _, _, sss, ssr, srr, rrr = exact.T
    assert_derivatives_are_exact(ss, second[0], (0, sss, ssr), points)
    for mixed in (sr, rs):
        assert_derivatives_are_exact(mixed, second[1], (1 / both**2, ssr, srr), points)
    assert_derivatives_are_exact(rr, second[2], (-2 * after / both**3, srr, rrr), points)


def test_float32_integers_above_2_to_the_24_keep_their_last_digits():
    rng = np.random.default_rng(2)
    shape = np.exp(rng.uniform(np.log(10), np.log(1e8), 200)).astype(np.float32)
    rate, exposure = np.ones(200, np.float32), (rng.integers(2**24, 10**9, 200) / shape).astype(np.float32)
    k = np.rint(rng.poisson(rng.gamma(shape) * exposure)).astype(np.int64)
    exact = np.array([exactly(*point)[0] for point in zip(k, exposure, shape, rate, strict=True)])
    for integers in (np.int32, np.uint32):
        log_p = np.asarray(jax.jit(gamma_poisson_log_pmf)(k.astype(integers), exposure, shape, rate))
        assert log_p.dtype == np.float32
        assert np.max(np.abs(log_p - exact)) <= ACCURACY[np.float32].value


IMPOSSIBLE = [  # k, exposure, shape, rate
    (-1, 5, 2, 3),
    (2.5, 5, 2, 3),
    (np.inf, 5, 2, 3),
    (1, 0, 2, 3),
    (0, -1, 2, 3),
    (1, np.inf, 2, 3),
    (2, 5, 0, 3),
    (2, 5, 2, 0),
    (2, 5, -1, 3),
    (0, 0, 2, -3),
]


@pytest.mark.parametrize("point", IMPOSSIBLE, ids=str)
def test_the_impossible_is_minus_infinity_with_zero_gradient(dtype, point):
    point = [np.asarray([x], dtype) for x in point]
    assert log_pmf(*point) == -np.inf
    assert np.all(np.array(gradient(*point)) == 0)
    assert np.all(np.array(hessian(*point)) == 0)


@pytest.mark.parametrize("k", [0, 2, -1])
@pytest.mark.parametrize("parameters", [(np.nan, 2, 3), (5, np.nan, 3), (0, 2, np.nan), (5, np.nan, -1)], ids=str)
def test_nan_is_not_hidden(dtype, k, parameters):
    point = [np.asarray([x], dtype) for x in (k, *parameters)]
    assert np.isnan(log_pmf(*point))


def test_no_exposure_has_no_events(dtype):
    shape, rate = (x.ravel() for x in np.meshgrid(*[np.array([1e-6, 0.7, 30, 1e8], dtype)] * 2))
    zero = np.zeros_like(shape)
    assert np.all(log_pmf(zero, zero, shape, rate) == 0)
    in_exposure, *others = gradient(zero, zero, shape, rate)
    np.testing.assert_allclose(in_exposure, -shape / rate, rtol=4 * np.finfo(dtype).eps)
    assert np.all(np.array(others) == 0)
    assert np.all(np.array(hessian(zero, zero, shape, rate)) == 0)


def test_extremes_are_finite(dtype):
    lattice = itertools.product([0, 1, 1_000, 10**9], [1e-3, 1, 1e9], [1e-6, 1, 1e4, 1e8], [1e-6, 1, 1e8])
    lattice = np.array(list(lattice), dtype).T
    log_p = log_pmf(*lattice)
    assert np.all(np.isfinite(log_p) & (log_p <= ACCURACY[dtype].value))
    assert np.all(np.isfinite(gradient(*lattice)))
    assert np.all(np.isfinite(hessian(*lattice)))


def test_a_population_that_is_a_point_is_poisson(dtype):
    rng = np.random.default_rng(0)
    theta, exposure = 10 ** rng.uniform(-1, 1, 100), np.full(100, 8, dtype)
    # Compiled, and up to the largest floats, where products with the exposure and k would overflow.
    rate = (10 ** rng.uniform(12, 38, 100)).astype(dtype)
    shape = np.minimum(rate * theta, 1e38).astype(dtype)
    mean = shape.astype(float) / rate.astype(float) * 8
    k = rng.poisson(mean).astype(dtype)
    expected = scipy.stats.poisson.logpmf(k, mean)
    # The ratio of the two pmf is exp(((k - m)^2 - k) / (2 shape)) and smaller terms; here |k - m| < 60.
    tolerance = ACCURACY[dtype].value + 60**2 / shape.astype(float)
    assert np.all(np.abs(log_pmf(k, exposure, shape, rate) - expected) <= tolerance)
    assert np.all(np.isfinite(gradient(k, exposure, shape, rate)))


@pytest.mark.parametrize(
    ("exposure", "shape", "rate"), [(3, 1e-6, 1e-6), (0.5, 0.02, 0.1), (1, 2, 0.25), (20, 1e8, 1e8)]
)
def test_probabilities_sum_to_one(dtype, exposure, shape, rate):
    k = np.arange(POINTS, dtype=dtype)
    log_p = log_pmf(k, *(np.full_like(k, x) for x in (exposure, shape, rate)))
    # Beyond k the probabilities fall by q (1 + shape / k) a step or more.
    q = exposure / (rate + exposure)
    step = q * (1 + shape / POINTS)
    if step < 1:
        tail = np.exp(float(log_p[-1])) * step / (1 - step)
        # The parameters are rounded before they are used, and an error e of every log p is an error e of the sum.
        assert abs(np.sum(np.exp(log_p.astype(float))) - 1) <= ACCURACY[dtype].value + tail


def test_arguments_broadcast(dtype):
    k, exposure = np.arange(3)[:, None, None], np.array([3, 9])[:, None]
    shape, rate = np.array([0.5, 2, 7, 1], dtype), dtype(1.5)

    @jax.jit
    def total(shape, rate):
        table = gamma_poisson_log_pmf(k, exposure, shape, rate)
        return jnp.sum(table), table

    (in_shape, in_rate), table = jax.grad(total, argnums=(0, 1), has_aux=True)(shape, rate)
    assert (table.shape, in_shape.shape, in_rate.shape) == ((3, 2, 4), (4,), ())
    columns = [column.ravel() for column in np.broadcast_arrays(k.astype(dtype), exposure.astype(dtype), shape, rate)]
    np.testing.assert_allclose(table.ravel(), log_pmf(*columns), rtol=0, atol=ACCURACY[dtype].value)


@pytest.mark.parametrize(("x64", "default"), [(False, np.float32), (True, np.float64)])
def test_the_float_type_follows_jax(x64, default):
    with jax.enable_x64(x64):
        assert jax.eval_shape(lambda: gamma_poisson_log_pmf(3, 7, 2.0, 0.5)).dtype == default
        assert jax.eval_shape(lambda: gamma_poisson_log_pmf(3, 7.0, jnp.float32(2), 0.5)).dtype == np.float32
        assert jax.eval_shape(lambda: gamma_poisson_log_pmf(3, 7, jnp.float16(2), 0.5)).dtype == np.float32
