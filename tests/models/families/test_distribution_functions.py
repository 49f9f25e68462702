"""Distribution functions of rates: their integrals are the moments, and leading axes are many students."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import beta, gamma

from models import beta_binomials, dirichlet_multinomials, gamma_poissons, mixture

TWO = np.log([0.3, 0.7])
EXAMPLES = {
    "beta_binomials": (beta_binomials, (np.array(2.0), np.array(3.5))),
    "gamma_poissons": (gamma_poissons, (np.array(1.5), np.array(0.8))),
    "dirichlet_multinomials": (dirichlet_multinomials, (np.array([0.5, 2.0, 1.2]),)),
    "mixture of Betas": (mixture(beta_binomials, 2), (TWO, np.array([2.0, 9.0]), np.array([3.5, 1.5]))),
    "mixture of gammas": (mixture(gamma_poissons, 2), (TWO, np.array([1.5, 9.0]), np.array([0.8, 3.0]))),
    "mixture of Dirichlets": (
        mixture(dirichlet_multinomials, 2),
        (TWO, np.array([[0.5, 2.0, 1.2], [4.0, 1.0, 1.0]])),
    ),
}


@pytest.mark.parametrize("name", list(EXAMPLES))
def test_mean_and_variance_are_integrals_of_the_distribution_function(name):
    """E[theta] is the integral of 1 - F, and E[theta^2] that of 2 theta (1 - F)."""
    family, parameters = EXAMPLES[name]
    with jax.enable_x64(True):
        mean, variance = (np.atleast_1d(x) for x in family.moments(tuple(jnp.asarray(x) for x in parameters)))
    several = np.ndim(parameters[-1]) - ("mixture" in name) == 1
    for j in range(len(mean)):

        def above(theta: float, j: int = j) -> float:
            at = np.full(3, theta) if several else np.array(theta)
            return 1 - float(np.atleast_1d(family.cdf(at, parameters))[j])

        end = family.rate_interval[1]
        assert quad(above, 0, end, epsabs=1e-10)[0] == pytest.approx(mean[j], abs=1e-8)
        second, _ = quad(lambda theta: 2 * theta * above(theta), 0, end, epsabs=1e-10)
        assert second == pytest.approx(variance[j] + mean[j] ** 2, abs=1e-8)


@pytest.mark.parametrize("name", list(EXAMPLES))
def test_leading_axes_are_those_of_many_students(name):
    family, parameters = EXAMPLES[name]
    rng = np.random.default_rng(0)
    many = tuple(x * rng.uniform(0.5, 2.0, (4, 5, *np.shape(x))) for x in parameters)
    several = np.ndim(parameters[-1]) - ("mixture" in name) == 1
    theta = rng.uniform(0.1, 0.9, (1, 5, 3) if several else (1, 5))
    found = family.cdf(theta, many)
    assert found.shape == ((4, 5, 3) if several else (4, 5))
    for i, j in np.ndindex(4, 5):
        one = family.cdf(theta[0, j], tuple(x[i, j] for x in many))
        np.testing.assert_allclose(found[i, j], one, rtol=1e-12)


@pytest.mark.parametrize("size", [1e4, 1e6, 1e8])
def test_distribution_functions_hold_for_very_large_parameters(size):
    """At z standard deviations from the mean the distribution function is normal up to the skewness, 1 / sqrt(size)."""
    z = np.array([-2.0, 0.0, 1.0])
    for family, parameters, law in (
        (beta_binomials, (np.array(0.4 * size), np.array(0.6 * size)), beta(0.4 * size, 0.6 * size)),
        (gamma_poissons, (np.array(size), np.array(3.0)), gamma(size, scale=1 / 3)),
    ):
        found = family.cdf(law.mean() + z * law.std(), tuple(x[None] for x in parameters))
        normal = np.array([0.0227501319, 0.5, 0.8413447461])
        np.testing.assert_allclose(found, normal, atol=1 / np.sqrt(size))
