"""The posterior: corner cases, then agreement with NumPy, then standard errors against the errors of repeated runs."""

import jax
import numpy as np
import pytest
from scipy.stats import chi2

from inference import Posterior, WeightError, importance
from inference.draws.independent import effective_sample_size
from models import box, marginal, mean_concentration

RUNS, SIZE = 60, 1_000


def posterior(log_weights, hyperprior=None, seed=0) -> Posterior:
    """A posterior with these weights and random draws."""
    rng, size = np.random.default_rng(seed), len(log_weights)
    if hyperprior is None:
        draws = {"a": rng.uniform(0.5, 20.0, size), "b": rng.uniform(0.5, 20.0, size)}
        return Posterior.from_weights(box(), draws, log_weights)
    mu, lam = rng.uniform(0.2, 0.8, size), rng.uniform(1.0, 50.0, size)
    return Posterior.from_weights(hyperprior, {"mu": mu, "lam": lam, "a": lam * mu, "b": lam * (1 - mu)}, log_weights)


@pytest.fixture(scope="module")
def repeated(six) -> list[Posterior]:
    """RUNS runs on classroom A under the box: three large runs, whose particles are independent, cut into parts."""
    runs = []
    for key in range(3):
        large = importance(marginal(box()), six, key=jax.random.key(key), n_particles=RUNS // 3 * SIZE)
        for part in np.split(np.arange(RUNS // 3 * SIZE), RUNS // 3):
            draws = {name: large.draws[name][part] for name in ("a", "b")}
            runs.append(Posterior.from_weights(box(), draws, large.log_weights[part]))
    return runs


@pytest.mark.parametrize("constant", [0.0, 5000.0, -5000.0])
def test_ess_is_one_when_one_weight_survives_and_twelve_when_twelve_are_equal(constant):
    one = np.full(12, -np.inf)
    one[3] = 0.0
    assert posterior(one + constant).ess == pytest.approx(1, rel=1e-11)
    assert posterior(np.zeros(12) + constant).ess == pytest.approx(12, rel=1e-11)
    assert effective_sample_size(np.log([1.0, 1.0, 2.0])) == pytest.approx(16 / 6)


def test_one_surviving_weight_is_the_whole_posterior():
    log_weights = np.full(12, -np.inf)
    log_weights[3] = -7.0
    survivor = posterior(log_weights)
    for name in ("a", "b", "mu", "lam"):
        x = survivor.draws[name][3]
        assert (survivor.mean(name), survivor.sd(name), survivor.mean_error(name)) == (x, 0.0, 0.0)
        assert [survivor.quantile(name, q) for q in (1e-9, 0.5, 1 - 1e-9)] == [x, x, x]
    assert survivor.log_evidence == pytest.approx(-7.0 - np.log(12))
    assert survivor.log_evidence_error == pytest.approx(np.sqrt(1 - 1 / 12))


@pytest.mark.parametrize("name", ["a", "b", "mu", "lam"])
def test_equal_weights_give_numpys_mean_sd_and_quantiles(name):
    equal = posterior(np.zeros(101))
    draws = equal.draws[name]
    assert equal.mean(name) == pytest.approx(np.mean(draws), rel=1e-13)
    assert equal.sd(name) == pytest.approx(np.std(draws), rel=1e-12)
    assert equal.mean_error(name) == pytest.approx(np.std(draws) / np.sqrt(101), rel=1e-12)
    for q in (0.001, 0.05, 0.3, 0.5, 0.95, 0.999):  # none is a multiple of 1/101: there rounding would decide
        assert equal.quantile(name, q) == np.quantile(draws, q, method="inverted_cdf")
    assert equal.log_evidence == pytest.approx(0, abs=1e-13)
    assert equal.log_evidence_error == 0


def test_weighted_moments_and_quantiles_are_numpys():
    log_weights = np.random.default_rng(1).normal(0, 3, 200)
    weighted, w = posterior(log_weights), np.exp(log_weights) / np.exp(log_weights).sum()
    lam = weighted.draws["lam"]
    mean = np.average(lam, weights=w)
    assert weighted.mean("lam") == pytest.approx(mean, rel=1e-12)
    assert weighted.sd("lam") == pytest.approx(np.sqrt(np.average((lam - mean) ** 2, weights=w)), rel=1e-12)
    for q in (0.05, 0.31, 0.5, 0.9):
        assert weighted.quantile("lam", q) == np.quantile(lam, q, method="inverted_cdf", weights=w)


def test_a_constant_added_to_the_log_weights_changes_only_the_evidence():
    log_weights = np.random.default_rng(2).normal(0, 3, 200)
    first, shifted = posterior(log_weights), posterior(log_weights - 2000.0)
    numbers, shifted_numbers = (some.summary().drop("name").to_numpy() for some in (first, shifted))
    np.testing.assert_allclose(shifted_numbers, numbers, rtol=1e-10)
    assert shifted.ess == pytest.approx(first.ess, rel=1e-10)
    assert shifted.log_evidence == pytest.approx(first.log_evidence - 2000)
    assert shifted.log_evidence_error == pytest.approx(first.log_evidence_error, rel=1e-10)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_unusable_weights_are_refused(bad):
    with pytest.raises(WeightError, match="1 of 3 weights are NaN or infinite"):
        posterior(np.array([0.0, bad, -np.inf]))
    with pytest.raises(WeightError, match="every weight is zero"):
        posterior(np.full(3, -np.inf))


@pytest.mark.parametrize("method", ["mean", "mean_error", "sd"])
def test_an_unknown_name_is_a_key_error_that_lists_the_names(method):
    with pytest.raises(KeyError, match="no 'theta' in this posterior; it has a, b, mu, lam"):
        getattr(posterior(np.zeros(5)), method)("theta")
    with pytest.raises(KeyError):
        posterior(np.zeros(5)).quantile("theta", 0.5)


@pytest.mark.parametrize("q", [0.0, 1.0, -0.1, 1.1, 50, float("nan")])
def test_a_probability_outside_zero_to_one_is_a_value_error(six, q):
    with pytest.raises(ValueError, match="q must lie strictly between 0 and 1"):
        posterior(np.zeros(5)).quantile("a", q)
    with pytest.raises(ValueError, match="interval must lie strictly between 0 and 1"):
        posterior(np.zeros(5)).shrinkage(six, interval=q)


@pytest.mark.parametrize("name", ["a", "b", "mu", "lam"])
def test_mean_error_is_the_spread_of_the_mean_over_repeated_runs(repeated, name):
    means, errors = np.array([(run.mean(name), run.mean_error(name)) for run in repeated]).T
    # (RUNS - 1) s^2 / sigma^2 is chi-square; the delta method neglects terms of relative order 1 / ESS.
    ratio = np.var(means, ddof=1) / np.mean(errors**2)
    low, high = chi2.ppf([1e-4, 1 - 1e-4], RUNS - 1) / (RUNS - 1)
    slack = 10 / np.mean([run.ess for run in repeated])
    assert low * (1 - slack) < ratio < high * (1 + slack)


def test_log_evidence_error_is_the_spread_of_log_evidence_over_repeated_runs(repeated, reference):
    log_evidence, errors = np.array([(run.log_evidence, run.log_evidence_error) for run in repeated]).T
    ratio = np.var(log_evidence, ddof=1) / np.mean(errors**2)
    low, high = chi2.ppf([1e-4, 1 - 1e-4], RUNS - 1) / (RUNS - 1)
    slack = 10 / np.mean([run.ess for run in repeated])
    assert low * (1 - slack) < ratio < high * (1 + slack)
    together = np.log(np.mean(np.exp(log_evidence)))
    assert abs(together - reference["A", "box"]["log_evidence"]) < 4 * np.sqrt(np.mean(errors**2) / RUNS)


def test_log_evidence_error_is_the_formula_in_the_ess(repeated):
    for run in repeated[:3]:
        assert run.log_evidence_error == pytest.approx(np.sqrt(1 / run.ess - 1 / SIZE), rel=1e-12)
        assert run.log_evidence == pytest.approx(np.log(np.mean(np.exp(run.log_weights))), rel=1e-12)


def test_the_plug_in_population_is_at_the_mean_of_the_hyperpriors_own_addresses():
    log_weights = np.random.default_rng(3).normal(0, 1, 50)
    in_box, in_means = posterior(log_weights), posterior(log_weights, mean_concentration())
    assert in_box.plug_in() == pytest.approx((in_box.mean("a"), in_box.mean("b")), rel=1e-14)
    mu, lam = in_means.mean("mu"), in_means.mean("lam")
    assert in_means.plug_in() == pytest.approx((lam * mu, lam * (1 - mu)), rel=1e-14)
    assert in_means.plug_in()[0] != pytest.approx(in_means.mean("a"), rel=1e-3)


def test_expectation_of_any_function_is_its_weighted_mean_and_error():
    some = posterior(np.random.default_rng(4).normal(0, 1, 50))
    mean, error = some.expectation(some.draws["lam"])
    assert (mean, error) == (some.mean("lam"), some.mean_error("lam"))
    columns = np.stack([some.draws["a"], some.draws["b"]], axis=1)
    means, errors = some.expectation(columns)
    assert means == pytest.approx([some.mean("a"), some.mean("b")], rel=1e-13)
    assert errors == pytest.approx([some.mean_error("a"), some.mean_error("b")], rel=1e-12)


def test_the_summary_has_a_row_for_each_quantity():
    some = posterior(np.zeros(50), mean_concentration())
    table = some.summary()
    assert table.columns == ["name", "mean", "mean_error", "sd", "q05", "q50", "q95"]
    assert table["name"].to_list() == ["a", "b", "mu", "lam"]
    row = table.filter(name="lam").row(0)
    assert row[1:] == (some.mean("lam"), some.mean_error("lam"), some.sd("lam"),
                       *(some.quantile("lam", q) for q in (0.05, 0.5, 0.95)))  # fmt: skip


def test_the_population_is_named_after_the_model():
    some = posterior(np.zeros(50))
    np.testing.assert_allclose(some.draws["mu"], some.draws["a"] / (some.draws["a"] + some.draws["b"]))
    np.testing.assert_allclose(some.draws["lam"], some.draws["a"] + some.draws["b"])
    assert repr(some).startswith("Posterior(E[a] ")
