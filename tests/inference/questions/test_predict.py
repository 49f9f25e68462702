"""Future counts: beta-binomial for one population, a mixture for many, and draws agree with the exact answer."""

import numpy as np
import pytest
from polars.testing import assert_frame_equal
from scipy.stats import betabinom

from inference import Posterior, exact, predict, predictive_pmf
from inference.numerics import count_intervals as predictive_interval
from inference.numerics.count_intervals import MOST_SUMMED
from models import Counts, CountsError, box, half_cauchy, mean_concentration

HUGE = 3 * MOST_SUMMED
DISCREPANCY = 2e-9  # in probability: populations of a total weight of 1e-9 are left out


def posterior(a, b, weights=None) -> Posterior:
    """A posterior on given populations."""
    a, b = np.atleast_1d(np.asarray(a, np.float64)), np.atleast_1d(np.asarray(b, np.float64))
    weights = np.ones_like(a) if weights is None else weights
    return Posterior.from_weights(box(), {"a": a, "b": b}, np.log(weights))


@pytest.fixture(scope="module")
def mixture() -> Posterior:
    rng = np.random.default_rng(0)
    return posterior(rng.uniform(0.3, 20.0, 200), rng.uniform(0.3, 20.0, 200), rng.exponential(1.0, 200))


@pytest.fixture(scope="module")
def truth(classrooms) -> Posterior:
    return exact(mean_concentration(), classrooms["B"])


def assert_reached(cdf: np.ndarray, x: int, q: float, tolerance: float) -> None:
    """x is the smallest count at which the distribution function reaches q, to a tolerance in probability."""
    assert cdf[x] >= q - tolerance
    assert x == 0 or cdf[x - 1] < q + tolerance


@pytest.mark.parametrize(("a", "b"), [(2.0, 3.0), (0.3, 0.25), (500.0, 2.0), (0.02, 0.05)])
@pytest.mark.parametrize("n", [0, 1, 45, HUGE])
def test_a_single_population_gives_the_beta_binomial(six, a, b, n):
    table = posterior(a, b).predict(six, n, interval=0.8)
    k, seen = np.append(six.k, 0), np.append(six.n, 0)
    law = betabinom(n, a + k, b + (seen - k))
    np.testing.assert_allclose(table["mean"], law.mean() if n else 0, rtol=1e-12)
    np.testing.assert_allclose(table["sd"], law.std() if n else 0, rtol=1e-9)
    np.testing.assert_allclose(table["none"], law.pmf(0), rtol=1e-9)
    for i in range(len(k)):
        cdf = betabinom(n, a + k[i], b + (seen[i] - k[i])).cdf(np.arange(n + 1))
        assert_reached(cdf, table["low"][i], 0.1, DISCREPANCY)
        assert_reached(cdf, table["high"][i], 0.9, DISCREPANCY)


@pytest.mark.parametrize("n", [1, 45, HUGE])
def test_the_row_is_the_summary_of_the_pmf(mixture, n):
    row = mixture.predict(Counts([2], [7]), n).row(0, named=True)
    law = predictive_pmf(mixture, 2, 7, n)
    p, x = law["probability"].to_numpy(), law["k"].to_numpy()
    rounding = 1e-12 + 1e-15 * n  # error of `each_pmf`
    assert p.sum() == pytest.approx(1, abs=rounding)
    assert row["mean"] == pytest.approx(p @ x, rel=10 * rounding)
    assert row["sd"] == pytest.approx(np.sqrt(p @ (x - p @ x) ** 2), rel=1e-9)
    assert row["none"] == pytest.approx(p[0], rel=1e-9)
    assert_reached(np.cumsum(p), row["low"], 0.05, DISCREPANCY)
    assert_reached(np.cumsum(p), row["high"], 0.95, DISCREPANCY)


def test_the_pmf_is_the_mixture(mixture):
    parts = betabinom(9, mixture.draws["a"][:, None] + 3, mixture.draws["b"][:, None] + 2)
    expected = mixture.weights @ parts.pmf(np.arange(10))
    np.testing.assert_allclose(predictive_pmf(mixture, 3, 5, 9)["probability"], expected, rtol=1e-10)


def test_the_errors_are_those_of_the_expectations(six, mixture):
    parts = betabinom(8, mixture.draws["a"][:, None] + six.k, mixture.draws["b"][:, None] + (six.n - six.k))
    table = mixture.predict(six, 8)
    np.testing.assert_allclose(table["mean_error"][:6], mixture.expectation(parts.mean())[1], rtol=1e-9)
    np.testing.assert_allclose(table["none_error"][:6], mixture.expectation(parts.pmf(0))[1], rtol=1e-9)


def test_one_trial_is_the_rate(classrooms, truth):
    rates = truth.shrinkage(classrooms["B"])
    table = truth.predict(classrooms["B"], 1)
    np.testing.assert_allclose(table["mean"][:6], rates["mean"], rtol=1e-12)
    np.testing.assert_allclose(table["none"][:6], 1 - rates["mean"], atol=1e-12)
    assert table["mean"][6] == pytest.approx(truth.mean("mu"), abs=1e-9)


def test_draws_predict_what_the_exact_posterior_does(classrooms, truth, learned):
    sampled = learned("B", "mean_concentration").predict(classrooms["B"], 12)
    known = truth.predict(classrooms["B"], 12)
    for name in ("mean", "none"):
        error = 4 * (sampled[f"{name}_error"] + known[f"{name}_error"])
        assert ((sampled[name] - known[name]).abs() < error).all()


def test_many_groups_of_many_trials_are_those_of_all_populations(monkeypatch):
    rng = np.random.default_rng(1)
    n = rng.integers(0, 200, 60)
    counts = Counts(k=rng.binomial(n, rng.beta(3, 7, 60)), n=n)
    learned = exact(half_cauchy(), counts)
    few = learned.predict(counts, HUGE)
    monkeypatch.setattr(predictive_interval, "MOST_SUMMED", HUGE)
    summed = learned.predict(counts, HUGE)
    for i in np.flatnonzero((few["low"] != summed["low"]) | (few["high"] != summed["high"])):
        cdf = np.cumsum(predictive_pmf(learned, few["k"][int(i)], few["n"][int(i)], HUGE)["probability"])
        assert_reached(cdf, few["low"][int(i)], 0.05, DISCREPANCY)
        assert_reached(cdf, few["high"][int(i)], 0.95, DISCREPANCY)


def test_a_large_file_of_trials_is_the_rate(truth):
    # K / n is theta plus binomial noise, whose sd given theta is at most 1 / (2 sqrt n).
    n = 10**7
    table = truth.predict(Counts([30], [100]), n)
    rate = truth.shrinkage(Counts([30], [100])).row(0, named=True)
    for end in ("low", "high"):
        assert table[end][0] / n == pytest.approx(rate[end], abs=5 / (2 * np.sqrt(n)))


def test_rows_and_their_trials(mixture):
    counts = Counts([3, 0], [5, 0], names=["x", "y"], multiplicity=[2, 1])
    table = mixture.predict(counts, [4, 0, 9])
    assert table["name"].to_list() == ["x", "y", "(unseen)"]
    assert table["n_next"].to_list() == [4, 0, 9]
    assert table["multiplicity"].to_list() == [2, 1, 1]
    assert table.row(1, named=True) | {"name": ""} == {
        **{"name": "", "k": 0, "n": 0, "n_next": 0, "mean": 0, "mean_error": 0, "sd": 0, "low": 0, "high": 0},
        **{"interval_error": 0, "none": 1, "none_error": 0, "multiplicity": 1},
    }
    # Equal up to rounding, because sums over populations are added in another order.
    assert_frame_equal(mixture.predict(counts, [4, 0]), table.head(2), rel_tol=1e-12)
    assert_frame_equal(mixture.predict(None, 9), table.tail(1).drop("multiplicity"), rel_tol=1e-12)


def test_what_cannot_be_predicted_is_refused(six, mixture):
    for n in ([1, 2], 1.5, -1, "3", [[1]], float("nan")):
        with pytest.raises(ValueError, match="n must be"):
            predict(mixture, six, n)
    with pytest.raises(ValueError, match="interval"):
        predict(mixture, six, 3, interval=1.0)
    with pytest.raises(CountsError):
        predictive_pmf(mixture, 3, 2, 5)


@pytest.mark.slow
def test_intervals_of_300_groups_and_20_000_trials():
    rng = np.random.default_rng(2)
    n = rng.integers(20, 500, 300)
    counts = Counts(k=rng.binomial(n, rng.beta(3, 7, 300)), n=n)
    learned = exact(mean_concentration(), counts)
    table = learned.predict(counts, 20_000)
    for i in (0, 17, 150, 299, 300):
        cdf = np.cumsum(predictive_pmf(learned, table["k"][i], table["n"][i], 20_000)["probability"])
        assert_reached(cdf, table["low"][i], 0.05, DISCREPANCY)
        assert_reached(cdf, table["high"][i], 0.95, DISCREPANCY)
