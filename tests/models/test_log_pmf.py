"""The beta-binomial log pmf, its gradient and its Hessian against 50-digit arithmetic, and where it must not break."""

import functools
import itertools
from contextlib import nullcontext
from typing import NamedTuple

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from genjax import gen, modular_vmap

from models import beta_binomial
from models.log_pmf import _FLOAT32, _FLOAT64, beta_binomial_log_pmf

POINTS = 2_000
VALUE_ERROR = {np.float32: 2e-5, np.float64: 1e-12}  # absolute,
VALUE_RANGE = {np.float32: 20, np.float64: 50}  # where |log p| is below this, and relative to it above
DERIVATIVE_ERROR = {np.float32: 5e-6, np.float64: 1e-12}  # relative

log_pmf = jax.jit(beta_binomial_log_pmf)
gradient = jax.jit(jax.vmap(jax.grad(beta_binomial_log_pmf, argnums=(2, 3))))
hessian = jax.jit(jax.vmap(jax.hessian(beta_binomial_log_pmf, argnums=(2, 3))))


@pytest.fixture(params=[np.float32, np.float64], ids=["float32", "float64"])
def dtype(request):
    """The float type of a test: float32 in the mode the tests run in, float64 with x64 switched on."""
    with jax.enable_x64(True) if request.param is np.float64 else nullcontext():
        yield request.param


class Exact(NamedTuple):
    """log p and its derivatives: (a, b), (aa, ab, bb), (aaa, aab = abb, bbb), each of shape (points, number)."""

    log_p: np.ndarray
    first: np.ndarray
    second: np.ndarray
    third: np.ndarray


def exactly(k, n, a, b) -> list[list[float]]:
    """The fields of `Exact` at one point, by gamma and polygamma functions of 50 digits."""
    with mpmath.workdps(50):
        k, n, a, b = (mpmath.mpf(x) for x in (k, n, a, b))
        m = n - k
        gammas = {x: mpmath.loggamma(x) for x in {n + 1, k + 1, m + 1, a + k, b + m, a + b + n, a, b, a + b}}
        log_binomial = gammas[n + 1] - gammas[k + 1] - gammas[m + 1]
        log_beta_posterior = gammas[a + k] + gammas[b + m] - gammas[a + b + n]
        fields = [[log_binomial + log_beta_posterior - (gammas[a] + gammas[b] - gammas[a + b])]]
        for order in (1, 2, 3):
            psi = {x: mpmath.psi(order - 1, x) for x in {a, b, a + b, a + k, b + m, a + b + n}}
            mixed = psi[a + b] - psi[a + b + n]
            pure_a, pure_b = psi[a + k] - psi[a] + mixed, psi[b + m] - psi[b] + mixed
            fields.append([pure_a, pure_b] if order == 1 else [pure_a, mixed, pure_b])
        return [[float(value) for value in field] for field in fields]


@functools.cache
def reference(dtype) -> tuple[tuple[np.ndarray, ...], Exact]:
    """Points k, n, a, b that `dtype` holds exactly, and the exact values there."""
    rng = np.random.default_rng(1)
    a, b = np.exp(rng.uniform(np.log(1e-6), np.log(1e8), (2, POINTS))).astype(dtype).astype(float)
    u, kind = rng.uniform(size=POINTS), np.arange(POINTS) % 6
    n = np.where(kind == 0, rng.integers(0, 20, POINTS), np.floor(10 ** rng.uniform(0, 9, POINTS))).astype(dtype)
    k = np.select(
        [kind == 1, kind == 2, kind == 3, kind == 4],
        [0 * n, n, np.rint(n * (a / (a + b))), np.floor((n + 1.0) ** u) - 1],  # none, all, the prior mean, few
        default=np.floor(u * (n + 1)),
    )
    k = np.minimum(k.astype(dtype), n)
    values = [exactly(*map(float, point)) for point in zip(k, n, a, b, strict=True)]
    return (k, n, a.astype(dtype), b.astype(dtype)), Exact(*map(np.array, zip(*values, strict=True)))


def as_float64(columns) -> np.ndarray:
    return np.stack([np.asarray(column, np.float64) for column in columns], axis=-1)


def derivative_bound(dtype, exact: np.ndarray, slope_a: np.ndarray, slope_b: np.ndarray, a, b) -> np.ndarray:
    """The relative error, and what the derivative moves when a and b move by one epsilon of themselves.

    The second part is far below the first, except where the derivative changes sign: no float there gives it exactly.
    """
    moved = np.finfo(dtype).eps * (np.abs(a * slope_a.T) + np.abs(b * slope_b.T)).T
    return DERIVATIVE_ERROR[dtype] * np.abs(exact) + moved


def test_log_pmf_is_exact(dtype):
    arguments, exact = reference(dtype)
    log_p = np.asarray(log_pmf(*arguments))
    assert log_p.dtype == dtype
    size = np.abs(exact.log_p[:, 0])
    assert 1_000 < np.sum(size < VALUE_RANGE[dtype]) < POINTS
    error = np.abs(log_p.astype(float) - exact.log_p[:, 0])
    assert np.max(error / np.maximum(1, size / VALUE_RANGE[dtype])) <= VALUE_ERROR[dtype]


def test_gradient_is_exact(dtype):
    (k, n, a, b), exact = reference(dtype)
    actual = as_float64(gradient(k, n, a, b))
    slopes_a, slopes_b = exact.second[:, [0, 1]], exact.second[:, [1, 2]]
    bound = derivative_bound(dtype, exact.first, slopes_a, slopes_b, a.astype(float), b.astype(float))
    assert np.all(np.abs(actual - exact.first) <= bound)
    assert np.all(actual[n == 0] == 0)


def test_hessian_is_exact(dtype):
    (k, n, a, b), exact = reference(dtype)
    (aa, ab), (ba, bb) = hessian(k, n, a, b)
    slopes_a, slopes_b = exact.third[:, [0, 1, 1]], exact.third[:, [1, 1, 2]]
    bound = derivative_bound(dtype, exact.second, slopes_a, slopes_b, a.astype(float), b.astype(float))
    for mixed in (ab, ba):
        assert np.all(np.abs(as_float64([aa, mixed, bb]) - exact.second) <= bound)


@pytest.mark.parametrize(
    "twice", [lambda f: jax.jacrev(jax.jacrev(f)), lambda f: jax.jacrev(jax.jacfwd(f)), lambda f: jax.jacfwd(jax.jacfwd(f))],
    ids=["reverse over reverse", "reverse over forward", "forward over forward"],
)  # fmt: skip
def test_hessian_is_the_same_in_every_mode(dtype, twice):
    k, n, a, b = (column[:60] for column in reference(dtype)[0])
    expected = np.array(hessian(k, n, a, b), float)
    by_mode = jax.vmap(twice(lambda ab, k, n: beta_binomial_log_pmf(k, n, *ab)))((a, b), k, n)
    np.testing.assert_allclose(np.array(by_mode, float), expected, rtol=DERIVATIVE_ERROR[dtype])


def test_float32_integers_above_2_to_the_24_keep_their_last_digits():
    rng = np.random.default_rng(2)
    a, b = np.exp(rng.uniform(np.log(1), np.log(1e8), (2, 200))).astype(np.float32)
    n = np.floor(rng.uniform(2**24, 1e9, 200)).astype(np.int32)
    mean = a.astype(float) / (a.astype(float) + b)
    k = np.rint(n * mean + rng.normal(size=200) * np.sqrt(n * mean * (1 - mean))).astype(np.int32)
    k = np.clip(k, 0, n)
    exact = np.array([exactly(*map(float, point))[0][0] for point in zip(k, n, a, b, strict=True)])
    assert np.all(np.abs(exact) < VALUE_RANGE[np.float32])
    for integers in (jnp.int32, jnp.uint32):
        log_p = log_pmf(jnp.asarray(k, integers), jnp.asarray(n, integers), jnp.asarray(a), jnp.asarray(b))
        assert log_p.dtype == jnp.float32
        assert np.max(np.abs(np.asarray(log_p, float) - exact)) <= VALUE_ERROR[np.float32]


@pytest.mark.parametrize("integers", [np.int8, np.uint8, np.int16, np.uint16, np.int32, np.uint32])
def test_integers_of_every_size_equal_floats(dtype, integers):
    k, n = np.array([0, 3, 60, 127, 101]), np.array([0, 5, 127, 127, 100])
    a, b = np.full(5, 2, dtype), np.full(5, 0.5, dtype)
    expected = log_pmf(k.astype(dtype), n.astype(dtype), a, b)
    np.testing.assert_array_equal(log_pmf(k.astype(integers), n.astype(integers), a, b), expected)


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
    assert np.all(np.asarray(log_pmf(k, n, a, b)) == -np.inf)
    assert np.all(np.array(gradient(k, n, a, b)) == 0)
    assert np.all(np.array(hessian(k, n, a, b)) == 0)


@pytest.mark.parametrize("counts", [(2, 5), (0, 0), (0, 5), (5, 5), (6, 5)], ids=str)
@pytest.mark.parametrize("shapes", [(np.nan, 3), (2, np.nan), (np.nan, np.nan), (np.nan, -1)], ids=str)
def test_nan_is_not_hidden(dtype, counts, shapes):
    k, n, a, b = (np.asarray([x], dtype) for x in (*counts, *shapes))
    assert np.all(np.isnan(log_pmf(k, n, a, b)))
    assert np.all(np.isnan(gradient(k, n, a, b)))


def test_no_trials_have_probability_one(dtype):
    shapes = np.array([1e-6, 1e-3, 0.7, 1, 30, 1e4, 1e8], dtype)
    a, b = (x.ravel() for x in np.meshgrid(shapes, shapes))
    zero = np.zeros_like(a)
    assert np.all(np.asarray(log_pmf(zero, zero, a, b)) == 0)
    assert np.all(np.array(gradient(zero, zero, a, b)) == 0)
    assert np.all(np.array(hessian(zero, zero, a, b)) == 0)


def test_extremes_are_finite(dtype):
    shapes = [1e-6, 1e-3, 1, 1e4, 1e8]
    counts = [(k, n) for n in (0, 1, 2, 1_000, 2**24, 10**9) for k in sorted({0, min(1, n), n // 2, max(n - 1, 0), n})]
    lattice = np.array([(k, n, a, b) for (k, n), a, b in itertools.product(counts, shapes, shapes)], dtype).T
    assert np.all(np.isfinite(log_pmf(*lattice)))
    assert np.all(np.asarray(log_pmf(*lattice)) <= VALUE_ERROR[dtype])
    assert np.all(np.isfinite(gradient(*lattice)))
    assert np.all(np.isfinite(hessian(*lattice)))


@pytest.mark.parametrize(("a", "b"), [(1e-6, 1e-6), (0.02, 3), (1, 1), (14.5, 8.1), (1e8, 1e4), (3, 1e8)])
@pytest.mark.parametrize("n", [1, 7, 500])
def test_probabilities_sum_to_one(dtype, n, a, b):
    log_p = log_pmf(np.arange(n + 1), n, dtype(a), dtype(b))
    assert log_p.dtype == dtype
    # An error e of every log p is an error e of their sum.
    assert abs(np.sum(np.exp(np.asarray(log_p, float))) - 1) <= VALUE_ERROR[dtype]


def test_exchanging_hits_and_misses_changes_nothing(dtype):
    (k, n, a, b), exact = reference(dtype)
    # n - k is exact in these, so that both sides are given the same numbers.
    same = (n - (n - k) == k) & (np.abs(exact.log_p[:, 0]) < VALUE_RANGE[dtype])
    k, n, a, b = (column[same] for column in (k, n, a, b))
    assert np.sum(same) > 1_000
    exchanged = log_pmf(n - k, n, b, a)
    np.testing.assert_allclose(exchanged, log_pmf(k, n, a, b), rtol=0, atol=VALUE_ERROR[dtype])
    np.testing.assert_array_equal(gradient(n - k, n, b, a)[::-1], gradient(k, n, a, b))


def test_eager_compiled_and_vectorised_agree(dtype):
    (k, n, a, b), exact = reference(dtype)
    some = np.flatnonzero(np.abs(exact.log_p[:, 0]) < VALUE_RANGE[dtype])[:300]
    arguments = [jnp.asarray(column[some]) for column in (k, n, a, b)]
    compiled = np.asarray(log_pmf(*arguments))
    for other in (beta_binomial_log_pmf(*arguments), jax.vmap(beta_binomial_log_pmf)(*arguments)):
        np.testing.assert_allclose(other, compiled, rtol=0, atol=VALUE_ERROR[dtype])
    for i in range(3):
        alone = log_pmf(*(x[i] for x in arguments))
        np.testing.assert_allclose(alone, compiled[i], rtol=0, atol=VALUE_ERROR[dtype])


def test_arguments_broadcast(dtype):
    k, n = np.arange(4)[:, None, None], np.array([3, 9])[:, None]
    a, b = np.array([0.5, 2, 7], dtype), dtype(1.5)
    table = log_pmf(k, n, a, b)
    assert table.shape == (4, 2, 3)
    assert float(table[2, 1, 0]) == pytest.approx(float(log_pmf(2, 9, a[0], b)), abs=VALUE_ERROR[dtype])
    sums = jax.grad(lambda a, b: jnp.sum(beta_binomial_log_pmf(k[:3], n, a, b)), argnums=(0, 1))(a, b)
    assert (sums[0].shape, sums[1].shape) == ((3,), ())


def test_counts_have_zero_gradient(dtype):
    slopes = jax.grad(beta_binomial_log_pmf, argnums=(0, 1))(*map(dtype, (3, 7, 2, 0.5)))
    assert [float(slope) for slope in slopes] == [0, 0]


@pytest.mark.parametrize(("x64", "expected"), [(False, jnp.float32), (True, jnp.float64)])
def test_the_float_type_follows_jax(x64, expected):
    with jax.enable_x64(x64):
        assert beta_binomial_log_pmf(3, 7, 2.0, 0.5).dtype == expected
        assert beta_binomial_log_pmf(3, 7, 2, 1).dtype == expected
        assert beta_binomial_log_pmf(jnp.arange(2), jnp.arange(2), 2.0, 0.5).dtype == expected
        single = jnp.float32(2)
        assert beta_binomial_log_pmf(jnp.arange(2), 7, single, 0.5).dtype == jnp.float32
        assert beta_binomial_log_pmf(3.0, 7.0, single, 0.5).dtype == jnp.float32
        assert beta_binomial_log_pmf(3, 7, jnp.float16(2), jnp.bfloat16(0.5)).dtype == jnp.float32


def constants(jaxpr: jax.extend.core.ClosedJaxpr) -> list:
    """The array constants of a jaxpr and of those it calls."""
    found = list(jaxpr.consts)
    for equation in jaxpr.jaxpr.eqns:
        for parameter in equation.params.values():
            if isinstance(parameter, jax.extend.core.ClosedJaxpr):
                found += constants(parameter)
    return found


def test_jaxpr_has_no_array_constants(dtype):
    arguments = [np.ones(3, dtype)] * 4
    for function in (beta_binomial_log_pmf, jax.grad(beta_binomial_log_pmf, argnums=(2, 3))):
        assert constants(jax.make_jaxpr(jax.vmap(function))(*arguments)) == []


def test_works_inside_a_vmapped_program(dtype):
    @gen
    def students(n, a, b):
        return beta_binomial.vmap(in_axes=(0, 0, 0))(n, a, b) @ "k"

    k, n = jnp.asarray([0, 3, 7], dtype), jnp.asarray([0, 5, 7], dtype)
    a, b = jnp.asarray([[0.5, 2, 7], [1, 1, 1]], dtype), jnp.asarray([[3, 1, 2], [1, 2, 3]], dtype)

    def log_density(a, b):
        return students.assess({"k": k}, n, a, b)[0]

    expected = np.sum(np.asarray(log_pmf(k, n, a, b)), axis=-1)
    np.testing.assert_allclose(modular_vmap(log_density)(a, b), expected, rtol=0, atol=3 * VALUE_ERROR[dtype])
    slopes = jax.grad(lambda a, b: jnp.sum(modular_vmap(log_density)(a, b)), argnums=(0, 1))(a, b)
    for i in range(2):
        np.testing.assert_allclose(
            [slope[i] for slope in slopes], gradient(k, n, a[i], b[i]), rtol=DERIVATIVE_ERROR[dtype], atol=0
        )


@pytest.mark.parametrize("precision", [_FLOAT32, _FLOAT64], ids=["float32", "float64"])
def test_gauss_rule_has_the_moments_of_binets_integral(precision):
    # 2 int t^(2j-1) / (e^(2 pi t) - 1) dt = |B_2j| / (2j)
    for j in range(1, 2 * len(precision.binet) + 1):
        moment = sum(weight * node ** (j - 1) for weight, node in precision.binet)
        assert moment == pytest.approx(float(abs(mpmath.bernoulli(2 * j))) / (2 * j), rel=1e-13)
