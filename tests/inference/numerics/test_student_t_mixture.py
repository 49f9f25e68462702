"""The mixture of Student-t's: its density, the map from the cube that has this density, and the fit to points."""

import numpy as np
import pytest
from scipy import integrate, stats

from inference.numerics.student_t_mixture import DEGREES, StudentTMixture, fit, join, moments, one_t

MEANS = np.array([[0.0, 1.0], [4.0, -3.0]])
SCALE_TRILS = np.array([[[1.0, 0.0], [0.5, 0.7]], [[0.2, 0.0], [-0.1, 0.3]]])
TWO = StudentTMixture(np.log([0.3, 0.7]), MEANS, SCALE_TRILS)


def test_the_density_is_that_of_scipy():
    z = np.random.default_rng(0).normal(size=(50, 2)) * 3
    each = [
        stats.multivariate_t.pdf(z, mean, scale @ scale.T, df=DEGREES)
        for mean, scale in zip(MEANS, SCALE_TRILS, strict=True)
    ]
    assert np.allclose(TWO.log_density(z), np.log(0.3 * each[0] + 0.7 * each[1]), rtol=1e-12)


def test_an_even_grid_of_the_cube_has_the_distribution_function_in_one_dimension():
    mixture = StudentTMixture(np.log([0.25, 0.75]), np.array([[0.0], [5.0]]), np.array([[[1.0]], [[0.5]]]))
    middles = (np.arange(512) + 0.5) / 512
    u = np.stack(np.meshgrid(middles, middles, indexing="ij"), axis=-1).reshape(-1, 2)
    z = mixture.of_cube(u)[:, 0]
    for at in (-2.0, 0.0, 3.0, 5.0, 6.0):
        expected, _ = integrate.quad(lambda x: np.exp(mixture.log_density(np.array([[x]]))[0]), -np.inf, at)
        # The region below `at` has a boundary of length O(1) in the square, of which a row of 1 / 512 is uncertain.
        assert abs(np.mean(z <= at) - expected) < 2 / 512


def test_draws_have_the_mean_and_covariance():
    u = np.random.default_rng(0).random((200_000, 3))
    z = TWO.of_cube(u)
    each = SCALE_TRILS @ np.swapaxes(SCALE_TRILS, 1, 2) * DEGREES / (DEGREES - 2)
    mean = [0.3, 0.7] @ MEANS
    covariance = np.einsum("k,kij->ij", [0.3, 0.7], each + np.einsum("ki,kj->kij", MEANS - mean, MEANS - mean))
    assert np.all(np.abs(z.mean(axis=0) - mean) < 5 * z.std(axis=0) / np.sqrt(len(z)))
    products = np.einsum("ni,nj->nij", z - mean, z - mean)
    assert np.all(np.abs(products.mean(axis=0) - covariance) < 5 * products.std(axis=0) / np.sqrt(len(z)))


def test_points_on_the_edges_of_components_are_finite():
    ends = np.nextafter([0.3, 0.3, 0.3], [0.0, 0.3, 1.0])
    first = np.concatenate([ends, [2.0**-53, 1 - 2.0**-53]])
    assert np.all(np.isfinite(TWO.of_cube(np.column_stack([first, np.full((5, 2), 2.0**-53)]))))


def test_one_t_has_the_moments_of_the_points():
    rng = np.random.default_rng(0)
    z, weights = rng.normal(size=(500, 3)) * [1.0, 2.0, 5.0], rng.dirichlet(np.ones(500))
    mean, covariance = moments(z, weights)
    assert np.allclose(mean, weights @ z)
    assert np.allclose(covariance, np.cov(z.T, aweights=weights, ddof=0), rtol=1e-3, atol=1e-3)
    mixture = one_t(z, weights, spread=2.0)
    scale = mixture.scale_trils[0]
    assert np.allclose(scale @ scale.T * DEGREES / (DEGREES - 2), 4 * covariance)


def test_a_mixture_of_mixtures_has_the_average_density():
    z = np.random.default_rng(0).normal(size=(20, 2))
    other = StudentTMixture(np.zeros(1), MEANS[:1] - 1, SCALE_TRILS[:1])
    density = 0.25 * np.exp(TWO.log_density(z)) + 0.75 * np.exp(other.log_density(z))
    assert np.allclose(np.exp(join([TWO, other], [0.25, 0.75]).log_density(z)), density)


@pytest.mark.parametrize("seed", range(5))
def test_a_fit_finds_two_peaks_of_different_width(seed):
    rng = np.random.default_rng(seed)
    z = TWO.of_cube(rng.random((4000, 3)))
    fitted = fit(z, 2, 4000, rng)
    order = np.argsort(fitted.means[:, 0])
    sd = np.sqrt(np.diagonal(SCALE_TRILS @ np.swapaxes(SCALE_TRILS, 1, 2), axis1=1, axis2=2) * DEGREES / (DEGREES - 2))
    assert np.all(np.abs(fitted.means[order] - MEANS) < 5 * sd / np.sqrt([[1200], [2800]]))
    assert np.allclose(np.exp(fitted.log_shares[order]), [0.3, 0.7], atol=5 * np.sqrt(0.21 / 4000))


def test_a_fit_of_one_t_has_its_scale_and_not_its_covariance():
    """The covariance is 5 / 3 of L L'; the Fisher information of a t gives sqrt(2 / 20000) 9 / 7 as relative error."""
    one = StudentTMixture(np.zeros(1), MEANS[:1], SCALE_TRILS[:1])
    rng = np.random.default_rng(0)
    scale = fit(one.of_cube(rng.random((20_000, 3))), 1, 20_000, rng).scale_trils[0]
    assert np.allclose(scale @ scale.T, SCALE_TRILS[0] @ SCALE_TRILS[0].T, rtol=5 * 0.013)


def test_a_fit_to_copies_of_few_points_does_not_collapse():
    """Without the spread of the other components the heaviest point would get a component of no width."""
    rng = np.random.default_rng(0)
    few = rng.normal(size=(40, 3))
    z = np.repeat(few, [200, *[20] * 39], axis=0)
    fitted = fit(z, 8, 40.0, rng)
    widths = np.exp(np.mean(np.log(np.diagonal(fitted.scale_trils, axis1=1, axis2=2)), axis=1))
    assert np.min(widths) > 0.2 * np.exp(np.mean(np.log(z.std(axis=0))))
