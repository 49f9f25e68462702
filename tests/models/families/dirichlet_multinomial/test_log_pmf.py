"""The Dirichlet-multinomial log pmf and its gradient against 50-digit arithmetic, and at extreme arguments."""

import functools
import itertools
from contextlib import nullcontext
from typing import NamedTuple

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest

from models.families.beta_binomial.log_pmf import beta_binomial_log_pmf
from models.families.dirichlet_multinomial.log_pmf import dirichlet_multinomial_log_pmf

POINTS = 200


class Accuracy(NamedTuple):
    """What must hold of log p and of its derivatives in a float type; the beta-binomial's."""

    value: float  # largest absolute error of log p where |log p| < near
    near: float
    derivative: float  # largest relative error of a derivative


ACCURACY = {np.float32: Accuracy(2e-5, 20, 5e-6), np.float64: Accuracy(1e-12, 50, 1e-12)}

log_pmf = jax.jit(dirichlet_multinomial_log_pmf)
gradient = jax.jit(jax.vmap(jax.grad(dirichlet_multinomial_log_pmf, argnums=2)))


@pytest.fixture(params=[np.float32, np.float64], ids=["float32", "float64"])
def dtype(request):
    """The float type of a test: float32 in the mode the tests run in, float64 with x64 switched on."""
    with jax.enable_x64(True) if request.param is np.float64 else nullcontext():
        yield request.param


def exactly(k, alpha):
    """log p, its slopes in each alpha, and the trigamma functions of which the Hessian consists, by 50 digits.

    Returns:
        log p, slopes of shape (categories,), own second derivatives of shape (categories,), and the mixed one, which is
        the same for each pair of categories.
    """
    with mpmath.workdps(50):
        k, alpha = ([mpmath.mpf(float(x)) for x in row] for row in (k, alpha))
        n, total = sum(k), sum(alpha)
        log_p = mpmath.loggamma(n + 1) + mpmath.loggamma(total) - mpmath.loggamma(total + n)
        for x, a in zip(k, alpha, strict=True):
            log_p += mpmath.loggamma(a + x) - mpmath.loggamma(a) - mpmath.loggamma(x + 1)
        common = [mpmath.psi(order, total) - mpmath.psi(order, total + n) for order in (0, 1)]
        own = [
            [common[order] + mpmath.psi(order, a + x) - mpmath.psi(order, a) for x, a in zip(k, alpha, strict=True)]
            for order in (0, 1)
        ]
        return float(log_p), np.array(own[0], float), np.array(own[1], float), float(common[1])


@functools.cache
def reference(dtype, categories: int):
    """Whole numbers k of shape (POINTS, categories), and alpha that a float type holds exactly."""
    rng = np.random.default_rng(categories)
    alpha = np.exp(rng.uniform(np.log(1e-6), np.log(1e8), (POINTS, categories)))
    alike = np.exp(rng.uniform(np.log(1e-2), np.log(1e7), (POINTS, 1)) + rng.normal(size=alpha.shape))
    kind = np.arange(POINTS) % 4
    alpha = np.where(kind[:, None] % 2 == 0, alpha, alike).astype(dtype)
    n = np.floor(10 ** rng.uniform(0, 9, POINTS)).astype(int)
    of_population = alpha / alpha.astype(float).sum(axis=1, keepdims=True)
    gammas = rng.gamma(alpha) + 1e-300
    of_group, of_nobody = gammas / gammas.sum(axis=1, keepdims=True), rng.dirichlet(np.ones(categories), POINTS)
    shares = np.select([kind[:, None] == 0, kind[:, None] == 3], [of_nobody, of_population], of_group)
    k = np.array([rng.multinomial(*row) for row in zip(n, shares, strict=True)])
    return k, alpha, [exactly(*row) for row in zip(k, alpha, strict=True)]


@pytest.mark.parametrize("categories", [2, 3, 7])
@pytest.mark.costly
def test_log_pmf_is_exact(dtype, categories):
    k, alpha, exact = reference(dtype, categories)
    k = k.astype(np.int32)
    log_p = log_pmf(k, k.sum(axis=1).astype(np.int32), alpha)
    assert log_p.dtype == dtype
    expected = np.array([row[0] for row in exact])
    size, error = np.abs(expected), np.abs(np.asarray(log_p, float) - expected)
    near = size < ACCURACY[dtype].near
    assert 0.3 < np.mean(near) < 1
    assert np.max(error[near]) <= ACCURACY[dtype].value
    # Outside of the range log p is a sum of rounded terms of one sign, about thirty a category: an eps of log p each.
    assert np.max(error[~near] / size[~near]) <= 32 * categories * np.finfo(dtype).eps


@pytest.mark.parametrize("categories", [2, 3, 7])
@pytest.mark.costly
def test_gradient_is_exact(dtype, categories):
    """Each slope has a small relative error, or the error that the rounding of alpha by an epsilon allows."""
    k, alpha, exact = reference(dtype, categories)
    k = k.astype(np.int32)
    actual = np.asarray(gradient(k, k.sum(axis=1).astype(np.int32), alpha), float)
    expected = np.array([row[1] for row in exact])
    error, allowed = np.abs(actual - expected), ACCURACY[dtype].derivative * np.abs(expected)
    own, mixed = np.array([row[2] for row in exact]), np.array([[row[3]] for row in exact])
    others = alpha.astype(float).sum(axis=1, keepdims=True) - alpha
    assert np.mean(error > allowed) < 0.02
    assert np.all(error <= allowed + np.finfo(dtype).eps * (alpha * np.abs(own) + others * np.abs(mixed)))


@pytest.mark.costly
def test_hessian_is_exact(dtype):
    k, alpha, exact = reference(dtype, 3)
    k, n = k.astype(np.int32), k.sum(axis=1).astype(np.int32)
    hessian = np.asarray(jax.jit(jax.vmap(jax.hessian(dirichlet_multinomial_log_pmf, argnums=2)))(k, n, alpha), float)
    expected = np.array([np.where(np.eye(3), own, mixed) for _, _, own, mixed in exact])
    # Where a second derivative changes its sign, it has the error of the two terms of which it is the difference.
    size = np.abs(expected) + np.abs(np.array([row[3] for row in exact]))[:, None, None]
    assert np.all(np.abs(hessian - expected) <= ACCURACY[dtype].derivative * size)


@pytest.mark.parametrize("whole", [True, False], ids=["integers", "floats"])
@pytest.mark.costly
def test_two_categories_are_beta_binomial(dtype, whole):
    k, alpha, exact = reference(dtype, 2)
    near = np.abs([row[0] for row in exact]) < ACCURACY[dtype].near
    k, alpha = k[near].astype(np.int32 if whole else dtype), alpha[near]
    n = k.sum(axis=1, dtype=k.dtype)
    expected = jax.jit(beta_binomial_log_pmf)(k[:, 0], n, alpha[:, 0], alpha[:, 1])
    # A float n has lost what its rounding lost of k[1]: that is what the two may differ by, besides the last digits.
    lost = np.abs(n.astype(float) - k.astype(float).sum(axis=1))
    slope = np.abs(np.log1p(k[:, 0]) + np.log1p(k[:, 1])) * (lost > 0)
    tolerance = ACCURACY[dtype].value + lost * slope
    assert np.all(np.abs(np.asarray(log_pmf(k, n, alpha) - expected)) <= tolerance)


@pytest.mark.costly
def test_the_order_of_the_categories_changes_nothing(dtype):
    k, alpha, exact = reference(dtype, 3)
    near = np.abs([row[0] for row in exact]) < ACCURACY[dtype].near
    expected = np.array([row[0] for row in exact])[near]
    k, alpha = k[near].astype(np.int32), alpha[near]
    for order in itertools.permutations(range(3)):
        actual = log_pmf(k[:, order], k.sum(axis=1, dtype=np.int32), alpha[:, order])
        np.testing.assert_allclose(actual, expected, rtol=0, atol=ACCURACY[dtype].value)


@pytest.mark.parametrize("alpha", [(1e-6, 1e-3, 1), (0.5, 2, 3), (1e8, 4, 1e4)], ids=str)
@pytest.mark.parametrize("n", [1, 12])
def test_probabilities_sum_to_one(dtype, n, alpha):
    k = np.array([(i, j, n - i - j) for i in range(n + 1) for j in range(n + 1 - i)], dtype)
    log_p = np.asarray(log_pmf(k, np.full(len(k), n, dtype), np.array(alpha, dtype)), float)
    assert abs(np.sum(np.exp(log_p)) - 1) <= ACCURACY[dtype].value


IMPOSSIBLE = [  # k, n, alpha
    ((-1, 3, 3), 5, (2, 3, 4)),
    ((1.5, 1.5, 2), 5, (2, 3, 4)),
    ((1, 1, 2), 5, (2, 3, 4)),
    ((3, 1, 2), 5, (2, 3, 4)),
    ((np.inf, 1, 2), np.inf, (2, 3, 4)),
    ((1, 2, 2), 5, (2, 0, 4)),
    ((0, 0, 0), 0, (2, -1, 4)),
]


@pytest.mark.parametrize("point", IMPOSSIBLE, ids=str)
def test_the_impossible_is_minus_infinity_with_zero_gradient(dtype, point):
    k, n, alpha = (np.asarray([x], dtype) for x in point)
    assert log_pmf(k, n, alpha) == -np.inf
    assert np.all(np.asarray(gradient(k, n, alpha)) == 0)


def test_counts_above_2_to_the_24_must_add_up_to_n_as_integers_and_but_for_rounding_as_floats():
    k = np.array([2**24 + 1, 2**25 + 3, 5], np.int32)
    alpha = np.array([1, 2, 3], np.float32)
    assert np.isfinite(log_pmf(k, k.sum(), alpha))
    assert log_pmf(k, k.sum() + 1, alpha) == -np.inf
    floats = k.astype(np.float32)
    assert np.isfinite(log_pmf(floats, np.float32(k.sum()), alpha))
    assert log_pmf(floats, np.float32(k.sum() + 64), alpha) == -np.inf


@pytest.mark.parametrize("k", [(1, 2, 2), (0, 0, 0), (1, 2, 3)], ids=str)
def test_nan_is_not_hidden(dtype, k):
    k, alpha = np.asarray([k], dtype), np.asarray([(2, np.nan, -1)], dtype)
    assert np.isnan(log_pmf(k, np.asarray([5 if k.any() else 0], dtype), alpha))


def test_no_trials_have_probability_one(dtype):
    alpha = np.array(list(itertools.product([1e-6, 0.7, 1e8], repeat=3)), dtype)
    zero = np.zeros_like(alpha)
    assert np.all(log_pmf(zero, zero[:, 0], alpha) == 0)
    assert np.all(np.asarray(gradient(zero, zero[:, 0], alpha)) == 0)


@pytest.mark.costly
def test_extremes_are_finite(dtype):
    counts = [(0, 0, 1), (1, 0, 0), (10**9, 0, 0), (0, 1, 10**9), (3 * 10**8, 3 * 10**8, 3 * 10**8)]
    rows = itertools.product(counts, itertools.product([1e-6, 1, 1e8], repeat=3))
    k, alpha = (np.array(column) for column in zip(*rows, strict=True))
    k, n, alpha = k.astype(np.int32), k.sum(axis=1).astype(np.int32), alpha.astype(dtype)
    log_p = log_pmf(k, n, alpha)
    assert np.all(np.isfinite(log_p) & (log_p <= ACCURACY[dtype].value))
    assert np.all(np.isfinite(gradient(k, n, alpha)))
    assert np.all(np.isfinite(log_pmf(k, n, alpha * dtype(1e22))))


def test_shapes_broadcast_and_categories_must_agree():
    k = np.arange(12).reshape(4, 1, 3)
    assert log_pmf(k, k.sum(axis=-1), np.ones((2, 3))).shape == (4, 2)
    with pytest.raises(ValueError, match=r"\(4, 1, 3\) and \(2,\)"):
        dirichlet_multinomial_log_pmf(k, k.sum(axis=-1), jnp.ones(2))
    with pytest.raises(ValueError, match="two or more"):
        dirichlet_multinomial_log_pmf(jnp.ones(1), 1.0, jnp.ones(1))
