"""A population that is known: every question has a closed form, or that of independent Betas."""

import pickle

import jax
import numpy as np
import pytest
import scipy.stats

from inference import exact, importance, mcmc, smc, vi
from inference.posteriors.known_posterior import KnownPosterior
from models import Counts, Events, fixed, gamma_poissons, marginal
from tests.families import CASES

KEY = jax.random.key(0)
A, B = 6.0, 4.0
COUNTS = Counts([70, 28, 6, 3, 2, 0], [100, 40, 10, 5, 2, 0], ["Alyssa", "Ben", "Carmen", "Diego", "Emi", "Farid"])
ALPHA, BETA = A + COUNTS.k, B + (COUNTS.n - COUNTS.k)
RATES = scipy.stats.beta(ALPHA, BETA)
DRAWS = 200_000
NUMERICAL = 1e-9  # of closed forms in float64, whose terms are below 1e3


@pytest.fixture(scope="module")
def posterior() -> KnownPosterior:
    """The posterior of the six students in the population Beta(6, 4)."""
    found = exact(fixed(A, B), COUNTS)
    assert isinstance(found, KnownPosterior)
    return found


@pytest.fixture(scope="module")
def rates() -> np.ndarray:
    """Independent draws of every student's rate, shape (draws, students)."""
    return np.random.default_rng(0).beta(ALPHA, BETA, (DRAWS, len(COUNTS)))


def test_the_population_is_what_was_given_without_error(posterior):
    known = {"a": A, "b": B, "mu": A / (A + B), "lam": A + B}
    assert posterior.names == tuple(known)
    for name, value in known.items():
        assert (posterior.mean(name), posterior.mean_error(name), posterior.sd(name)) == (value, 0, 0)
        assert posterior.quantile(name, 0.05) == posterior.quantile(name, 0.95) == value
        assert posterior.probability_below(name, value + 1e-9) == 1
        assert posterior.probability_below(name, value) == 0
    assert posterior.plug_in() == (A, B)
    table = posterior.summary()
    assert dict(zip(table["name"], table["mean"], strict=True)) == known
    assert table["sd"].to_list() == [0] * 4
    assert posterior.diagnostics()["mcse"].to_list() == [0] * 4
    assert posterior.verdict.startswith("trust: the population is known")
    assert posterior.ess == np.inf


def test_log_evidence_is_that_of_independent_beta_binomials(posterior):
    expected = scipy.stats.betabinom.logpmf(COUNTS.k, COUNTS.n, A, B).sum()
    assert posterior.log_evidence == pytest.approx(expected, abs=NUMERICAL)
    assert 0 <= posterior.log_evidence_error < NUMERICAL


def test_shrinkage_is_that_of_each_conjugate_beta(posterior):
    table = posterior.shrinkage(COUNTS, interval=0.8)
    expected = {
        "mean": RATES.mean(),
        "plug_in": (A + COUNTS.k) / (A + B + COUNTS.n),
        "sd": RATES.std(),
        "low": RATES.ppf(0.1),
        "high": RATES.ppf(0.9),
    }
    for name, values in expected.items():
        np.testing.assert_allclose(table[name], values, rtol=NUMERICAL)
    assert table["mean_error"].to_list() == [0] * len(COUNTS)
    assert table["raw"].to_list()[-1] is None


def test_above_is_the_survival_function(posterior):
    for threshold in (0.5, 0.9):
        table = posterior.above(COUNTS, threshold)
        np.testing.assert_allclose(table["probability"], RATES.sf(threshold), rtol=NUMERICAL)
        assert table["probability_error"].to_list() == [0] * len(COUNTS)


def test_ranking_is_that_of_independent_rates(posterior, rates):
    """Frequencies among draws are within 4.5 standard errors; the ends of rank intervals are within one rank."""
    table = posterior.ranking(COUNTS)
    ranks = 1 + np.argsort(np.argsort(-rates, axis=1), axis=1)
    for name, values in {"best": ranks == 1, "worst": ranks == len(COUNTS), "rank": ranks}.items():
        error = np.hypot(values.std(axis=0) / np.sqrt(DRAWS), table[f"{name}_error"].to_numpy())
        assert np.all(np.abs(values.mean(axis=0) - table[name].to_numpy()) < 4.5 * error)
        assert table[f"{name}_error"].max() < 1e-5
    ends = np.quantile(ranks, (0.05, 0.95), axis=0, method="inverted_cdf")
    assert np.all(np.abs(table.select("rank_low", "rank_high").to_numpy().T - ends) <= 1)


def test_pairwise_is_that_of_independent_rates(posterior, rates):
    table = posterior.pairwise(COUNTS)
    i, j = np.triu_indices(len(COUNTS), 1)
    larger = rates[:, i] > rates[:, j]
    error = np.hypot(larger.std(axis=0) / np.sqrt(DRAWS), table["probability_error"].to_numpy())
    assert np.all(np.abs(larger.mean(axis=0) - table["probability"].to_numpy()) < 4.5 * error)
    assert table["other"].to_list()[:5] == list(COUNTS.names[1:])


def test_what_is_left_out_is_predicted_by_the_population_alone(posterior):
    """Nothing is learned from the others: p(k_i | k_-i) = BetaBinomial(k_i; n_i, a, b)."""
    table = posterior.leave_one_out(COUNTS)
    law = scipy.stats.betabinom(COUNTS.n, A, B)
    np.testing.assert_allclose(table["log_predictive"], law.logpmf(COUNTS.k), rtol=NUMERICAL, atol=NUMERICAL)
    np.testing.assert_allclose(
        table["pit"], law.cdf(COUNTS.k - 1) + law.pmf(COUNTS.k) / 2, rtol=NUMERICAL, atol=NUMERICAL
    )
    assert table["khat"].is_null().all()
    others = COUNTS.taken([0, 2])  # it may be asked of students that it was not learned from
    np.testing.assert_array_equal(posterior.leave_one_out(others)["pit"], table["pit"].to_numpy()[[0, 2]])
    without = posterior.leave_one_out(COUNTS, pit=False)
    assert without["log_predictive"].to_list() == table["log_predictive"].to_list()
    assert without["pit"].is_null().all()


def test_the_next_count_is_beta_binomial(posterior):
    """Of every student given its counts, and of an unseen one in the population."""
    table = posterior.predict(COUNTS, 8, interval=0.8)
    law = scipy.stats.betabinom(8, np.append(ALPHA, A), np.append(BETA, B))
    expected = {"mean": law.mean(), "sd": law.std(), "none": law.pmf(0), "low": law.ppf(0.1), "high": law.ppf(0.9)}
    for name, values in expected.items():
        np.testing.assert_allclose(table[name], values, rtol=NUMERICAL)
    assert table["name"].to_list() == [*COUNTS.names, "(unseen)"]
    assert table["mean_error"].to_list() == [0] * 7


def test_later_counts_have_their_log_predictive_probability(posterior):
    later = Counts([6, 2, 0, 1, 1, 3], [10, 4, 2, 1, 3, 4], COUNTS.names)
    groups = posterior.evaluate(COUNTS, later).groups
    expected = scipy.stats.betabinom.logpmf(later.k, later.n, ALPHA, BETA)
    np.testing.assert_allclose(groups["partial"], expected, rtol=NUMERICAL)
    np.testing.assert_allclose(groups["partial_rate"], RATES.mean(), rtol=NUMERICAL)


@pytest.mark.costly
def test_it_is_written_for_arviz(posterior):
    """Every draw has the one population; rates are draws from each student's Beta, within 4.5 standard errors."""
    tree = posterior.to_arviz(COUNTS, n_draws=2_000)
    for group in ("posterior", "prior"):
        assert {name: set(np.ravel(tree[group][name])) for name in ("a", "b")} == {"a": {A}, "b": {B}}
    theta = np.asarray(tree["posterior"]["theta"], np.float64)
    assert theta.shape == (1, 2_000, 6)
    assert np.all(np.abs(theta[0].mean(axis=0) - RATES.mean()) < 4.5 * RATES.std() / np.sqrt(2_000))
    log_p = scipy.stats.betabinom.logpmf(COUNTS.k, COUNTS.n, A, B)
    eps = float(np.finfo(np.float32).eps)
    np.testing.assert_allclose(tree["log_likelihood"]["k"][0, 0], log_p, rtol=0, atol=64 * eps * (1 + abs(log_p).max()))
    assert set(posterior.to_arviz().children) == {"posterior", "prior"}


@pytest.mark.costly
def test_replicated_rates_are_those_of_the_population(posterior):
    """The mean rate of a replicated class is a / (a + b), whoever has how many trials."""
    with_trials = COUNTS.taken(range(5))
    checks = posterior.predictive_checks(with_trials, key=KEY, n_draws=4_000).table
    (row,) = checks.filter(kind="new groups", statistic="mean").iter_rows(named=True)
    assert abs(row["mean"] - A / (A + B)) < 4.5 * row["mean_error"]


def test_it_is_pickled_with_all_its_answers(posterior):
    again = pickle.loads(pickle.dumps(posterior))
    assert type(again) is KnownPosterior
    assert again.hyperprior is posterior.hyperprior
    assert again.log_evidence == posterior.log_evidence
    assert again.shrinkage(COUNTS).equals(posterior.shrinkage(COUNTS))
    assert again.leave_one_out(again.learned_from).equals(posterior.leave_one_out(COUNTS))


@pytest.mark.costly
def test_importance_sampling_agrees(posterior):
    """There is nothing to sample: each weight is the likelihood, to the rounding of float32."""
    sampled = importance(marginal(fixed(A, B)), COUNTS, key=KEY, n_particles=100)
    eps = float(np.finfo(np.float32).eps)
    assert sampled.log_evidence == pytest.approx(posterior.log_evidence, abs=len(COUNTS) * 64 * eps * 10)
    np.testing.assert_allclose(sampled.shrinkage(COUNTS)["mean"], RATES.mean(), rtol=1e-6)


@pytest.mark.parametrize("sampler", [mcmc, smc, vi])
def test_samplers_of_the_population_say_that_it_is_known(sampler):
    with pytest.raises(ValueError, match="the population is known, so there is nothing to sample: use exact or import"):
        sampler(marginal(fixed(A, B)), COUNTS, key=KEY)
    with pytest.raises(ValueError, match="the population is known, so there is nothing to sample: use exact or import"):
        sampler(marginal(fixed(2, 3, family=gamma_poissons)), Events([1], [2.0]), key=KEY)


@pytest.mark.parametrize("name", ["fixed events", "fixed categories"])
def test_exact_answers_under_a_known_population_of_any_family(name):
    hyperprior, counts = CASES[name]
    posterior, draws = exact(hyperprior, counts), importance(marginal(hyperprior), counts, key=KEY, n_particles=2)
    # float32 holds log Z of about 30 nats to 1e-5
    assert posterior.log_evidence == pytest.approx(draws.log_evidence, abs=1e-4)
    assert posterior.verdict == "trust: the population is known, and nothing is learned about it"
    assert posterior.names == draws.names
    for column in ("mean", "low", "high"):
        expected = draws.shrinkage(counts)[column].to_numpy()
        np.testing.assert_allclose(posterior.shrinkage(counts)[column].to_numpy(), expected, rtol=1e-4)
