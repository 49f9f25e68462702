"""The beta-binomial log pmf, its gradient and its Hessian against 50-digit arithmetic, and at extreme arguments."""

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
from genjax import gen, modular_vmap
from jax.extend.core import ClosedJaxpr

from models import beta_binomial
from models.families.beta_binomial.log_pmf import beta_binomial_log_pmf
from models.numerics.stirling import FLOAT32, FLOAT64

POINTS = 2_000
HESSIAN_POINTS = 600  # trigamma functions of 50 digits are slow


class Accuracy(NamedTuple):
    """What must hold of log p and of its derivatives in a float type."""

    value: float  # largest absolute error of log p where |log p| < near
    near: float
    derivative: float  # largest relative error of a derivative


ACCURACY = {np.float32: Accuracy(2e-5, 20, 5e-6), np.float64: Accuracy(1e-12, 50, 1e-12)}


def at_points(function):
    """`function`, compiled once per dtype for POINTS points of k, n, a, b at a time; fewer points are filled up."""
    compiled = jax.jit(jax.vmap(function))

    def evaluate(*columns):
        size = len(columns[0])
        filled = [np.concatenate([x, np.ones(POINTS - size, x.dtype)]) for x in columns]
        return jax.tree.map(lambda leaf: np.asarray(leaf)[:size], compiled(*filled))

    return evaluate


log_pmf = at_points(beta_binomial_log_pmf)
gradient = at_points(jax.grad(beta_binomial_log_pmf, argnums=(2, 3)))
hessian = at_points(jax.hessian(beta_binomial_log_pmf, argnums=(2, 3)))


@pytest.fixture(params=[np.float32, np.float64], ids=["float32", "float64"])
def dtype(request):
    """The float type of a test: float32 in the mode the tests run in, float64 with x64 switched on."""
    with jax.enable_x64(True) if request.param is np.float64 else nullcontext():
        yield request.param


def exactly(k, n, a, b, *, orders) -> list[list[float]]:
    """log p and its derivatives by gamma and polygamma functions of 50 digits.

    Returns:
        [[log p], [a, b], [aa, ab, bb], [aaa, aab = abb, bbb]], up to derivatives of order `orders`.
    """
    with mpmath.workdps(50):
        k, n, a, b = (mpmath.mpf(float(x)) for x in (k, n, a, b))
        m = n - k
        gammas = {x: mpmath.loggamma(x) for x in {n + 1, k + 1, m + 1, a + k, b + m, a + b + n, a, b, a + b}}
        log_binomial = gammas[n + 1] - gammas[k + 1] - gammas[m + 1]
        log_beta_posterior = gammas[a + k] + gammas[b + m] - gammas[a + b + n]
        rows = [[log_binomial + log_beta_posterior - (gammas[a] + gammas[b] - gammas[a + b])]]
        for order in range(1, orders + 1):
            psi = {x: mpmath.psi(order - 1, x) for x in {a, b, a + b, a + k, b + m, a + b + n}}
            mixed = psi[a + b] - psi[a + b + n]
            pure_a, pure_b = psi[a + k] - psi[a] + mixed, psi[b + m] - psi[b] + mixed
            rows.append([pure_a, pure_b] if order == 1 else [pure_a, mixed, pure_b])
        return [[float(value) for value in row] for row in rows]


class Reference(NamedTuple):
    """Points that a float type holds exactly, shape (POINTS,), and the exact values there."""

    k: np.ndarray
    n: np.ndarray
    a: np.ndarray
    b: np.ndarray
    log_p: np.ndarray  # (POINTS,)
    gradient: np.ndarray  # (POINTS, 2)
    hessian: np.ndarray  # aa, ab, bb of the first points, (HESSIAN_POINTS, 3)

    @property
    def points(self) -> tuple[np.ndarray, ...]:
        return self[:4]


@functools.cache
def reference(dtype) -> Reference:
    rng = np.random.default_rng(1)
    a, b = np.exp(rng.uniform(np.log(1e-6), np.log(1e8), (2, POINTS))).astype(dtype).astype(float)
    u, kind = rng.uniform(size=POINTS), np.arange(POINTS) % 6
    n = np.where(kind == 0, rng.integers(0, 20, POINTS), np.floor(10 ** rng.uniform(0, 9, POINTS))).astype(dtype)
    k = np.select(
        [kind == 1, kind == 2, kind == 3, kind == 4],
        [0 * n, n, np.rint(n * (a / (a + b))), np.floor((n + 1.0) ** u) - 1],  # none, all, the prior mean, few
        default=np.floor(u * (n + 1)),
    )
    points = np.minimum(k.astype(dtype), n), n, a.astype(dtype), b.astype(dtype)
    rows = [exactly(*point, orders=1 + (i < HESSIAN_POINTS)) for i, point in enumerate(zip(*points, strict=True))]
    log_p, gradients = np.array([row[0][0] for row in rows]), np.array([row[1] for row in rows])
    return Reference(*points, log_p, gradients, np.array([row[2] for row in rows[:HESSIAN_POINTS]]))


def as_float64(columns) -> np.ndarray:
    return np.stack([np.asarray(column, np.float64) for column in columns], axis=-1)


def assert_derivatives_are_exact(actual, exact, points, *, in_a, in_b, order):
    """Each derivative has a small relative error, or the error that the rounding of its arguments allows.

    Near a change of sign the last digits of a derivative depend on the rounding of a and b. There the error may be as
    large as the change from moving a and b by one epsilon of themselves. `in_a` and `in_b` pick the slopes from the row
    of the next order.
    """
    dtype = points[2].dtype.type
    error, allowed = np.abs(actual - exact), ACCURACY[dtype].derivative * np.abs(exact)
    near_zero = np.flatnonzero(np.any(error > allowed, axis=1))
    assert len(near_zero) <= 5
    for i in near_zero:
        k, n, a, b = (float(column[i]) for column in points)
        slopes = np.abs(exactly(k, n, a, b, orders=order + 1)[-1])
        assert np.all(error[i] <= allowed[i] + np.finfo(dtype).eps * (a * slopes[in_a] + b * slopes[in_b]))


def test_log_pmf_is_exact(dtype):
    exact = reference(dtype)
    log_p = log_pmf(*exact.points)
    assert log_p.dtype == dtype
    size, error = np.abs(exact.log_p), np.abs(log_p.astype(float) - exact.log_p)
    near = size < ACCURACY[dtype].near
    assert 1_000 < np.sum(near) < POINTS
    assert np.max(error[near]) <= ACCURACY[dtype].value
    # Outside of the range log p is a sum of about thirty rounded terms of one sign: an epsilon of log p for each.
    assert np.max(error[~near] / size[~near]) <= 32 * np.finfo(dtype).eps


def test_gradient_is_exact(dtype):
    exact = reference(dtype)
    actual = as_float64(gradient(*exact.points))
    assert_derivatives_are_exact(actual, exact.gradient, exact.points, in_a=[0, 1], in_b=[1, 2], order=1)


@pytest.mark.costly
def test_hessian_is_exact(dtype):
    exact = reference(dtype)
    points = [column[:HESSIAN_POINTS] for column in exact.points]
    (aa, ab), (ba, bb) = hessian(*points)
    for mixed in (ab, ba):
        actual = as_float64([aa, mixed, bb])
        assert_derivatives_are_exact(actual, exact.hessian, points, in_a=[0, 1, 1], in_b=[1, 1, 2], order=2)


@pytest.mark.parametrize("derivative", [jax.jacrev, jax.jacfwd], ids=["reverse over reverse", "forward over forward"])
@pytest.mark.costly
def test_hessian_is_the_same_in_every_mode(derivative):
    points = reference(np.float32).points
    by_mode = at_points(derivative(derivative(beta_binomial_log_pmf, argnums=(2, 3)), argnums=(2, 3)))(*points)
    expected = np.array(hessian(*points), float)
    error, size = np.abs(np.array(by_mode, float) - expected), np.abs(expected).max(axis=(0, 1))
    assert np.all(error <= ACCURACY[np.float32].derivative * size)


def test_float32_integers_above_2_to_the_24_keep_their_last_digits():
    rng = np.random.default_rng(2)
    a, b = np.exp(rng.uniform(np.log(1), np.log(1e8), (2, 200))).astype(np.float32)
    n = rng.integers(2**24, 10**9, 200)
    mean = a.astype(float) / (a.astype(float) + b)
    k = np.clip(np.rint(n * mean + rng.normal(size=200) * np.sqrt(n * mean * (1 - mean))), 0, n).astype(int)
    exact = np.array([exactly(*point, orders=0)[0][0] for point in zip(k, n, a, b, strict=True)])
    near = np.abs(exact) < ACCURACY[np.float32].near
    assert np.sum(near) > 100
    for integers in (np.int32, np.uint32):
        log_p = log_pmf(k.astype(integers), n.astype(integers), a, b)
        assert log_p.dtype == np.float32
        assert np.max(np.abs(log_p - exact)[near]) <= ACCURACY[np.float32].value


def test_small_integers_equal_floats():
    dtype, integers = np.float32, np.int8
    k, n = np.array([0, 3, 60, 127, 101]), np.array([0, 5, 127, 127, 100])
    a, b = np.full(5, 2, dtype), np.full(5, 0.5, dtype)
    expected = log_pmf(k.astype(dtype), n.astype(dtype), a, b)
    actual = log_pmf(k.astype(integers), n.astype(integers), a, b)
    np.testing.assert_allclose(actual, expected, rtol=0, atol=ACCURACY[dtype].value)


IMPOSSIBLE = [  # k, n, a, b
    (-1, 5, 2, 3),
    (6, 5, 2, 3),
    (1, 0, 2, 3),
    (2.5, 5, 2, 3),
    (np.inf, 5, 2, 3),
    (0, -1, 2, 3),
    (-2, -1, 2, 3),
    (2, 5, 0, 3),
    (2, 5, 2, 0),
    (2, 5, -1, 3),
    (0, 0, 2, -3),
    (2, 5, -np.inf, 3),
]


@pytest.mark.parametrize("point", IMPOSSIBLE, ids=str)
def test_the_impossible_is_minus_infinity_with_zero_gradient(dtype, point):
    k, n, a, b = (np.asarray([x], dtype) for x in point)
    assert log_pmf(k, n, a, b) == -np.inf
    assert np.all(np.array(gradient(k, n, a, b)) == 0)
    assert np.all(np.array(hessian(k, n, a, b)) == 0)


@pytest.mark.parametrize("counts", [(2, 5), (0, 0), (0, 5), (5, 5), (6, 5)], ids=str)
@pytest.mark.parametrize("shapes", [(np.nan, 3), (2, np.nan), (np.nan, np.nan), (np.nan, -1)], ids=str)
def test_nan_is_not_hidden(dtype, counts, shapes):
    k, n, a, b = (np.asarray([x], dtype) for x in (*counts, *shapes))
    assert np.isnan(log_pmf(k, n, a, b))
    assert np.all(np.isnan(gradient(k, n, a, b)))


def test_no_trials_have_probability_one(dtype):
    shapes = np.array([1e-6, 1e-3, 0.7, 1, 30, 1e4, 1e8], dtype)
    a, b = (x.ravel() for x in np.meshgrid(shapes, shapes))
    zero = np.zeros_like(a)
    assert np.all(log_pmf(zero, zero, a, b) == 0)
    assert np.all(np.array(gradient(zero, zero, a, b)) == 0)
    assert np.all(np.array(hessian(zero, zero, a, b)) == 0)


def test_extremes_are_finite(dtype):
    shapes = [1e-6, 1e-3, 1, 1e4, 1e8]
    counts = [(k, n) for n in (0, 1, 2, 1_000, 2**24, 10**9) for k in sorted({0, min(1, n), n // 2, max(n - 1, 0), n})]
    lattice = np.array([(k, n, a, b) for (k, n), a, b in itertools.product(counts, shapes, shapes)], dtype).T
    log_p = log_pmf(*lattice)
    assert np.all(np.isfinite(log_p) & (log_p <= ACCURACY[dtype].value))
    assert np.all(np.isfinite(gradient(*lattice)))
    assert np.all(np.isfinite(hessian(*lattice)))


def test_a_population_that_is_a_point_is_binomial(dtype):
    # Compiled, because XLA turns products of quotients into one quotient, which used to overflow from a, b = 3e9 on.
    rng = np.random.default_rng(0)
    n = rng.integers(1, 100, POINTS).astype(dtype)
    k = rng.binomial(n.astype(int), 0.5).astype(dtype)
    lam, mu = 10 ** rng.uniform(10, 17, POINTS), rng.uniform(0.1, 0.9, POINTS)
    a, b = (lam * mu).astype(dtype), (lam * (1 - mu)).astype(dtype)
    mu = a.astype(np.float64) / (a.astype(np.float64) + b)
    expected = scipy.stats.binom.logpmf(k, n, mu)
    seen = expected > -ACCURACY[dtype].near
    # The relative difference from the binomial pmf is at most n^2 / min(a, b).
    tolerance = ACCURACY[dtype].value + n**2 / np.minimum(a, b)
    assert np.all(np.abs(log_pmf(k, n, a, b) - expected)[seen] <= tolerance[seen])
    assert np.all(np.isfinite(gradient(k, n, a, b)))


@pytest.mark.parametrize(("a", "b"), [(1e-6, 1e-6), (0.02, 3), (1, 1), (14.5, 8.1), (1e8, 1e4), (3, 1e8)])
@pytest.mark.parametrize("n", [1, 7, 500])
def test_probabilities_sum_to_one(dtype, n, a, b):
    k = np.arange(n + 1, dtype=dtype)
    log_p = log_pmf(k, np.full_like(k, n), np.full_like(k, a), np.full_like(k, b))
    # a and b are rounded before they are used, and an error e of every log p is an error e of the sum.
    assert abs(np.sum(np.exp(log_p.astype(float))) - 1) <= ACCURACY[dtype].value


def test_exchanging_hits_and_misses_changes_nothing(dtype):
    k, n, a, b = reference(dtype).points
    # Only points for which n - k is exact, so that both sides get the same numbers.
    same = (n - (n - k) == k) & (np.abs(reference(dtype).log_p) < ACCURACY[dtype].near)
    k, n, a, b = (column[same] for column in (k, n, a, b))
    assert np.sum(same) > 1_000
    exchanged = log_pmf(n - k, n, b, a)
    np.testing.assert_allclose(exchanged, log_pmf(k, n, a, b), rtol=0, atol=ACCURACY[dtype].value)


@pytest.mark.costly
def test_eager_compiled_and_vectorised_agree():
    dtype = np.float32
    k, n, a, b = reference(dtype).points
    some = np.flatnonzero(np.abs(reference(dtype).log_p) < ACCURACY[dtype].near)[:300]
    arguments = [column[some] for column in (k, n, a, b)]
    expected = log_pmf(*arguments)
    eager, compiled = beta_binomial_log_pmf(*arguments), jax.jit(beta_binomial_log_pmf)(*arguments)
    for actual in (eager, compiled):
        np.testing.assert_allclose(actual, expected, rtol=0, atol=ACCURACY[dtype].value)


def test_arguments_broadcast(dtype):
    k, n = np.arange(3)[:, None, None], np.array([3, 9])[:, None]
    a, b = np.array([0.5, 2, 7, 1], dtype), dtype(1.5)

    @jax.jit
    def total(a, b):
        table = beta_binomial_log_pmf(k, n, a, b)
        return jnp.sum(table), table

    (slope_a, slope_b), table = jax.grad(total, argnums=(0, 1), has_aux=True)(a, b)
    assert (table.shape, slope_a.shape, slope_b.shape) == ((3, 2, 4), (4,), ())
    columns = [column.ravel() for column in np.broadcast_arrays(k.astype(dtype), n.astype(dtype), a, b)]
    np.testing.assert_allclose(table.ravel(), log_pmf(*columns), rtol=0, atol=ACCURACY[dtype].value)
    # Each slope has a small relative error, so the error of their sum is relative to the sum of their sizes.
    slopes = [slope.reshape(table.shape) for slope in gradient(*columns)]
    for actual, slope, axes in ((slope_a, slopes[0], (0, 1)), (slope_b, slopes[1], (0, 1, 2))):
        size = np.abs(slope).sum(axis=axes)
        assert np.all(np.abs(actual - slope.sum(axis=axes)) <= ACCURACY[dtype].derivative * size)


def test_counts_have_zero_gradient(dtype):
    slopes = jax.jit(jax.grad(beta_binomial_log_pmf, argnums=(0, 1)))(*map(dtype, (3, 7, 2, 0.5)))
    assert [float(slope) for slope in slopes] == [0, 0]


@pytest.mark.parametrize(("x64", "default"), [(False, np.float32), (True, np.float64)])
def test_the_float_type_follows_jax(x64, default):
    def float_type(k, n, a, b):
        # Python numbers are closed over, because eval_shape accepts only arrays as arguments.
        return jax.eval_shape(lambda: beta_binomial_log_pmf(k, n, a, b)).dtype

    with jax.enable_x64(x64):
        assert float_type(3, 7, 2.0, 0.5) == default
        assert float_type(3, 7, 2, 1) == default
        assert float_type(jnp.arange(2), jnp.arange(2), 2.0, 0.5) == default
        assert float_type(jnp.arange(2), 7, jnp.float32(2), 0.5) == np.float32
        assert float_type(3.0, 7.0, jnp.float32(2), 0.5) == np.float32
        assert float_type(3, 7, jnp.float16(2), jnp.float16(0.5)) == np.float32
        assert float_type(3, 7, np.float64(2), jnp.float32(0.5)) == default
        assert float_type(np.arange(2.0), 7, jnp.float32(2), jnp.float32(0.5)) == default


def constants(jaxpr: ClosedJaxpr) -> list:
    """The array constants of a jaxpr and of those it calls."""
    found = list(jaxpr.consts)
    for equation in jaxpr.jaxpr.eqns:
        for parameter in equation.params.values():
            if isinstance(parameter, ClosedJaxpr):
                found += constants(parameter)
    return found


def test_jaxpr_has_no_array_constants(dtype):
    arguments = [np.ones(3, dtype)] * 4
    for function in (beta_binomial_log_pmf, jax.hessian(beta_binomial_log_pmf, argnums=(2, 3))):
        assert constants(jax.make_jaxpr(jax.vmap(function))(*arguments)) == []


def test_works_inside_a_vmapped_program():
    dtype = np.float32

    @gen
    def students(n, a, b):
        return beta_binomial.vmap(in_axes=(0, 0, 0))(n, a, b) @ "k"

    k, n = jnp.asarray([0, 3, 7], dtype), jnp.asarray([0, 5, 7], dtype)
    a, b = jnp.asarray([[0.5, 2, 7], [1, 1, 1]], dtype), jnp.asarray([[3, 1, 2], [1, 2, 3]], dtype)

    @jax.jit
    def log_densities(a, b):
        log_densities = modular_vmap(lambda a, b: students.assess({"k": k}, n, a, b)[0])(a, b)
        return jnp.sum(log_densities), log_densities

    slopes, actual = jax.grad(log_densities, argnums=(0, 1), has_aux=True)(a, b)
    columns = [np.asarray(column).ravel() for column in jnp.broadcast_arrays(k, n, a, b)]
    expected = log_pmf(*columns).reshape(a.shape).sum(axis=1)
    np.testing.assert_allclose(actual, expected, rtol=0, atol=3 * ACCURACY[dtype].value)
    for slope, expected_slope in zip(slopes, gradient(*columns), strict=True):
        np.testing.assert_allclose(slope.ravel(), expected_slope, rtol=ACCURACY[dtype].derivative)


@pytest.mark.parametrize("precision", [FLOAT32, FLOAT64], ids=["float32", "float64"])
def test_gauss_rule_has_the_moments_of_binets_integral(precision):
    # 2 int t^(2j-1) / (e^(2 pi t) - 1) dt = |B_2j| / (2j)
    for j in range(1, 2 * len(precision.binet) + 1):
        moment = sum(weight * node ** (j - 1) for weight, node in precision.binet)
        np.testing.assert_allclose(moment, float(abs(mpmath.bernoulli(2 * j)) / (2 * j)), rtol=1e-13)
