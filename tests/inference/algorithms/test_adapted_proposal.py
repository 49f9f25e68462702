"""A proposal is adapted to densities of several peaks, and knows when a proposal misses one of them."""

import numpy as np
import pytest
from scipy.special import logsumexp

from inference import WeightError
from inference.algorithms.adapted_proposal import adapt, scrambled_sobol

CORNERS = 4.0 * np.stack(np.meshgrid([-1, 1], [-1, 1], [-1, 1]), axis=-1).reshape(8, 3)


def normals(means, sds):
    """The log density of normals of equal shares, and its gradient."""
    means, sds = np.asarray(means, float), np.asarray(sds, float)
    dimension = means.shape[1]

    def log_density_and_slope(z):
        away = z[:, None] - means
        constant = -np.log(len(means)) - dimension * np.log(sds) - dimension / 2 * np.log(2 * np.pi)
        each = constant - np.sum(away**2, axis=2) / (2 * sds**2)
        total = logsumexp(each, axis=1)
        return total, -np.einsum("nk,nki->ni", np.exp(each - total[:, None]) / sds**2, away)

    return log_density_and_slope


def adapted(log_density_and_slope, dimension, seed=0):
    rng = np.random.default_rng(seed)
    prior = 4 * rng.normal(size=(4096, dimension))
    return adapt(lambda z: log_density_and_slope(z)[0], log_density_and_slope, prior, rng)


@pytest.mark.parametrize(
    "density",
    [
        normals([[0.0, 0.0, 0.0]], [1.0]),
        normals(CORNERS, np.full(8, 0.3)),
        normals([[0.0, 0.0, 0.0], [3.0, 3.0, 3.0]], [1.0, 0.2]),
        normals([[12.0, 12.0, 12.0]], [0.1]),
    ],
    ids=["one", "eight peaks", "a narrow second peak", "far from the prior"],
)
def test_the_proposal_covers_all_peaks(density):
    """log Z is 0. By 2^13 points of a share of ESS above 1/2, its error is below sqrt(1 / 2^13) = 0.011."""
    found = adapted(density, 3)
    assert max(found.shares) > 0.5
    z = found.mixture.of_cube(scrambled_sobol(13, 4, np.random.default_rng(1)))
    weights = np.exp(density(z)[0] - found.mixture.log_density(z))
    assert abs(np.mean(weights) - 1) < 5 * 0.011


def test_ten_narrow_peaks_are_found_by_searches_alone():
    """Their sd is 0.1 in six numbers, over a prior of sd 4: no point of 10^4 comes near one of them."""
    means = 4 * np.random.default_rng(0).normal(size=(10, 6))
    found = adapted(normals(means, np.full(10, 0.1)), 6)
    assert abs(found.log_evidence) < 0.05
    assert max(found.shares) > 0.5


def test_a_point_that_met_a_peak_is_the_start_of_a_search():
    """Of sd 0.01: where one point has met it, the fit alone has it too wide by far, and Z is off by 0.4."""
    density = normals([[0.0, 0.0], [2.8, 2.8]], [1.0, 0.01])
    found = adapted(density, 2, seed=2)
    z = found.mixture.of_cube(scrambled_sobol(13, 3, np.random.default_rng(1)))
    assert abs(np.mean(np.exp(density(z)[0] - found.mixture.log_density(z))) - 1) < 5 * 0.011


def test_a_share_that_a_proposal_seems_to_have_is_less_where_it_misses_a_peak():
    """The first proposal is wide, so its share is low; the others' are computed from its points too."""
    found = adapted(normals(CORNERS, np.full(8, 0.3)), 3)
    assert found.shares[0] < max(found.shares)
    assert abs(found.log_evidence) < 0.05


def test_scrambles_are_inside_the_cube_even_and_different():
    first, other = (scrambled_sobol(10, 6, np.random.default_rng(seed)) for seed in (0, 1))
    assert np.all((first > 0) & (first < 1))
    assert np.all(np.sort(np.floor(first * 1024), axis=0) == np.arange(1024)[:, None])  # one point in each row
    assert not np.array_equal(first, other)


def test_a_density_that_is_zero_everywhere_is_a_weight_error():
    def nothing(z):
        return np.full(len(z), -np.inf), np.zeros_like(z)

    with pytest.raises(WeightError, match="every weight is zero"):
        adapted(nothing, 2)
