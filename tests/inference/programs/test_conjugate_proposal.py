"""The conjugate proposal: it draws each student's rate from its own posterior, and the program is kept for reuse."""

import jax
import numpy as np
from genjax import gen, seed

from inference import conjugate_proposal
from inference.programs.addresses import choices_of
from models import Hyperprior, beta_binomials, box, explicit, mean_concentration


def test_a_proposal_of_a_hyperprior_is_one_object():
    assert conjugate_proposal(box()) is conjugate_proposal(box(0.5, 20)) is not conjugate_proposal(mean_concentration())


def test_it_proposes_every_latent_choice_of_the_explicit_form_and_no_count(six):
    proposed = choices_of(conjugate_proposal(box()), six.observed, six.trials)
    latent = choices_of(explicit(box()), six.trials)
    assert proposed == {address: choice for address, choice in latent.items() if address != ("students", "k")}


def test_theta_is_drawn_from_its_conjugate_posterior(six):
    a, b, draws = 2.0, 3.0, 4000
    known = Hyperprior(gen(lambda: (a, b)), {"nothing": (0.0, 1.0)})
    proposal = conjugate_proposal(known)
    simulate = jax.jit(jax.vmap(lambda key: seed(proposal.simulate)(key, six.observed, six.trials).get_retval()))
    theta = 1 / (1 + np.exp(-np.asarray(simulate(jax.random.split(jax.random.key(0), draws)), np.float64)))
    alpha, beta = a + six.k, b + (six.n - six.k)
    mean = alpha / (alpha + beta)
    squares = (theta - mean) ** 2
    variance = mean * (1 - mean) / (alpha + beta + 1)
    assert np.all(np.abs(theta.mean(axis=0) - mean) < 4 * theta.std(axis=0) / np.sqrt(draws))
    assert np.all(np.abs(squares.mean(axis=0) - variance) < 4 * squares.std(axis=0) / np.sqrt(draws))


def test_b_is_not_lost_against_many_trials():
    """In float32, (b + n) - k is 0 for b = 1e-6 and k = n = 10^6, and Beta(a, 0) has infinite log-odds."""
    simulate = jax.jit(seed(beta_binomials.conjugate_student.simulate))
    for key in range(4):
        log_odds = simulate(jax.random.key(key), 1.0, 1e-6, 1e6, 1e6)
        assert np.isfinite(log_odds.get_retval())
        assert np.isfinite(log_odds.get_score())
