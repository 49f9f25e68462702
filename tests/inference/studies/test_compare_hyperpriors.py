"""Hyperpriors compared: each row agrees with its own exact posterior, and a hyperprior without results says why."""

from math import inf, log
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest
from genjax import gen
from genjax.core import distribution
from genjax.pjax import wrap_sampler

from inference import compare_hyperpriors, elpd, exact, leave_one_out
from models import Counts, Hyperprior, box, half_cauchy, mean_concentration, open_uniform

BATTING = Path(__file__).parents[3] / "experiments" / "data" / "batting.csv"
HYPERPRIORS = {"wide": mean_concentration(lam=(0.1, 1e4)), "narrow": mean_concentration(), "half-Cauchy": half_cauchy()}


def _refuse_to_sample(*args, sample_shape=()):
    raise AssertionError("exact draws nothing")


scale_invariant = distribution(
    wrap_sampler(_refuse_to_sample, name="scale_invariant"), lambda x: -jnp.log(x), name="scale_invariant"
)


@gen
def improper_population():
    mu = open_uniform(0.0, 1.0) @ "mu"
    kappa = scale_invariant() @ "kappa"
    return kappa * mu, kappa * (1 - mu)


IMPROPER = Hyperprior(improper_population, {"mu": (0.0, 1.0), "kappa": (1.0, inf)})


@pytest.fixture(scope="module")
def batting() -> Counts:
    return Counts.read(BATTING)


@pytest.fixture(scope="module")
def compared(batting):
    return compare_hyperpriors(HYPERPRIORS, batting)


@pytest.mark.parametrize("name", HYPERPRIORS)
def test_a_row_is_what_its_posterior_says(batting, compared, name):
    row = compared.table.filter(hyperprior=name).row(0, named=True)
    truth, first = exact(HYPERPRIORS[name], batting), exact(HYPERPRIORS["wide"], batting)
    left_out = elpd(leave_one_out(truth, batting))
    assert row["log_evidence"] == truth.log_evidence
    assert row["log10_bayes_factor"] == pytest.approx((truth.log_evidence - first.log_evidence) / log(10), abs=1e-12)
    assert (row["elpd_loo"], row["elpd_loo_se"]) == (left_out.value, left_out.standard_error)
    assert row["mu"] == pytest.approx(truth.mean("mu"), abs=1e-9)
    assert truth.probability_below("lam", row["median_lam"]) == pytest.approx(0.5, abs=1e-5)
    assert 0 < row["median_lam_error"] < 1e-3 * row["median_lam"]
    assert row["problem"] is None
    np.testing.assert_allclose(compared.groups[name], truth.shrinkage(batting)["mean"], rtol=1e-12)


def test_differences_are_paired(batting, compared):
    per_group = {name: leave_one_out(exact(h, batting), batting)["log_predictive"] for name, h in HYPERPRIORS.items()}
    best = max(per_group, key=lambda name: per_group[name].sum())
    for row in compared.table.iter_rows(named=True):
        difference = (per_group[row["hyperprior"]] - per_group[best]).to_numpy()
        assert row["elpd_difference"] == pytest.approx(difference.sum(), abs=1e-9)
        assert row["elpd_difference_se"] == pytest.approx(np.sqrt(18) * difference.std(ddof=1), abs=1e-9)
    assert compared.table["elpd_difference"].max() == 0


def test_range_is_the_largest_less_the_smallest(compared):
    means = compared.groups.select(*HYPERPRIORS).to_numpy()
    np.testing.assert_allclose(compared.groups["range"], means.max(axis=1) - means.min(axis=1), rtol=1e-12)
    assert compared.groups["range_error"].max() < 1e-8
    assert compared.groups["range"].max() > 0.01  # an upper bound of 100 pulls less towards the mean than one of 10^4


def test_population_sd_is_that_of_the_beta():
    # The hyperprior allows only values between those at the corners of its support.
    known = mean_concentration(mu=(0.3, 0.3001), lam=(10.0, 10.001))
    row = compare_hyperpriors({"known": known}, Counts([3, 1], [9, 4])).table.row(0, named=True)
    low, high = np.sqrt(0.3 * 0.7 / 11.001), np.sqrt(0.3001 * 0.6999 / 11)
    assert low - 1e-9 < row["population_sd"] < high + 1e-9


@pytest.mark.parametrize("order", [("improper", "narrow"), ("narrow", "improper")])
def test_a_hyperprior_that_says_nothing_says_why(six, order):
    every = {"improper": IMPROPER, "narrow": mean_concentration()}
    found = compare_hyperpriors({name: every[name] for name in order}, six)
    bad, good = (found.table.filter(hyperprior=name).row(0, named=True) for name in ("improper", "narrow"))
    assert "fall off" in bad["problem"]
    assert all(value is None for name, value in bad.items() if name not in ("hyperprior", "problem"))
    assert good["log_evidence"] == exact(mean_concentration(), six).log_evidence
    assert good["log10_bayes_factor"] == (None if order[0] == "improper" else 0)
    assert found.groups["improper"].to_list() == [None] * 6
    assert found.groups["range"].to_list() == [0] * 6


def test_nothing_known_at_all(six):
    found = compare_hyperpriors({"improper": IMPROPER}, six)
    assert found.groups["range"].to_list() == [None] * 6


def test_edges():
    # k = 0, k = n, n = 0, and rows that stand for several groups
    counts = Counts([0, 4, 0, 2], [3, 4, 0, 5], multiplicity=[2, 1, 1, 3])
    found = compare_hyperpriors({"box": box(), "half-Cauchy": half_cauchy()}, counts)
    assert found.table["problem"].to_list() == [None, None]
    assert found.groups["multiplicity"].to_list() == [2, 1, 1, 3]
    one = compare_hyperpriors({"box": box()}, Counts([2], [5])).table.row(0, named=True)
    assert one["elpd_loo"] == pytest.approx(one["log_evidence"], abs=1e-6)
    assert one["elpd_difference"] == 0
    assert one["elpd_difference_se"] is None


def test_names_of_columns_and_no_hyperpriors_are_refused(six):
    with pytest.raises(ValueError, match="cannot have the name of a column of the result"):
        compare_hyperpriors({"range": box()}, six)
    with pytest.raises(ValueError, match="no hyperprior"):
        compare_hyperpriors({}, six)
