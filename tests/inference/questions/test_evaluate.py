"""Later counts: printed reference values, the evidence of all trials together, and properties of scoring rules."""

from pathlib import Path

import numpy as np
import pytest
from scipy.special import gammaln
from scipy.stats import betabinom

from inference import Posterior, evaluate, exact
from models import Counts, box, mean_concentration

BATTING = Path(__file__).parents[3] / "experiments" / "data" / "batting.csv"
UP_TO_100, UP_TO_10000 = mean_concentration(), mean_concentration(lam=(0.1, 1e4))


@pytest.fixture(scope="module")
def batting() -> tuple[Counts, Counts]:
    """The first 45 at-bats of each player, and the rest of the season."""
    return Counts.read(BATTING), Counts.read(BATTING, k="k_later", n="n_later")


def row(found, pooling: str) -> dict:
    return found.summary.filter(pooling=pooling).row(0, named=True)


def log_choose(n, k):
    return gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)


@pytest.mark.parametrize(("hyperprior", "partial"), [(UP_TO_100, -74.5), (UP_TO_10000, -71.4)], ids=["100", "10000"])
def test_batting_has_the_reference_values(batting, hyperprior, partial):
    found = evaluate(exact(hyperprior, batting[0]), *batting)
    assert row(found, "complete")["log_predictive"] == pytest.approx(-72.9, abs=0.05)
    assert row(found, "partial")["log_predictive"] == pytest.approx(partial, abs=0.05)
    for worse in ("raw", "none"):
        assert row(found, worse)["rmse"] > 1.5 * row(found, "partial")["rmse"]
    assert row(found, "none")["difference"] < -3 * row(found, "none")["difference_se"]


def test_no_and_complete_pooling_are_closed_forms(batting):
    first, later = batting
    found = exact(UP_TO_100, first).evaluate(first, later)
    alone = betabinom.logpmf(later.k, later.n, 1 + first.k, 1 + first.n - first.k)
    successes, trials = first.k.sum(), first.n.sum()
    together = betabinom.logpmf(later.k, later.n, 1 + successes, 1 + trials - successes)
    np.testing.assert_allclose(found.groups["none"], alone, atol=1e-9)  # SciPy subtracts log gammas of size 1e3
    np.testing.assert_allclose(found.groups["complete"], together, atol=1e-9)
    partial = found.groups["partial"].to_numpy()
    for pooling, values in {"none": alone, "complete": together}.items():
        assert row(found, pooling)["log_predictive"] == pytest.approx(values.sum(), abs=1e-8)
        assert row(found, pooling)["difference"] == pytest.approx((values - partial).sum(), abs=1e-8)
        assert row(found, pooling)["difference_se"] == pytest.approx(np.sqrt(18) * (values - partial).std(ddof=1))
    off = (1 + successes) / (2 + trials) - later.k / later.n
    assert row(found, "complete")["rmse"] == pytest.approx(np.sqrt(np.mean(off**2)), rel=1e-12)
    raw = first.k / first.n - later.k / later.n
    assert row(found, "raw")["rmse"] == pytest.approx(np.sqrt(np.mean(raw**2)), rel=1e-12)


@pytest.mark.parametrize("i", [0, 17])
def test_partial_pooling_is_the_evidence_of_all_trials_over_that_of_the_first(batting, i):
    # p(k' | k) = p(k_i + k', all others) / p(all first), up to binomial coefficients: `orders` accounts for which
    # trials of group i came first.
    first, later = batting
    truth = exact(UP_TO_100, first)
    found = evaluate(truth, first, later).groups.row(i, named=True)
    k, n = first.k.copy(), first.n.copy()
    k[i], n[i] = k[i] + later.k[i], n[i] + later.n[i]
    joint = exact(UP_TO_100, Counts(k, n))
    orders = log_choose(first.n[i], first.k[i]) + log_choose(later.n[i], later.k[i]) - log_choose(n[i], k[i])
    error = found["partial_error"] + joint.log_evidence_error + truth.log_evidence_error
    rounding = 1e-12 * gammaln(n[i] + 1)
    assert found["partial"] == pytest.approx(joint.log_evidence - truth.log_evidence + orders, abs=error + rounding)


def test_draws_agree_with_the_exact_posterior(classrooms, learned):
    later = Counts([40, 12, 9, 0, 1, 2], [60, 40, 10, 3, 1, 8], names=classrooms["A"].names)
    truth = evaluate(exact(UP_TO_100, classrooms["A"]), classrooms["A"], later)
    found = evaluate(learned("A", "mean_concentration"), classrooms["A"], later)
    for name in ("partial", "partial_rate"):
        error = found.groups[f"{name}_error"] + truth.groups[f"{name}_error"]
        assert ((found.groups[name] - truth.groups[name]).abs() < 4 * error).all()
    for name in ("log_predictive", "rmse"):
        (value, error), (known, _) = (
            (row(of, "partial")[name], row(of, "partial")[f"{name}_error"]) for of in (found, truth)
        )
        assert abs(value - known) < 4 * error
    assert row(found, "partial")["log_predictive_error"] < found.groups["partial_error"].sum()


def test_the_error_of_the_rmse_is_what_other_draws_would_change():
    rng, size, resamples = np.random.default_rng(0), 400, 400
    a, b = rng.gamma(2.0, 2.0, size) + 0.1, rng.gamma(2.0, 2.0, size) + 0.1
    draws = Posterior.from_weights(box(), {"a": a, "b": b}, np.zeros(size))
    first, later = Counts([3, 0, 4], [5, 4, 6]), Counts([2, 3, 9], [6, 9, 9])
    found = row(evaluate(draws, first, later), "partial")
    rates = (a[:, None] + first.k) / ((a + b)[:, None] + first.n)
    resampled = rates[rng.integers(0, size, (resamples, size))].mean(axis=1)
    rmse = np.sqrt(np.mean((resampled - later.k / later.n) ** 2, axis=1))
    # The sd from a bootstrap has itself a relative standard error of 1 / sqrt(2 resamples).
    assert found["rmse_error"] == pytest.approx(rmse.std(), rel=4 / np.sqrt(2 * resamples))


def test_a_row_that_stands_for_several_is_several_rows(six):
    k, n, k_later, n_later = [3, 0, 2], [5, 4, 2], [2, 1, 3], [6, 6, 3]
    names = ["x", "y", "z"]
    merged = Counts(k, n, names, multiplicity=[1, 3, 2]), Counts(k_later, n_later, names, multiplicity=[1, 3, 2])
    rows = np.repeat(np.arange(3), [1, 3, 2])
    written_out = Counts(np.take(k, rows), np.take(n, rows)), Counts(np.take(k_later, rows), np.take(n_later, rows))
    truth = exact(UP_TO_100, merged[0])
    one, several = evaluate(truth, *merged).summary, evaluate(truth, *written_out).summary
    for column in one.columns[1:]:
        expected = several[column].to_list()
        assert one[column].to_list() == [
            value if value is None else pytest.approx(value, abs=1e-12) for value in expected
        ]


def test_groups_without_trials():
    first = Counts([3, 0, 4], [5, 0, 6])
    later = Counts([0, 2, 0], [0, 3, 0])
    found = evaluate(exact(UP_TO_100, first), first, later)
    for name in ("none", "complete", "partial"):
        assert found.groups[name][0] == found.groups[name][2] == 0
    assert found.groups["raw_rate"][1] is None
    assert row(found, "raw")["rmse"] is None  # the only group with later trials has no first ones
    assert row(found, "none")["rmse"] == pytest.approx(abs(1 / 2 - 2 / 3), rel=1e-12)


def test_one_group_has_no_standard_error_over_groups():
    one = Counts([3], [5])
    found = evaluate(exact(UP_TO_100, one), one, Counts([1], [2]))
    assert found.summary["difference_se"].to_list() == [None] * 4


def test_other_groups_are_refused(classrooms):
    truth = exact(UP_TO_100, classrooms["A"])
    for later in (Counts([1], [2]), Counts(classrooms["A"].k, classrooms["A"].n, multiplicity=[2] * 6)):
        with pytest.raises(ValueError, match="later counts must have"):
            evaluate(truth, classrooms["A"], later)
