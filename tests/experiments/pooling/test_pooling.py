"""The mathematics of pooling: its two limits, its scores, and a new student."""

import numpy as np
import polars as pl
import pytest
import scipy.stats

from experiments.pooling.main import JUST_GRETA, NEWCOMERS
from experiments.pooling.pooled import (
    HAND_PICKED,
    HAND_PICKED_MEAN,
    beta_posterior,
    evidence_ratio,
    paired_difference,
    pooled_mean,
    pooling_limits,
    scores,
    shift_table,
)
from inference import closed_form, exact
from models import Counts, mean_concentration

EPS = np.finfo(np.float64).eps
ROUNDINGS = 8  # in eps: a product, two sums, a quotient and the two differences taken, of numbers up to 1
HOW = ["A", "B"]


@pytest.fixture(scope="module")
def truth(classrooms):
    return {name: exact(mean_concentration(), counts) for name, counts in classrooms.items()}


@pytest.mark.parametrize("classroom", HOW)
@pytest.mark.parametrize("mu", [0.1, 2 / 3])
def test_the_two_ends_of_pooling_hold_to_rounding(classroom, mu, classrooms):
    k, n = classrooms[classroom].k, classrooms[classroom].n
    raw = k / n
    for lam in (1e-9, 1.0, 1e9):
        mean, pull = pooled_mean(k, n, mu, lam), lam / (lam + n)
        np.testing.assert_allclose(mean - raw, pull * (mu - raw), rtol=0, atol=ROUNDINGS * EPS)
        np.testing.assert_allclose(mean - mu, (1 - pull) * (raw - mu), rtol=0, atol=ROUNDINGS * EPS)
    assert np.all(np.abs(pooled_mean(k, n, mu, 1e-9) - raw) < 1e-9 + ROUNDINGS * EPS)  # n >= 1
    assert np.all(np.abs(pooled_mean(k, n, mu, 1e9) - mu) < 100 / 1e9 + ROUNDINGS * EPS)  # n <= 100


@pytest.mark.parametrize("lam", [1e-9, 1.0, 1e9])
def test_of_a_student_nobody_has_seen_the_population_says_all(lam):
    assert pooled_mean(np.array([0]), np.array([0]), 0.3, lam)[0] == pytest.approx(0.3, abs=ROUNDINGS * EPS)


@pytest.mark.parametrize("classroom", HOW)
def test_partial_pooling_lies_between_the_counts_and_the_population(classroom, classrooms, truth):
    counts, posterior = classrooms[classroom], truth[classroom]
    table = posterior.shrinkage(counts)
    mean, raw = table["mean"].to_numpy(), table["raw"].to_numpy()
    lam, mu = posterior.draws["lam"][:, None], posterior.draws["mu"][:, None]
    pulled, error = posterior.expectation(lam * mu / (lam + counts.n))
    pull, pull_error = posterior.expectation(lam / (lam + counts.n))
    assert np.all(np.abs(mean - (1 - pull) * raw - pulled) < table["mean_error"].to_numpy() + error + pull_error)
    assert np.all((mean - raw) * (mean - posterior.mean("mu")) < 0)


def test_greta_is_shifted_less_than_emi_and_a_stronger_prior_shifts_more(classrooms):
    rows = {row["name"]: row for row in shift_table(classrooms["A"] + JUST_GRETA).iter_rows(named=True)}
    weak, strong = HAND_PICKED
    assert {name: round(rows[name][weak], 4) for name in ("Greta", "Emi")} == {"Greta": 0.7143, "Emi": 0.6667}
    assert [round(rows[name][f"shift by {weak}"], 3) for name in ("Greta", "Emi")] == [-0.286, -0.333]
    assert {name: round(rows[name][strong], 4) for name in ("Emi", "Farid")} == {"Emi": 0.6078, "Farid": 0.5941}
    assert all(abs(row[strong] - 0.6) <= abs(row[weak] - 0.6) for row in rows.values())
    for picked in HAND_PICKED:
        assert all(row[f"shift by {picked}"] == row[picked] - row["raw"] for row in rows.values())


def test_at_the_hand_picked_mean_the_ends_are_no_and_complete_pooling(classrooms):
    table = pooling_limits(classrooms["A"] + JUST_GRETA, HAND_PICKED_MEAN)
    assert [a / (a + b) for a, b in HAND_PICKED.values()] == [HAND_PICKED_MEAN] * 2
    first, last = table.row(0, named=True), table.row(-1, named=True)
    # The distance from k/n is lam |k/n - mu| / (lam + n), largest for Farid; that from mu is n |k/n - mu| / (lam + n).
    assert first["from_raw"] == pytest.approx(0.6e-9, rel=1e-6)  # rounding of 1 by 1e-16 is 2e-7 of it
    assert last["from_mu"] == pytest.approx(100 * 0.1 / 1e9, rel=1e-6)
    assert first["from_mu"] == pytest.approx(0.6, abs=1e-8)
    assert last["from_raw"] == pytest.approx(0.6, abs=1e-8)


def test_hand_picked_populations_are_conjugate():
    believed = beta_posterior(4, 4, 6, 4)
    assert believed.mean == pytest.approx(10 / 14)
    assert believed.sd == pytest.approx(np.sqrt(10 * 4 / 14**2 / 15))
    assert scipy.stats.beta.cdf([believed.low, believed.high], 10, 4) == pytest.approx([0.05, 0.95])


@pytest.mark.parametrize("classroom", HOW)
def test_scores_predict_each_student_from_the_others(classroom, classrooms, truth, learned):
    counts = classrooms[classroom]
    table = scores(counts, truth[classroom], learned(classroom, "mean_concentration"))
    for i, row in enumerate(table.iter_rows(named=True)):
        student, others = Counts([row["k"]], [row["n"]]), Counts(np.delete(counts.k, i), np.delete(counts.n, i))
        left_out = exact(mean_concentration(), others)
        # The predictive probability itself: the mean of the student's probability over the posterior of the others.
        probability, error = left_out.expectation(
            np.exp(closed_form(student, left_out.draws["a"], left_out.draws["b"]))
        )
        assert abs(np.exp(row["partial"]) / probability - 1) < row["partial_error"] + error / probability + 1e-9
        assert abs(row["sampled"] - row["partial"]) < 4 * row["sampled_error"]
        assert row["no"] == pytest.approx(-np.log(row["n"] + 1))
        shapes = 1 + others.k.sum(), 1 + (others.n - others.k).sum()
        assert row["complete"] == pytest.approx(scipy.stats.betabinom.logpmf(row["k"], row["n"], *shapes), abs=1e-9)


def test_a_student_without_trials_is_predicted_without_error(learned):
    assert evidence_ratio(learned("A", "mean_concentration"), Counts([0], [0])) == (0, 0)


@pytest.mark.parametrize("classroom", HOW)
def test_greta_counted_is_the_posterior_without_her_weighed_by_her_probability(classroom, classrooms, truth):
    six = truth[classroom]
    seven = exact(mean_concentration(), classrooms[classroom] + JUST_GRETA)
    a, b = six.draws["a"], six.draws["b"]
    weight = np.exp(closed_form(JUST_GRETA, a, b))
    values = np.stack([weight, weight * (a + 4) / (a + b + 4), weight * a / (a + b)], axis=1)
    (total, *numerators), errors = six.expectation(values)
    table = seven.shrinkage(NEWCOMERS)
    bound = (errors[1:] + errors[0]) / total + table["mean_error"].to_numpy()
    assert np.all(np.abs(np.array(numerators) / total - table["mean"].to_numpy()) < bound)


@pytest.mark.parametrize("classroom", HOW)
def test_newcomers_by_importance_are_within_their_errors_of_exact(classroom, truth, learned):
    sampled = learned(classroom, "mean_concentration").shrinkage(NEWCOMERS)
    off = (sampled["mean"] - truth[classroom].shrinkage(NEWCOMERS)["mean"]).to_numpy()
    assert np.all(np.abs(off) < 4 * sampled["mean_error"].to_numpy())


def test_a_paired_difference_has_the_error_of_a_sum():
    total, error = paired_difference(pl.Series([1.0, 2.0, 6.0]), pl.Series([0.0, 0.0, 0.0]))
    assert (total, error) == pytest.approx((9, np.sqrt(3 * 7)))
