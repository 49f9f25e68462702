"""Simulation-based calibration: correct programs have uniform ranks, and a wrong program does not."""

from functools import partial

import jax
import numpy as np
import pytest
from genjax import binomial, gen

from inference import conjugate_proposal, exact
from inference.numerics.uniformity import distance, holm, normalised_ranks, uniformity
from inference.studies.calibration import NAMES, data_sets, exact_probabilities, ranks
from inference.studies.many_data_sets import ManyDraws, importance_draws, mcmc_draws
from inference.studies.one_by_one import rqmc_draws, smc_draws
from models import Counts, aggregated, classroom, explicit, logit_beta, marginal, mean_concentration

HYPERPRIOR = mean_concentration()
TRIALS, STUDENT, DATA_SETS, DRAWS = (20, 10, 5, 2, 1), 3, 100, 60
CERTAIN = 1e-4  # p-value: a uniform sample has a smaller one for one seed in 10,000


@gen
def mistaken_student(a, b, n):
    """A planted error: GenJAX's binomial takes its second positional argument as log-odds."""
    log_odds = logit_beta(a, b) @ "log_odds"
    return binomial(n, jax.nn.sigmoid(log_odds)) @ "k"


@pytest.fixture(scope="module")
def sets():
    return data_sets(explicit(HYPERPRIOR), TRIALS, key=jax.random.key(0), n_data_sets=DATA_SETS)


@pytest.fixture(scope="module")
def truth(sets):
    """P(x < truth | k) by quadrature."""
    return exact_probabilities(HYPERPRIOR, sets, student=STUDENT)


def learned_by_importance(sets):
    return importance_draws(marginal(HYPERPRIOR), sets.counts, key=jax.random.key(1), n_draws=DRAWS, n_particles=5_000)


def normal_ranks(scale: float, size: int = 2_000) -> np.ndarray:
    """Ranks of x ~ Normal(0, 1), observed as y ~ Normal(x, 1), among draws of Normal(y / 2, scale^2 / 2)."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=size)
    y = rng.normal(x)
    draws = rng.normal(y[:, None] / 2, scale / np.sqrt(2), (size, 50))
    return normalised_ranks(x, draws, key=jax.random.key(0))


def test_ranks_are_uniform_for_an_exactly_known_posterior_and_not_for_a_narrower_one():
    assert uniformity(normal_ranks(1.0)) > CERTAIN
    assert uniformity(normal_ranks(0.8)) < CERTAIN


def test_ties_are_broken_at_random():
    same = normalised_ranks(np.zeros(2_000), np.zeros((2_000, 9)), key=jax.random.key(0))
    assert uniformity(same) > CERTAIN
    draws = np.tile([-1.0, 0.0, 0.0, 1.0], (2_000, 1))  # rank 1, 2 or 3 of 0 .. 4
    u = normalised_ranks(np.zeros(2_000), draws, key=jax.random.key(1))
    assert 1 / 5 < u.min() < u.max() < 4 / 5
    assert uniformity((5 * u - 1) / 3) > CERTAIN


def test_the_p_value_of_a_uniform_sample_is_small_as_seldom_as_it_says():
    rng, samples = np.random.default_rng(0), 1_000
    p_values = np.array([uniformity(rng.uniform(size=100)) for _ in range(samples)])
    for level in (0.01, 0.1):
        assert np.mean(p_values < level) < level + 4 * np.sqrt(level * (1 - level) / samples)


def test_uniform_ranks_that_ignore_the_data_are_far_from_the_exact_ones():
    rng, size, draws = np.random.default_rng(0), 1_000, 50
    exact_u = rng.uniform(size=size)
    right, ignorant = (rng.binomial(draws, p) + rng.uniform(size=size) for p in (exact_u, rng.uniform(size=size)))
    far, error = distance(right / (draws + 1), exact_u, draws)
    assert abs(far - 1) < 4 * error
    assert uniformity(ignorant / (draws + 1)) > CERTAIN
    far, error = distance(ignorant / (draws + 1), exact_u, draws)
    assert far - 4 * error > 3


def test_holms_correction():
    assert holm({"x": 0.01, "y": 0.04, "z": 0.03}) == pytest.approx({"x": 0.03, "y": 0.06, "z": 0.06})
    assert holm({"x": 0.9, "y": 0.6}) == {"x": 1.0, "y": 1.0}


@pytest.mark.parametrize("classroom", ["A", "B"])
def test_the_exact_distribution_function_inverts_the_quantiles(classrooms, classroom):
    posterior = exact(HYPERPRIOR, classrooms[classroom])
    for name in ("a", "b", "mu", "lam"):
        for q in (0.01, 0.3, 0.9):
            assert posterior.probability_below(name, posterior.quantile(name, q)) == pytest.approx(q, abs=1e-6)


@pytest.mark.costly
def test_truths_are_drawn_from_the_model(sets):
    truth = sets.truth(STUDENT)
    assert uniformity(truth["mu"]) > CERTAIN
    assert uniformity(np.log(truth["lam"] / 0.1) / np.log(1000)) > CERTAIN
    assert [tuple(counts.n) for counts in sets.counts] == [TRIALS] * DATA_SETS
    assert len({tuple(counts.k) for counts in sets.counts}) > DATA_SETS / 2


@pytest.mark.costly
def test_quadrature_is_calibrated(truth):
    assert min(holm({name: uniformity(truth[name]) for name in NAMES}).values()) > CERTAIN


@pytest.mark.costly
def test_marginal_importance_is_calibrated_and_each_rank_is_that_of_exact_draws(sets, truth):
    draws = learned_by_importance(sets)
    assert draws.too_dependent < DATA_SETS / 20
    u = ranks(sets, draws, student=STUDENT, key=jax.random.key(2))
    for name in NAMES:
        assert uniformity(u[name]) > CERTAIN
        far, error = distance(u[name], truth[name], DRAWS)
        assert abs(far - 1) < 4 * error


@pytest.mark.costly
def test_the_planted_error_fails():
    wrong = data_sets(classroom(mistaken_student, HYPERPRIOR), TRIALS, key=jax.random.key(3), n_data_sets=DATA_SETS)
    u = ranks(wrong, learned_by_importance(wrong), student=STUDENT, key=jax.random.key(2))
    assert min(holm({name: uniformity(u[name]) for name in NAMES}).values()) < CERTAIN


def test_draws_that_are_not_independent_enough_are_counted():
    ess = np.array([1.0, 10.0, 20.0, np.nan])
    draws = ManyDraws(HYPERPRIOR, {"a": np.ones((4, 2)), "b": np.ones((4, 2))}, 2, ess, required_ess=10.0)
    assert draws.too_dependent == 2


def test_data_sets_of_different_shape_are_refused():
    counts = [Counts([1, 0], [2, 1]), Counts([1, 0, 1], [2, 1, 1])]
    with pytest.raises(ValueError, match="shape"):
        importance_draws(marginal(HYPERPRIOR), counts, key=jax.random.key(0))


@pytest.mark.long
@pytest.mark.parametrize(
    "learner",
    [
        partial(importance_draws, explicit(HYPERPRIOR), n_particles=5_000, proposal=conjugate_proposal(HYPERPRIOR)),
        partial(importance_draws, aggregated(HYPERPRIOR), n_particles=5_000),
        partial(mcmc_draws, marginal(HYPERPRIOR), algorithm="nuts"),
        partial(mcmc_draws, aggregated(HYPERPRIOR), algorithm="nuts"),
        partial(mcmc_draws, marginal(HYPERPRIOR), algorithm="hmc"),
        partial(mcmc_draws, aggregated(HYPERPRIOR), algorithm="hmc"),
        partial(smc_draws, marginal(HYPERPRIOR)),
        partial(smc_draws, aggregated(HYPERPRIOR)),
        partial(rqmc_draws, HYPERPRIOR),
    ],
    ids=[
        "conjugate",
        "aggregated",
        "nuts",
        "aggregated-nuts",
        "hmc",
        "aggregated-hmc",
        "smc",
        "aggregated-smc",
        "rqmc",
    ],
)
def test_every_other_program_is_calibrated_too(learner, sets, truth):
    u = ranks(sets, learner(sets.counts, key=jax.random.key(1), n_draws=DRAWS), student=STUDENT, key=jax.random.key(2))
    for name in NAMES:
        assert uniformity(u[name]) > CERTAIN
        far, error = distance(u[name], truth[name], DRAWS)
        assert abs(far - 1) < 4 * error
