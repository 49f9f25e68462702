"""Sums of log rising factorials over tail counts, against 40 digits."""

import mpmath
import numpy as np
import pytest

from models.families.beta_binomial.rising_factorials import FIRST_OCTAVE, FLOAT64_POINTS, RisingFactorials

CASES = {  # largest value, and number of values
    "none": (0, 3),
    "short": (14, 5),
    "one octave": (40, 30),
    "n <= 100": (100, 50),
    "many octaves": (10**5, 40),
    "one long record": (3 * 10**5, 1),
    "summed by Euler and Maclaurin": (10**9, 300),
}


def values_of(case: str) -> tuple[np.ndarray, np.ndarray]:
    longest, size = CASES[case]
    rng = np.random.default_rng(size)
    values = np.exp(rng.uniform(0, np.log(longest + 1), size)).astype(np.int64) - (longest < 20)
    values[0] = longest
    return values, rng.integers(1, 5, size)


def exact_sum(values, multiplicity, x: float) -> mpmath.mpf:
    x = mpmath.mpf(x)
    terms = (
        int(c) * (mpmath.loggamma(x + int(v)) - mpmath.loggamma(x) - int(v) * mpmath.log(x))
        for v, c in zip(values, multiplicity, strict=True)
    )
    return mpmath.fsum(terms)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("points", [FLOAT64_POINTS, 10])
@pytest.mark.parametrize(("x", "x0"), [(1e-6, 1.0), (3.0, 100.0), (50.0, 49.5), (1e7, 3.0)])
def test_differences_against_forty_digits(case, points, x, x0):
    values, multiplicity = values_of(case)
    with mpmath.workdps(40):
        expected = float(exact_sum(values, multiplicity, x) - exact_sum(values, multiplicity, x0))
    got = RisingFactorials(values, multiplicity, points).log_ratio(np.array([x]), np.array([x0]))[0]
    # All terms have one sign, so errors are relative to the sum: a few eps per term, and the error of interpolation.
    assert abs(got - expected) <= (20 * np.finfo(float).eps + 5.8**-points) * abs(expected)


@pytest.mark.parametrize("case", CASES)
def test_slope_against_forty_digits(case):
    values, multiplicity = values_of(case)
    with mpmath.workdps(40):
        x = mpmath.mpf(2.5)
        terms = [int(c) * (mpmath.psi(0, x + int(v)) - mpmath.psi(0, x)) for v, c in zip(values, multiplicity)]  # noqa: B905
        expected = float(mpmath.fsum(terms))
    assert RisingFactorials(values, multiplicity).slope(2.5) == pytest.approx(expected, rel=1e-14, abs=0)


def test_multiplicity_is_repetition():
    values, multiplicity = values_of("many octaves")
    counted = RisingFactorials(values, multiplicity)
    repeated = RisingFactorials(np.repeat(values, multiplicity), np.ones(multiplicity.sum(), np.int64))
    np.testing.assert_array_equal(counted.at, repeated.at)
    np.testing.assert_allclose(counted.weight, repeated.weight, rtol=1e-13, atol=1e-13 * counted.weight.max())


def test_the_number_of_terms_grows_with_the_logarithm_of_the_largest_value():
    rng = np.random.default_rng(0)
    values = rng.integers(0, 10**9, 10_000)
    octaves = np.ceil(np.log2(values.max() / FIRST_OCTAVE))
    terms = len(RisingFactorials(values, np.ones_like(values)).at)
    assert terms <= FIRST_OCTAVE + FLOAT64_POINTS * octaves
