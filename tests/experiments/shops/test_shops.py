"""Chapter 19's shops: an improper posterior by its bounds, what the bounds do not change, and the repair."""

import math

import numpy as np
import polars as pl
import pytest
from scipy.integrate import quad
from scipy.stats import betabinom, binom

from experiments.shops.bounds import (
    ALIKE,
    FAR,
    LOW,
    PROPER,
    SHOPS,
    STATED,
    alike_shops,
    answers_row,
    bound_table,
    data_sets,
    half_beyond,
    log_integral,
    log_likelihood_at_infinity,
)
from experiments.shops.result import Result
from experiments.shops.tables import print_shops
from inference import closed_form, exact
from models import mean_concentration


@pytest.fixture(scope="module")
def tables():
    return {name: bound_table(counts, STATED) for name, counts in data_sets().items()}


def test_the_shops_are_those_of_chapter_19():
    shops = data_sets()[SHOPS]
    assert (len(shops), shops.k.sum(), shops.n.sum()) == (12, 69, 120)
    assert np.all(alike_shops().k == 6)


def test_the_mean_of_kappa_follows_the_bound_and_its_median_hardly_moves(tables):
    found = tables[SHOPS]
    assert [round(mean, 1) for mean in found["kappa"][:2]] == [6.3, 24.5]
    assert [round(mean) for mean in found["kappa"][2:]] == [1737, 171537]
    assert [round(found["kappa_50"][at], 2) for at in (0, -1)] == [4.56, 4.66]
    assert (found["kappa_error"] < 1e-6 * found["kappa"]).all()


def test_the_share_that_is_far_is_that_of_the_integrals(tables):
    counts = data_sets()[ALIKE]
    share = math.exp(log_integral(counts, FAR) - log_integral(counts, STATED[1]))
    assert tables[ALIKE]["far"][1] == pytest.approx(1 - share, abs=1e-6)


def test_with_all_shops_alike_the_bound_is_the_answer(tables):
    medians = tables[ALIKE]["kappa_50"]
    assert [round(median) for median in medians[:3]] == [56, 905, 9536]
    proper = answers_row(exact(PROPER["half_cauchy()"], alike_shops()))
    assert round(proper["kappa_50"]) == 218
    assert proper["kappa"] is None  # it does not exist


def test_phi_hardly_depends_on_the_bound(tables):
    first, last = (tables[SHOPS].row(at, named=True) for at in (0, -1))
    assert (round(first["phi_5"], 3), round(first["phi_95"], 3)) == (0.446, 0.681)
    sd = (first["phi_95"] - first["phi_5"]) / (2 * 1.645)
    assert all(abs(last[name] - first[name]) < 0.02 * sd for name in ("phi", "phi_5", "phi_95"))


@pytest.mark.parametrize("name", [SHOPS, ALIKE])
def test_the_integral_grows_by_the_likelihood_at_infinity_without_end(name):
    counts = data_sets()[name]
    log_l = log_likelihood_at_infinity(counts)
    # At infinity every shop has the rate phi.
    integral, error = quad(lambda phi: math.exp(binom.logpmf(counts.k, counts.n, phi).sum() - log_l), 0, 1)
    assert abs(integral - 1) < error + 1e-9
    at = [math.exp(log_integral(counts, bound) - log_l) for bound in STATED[-2:]]
    # A Beta is as narrow as kappa^-1/2, so the likelihood at kappa differs from that at infinity by O(n K / kappa).
    assert at[1] - at[0] == pytest.approx(math.log(STATED[-1] / STATED[-2]), rel=12 * 10**2 / STATED[-2])


def test_the_mean_of_kappa_is_in_the_end_the_bound_over_the_integral(tables):
    counts = data_sets()[SHOPS]
    integral = math.exp(log_integral(counts, STATED[-1]) - log_likelihood_at_infinity(counts))
    # The integral of kappa d log kappa is that of kappa: U, and what is below some hundreds differs from it.
    assert tables[SHOPS]["kappa"][-1] == pytest.approx(STATED[-1] / integral, rel=1e-3)


def test_the_lower_bound_does_no_harm(tables):
    other = exact(mean_concentration(lam=(100 * LOW, STATED[1])), data_sets()[SHOPS])
    # Quantiles are right to 1e-6 in probability.
    assert tables[SHOPS]["kappa_50"][1] == pytest.approx(other.quantile("lam", 0.5), rel=1e-5)
    assert tables[SHOPS]["phi_5"][1] == pytest.approx(other.quantile("mu", 0.05), rel=1e-5)


def test_half_of_the_posterior_lies_beyond_only_under_an_absurd_bound(tables):
    counts = data_sets()[SHOPS]
    power = half_beyond(counts)
    assert power == pytest.approx(248, abs=0.5)
    # Between 10^16 and that bound the integral, which is twice what lies below FAR, grows by L for each unit of log U.
    below = math.exp(log_integral(counts, FAR) - log_likelihood_at_infinity(counts))
    whole = 2 * below - (power - 16) * math.log(10)
    assert math.exp(log_integral(counts, FAR) - log_integral(counts, 1e16)) == pytest.approx(below / whole, rel=1e-7)
    assert tables[SHOPS]["far"][-1] < 0.03


def test_an_answer_is_the_average_over_a_grid(tables):
    counts, bound = alike_shops(), STATED[0]
    kappa, phi = np.geomspace(LOW, bound, 801), (np.arange(400) + 0.5) / 400
    a, b = np.outer(kappa, phi), np.outer(kappa, 1 - phi)
    likelihood = betabinom.pmf(6, 10, a, b) ** 12
    np.testing.assert_allclose(likelihood[-1], np.exp(closed_form(counts, a[-1], b[-1])), rtol=1e-8)
    weights = likelihood.sum(axis=1)
    weights[[0, -1]] /= 2  # the trapezoid rule in log kappa; its error is of the order of the step squared
    row = tables[ALIKE].row(0, named=True)
    assert row["kappa"] == pytest.approx(weights @ kappa / weights.sum(), rel=(math.log(bound / LOW) / 800) ** 2)
    assert row["far"] == pytest.approx(0, abs=1e-6)
    assert FAR == bound


def test_the_sentence_has_the_numbers_of_the_tables(tables, capfd):
    of_all = pl.concat(table.select(pl.lit(name).alias("data"), pl.all()) for name, table in tables.items())
    print_shops(Result(of_all, pl.DataFrame(), 248.2, {}, {}))
    said = capfd.readouterr().out
    assert "6.3145, 24.514, 1,736.9, 171,537" in said
    assert "10^248" in said
