"""What a family says of next counts: moments, the law of each category alone, and a prior without information."""

from itertools import product

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import betabinom, dirichlet_multinomial, nbinom

from models import beta_binomials, dirichlet_multinomials, gamma_poissons, mixture

A, B = 2.5, 4.0
SHAPE, RATE, EXPOSURE = 1.7, 0.6, 3.0
ALPHA = np.array([0.8, 2.0, 1.5])
N = 5


def numbers(*values):
    return tuple(jnp.asarray(value, float) for value in values)


@pytest.mark.parametrize(
    ("family", "parameters", "design", "law"),
    [
        (beta_binomials, (A, B), N, betabinom(N, A, B)),
        (gamma_poissons, (SHAPE, RATE), EXPOSURE, nbinom(SHAPE, RATE / (RATE + EXPOSURE))),
        (dirichlet_multinomials, (ALPHA,), N, betabinom(N, ALPHA, ALPHA.sum() - ALPHA)),
    ],
    ids=["beta-binomial", "gamma-Poisson", "Dirichlet-multinomial"],
)
def test_the_moments_and_the_law_of_a_count(family, parameters, design, law, eps):
    parameters, design = numbers(*parameters), jnp.asarray(design, float)
    mean, variance = family.count_moments(parameters, design)
    np.testing.assert_allclose(mean, law.mean(), rtol=20 * eps)
    np.testing.assert_allclose(variance, law.var(), rtol=100 * eps)
    for k in range(4):
        found = family.log_marginal_of_each(jnp.asarray(k, float), design, parameters)
        np.testing.assert_allclose(found, law.logpmf(k), atol=max(100 * eps, 1e-12), rtol=1e-12)
    assert family.has_categories == (family is dirichlet_multinomials)
    largest = float(family.largest_count(design))
    assert largest == (np.inf if family is gamma_poissons else N)


@pytest.mark.costly
def test_the_moments_of_a_count_of_two_kinds_are_those_of_its_law(eps):
    family, (log_weights, a, b) = mixture(beta_binomials, 2), numbers(np.log([0.3, 0.7]), [A, 6.0], [B, 0.5])
    k, design = jnp.arange(N + 1.0), jnp.asarray(float(N))
    p = np.exp(jax.vmap(lambda k: family.log_marginal(k, design, (log_weights, a, b)))(k))
    mean, variance = family.count_moments((log_weights, a, b), design)
    np.testing.assert_allclose(mean, p @ k, rtol=100 * eps)
    np.testing.assert_allclose(variance, p @ (k - p @ k) ** 2, rtol=100 * eps)


def test_the_law_of_each_category_is_the_sum_over_the_others(eps):
    # Of a mixture, so that both kinds count with their weights.
    family, log_weights = mixture(dirichlet_multinomials, 2), np.log([0.3, 0.7])
    alphas = np.stack([ALPHA, ALPHA[::-1] / 3])
    found = [
        np.exp(family.log_marginal_of_each(jnp.asarray(k, float), jnp.asarray(3.0), numbers(log_weights, alphas)))
        for k in range(4)
    ]
    expected = np.zeros((4, 3))
    for k in product(range(4), repeat=3):
        if sum(k) == 3:
            p = sum(w * dirichlet_multinomial.pmf(k, alpha, 3) for w, alpha in zip([0.3, 0.7], alphas, strict=True))
            for category in range(3):
                expected[k[category], category] += p
    np.testing.assert_allclose(found, expected, rtol=1e3 * eps, atol=1e-14)


@pytest.mark.parametrize(
    ("family", "k", "rate"),
    [
        (beta_binomials, 2.0, 3 / 5),
        (gamma_poissons, 2.0, 2.5 / 3),
        (dirichlet_multinomials, np.array([2.0, 0.0, 1.0]), np.array([3, 1, 2]) / 6),
    ],
    ids=["beta-binomial", "gamma-Poisson", "Dirichlet-multinomial"],
)
def test_what_a_group_says_by_itself(family, k, rate, eps):
    k, design = numbers(k, 3.0)
    alone, parameters = mixture(family, 3).uninformed(k)
    assert alone is family  # without information there is one kind
    mean, variance = family.moments(family.given(parameters, k, design))
    np.testing.assert_allclose(mean, rate, rtol=20 * eps)
    assert np.all(np.isfinite(variance))


def test_the_flat_priors_are_flat(eps):
    # Under Beta(1, 1) every k of 0, ..., n is equally probable, and under Dirichlet(1, 1, 1) every composition.
    k = jnp.arange(N + 1.0)
    log_p = jax.vmap(lambda k: beta_binomials.log_marginal(k, jnp.asarray(float(N)), beta_binomials.uninformed(k)[1]))(
        k
    )
    np.testing.assert_allclose(log_p, -np.log(N + 1), rtol=20 * eps)
    several = jnp.array([[2.0, 0.0, 1.0], [1.0, 1.0, 1.0]])
    for one in several:
        found = dirichlet_multinomials.log_marginal(one, jnp.asarray(3.0), dirichlet_multinomials.uninformed(one)[1])
        np.testing.assert_allclose(found, -np.log(10), rtol=20 * eps)
