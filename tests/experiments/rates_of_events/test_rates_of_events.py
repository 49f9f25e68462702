"""Rates of events: closed forms, and the numbers that BUGS printed for the pumps."""

import json

import numpy as np
import pytest
from scipy.integrate import dblquad
from scipy.special import gammaln
from scipy.stats import gamma

from experiments.rates_of_events.bugs import PRIOR_OF_BUGS, PUBLISHED, pumps_as_in_bugs
from experiments.rates_of_events.negative_binomials import log_evidence, posterior_means
from experiments.rates_of_events.panels import spread_out
from experiments.rates_of_events.pumps import equally_exposed, pumps
from inference import exact
from models import fixed, gamma_poissons, mean_shape


def test_the_pumps_are_those_of_bugs_before_its_rounding():
    events, rounded = pumps(), pumps_as_in_bugs()
    assert (len(events), events.k.sum()) == (10, 75)
    np.testing.assert_array_equal(events.k, rounded.k)
    assert events.names == rounded.names
    np.testing.assert_allclose(events.exposure, rounded.exposure, rtol=3e-3)  # three digits


def test_negative_binomials_are_poissons_averaged_over_a_gamma():
    # Of one pump, 5 failures in 94.32: the integral of Poisson(5; 94.32 theta) over Gamma(0.8, 1.1), by its moments.
    events, shape, rate = pumps(), 0.8, 1.1
    k, exposure = events.k[0], events.exposure[0]
    log_integral = shape * np.log(rate) - gammaln(shape) + k * np.log(exposure) - gammaln(k + 1)
    log_integral += gammaln(shape + k) - (shape + k) * np.log(rate + exposure)
    assert log_evidence(events.taken([0]), shape, rate) == pytest.approx(log_integral, abs=1e-12)
    assert posterior_means(events, shape, rate)[0] == pytest.approx(5.8 / 95.42)


@pytest.mark.parametrize(("shape", "rate"), [(0.7, 0.9), (30.0, 2.0)])
def test_a_known_population_has_the_closed_form(shape, rate):
    events = pumps()
    known = exact(fixed(shape, rate, family=gamma_poissons), events)
    assert known.log_evidence == pytest.approx(log_evidence(events, shape, rate), abs=1e-10)
    np.testing.assert_allclose(known.shrinkage(events)["mean"], posterior_means(events, shape, rate), rtol=1e-12)


@pytest.mark.costly
def test_the_prior_of_bugs_is_its_own_and_its_answers_are_within_their_errors():
    events = pumps_as_in_bugs()
    posterior = exact(PRIOR_OF_BUGS, events)

    def joint(log_beta: float, log_alpha: float) -> float:
        alpha, beta = np.exp(log_alpha), np.exp(log_beta)
        log_prior = -alpha + log_alpha + gamma.logpdf(beta, 0.1) + log_beta
        return np.exp(log_prior + log_evidence(events, alpha, beta) + 35)

    z, error = dblquad(joint, -4.0, 2.5, -8.0, 4.0, epsrel=1e-7)
    assert posterior.log_evidence == pytest.approx(np.log(z) - 35, abs=10 * error / z + 1e-6)
    found = {"alpha": posterior.mean("alpha"), "beta": posterior.expectation(np.exp(posterior.draws["log_beta"]))[0]}
    found |= dict(posterior.shrinkage(events).select("name", "mean").iter_rows())
    assert set(found) == set(PUBLISHED)
    for name, (mean, standard_error) in PUBLISHED.items():
        assert abs(found[name] - mean) < 4 * standard_error, name


@pytest.mark.costly
def test_a_population_of_equal_rates_shrinks_towards_failures_per_hour():
    # At a huge shape all rates are the mean, whose likelihood is Poisson(75; mean sum of hours): mean ~ 75 / sum.
    events = pumps()
    alike = exact(mean_shape(shape=(1e6, 1e7)), events)
    expected = events.k.sum() / events.exposure.sum()
    one_over_k = 1 / events.k.sum()  # the log-uniform mean makes it Gamma(75, sum): exactly 75 / sum
    assert alike.mean("mean") == pytest.approx(expected, rel=0.01 * one_over_k)
    np.testing.assert_allclose(alike.shrinkage(events)["mean"], expected, rtol=1e-3)


def test_labels_that_would_overlap_are_moved_apart_and_others_stay():
    moved = spread_out(np.array([1.0, 4.0, 4.1, 4.3, 8.0]), 0.5)
    np.testing.assert_allclose(moved[[0, 4]], [1.0, 8.0])
    np.testing.assert_allclose(np.diff(moved[1:4]), 0.5)
    assert moved[1:4].mean() == pytest.approx(12.4 / 3)


def test_equal_exposures_keep_their_sum():
    events, equal = pumps(), equally_exposed(pumps())
    assert len(set(equal.exposure)) == 1
    assert equal.exposure.sum() == pytest.approx(events.exposure.sum())
    np.testing.assert_array_equal(equal.k, events.k)


@pytest.fixture(scope="module")
def found(run, tmp_path_factory):
    folder = tmp_path_factory.mktemp("rates")
    assert run("rates-of-events", "--output-dir", folder) == 0
    return json.loads((folder / "rates-of-events" / "summary.json").read_text())


@pytest.mark.long
def test_every_form_that_is_to_be_trusted_is_within_its_errors_of_exact(found):
    trusted = [one for name, one in found["methods"].items() if one["verdict"].startswith("trust") and name != "exact"]
    assert len(trusted) >= 3
    for one in trusted:
        assert max(map(abs, one["distance_from_exact_in_se"].values())) < 4


@pytest.mark.long
def test_counts_without_exposures_rank_the_wrong_pumps(found):
    rank = {row["name"]: row for row in found["ranks"]}
    # Pump 4 has 14 failures, the third most, in the most hours; pumps 7 and 8 one failure in the fewest hours.
    assert rank["pump 4"]["rank_ignoring"] < 3.5 < 6.5 < rank["pump 4"]["rank"]
    for name in ("pump 7", "pump 8"):
        assert rank[name]["rank"] < 5.5 < 7.5 < rank[name]["rank_ignoring"]
    # The evidence does not tell: the counts differ less than the hours, as pumps that ran for longer had lower rates.
    assert found["exposure_and_rate"] < -0.5
    assert found["log_evidence"]["with the exposures"] < found["log_evidence"]["ignoring them"]


@pytest.mark.long
def test_a_pump_keeps_as_much_of_its_own_rate_as_it_ran_for_long(found):
    by_hours = sorted(found["pumps"], key=lambda row: row["exposure"])
    weights = [row["own_weight"] for row in by_hours]
    assert weights == sorted(weights)
    assert weights[0] < 0.7
    assert weights[-1] > 0.98
    assert max(abs(row["exact"] - row["closed_form"]) for row in found["closed_form"]) < 1e-10
