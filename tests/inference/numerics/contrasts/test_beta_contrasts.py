"""The distribution of a difference and of ratios of two Betas against integrals by SciPy, and their symmetries."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import beta

from inference.numerics.contrasts.beta_contrasts import TwoRates, contrast_cdf
from inference.numerics.contrasts.contrast_moments import contrast_moments, moments_that_exist, search_moments

PAIRS = [(1.0, 1.0, 1.0, 1.0), (3.0, 8.0, 7.0, 6.0), (20.5, 1.5, 500.0, 520.0), (3e5, 1e6, 3.01e5, 1e6)]
VALUES = {"difference": (-0.5, -1e-3, 0.0, 0.2, 0.53), "ratio": (0.2, 0.999, 1.1, 3.0), "odds ratio": (0.2, 1.0, 1.1)}
FIRST = {
    "difference": lambda y, at: y + at,
    "ratio": lambda y, at: y * at,
    "odds ratio": lambda y, at: at * y / (1 - y + at * y),
}


def rates(*shapes: float) -> TwoRates:
    return TwoRates(*(np.array([float(shape)]) for shape in shapes))


@pytest.mark.parametrize("contrast", VALUES)
@pytest.mark.parametrize("shapes", PAIRS)
def test_the_distribution_function_is_the_integral(shapes, contrast):
    first, other = beta(*shapes[:2]), beta(*shapes[2:])
    for at in VALUES[contrast]:
        # Between these points the integrand is smooth: there f_2 is, and there F_1(g(y)) reaches 0 or 1.
        kinks = [1 - at, -at] if contrast == "difference" else [1 / at] if contrast == "ratio" else []
        points = {0.0, 1.0, *other.ppf([1e-12, 1e-4, 0.1, 0.5, 0.9, 1 - 1e-4]), *(y for y in kinks if 0 < y < 1)}
        edges = sorted(points)
        expected = 0.0
        for low, high in pairwise(edges):
            expected += quad(
                lambda y, at=at: other.pdf(y) * first.cdf(np.clip(FIRST[contrast](y, at), 0, 1)), low, high
            )[0]
        # 12 Gauss nodes in a panel of two sds leave 1e-9, the points of `quad` 1e-9 of two tails.
        assert abs(contrast_cdf(rates(*shapes), contrast, at)[0] - expected) < 4e-9


@pytest.mark.parametrize("shapes", [*PAIRS, (0.3, 0.7, 5.0, 0.2)])
def test_the_difference_is_antisymmetric_and_the_ratios_are_reciprocal(shapes):
    one, exchanged = rates(*shapes), rates(*shapes).exchanged()
    # Where the two sides are different integrals: at 0 and 1, and of a difference close to them.
    for contrast, at, other in (("difference", 0.0, 0.0), ("ratio", 1.0, 1.0), ("odds ratio", 1.0, 1.0)):
        total = contrast_cdf(one, contrast, at) + contrast_cdf(exchanged, contrast, other)
        assert abs(total[0] - 1) < 1e-8
    # P(theta_1 > theta_2) is one number, whichever contrast tells it.
    told = [contrast_cdf(one, contrast, at)[0] for contrast, at in (("difference", 0.0), ("ratio", 1.0))]
    assert abs(told[0] - contrast_cdf(one, "odds ratio", 1.0)[0]) < 1e-8
    assert abs(told[0] - told[1]) < 1e-8


def test_of_uniform_rates_the_difference_is_triangular():
    for at in (-0.7, -0.2, 0.0, 0.4, 0.999, 1.0):
        expected = 1 - (1 - at) ** 2 / 2 if at > 0 else (1 + at) ** 2 / 2
        assert abs(contrast_cdf(rates(1, 1, 1, 1), "difference", at)[0] - expected) < 1e-9
    # And their ratio: P(X / Y <= c) = c / 2 for c < 1.
    assert abs(contrast_cdf(rates(1, 1, 1, 1), "ratio", 0.3)[0] - 0.15) < 1e-9


def moved_by_counts(shapes):
    """A population Beta(0.5, 1.5), and counts of two groups that move it to these shapes."""
    k, failures = np.array(shapes[::2]) - 0.5, np.array(shapes[1::2]) - 1.5
    return np.array([0.5]), np.array([1.5]), k, failures


@pytest.mark.parametrize("contrast", VALUES)
def test_moments_are_those_of_scipys_integrals(contrast):
    shapes = (4.0, 7.0, 6.0, 5.0)
    first, other = beta(*shapes[:2]), beta(*shapes[2:])
    one = {"difference": lambda x: x, "ratio": lambda x: x, "odds ratio": lambda x: x / (1 - x)}[contrast]
    two = {"difference": lambda y: y, "ratio": lambda y: 1 / y, "odds ratio": lambda y: (1 - y) / y}[contrast]
    (m1, s1), (m2, s2) = (
        [law.expect(lambda x, p=p, f=f: f(x) ** p) for p in (1, 2)] for law, f in ((first, one), (other, two))
    )
    if contrast == "difference":
        mean, variance = m1 - m2, s1 - m1**2 + s2 - m2**2
    else:
        mean, variance = m1 * m2, s1 * s2 - (m1 * m2) ** 2
    np.testing.assert_allclose(
        np.ravel(contrast_moments(*moved_by_counts(shapes), contrast)), [mean, variance], rtol=1e-7
    )
    if contrast != "difference":
        logs = [
            [law.expect(lambda x, p=p, f=f: np.log(f(x)) ** p) for p in (1, 2)]
            for law, f in ((first, one), (other, two))
        ]
        (m1, s1), (m2, s2) = logs
        expected = [m1 + m2, s1 - m1**2 + s2 - m2**2]
        np.testing.assert_allclose(np.ravel(search_moments(rates(*shapes), contrast)), expected, rtol=1e-6)


def test_a_ratio_has_moments_where_enough_successes_and_failures_keep_its_denominator_from_zero():
    k, failures = np.array([7.0, 1.0]), np.array([0.0, 4.0])
    exist = {contrast: moments_that_exist(contrast, k, failures) for contrast in VALUES}
    assert exist == {"difference": 2, "ratio": 1, "odds ratio": 0}
    assert moments_that_exist("odds ratio", k + 1, failures + 2) == 2


def test_a_rate_that_is_all_but_known_makes_a_step():
    """theta_1 rounds to 1: P(theta_1 - theta_2 <= d) = P(theta_2 >= 1 - d)."""
    for at in (0.2, 0.7):
        expected = beta(2, 3).sf(1 - at)
        # The step lies at an edge between two panels.
        assert abs(contrast_cdf(rates(5, 1e-20, 2, 3), "difference", at)[0] - expected) < 1e-7
