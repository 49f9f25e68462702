"""The mode of the posterior: a stationary point of the density in closed form, a bound, or none."""

import numpy as np
import pytest
from scipy.stats import beta

from inference import closed_form, exact
from inference.questions.one_population.posterior_mode import NoModeError, posterior_mode
from models import Counts, Events, bda3, box, half_cauchy, mean_concentration, mean_shape


def of_bda3(counts, a, b):
    """log p(log a, log b | counts) under p(a, b) ~ (a + b)^(-5/2): a b is the slope of (a, b) by their logs."""
    return closed_form(counts, a, b) - 2.5 * np.log(a + b) + np.log(a * b)


def of_half_cauchy(counts, a, b):
    """Under mu ~ Uniform and spread = lam^(-1/2) ~ half-Cauchy: da db = lam dmu dlam, dspread = lam^(-3/2) dlam / 2."""
    lam = a + b
    return closed_form(counts, a, b) - np.log1p(1 / lam) - 1.5 * np.log(lam) - np.log(lam) + np.log(a * b)


DENSITIES = {"bda3": (bda3(), of_bda3), "half_cauchy": (half_cauchy(), of_half_cauchy)}


@pytest.mark.parametrize("classroom", ["A", "B"])
@pytest.mark.parametrize("name", DENSITIES)
def test_it_is_the_highest_point_of_the_density_in_closed_form(classroom, name, classrooms):
    counts, (hyperprior, log_density) = classrooms[classroom], DENSITIES[name]
    (a, b), at_bound = posterior_mode(exact(hyperprior, counts), counts)
    assert at_bound == ""
    # Central differences vanish to the third order in h, and the closed form is right to 1e-9.
    h = np.exp(1e-3)
    assert log_density(counts, a * h, b) == pytest.approx(log_density(counts, a / h, b), abs=1e-6)
    assert log_density(counts, a, b * h) == pytest.approx(log_density(counts, a, b / h), abs=1e-6)
    factors = np.exp(np.linspace(-3, 3, 25))
    assert np.argmax(log_density(counts, a * factors[:, None], b * factors)) == 25 * 12 + 12


def test_with_a_thousand_million_trials_each_it_is_that_of_known_rates():
    """Then the likelihood is the product of Beta(theta_i; a, b), apart from terms of order a / n."""
    n, rates = 10**9, np.array([0.31, 0.45, 0.52, 0.58, 0.63, 0.79])
    counts = Counts((n * rates).astype(int), np.full(6, n))
    (a, b), _ = posterior_mode(exact(bda3(), counts), counts)

    def log_density(a, b):
        return beta.logpdf(rates, a, b).sum() - 2.5 * np.log(a + b) + np.log(a * b)

    h = np.exp(1e-3)
    assert log_density(a * h, b) == pytest.approx(log_density(a / h, b), abs=1e-6)
    assert log_density(a, b * h) == pytest.approx(log_density(a, b / h), abs=1e-6)


def test_at_a_bound_it_says_so(six):
    (a, b), at_bound = posterior_mode(exact(mean_concentration(), six), six)
    assert a + b == pytest.approx(100, rel=1e-6)
    assert at_bound == "the upper bound of lam, 100"
    (a, _), at_bound = posterior_mode(exact(box(), six), six)
    assert a == pytest.approx(20, rel=1e-6)
    assert at_bound == "the upper bound of a, 20"


def test_a_flat_density_has_none():
    """With one trial each the likelihood is that of mu alone, and lam is log-uniform."""
    counts = Counts([0, 1, 1], [1, 1, 1])
    with pytest.raises(NoModeError, match="it is flat, or rises, in one direction"):
        posterior_mode(exact(mean_concentration(), counts), counts)


def test_without_an_event_the_mean_is_at_its_lower_bound():
    counts = Events([0, 0], [1.0, 2.0])
    (shape, rate), at_bound = posterior_mode(exact(mean_shape(), counts), counts)
    assert shape / rate == pytest.approx(1e-3, rel=1e-6)
    assert at_bound == "the lower bound of mean, 0.001"
