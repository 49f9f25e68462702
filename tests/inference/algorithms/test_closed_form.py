"""The oracle itself: against SciPy's beta-binomial, and against integration over theta."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import beta, betabinom, binom

from inference import closed_form
from models import Counts


@pytest.mark.parametrize(("a", "b"), [(0.5, 0.5), (2.0, 3.0), (14.5, 8.1), (0.02, 0.05), (200.0, 1.0)])
def test_it_is_scipys_beta_binomial(classrooms, a, b):
    for counts in classrooms.values():
        expected = betabinom.logpmf(counts.k, counts.n, a, b).sum()
        # Both are sums of log gammas below log Gamma(301) < 1500, fewer than 10 for each student.
        assert abs(closed_form(counts, a, b) - expected) < 10 * len(counts) * 1500 * np.finfo(np.float64).eps


@pytest.mark.parametrize(("k", "n"), [(3, 5), (0, 1), (2, 2), (70, 100), (0, 0)])
@pytest.mark.parametrize(("a", "b"), [(1.0, 1.0), (2.0, 3.0), (14.5, 8.1)])
def test_it_is_the_integral_over_theta(k, n, a, b):
    mode = (a + k) / (a + b + n)
    evidence, error = quad(lambda theta: binom.pmf(k, n, theta) * beta.pdf(theta, a, b), 0, 1, points=[mode])
    # SciPy's pmf and pdf are exponentials of sums of terms below 100 log 100 = 460: their relative error is 460 eps.
    assert abs(np.exp(closed_form(Counts(k=[k], n=[n]), a, b)) - evidence) < error + 4 * 460 * 2.3e-16 * evidence


def test_students_add_and_shapes_broadcast(six):
    a, b = np.array([[0.5], [2.0]]), np.array([1.0, 3.0, 9.0])
    together = closed_form(six, a, b)
    apart = sum(closed_form(Counts(k=[k], n=[n]), a, b) for k, n in zip(six.k, six.n, strict=True))
    assert together.shape == (2, 3)
    assert together.dtype == np.float64
    np.testing.assert_allclose(together, apart, rtol=1e-14)


def test_students_nobody_has_asked_say_nothing():
    counts = Counts(k=[0, 0], n=[0, 0])
    # log B(a, b) is subtracted from itself.
    assert np.all(closed_form(counts, np.array([1e-3, 1.0, 1e3]), 2.0) == 0)


def test_it_is_float64_whatever_the_input(six):
    assert closed_form(six, np.float32(2.0), 3) == closed_form(six, 2.0, 3.0)
