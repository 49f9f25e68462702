"""The numbers of concentration: two populations of one mean, the dials, the limits, and the link."""

import jax
import numpy as np
import polars as pl
import pytest
from scipy.integrate import quad
from scipy.special import expit
from scipy.stats import beta, betabinom, binom

from experiments.concentration.dials import CONCENTRATIONS, dial_table, dials, limit_table, soft_counts, spread
from experiments.concentration.links import (
    COURSE_COUNTS,
    COURSE_THETA,
    TRIALS,
    count_probabilities,
    course_table,
    ratio,
)
from experiments.concentration.main import run
from experiments.concentration.options import Concentration
from experiments.concentration.programs import RIGHT, WRONG, simulated

EPS = np.finfo(np.float64).eps
QUADRATURE = 1e-9  # what `quad` promises, of integrals of order 1


def test_two_populations_of_one_mean_are_as_the_course_says():
    apart, alike = spread(0.1, 0.1), spread(10, 10)
    assert dials(0.1, 0.1).mu == dials(10, 10).mu == 0.5
    assert (round(apart.sd, 4), round(alike.sd, 4)) == (0.4564, 0.1091)
    assert (round(apart.beyond, 4), round(alike.beyond, 7)) == (0.8128, 7.9e-6)


@pytest.mark.parametrize(("a", "b"), [(0.1, 0.1), (6.0, 4.0), (2.0, 5.0)])
def test_a_spread_is_that_of_the_density(a, b):
    found = spread(a, b)
    inside = quad(lambda theta: beta.pdf(theta, a, b), 0.1, 0.9)[0]
    assert found.beyond == pytest.approx(1 - inside, abs=QUADRATURE)
    mu = a / (a + b)
    assert found.between == pytest.approx(found.sd**2 / (mu * (1 - mu)), rel=8 * EPS)


def test_soft_counts_and_dials_are_the_same_population():
    assert dials(6, 4) == (0.6, 10)
    assert soft_counts(0.6, 10) == (6, 4)
    turned = {row["turned"]: row for row in dial_table().iter_rows(named=True)}
    assert (turned["a doubled"]["mu"], turned["a doubled"]["lam"]) == (0.75, 16)
    assert turned["b doubled"]["mu"] < 0.6 < turned["b doubled"]["lam"] - 13
    assert turned["lam doubled"]["mu"] == turned["nothing"]["mu"]
    assert turned["mu to 0.75"]["lam"] == turned["nothing"]["lam"]


def test_the_limits_at_mean_0_6_are_no_and_complete_pooling():
    table = limit_table(0.6)
    first, last = table.row(0, named=True), table.row(-1, named=True)
    lowest, highest = CONCENTRATIONS[0], CONCENTRATIONS[-1]
    # (lam mu + k) / (lam + n) is lam (mu - k/n) / (lam + n) from k/n and n (k/n - mu) / (lam + n) from mu.
    assert abs(first["emi"] - 1) < lowest
    assert abs(first["farid"]) < lowest
    assert abs(last["emi"] - 0.6) < 2 / highest
    assert abs(last["farid"] - 0.6) < 1 / highest
    assert first["sd"] == pytest.approx(np.sqrt(0.24), rel=lowest)
    assert last["sd"] < 1 / np.sqrt(highest)
    ten = table.row(by_predicate=pl.col("lam") == 10, named=True)
    assert (ten["emi"], ten["farid"]) == pytest.approx((8 / 12, 6 / 11))


def test_k_of_n_has_the_right_mean_only_with_the_right_link():
    right, wrong = ratio(RIGHT, 6, 4, 100), ratio(WRONG, 6, 4, 100)
    assert (round(right.mean, 4), round(right.sd, 4)) == (0.6, 0.1549)
    assert (round(wrong.mean, 4), round(wrong.sd, 4)) == (0.6449, 0.0585)
    assert wrong.mean == pytest.approx(quad(lambda t: expit(t) * beta.pdf(t, 6, 4), 0, 1)[0], abs=QUADRATURE)


@pytest.mark.parametrize("n", [1, 100])
def test_counts_under_the_right_link_are_beta_binomial(n):
    np.testing.assert_allclose(
        count_probabilities(RIGHT, 6, 4, n), betabinom.pmf(np.arange(n + 1), n, 6, 4), rtol=1e-9, atol=1e-15
    )
    for link in (RIGHT, WRONG):
        p, k = count_probabilities(link, 6, 4, n), np.arange(n + 1)
        mean = p @ k / n
        sd = np.sqrt(p @ (k / n - mean) ** 2)
        assert ratio(link, 6, 4, n) == pytest.approx((mean, sd), abs=1e-12)


def test_the_courses_counts_cannot_come_from_its_rates():
    table = course_table()
    assert COURSE_COUNTS == {RIGHT: (37, 35, 4, 3, 2, 1), WRONG: (69, 30, 4, 2, 2, 1)}
    # Two-sided, by hand: at least as far from n theta as 69 is.
    n, theta = TRIALS[0], COURSE_THETA[0]
    off = 69 - n * theta
    p = binom.sf(68, n, theta) + binom.cdf(np.floor(n * theta - off), n, theta)
    assert table["p_wrong"][0] == pytest.approx(p, rel=1e-9)
    assert p < 2e-6 < 0.1 < table["p_right"].min()


@pytest.fixture(scope="module")
def result():
    return run(Concentration(quick=True))


def test_simulated_students_are_within_their_errors_of_exact(result):
    assert result.worlds["z"].abs().max() < 4
    assert result.links["z"].abs().max() < 4
    assert set(result.links["n"]) == set(TRIALS)


def test_the_same_keys_give_both_programs_the_same_rates():
    n = np.resize(TRIALS, 600)  # as many as in a quick run, so that the programs are compiled already
    (theta, right), (same, wrong) = (simulated(link, 6, 4, n, jax.random.key(3)) for link in (RIGHT, WRONG))
    np.testing.assert_array_equal(theta, same)
    for k, rate in ((right, theta), (wrong, expit(theta))):
        z = (k - n * rate) / np.sqrt(n * rate * (1 - rate))
        # The sum of squares of 600 z has mean 600; its variance is below 600 (2 + 1 / min n p (1 - p)), some 600 * 18.
        assert abs(np.sum(z**2) - 600) < 4 * np.sqrt(600 * 18)
