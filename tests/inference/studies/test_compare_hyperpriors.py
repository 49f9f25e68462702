"""Hyperpriors compared: each row agrees with its own exact posterior, and a hyperprior without results says why."""

from math import inf, log
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from genjax import gen
from genjax.core import distribution
from genjax.pjax import wrap_sampler

from inference import compare_hyperpriors, elpd, exact, leave_one_out, rqmc
from models import Counts, Hyperprior, box, fixed, half_cauchy, log_uniform, mean_concentration, open_uniform
from tests.families import BAGS, CASES, EACH_THE_SAME, MIXTURE, PUMPS

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


@gen
def population_of_mean_0_6():
    lam = log_uniform(0.1, 100.0) @ "lam"
    return 0.6 * lam, 0.4 * lam


@gen
def population_with_a_bound():
    """The upper bound of lam is itself unknown."""
    mu = open_uniform(0.0, 1.0) @ "mu"
    bound = log_uniform(10.0, 1000.0) @ "bound"
    share = open_uniform(0.0, 1.0) @ "share"
    return share * bound * mu, share * bound * (1 - mu)


@gen
def misnamed_population():
    mean = open_uniform(0.0, 1.0) @ "mean"
    return mean, 1 - mean


OF_DIMENSIONS = {
    "none": fixed(6.0, 4.0),
    "one": Hyperprior(population_of_mean_0_6, {"lam": (0.1, 100.0)}),
    "two": mean_concentration(),
    "three": Hyperprior(population_with_a_bound, {"mu": (0.0, 1.0), "bound": (10.0, 1000.0), "share": (0.0, 1.0)}),
    "five, two kinds": MIXTURE,
}


@pytest.fixture(scope="module")
def of_dimensions(six):
    return compare_hyperpriors(OF_DIMENSIONS, six, key=jax.random.key(3))


@pytest.mark.costly
@pytest.mark.parametrize("name", OF_DIMENSIONS)
def test_a_row_of_any_dimension_is_what_its_posterior_says(six, of_dimensions, name):
    row = of_dimensions.table.filter(hyperprior=name).row(0, named=True)
    is_exact = name != "five, two kinds"
    hyperprior = OF_DIMENSIONS[name]
    truth = exact(hyperprior, six) if is_exact else rqmc(hyperprior, six, key=jax.random.key(3))
    assert row["method"] == ("exact" if is_exact else "rqmc")
    assert row["problem"] is None
    assert row["log_evidence"] == truth.log_evidence
    assert row["elpd_loo"] == elpd(leave_one_out(truth, six)).value
    assert (row["median_lam"] is None) == (not is_exact)
    assert row["mu"] == pytest.approx(truth.mean("mu" if is_exact else "mean"), abs=1e-9)
    assert row["population_sd"] == pytest.approx(
        np.sqrt(0.6 * 0.4 / 11) if name == "none" else row["population_sd"], rel=1e-12
    )
    np.testing.assert_allclose(of_dimensions.groups[name], truth.shrinkage(six)["mean"], rtol=1e-9)


@pytest.mark.costly
def test_a_population_for_each_student_has_no_common_mean():
    counts = CASES["each the same"].counts
    found = compare_hyperpriors({"each": EACH_THE_SAME, "shared": mean_concentration()}, counts)
    each, shared = found.table.iter_rows(named=True)
    assert each["mu"] is None
    assert shared["mu"] is not None
    for column in ("log_evidence", "elpd_loo"):  # it is the same population, written in two ways
        assert each[column] == pytest.approx(shared[column], abs=1e-6)
    np.testing.assert_allclose(found.groups["each"], found.groups["shared"], atol=1e-7)


def test_what_cannot_be_used_has_a_row_that_says_why(six):
    every = {
        "events": PUMPS,
        "narrow": mean_concentration(),
        "misnamed": Hyperprior(misnamed_population, {"mu": (0.0, 1.0)}),
    }
    found = compare_hyperpriors(every, six)
    events, narrow, misnamed = found.table.iter_rows(named=True)
    assert "observed as Events, not as Counts" in events["problem"]
    assert "'mean'" in misnamed["problem"] or "mean" in misnamed["problem"].split()
    assert narrow["log_evidence"] == exact(mean_concentration(), six).log_evidence
    assert list(found.posteriors) == ["narrow"]


@pytest.mark.costly
def test_rates_of_categories_have_a_row_each():
    counts = CASES["categories"].counts
    found = compare_hyperpriors({"bags": BAGS}, counts)
    assert len(found.groups) == counts.k.size
    assert found.table["problem"].to_list() == [None]
    shares = found.groups["bags"].to_numpy().reshape(counts.k.shape)
    np.testing.assert_allclose(shares.sum(axis=1), 1, atol=1e-9)
