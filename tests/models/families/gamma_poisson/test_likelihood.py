"""The likelihood of a population of event rates: differences of SciPy's, and slopes of its own values."""

import numpy as np
import pytest
from scipy.stats import nbinom, poisson

from models.families.gamma_poisson.likelihood import EventsLikelihood

K, EXPOSURE, TIMES = np.array([0, 3, 7, 30, 1]), np.array([2.5, 1.0, 11.0, 14.0, 0.5]), np.array([2, 1, 1, 3, 1])
EQUAL = (K @ TIMES) / (EXPOSURE @ TIMES)


@pytest.fixture(scope="module")
def likelihood() -> EventsLikelihood:
    return EventsLikelihood(K, EXPOSURE, TIMES)


@pytest.mark.parametrize(("mean", "shape"), [(2.0, 0.7), (1e-3, 1e-3), (40.0, 30.0), (2.1, 1e6)])
def test_it_is_the_log_pmf_less_that_of_equal_rates(likelihood, mean, shape):
    log_p = nbinom.logpmf(K, shape, 1 / (1 + mean * EXPOSURE / shape)) - poisson.logpmf(K, EQUAL * EXPOSURE)
    # SciPy's log gammas of 1e6 have errors of 1e-9.
    assert likelihood.above_equal(mean, shape) == pytest.approx(TIMES @ log_p, rel=1e-9, abs=1e-7)


def test_it_vanishes_at_equal_rates(likelihood):
    assert likelihood.above_equal(EQUAL, 1e17) == pytest.approx(0, abs=1e-12 * (K @ TIMES))


@pytest.mark.parametrize(("mean", "shape"), [(2.0, 0.7), (0.1, 5.0), (2.1, 300.0)])
def test_its_slopes_are_those_of_its_values(likelihood, mean, shape):
    h = 1e-4  # the error of a central difference is h^2 / 6 times the third derivative, which is at most the events
    along_mean = likelihood.above_equal(mean * np.exp(h), shape) - likelihood.above_equal(mean * np.exp(-h), shape)
    along_shape = likelihood.above_equal(mean, shape * np.exp(h)) - likelihood.above_equal(mean, shape * np.exp(-h))
    expected = np.array([along_mean, along_shape]) / (2 * h)
    assert likelihood.slope(mean, shape) == pytest.approx(expected, abs=h**2 * (K @ TIMES) + 1e-8)


def test_without_events_only_the_exposure_counts():
    none = EventsLikelihood(np.zeros(2, int), np.array([1.0, 3.0]), np.ones(2, int))
    # No event: (rate / (rate + exposure))^shape, against 1.
    assert none.above_equal(0.5, 2.0) == pytest.approx(2 * np.log(4 / 5) + 2 * np.log(4 / 7), rel=1e-12)
