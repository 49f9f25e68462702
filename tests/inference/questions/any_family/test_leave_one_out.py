"""Groups predicted from all others in any family: one Beta in disguise, and populations that are known."""

import jax
import numpy as np
import pytest
from polars.testing import assert_frame_equal
from scipy.stats import betabinom, dirichlet_multinomial, nbinom

from inference import elpd, importance, leave_one_out
from models import Categories, Counts, Events, dirichlet_multinomials, fixed, gamma_poissons, marginal
from tests.alike import COUNTS, DISGUISED, both
from tests.families import CASES, FAILURES, MARBLES, REGRESSION, known, learned_case


@pytest.mark.parametrize("hyperprior", DISGUISED.values(), ids=list(DISGUISED))
@pytest.mark.costly
def test_one_beta_in_disguise(hyperprior):
    disguised, one = both(hyperprior)
    assert_frame_equal(leave_one_out(disguised, COUNTS), leave_one_out(one, COUNTS), abs_tol=1e-10, rel_tol=1e-10)


def test_events_of_a_known_population():
    shape, rate = 2.0, 3.0
    table = known(fixed(shape, rate, family=gamma_poissons)).leave_one_out(FAILURES)
    law = nbinom(shape, rate / (rate + FAILURES.exposure))
    np.testing.assert_allclose(table["log_predictive"], law.logpmf(FAILURES.k), rtol=1e-10)
    np.testing.assert_allclose(table["pit"], law.cdf(FAILURES.k - 1) + law.pmf(FAILURES.k) / 2, atol=1e-12)
    assert table.columns[:3] == ["name", "k", "exposure"]
    # Nothing was learned from the group that is left out.
    assert table["khat"].to_list() == [-np.inf] * 10
    assert table["log_predictive_error"].to_list() == [0.0] * 10


def test_counts_in_categories_of_a_known_population():
    alpha = np.array([1.0, 2.0, 0.5])
    table = known(fixed(alpha.tolist(), family=dirichlet_multinomials)).leave_one_out(MARBLES)
    expected = [dirichlet_multinomial.logpmf(k, alpha, k.sum()) for k in MARBLES.k]
    np.testing.assert_allclose(table["log_predictive"], expected, rtol=1e-10)
    assert table["pit"].to_list() == [None] * 4  # several counts have no order
    assert elpd(table).value == pytest.approx(np.sum(expected))


def test_the_pit_sums_over_the_nearer_side():
    mu, lam = 0.9, 2.0
    disguised = known(DISGUISED["one kind"], mu=[mu], lam=[lam])
    counts = Counts([9_990, 20, 5_000], [10_000, 10_000, 10_000])
    pit = disguised.leave_one_out(counts)["pit"]
    law = betabinom(10_000, lam * mu, lam * (1 - mu))
    for row in (0, 1):
        k = counts.k[row]
        assert pit[row] == pytest.approx(law.cdf(k - 1) + law.pmf(k) / 2, abs=1e-9)
    assert pit[2] is None  # more than 1,000 counts on either side
    events = known(fixed(2.0, 3.0, family=gamma_poissons)).leave_one_out(Events([1_000, 1_001], [700.0, 700.0]))
    assert events["pit"].is_null().to_list() == [False, True]


def test_each_group_has_its_own_population():
    hyperprior, counts = CASES["regression"]
    posterior = known(hyperprior, b0=[0.3, 0.1], b1=[-1.0, 0.5], lam=[5.0, 20.0])
    log_odds = np.array([0.3, 0.1])[:, None] + np.array([-1.0, 0.5])[:, None] * counts.covariates["x"]
    mean, lam = 1 / (1 + np.exp(-log_odds)), np.array([5.0, 20.0])[:, None]
    p = betabinom.pmf(counts.k, counts.n, lam * mean, lam * (1 - mean))
    # Few draws have no tail, so the weights are 1 / p and their mean of p is the harmonic mean.
    found = posterior.leave_one_out(counts)
    np.testing.assert_allclose(np.exp(found["log_predictive"]), 1 / np.mean(1 / p, axis=0), rtol=1e-9)
    assert found["khat"].to_list() == [np.inf] * 6
    with pytest.raises(KeyError, match="there is no covariate 'x'"):
        posterior.leave_one_out(counts.only_counts())
    assert posterior.hyperprior is REGRESSION


@pytest.mark.costly
@pytest.mark.parametrize("name", ["events", "categories"])
def test_a_learned_population_predicts_what_refitting_would(name):
    # log p(k_i | k_-i) = log Z(all) - log Z(all but i), with the draws' own errors.
    hyperprior, counts = CASES[name]
    posterior = learned_case(name)
    table = posterior.leave_one_out(counts, pit=False)
    for i in (0, 2):
        rest = counts.taken([j for j in range(len(counts)) if j != i])
        other = importance(marginal(hyperprior), rest, key=jax.random.key(1), n_particles=20_000)
        expected = posterior.log_evidence - other.log_evidence
        error = np.hypot(posterior.log_evidence_error, other.log_evidence_error) + table["log_predictive_error"][i]
        assert abs(table["log_predictive"][i] - expected) < 4.5 * error


def test_other_data_are_refused():
    posterior = known(fixed(2.0, 3.0, family=gamma_poissons))
    with pytest.raises(TypeError, match="observed as Events, not as Counts"):
        posterior.leave_one_out(Counts([1], [2]))
    with pytest.raises(TypeError, match="observed as Counts, not as Categories"):
        both(DISGUISED["one kind"])[1].leave_one_out(Categories([[1, 2]]))
