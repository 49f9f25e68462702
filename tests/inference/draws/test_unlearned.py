"""With one trial in every group lam cannot be learned: the likelihood is flat in it, and the verdict says so."""

from types import SimpleNamespace

import jax
import numpy as np
import pytest

from inference import closed_form, exact, importance
from inference.draws.unlearned import unlearned_sentences
from models import (
    Categories,
    Counts,
    Events,
    bda3,
    dirichlet_multinomials,
    fixed,
    half_cauchy,
    marginal,
    mean_concentration,
    mean_shape,
)

SAID = "every group has at most one trial"
ONE_EACH = Counts([0, 1, 1, 0, 0, 1, 0], [1, 1, 1, 1, 0, 1, 1])


def test_the_likelihood_is_flat_in_lam_at_a_given_mu():
    lam, mu = np.geomspace(1e-3, 1e6, 25), 0.37
    flat = closed_form(ONE_EACH, lam * mu, lam * (1 - mu))
    np.testing.assert_allclose(flat, 3 * np.log(mu) + 3 * np.log(1 - mu), atol=1e-8)  # log gammas of 1e6 lose 1e-9
    of_two = closed_form(Counts([0, 2], [2, 2]), lam * mu, lam * (1 - mu))
    assert np.ptp(of_two) > 1


def test_the_posterior_of_lam_is_the_hyperprior():
    """mu and lam are independent under both. P(lam <= x) is 1 - 2/pi atan(x^-1/2), or log-uniform."""
    cauchy = exact(half_cauchy(), ONE_EACH)
    log_uniform = exact(mean_concentration(lam=(0.1, 100.0)), ONE_EACH)
    for x in (0.2, 1.0, 30.0):
        assert cauchy.probability_below("lam", x) == pytest.approx(1 - 2 / np.pi * np.arctan(x**-0.5), abs=2e-6)
        assert log_uniform.probability_below("lam", x) == pytest.approx(np.log(x / 0.1) / np.log(1000), abs=2e-6)
    assert cauchy.mean("mu") == pytest.approx(4 / 8, abs=1e-9)  # Beta(1 + 3, 1 + 3)


@pytest.mark.parametrize("hyperprior", [half_cauchy(), bda3()], ids=["half_cauchy", "bda3"])
def test_the_verdict_says_so_if_and_only_if_no_group_has_two_trials(hyperprior):
    verdict = exact(hyperprior, ONE_EACH).verdict
    assert verdict.startswith("trust: exact")
    assert f"{SAID}, so the likelihood depends on (a, b) only through mu: lam cannot be learned" in verdict
    assert SAID not in exact(hyperprior, ONE_EACH + Counts([1], [2])).verdict
    # A row that stands for no group does not count.
    weighed = Counts([0, 1, 5], [1, 1, 9], multiplicity=[3, 2, 0])
    assert SAID in exact(hyperprior, weighed).verdict


def test_draws_say_so_too():
    found = importance(marginal(mean_concentration()), ONE_EACH, key=jax.random.key(0), n_particles=2_000)
    assert found.verdict.startswith("trust: ESS")
    assert SAID in found.verdict


def test_nothing_is_said_of_events_or_of_a_population_that_is_known():
    assert SAID not in exact(mean_shape(), Events([0, 1], [1.0, 1.0])).verdict
    assert SAID not in exact(fixed(2, 4), ONE_EACH).verdict
    marbles = Categories([[0, 1], [1, 0]], categories=["red", "green"])
    assert SAID not in exact(fixed([1.0, 2.0], family=dirichlet_multinomials), marbles).verdict


def test_of_categories_it_says_that_only_the_mean_is_learned():
    one_each, more = (Categories(k, categories=["red", "green"]) for k in ([[0, 1], [1, 0]], [[0, 2], [1, 0]]))
    for counts, said in ((one_each, 1), (more, 0)):
        hyperprior = SimpleNamespace(addresses=("shares", "lam"), has_one_beta=False)
        sentences = unlearned_sentences(
            SimpleNamespace(learned_from=counts, hyperprior=hyperprior, has_own_likelihood=True)
        )
        assert len(sentences) == said
        assert all("only through its mean" in sentence for sentence in sentences)
