"""Integrals on a lattice, its peaks and distribution functions, against normal distributions and their mixtures."""

from functools import partial

import numpy as np
import pytest
from scipy.special import ndtr
from scipy.stats import norm

from inference.numerics.lattice import box
from inference.numerics.lattice.box import Integral, find_box, first_box, integrate, on_lattice, refined
from inference.numerics.lattice.distribution import LatticeDistribution, NotMonotoneError, along, level, slope_of
from inference.numerics.lattice.peaks import find_peaks
from inference.numerics.trapezoid import QuadratureError

MEAN = np.array([0.3, -0.7, 0.2])
ROOT = np.array([[0.5, 0.0, 0.0], [0.4, 0.2, 0.0], [-0.1, 0.3, 1.0]])
NAMES = "first", "second", "third"
POINTS = np.random.default_rng(0).uniform(-6, 6, (4096, 3))
TOLERANCE = 1e-10


def log_normal(points, mean, root):
    """log of the density of the normal distribution with a lower triangular root of its covariance."""
    z = np.linalg.solve(root, (points - mean).T)
    return -0.5 * np.sum(z**2, axis=0) - np.log(np.abs(np.diag(root))).sum() - len(mean) / 2 * np.log(2 * np.pi)


def integral_of(log_density, d):
    return Integral(NAMES[:d], np.full(d, -300.0), np.full(d, 300.0), log_density)


def coordinates(lattice):
    return lattice.box.lattice(lattice.sizes, lattice.index)


def rule_of(log_density, d):
    integral = integral_of(log_density, d)
    points = POINTS[:, :d]
    peaks = find_peaks(log_density, points, log_density(points))
    return integrate(integral, find_box(integral, first_box(peaks)), monitor=coordinates, tolerance=TOLERANCE)


def normal_of(d):
    return partial(log_normal, mean=MEAN[:d], root=ROOT[:d, :d])


@pytest.mark.parametrize("d", [1, 2, 3])
def test_a_normal_density_has_its_integral_mean_and_covariance(d):
    rule = rule_of(normal_of(d), d)
    assert rule.log_total == pytest.approx(0, abs=TOLERANCE)
    points = rule.points
    np.testing.assert_allclose(rule.expectation(points), MEAN[:d], atol=10 * TOLERANCE)
    off = points - MEAN[:d]
    covariance = rule.expectation(off[:, :, None] * off[:, None])
    np.testing.assert_allclose(covariance, (ROOT @ ROOT.T)[:d, :d], atol=10 * TOLERANCE)
    assert rule.border_height() < -30


def test_a_heavy_and_curved_density_converges_to_its_integral():
    # x is logistic, and y given x normal around x^2 / 4: the integral is 1.
    def log_density(points):
        x, y = points.T
        return -np.logaddexp(x, 0) - np.logaddexp(-x, 0) + norm.logpdf(y, x**2 / 40, 1.0)

    rule = rule_of(log_density, 2)
    believed = rule.log_total_errors().sum() + np.exp(rule.border_height())
    assert abs(rule.log_total) < max(10 * believed, 1e-10)


@pytest.mark.parametrize("gap", [3.0, 12.0])
def test_both_peaks_of_a_mixture_are_found_and_integrated(gap):
    other = MEAN[:2] + np.array([gap, 0.0])

    def log_density(points):
        first, second = (log_normal(points, mean, ROOT[:2, :2]) for mean in (MEAN[:2], other))
        return np.logaddexp(np.log(0.75) + first, np.log(0.25) + second)

    points = POINTS[:, :2] + np.array([gap / 2, 0.0])
    peaks = find_peaks(log_density, points, log_density(points))
    np.testing.assert_allclose(peaks.position, [MEAN[:2], other], atol=0.5 * np.abs(ROOT).max())
    np.testing.assert_allclose(np.diff(peaks.log_mass), -np.log(3), atol=0.1)
    integral = integral_of(log_density, 2)
    rule = integrate(integral, find_box(integral, first_box(peaks)), monitor=coordinates, tolerance=TOLERANCE)
    assert rule.log_total == pytest.approx(0, abs=1e-8)
    assert rule.expectation(rule.points)[0] == pytest.approx(MEAN[0] + gap / 4, abs=1e-8)


def test_the_error_of_a_coarse_rule_is_an_upper_bound():
    integral = integral_of(normal_of(2), 2)
    rule = rule_of(normal_of(2), 2)
    for nodes in (17, 21, 25):
        coarse = on_lattice(integral, rule.box, (nodes, nodes))
        assert abs(coarse.log_total) <= coarse.log_total_errors().sum() + 1e-13
        mean, errors = coarse.expectation(coarse.points[:, 0]), coarse.expectation_errors(coarse.points[:, 0])
        assert abs(mean - MEAN[0]) <= errors.sum() + 1e-13


def test_nodes_far_from_those_of_a_coarser_rule_have_no_mass():
    integral, rule = integral_of(normal_of(3), 3), rule_of(normal_of(3), 3)
    whole = on_lattice(integral, rule.box, rule.sizes)
    np.testing.assert_array_equal(whole.index, rule.index)


def test_a_narrow_peak_on_a_wide_one_converges_after_many_rules():
    """The mean of |w| bends at 0, so it converges slowly; that of w, which is compared in units of it, does not."""
    sd = 0.05

    def log_density(points):
        x = points[:, 0]
        return np.logaddexp(norm.logpdf(x, 0.0, 1.0), norm.logpdf(x, 0.2, sd)) - np.log(2)

    rule = rule_of(log_density, 1)
    # The error of a normal density is 2 exp(-2 (pi sd / step)^2).
    longest_step = np.pi * sd / np.sqrt(np.log(2 / TOLERANCE) / 2)
    enough = (rule.box.high - rule.box.low)[0] * np.abs(rule.box.frame.scale[0, 0]) / longest_step
    # A rule has at most twice the nodes of the one before, and one more must agree with the first that is fine enough.
    assert enough < rule.sizes[0] < 4 * enough
    assert rule.log_total == pytest.approx(0, abs=10 * TOLERANCE)
    assert rule.expectation(rule.points)[0] == pytest.approx(0.1, abs=10 * TOLERANCE)


def test_the_whole_box_may_have_more_nodes_than_are_evaluated(monkeypatch):
    rule = rule_of(normal_of(3), 3)
    cells, kept = np.prod(rule.sizes), len(rule.index)
    assert kept < cells / 2
    monkeypatch.setattr(box, "MAX_NODES", int(cells / 2))
    np.testing.assert_array_equal(rule_of(normal_of(3), 3).index, rule.index)
    monkeypatch.setattr(box, "MAX_CELLS", int(cells / 2))
    with pytest.raises(QuadratureError, match="nodes"):
        rule_of(normal_of(3), 3)


def test_a_density_that_jumps_does_not_converge():
    def log_density(points):
        return normal_of(1)(points) + np.where(points[:, 0] > 0.37, 0.0, -1.0)

    with pytest.raises(QuadratureError, match="jumps or bends"):
        rule_of(log_density, 1)


def test_a_density_that_does_not_fall_off_is_refused_by_the_name_of_its_coordinate():
    def log_density(points):
        return normal_of(1)(points[:, :1]) - np.logaddexp(0, -points[:, 1]) - np.maximum(points[:, 1] - 400, 0)

    with pytest.raises(QuadratureError, match="does not fall off towards the upper end of second"):
        rule_of(log_density, 2)


@pytest.mark.parametrize("d", [1, 2, 3])
def test_a_linear_function_has_the_normal_distribution(d):
    slope = np.array([1.0, -2.0, 0.5])[:d]
    mean, sd = slope @ MEAN[:d], np.linalg.norm(ROOT[:d, :d].T @ slope)
    integral, rule = integral_of(normal_of(d), d), rule_of(normal_of(d), d)
    np.testing.assert_allclose(slope_of(rule, rule.points @ slope), slope, atol=1e-8)
    box = find_box(integral, along(rule, slope), keep_frame=True)
    lattice = integrate(integral, box, monitor=coordinates, tolerance=TOLERANCE)
    for rule_used, axes in ((lattice, [0]), (rule, range(d))):
        distribution = LatticeDistribution(rule_used, axes, lambda w: w @ slope, lambda old: refined(integral, old))
        for score in (-3.0, -0.5, 0.0, 1.7):
            assert distribution.cdf(mean + score * sd) == pytest.approx(ndtr(score), abs=1e-6)
            assert distribution.quantile(ndtr(score)) == pytest.approx(
                mean + score * sd, abs=1e-6 * sd / norm.pdf(score)
            )


def test_a_product_that_saturates_at_an_end():
    # x = p r of two uniform numbers, p and r logistic functions of u and v: P(x < t) = t - t log t.
    def log_density(points):
        z = 2 * np.sinh(points)
        return np.sum(-np.logaddexp(z, 0) - np.logaddexp(-z, 0) + np.log(2 * np.cosh(points)), axis=1)

    def product(points):
        return np.prod(1 / (1 + np.exp(-2 * np.sinh(points))), axis=1)

    integral, rule = integral_of(log_density, 2), rule_of(log_density, 2)
    distribution = LatticeDistribution(rule, [0, 1], product, lambda old: refined(integral, old))
    for t in (0.01, 0.2, 0.5, 0.9):
        assert distribution.cdf(t) == pytest.approx(t - t * np.log(t), abs=1e-6)
    assert distribution.cdf(0.0) == 0
    assert distribution.cdf(1.5) == 1
    with pytest.raises(ValueError, match="NaN"):
        distribution.cdf(np.nan)


def test_a_function_that_rises_and_falls_is_refused():
    rule = rule_of(normal_of(2), 2)
    with pytest.raises(NotMonotoneError, match="monotone"):
        LatticeDistribution(rule, [0, 1], lambda w: np.cos(w).sum(axis=1), lambda old: None)


def test_probabilities_that_too_few_lines_cannot_give_are_refused():
    integral, rule = integral_of(normal_of(2), 2), rule_of(normal_of(2), 2)
    coarse = on_lattice(integral, rule.box, (17, 17))
    distribution = LatticeDistribution(coarse, [1], lambda w: w @ [1.0, 1.0], lambda old: None)
    with pytest.raises(QuadratureError, match="the probability still has an error of"):
        distribution.cdf(MEAN[:2].sum())


def test_a_level_box_has_the_directions_of_the_coordinates():
    box = level(rule_of(normal_of(3), 3))
    np.testing.assert_allclose(box.frame.scale, np.diag(np.sqrt(np.diag(ROOT @ ROOT.T))), atol=1e-8)
