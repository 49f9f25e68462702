"""Searches uphill end at the peaks of a log density, and tell their widths and masses."""

import numpy as np
from scipy.special import logsumexp

from inference.numerics.peaks import climb, find_peaks

MEANS = np.array([[0.0, 0.0, 0.0], [6.0, -6.0, 3.0], [-8.0, 2.0, 0.0]])
SDS = np.array([1.0, 0.2, 0.5])
SHARES = np.array([0.5, 0.3, 0.2])


def three_normals(z):
    """log sum_k share_k Normal(z; mean_k, sd_k^2), and its gradient."""
    away = z[:, None] - MEANS
    each = np.log(SHARES) - 3 * np.log(SDS) - 1.5 * np.log(2 * np.pi) - np.sum(away**2, axis=2) / (2 * SDS**2)
    total = logsumexp(each, axis=1)
    part = np.exp(each - total[:, None])
    return total, -np.einsum("nk,nki->ni", part / SDS**2, away)


def banana(z):
    """The density of Rosenbrock's valley, whose only peak is at (1, 1)."""
    x, y = z.T
    value = -((1 - x) ** 2) - 100 * (y - x**2) ** 2
    return value, np.stack([2 * (1 - x) + 400 * x * (y - x**2), -200 * (y - x**2)], axis=1)


def test_three_peaks_are_found_with_their_widths_and_masses():
    starts = np.concatenate([mean + np.random.default_rng(0).normal(size=(10, 3)) for mean in MEANS])
    peaks = find_peaks(three_normals, starts, most=10)
    assert len(peaks.z) == 3
    assert np.allclose(peaks.z, MEANS, atol=0.02 * SDS[:, None])
    assert np.allclose(peaks.covariances, SDS[:, None, None] ** 2 * np.eye(3), rtol=1e-3, atol=1e-3)
    assert np.allclose(peaks.log_masses, np.log(SHARES), atol=0.01)  # normals: Laplace's approximation is exact


def test_of_more_peaks_than_allowed_the_heaviest_stay():
    starts = np.concatenate([mean + np.random.default_rng(0).normal(size=(10, 3)) for mean in MEANS])
    assert np.allclose(find_peaks(three_normals, starts, most=1).z, MEANS[:1], atol=0.02)


def test_a_search_follows_a_curved_valley():
    z, value = climb(banana, np.array([[-1.2, 1.0], [2.0, -3.0]]))
    assert np.allclose(z, 1.0, atol=0.05)
    assert np.all(value > -1e-3)


def test_a_start_without_density_ends_no_other_search():
    def half(z):
        value, slope = three_normals(z)
        outside = z[:, 0] < -1
        return np.where(outside, -np.inf, value), np.where(outside[:, None], np.nan, slope)

    peaks = find_peaks(half, np.array([[-3.0, 0.0, 0.0], [0.5, 0.5, 0.5]]), most=10)
    assert np.allclose(peaks.z, MEANS[:1], atol=0.02)
