"""Variational inference: a lower bound of the evidence, a bias within its stated error, and a good proposal."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from inference import ViPosterior, exact, importance, normal_proposal, vi
from inference.programs.normal_proposal import DEFENSIVE_SHARE
from models import Counts, aggregated, marginal, mean_concentration

HYPERPRIOR = mean_concentration()
NOBODY = Counts(k=[0] * 6, n=[0] * 6)  # the posterior is the hyperprior, a standard normal in probit coordinates
N_PARTICLES = 20_000


@pytest.fixture(scope="module")
def fitted(classrooms):
    """`fitted(classroom, seed)`, each computed once."""
    found = {}

    def fit(classroom: str, seed: int = 0) -> ViPosterior:
        if (classroom, seed) not in found:
            found[classroom, seed] = vi(marginal(HYPERPRIOR), classrooms[classroom], key=jax.random.key(seed))
        return found[classroom, seed]

    return fit


def proposed(posterior: ViPosterior, counts: Counts, seed: int = 0):
    return importance(
        marginal(HYPERPRIOR),
        counts,
        key=jax.random.key(seed),
        n_particles=N_PARTICLES,
        proposal=normal_proposal(HYPERPRIOR),
        proposal_args=posterior.proposal_args,
    )


@pytest.mark.costly
def test_a_posterior_that_is_normal_is_found():
    posterior = vi(marginal(HYPERPRIOR), NOBODY, key=jax.random.key(0))
    # Over the last few hundred steps of Adam, with 16 draws each, the noise of a mean is far below 0.05.
    assert np.all(np.abs(posterior.mean_z) < 0.05)
    assert np.all(np.abs(posterior.scale_tril - np.eye(2)) < 0.05)
    # The KL divergence of two normals that differ by d in mean or scale is about d^2, and the bound is below log Z = 0
    # by no more than that.
    assert abs(posterior.log_evidence) < 4 * 0.05**2
    assert posterior.verdict.startswith("trust: the posterior is close to a normal")


@pytest.mark.parametrize("classroom", ["A", "B"])
@pytest.mark.costly
def test_the_bound_is_below_the_evidence_and_no_further_than_it_says(fitted, classrooms, classroom):
    posterior, truth = fitted(classroom), exact(HYPERPRIOR, classrooms[classroom])
    monte_carlo = np.std(posterior.log_ratios) / np.sqrt(len(posterior.log_ratios))
    # These posteriors are not normal: log Z minus the bound, KL(q, posterior), is larger than the Monte Carlo error.
    assert posterior.log_evidence < truth.log_evidence - 4 * monte_carlo
    assert abs(posterior.log_evidence - truth.log_evidence) < 4 * posterior.log_evidence_error


@pytest.mark.parametrize("classroom", ["A", "B"])
@pytest.mark.costly
def test_the_bias_is_within_its_error(fitted, classrooms, classroom):
    posterior, truth = fitted(classroom), exact(HYPERPRIOR, classrooms[classroom])
    for name in ("a", "b", "mu", "lam"):
        assert abs(posterior.mean(name) - truth.mean(name)) < 4 * posterior.mean_error(name)


@pytest.mark.parametrize("classroom", ["A", "B"])
@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(1, 20))])
@pytest.mark.costly
def test_as_a_proposal_half_of_the_particles_count(fitted, classrooms, classroom, seed):
    counts, truth = classrooms[classroom], exact(HYPERPRIOR, classrooms[classroom])
    posterior = proposed(fitted(classroom, seed), counts, seed)
    assert posterior.ess > 0.5 * N_PARTICLES
    assert abs(posterior.log_evidence - truth.log_evidence) < 4 * posterior.log_evidence_error
    for name in ("a", "b", "mu", "lam"):
        assert abs(posterior.mean(name) - truth.mean(name)) < 4 * posterior.mean_error(name)


@pytest.mark.parametrize("mean", [(0.0, 0.0), (3.0, -3.0)])
def test_the_proposal_has_a_density_that_integrates_to_one_and_bounds_every_weight(mean, eps):
    """Without data the weights are hyperprior / proposal: their mean is 1, and none is above 1 / share."""
    scale_tril = np.array([[0.5, 0.0], [-0.3, 0.4]])
    posterior = importance(
        marginal(HYPERPRIOR),
        NOBODY,
        key=jax.random.key(0),
        n_particles=N_PARTICLES,
        proposal=normal_proposal(HYPERPRIOR),
        proposal_args=(jnp.array(mean), jnp.asarray(scale_tril, jnp.zeros(()).dtype)),
    )
    assert abs(posterior.log_evidence) < 4 * posterior.log_evidence_error
    assert posterior.log_weights.max() <= -np.log(DEFENSIVE_SHARE) + 100 * eps
    assert abs(posterior.mean("mu") - 0.5) < 4 * posterior.mean_error("mu")


@pytest.mark.long
def test_a_large_class_is_learned_by_the_aggregated_form():
    rng = np.random.default_rng(0)
    n = np.full(10_000, 20)
    counts = Counts(k=rng.binomial(n, rng.beta(6, 4, len(n))), n=n)
    posterior, truth = vi(aggregated(HYPERPRIOR), counts, key=jax.random.key(0)), exact(HYPERPRIOR, counts)
    for name in ("a", "b", "mu", "lam"):
        assert abs(posterior.mean(name) - truth.mean(name)) < 4 * posterior.mean_error(name)
        assert posterior.mean_error(name) < 0.1 * truth.sd(name)  # with so many counts it is nearly normal
    assert abs(posterior.log_evidence - truth.log_evidence) < 4 * posterior.log_evidence_error


@pytest.mark.costly
def test_a_normal_that_misses_is_not_trusted(classrooms):
    # One step away from the normal at the mode, whose E[lam] is off by a quarter of a posterior sd.
    posterior = vi(marginal(HYPERPRIOR), classrooms["B"], key=jax.random.key(0), n_steps=1)
    assert posterior.verdict.startswith("do not trust: the posterior is not close to a normal")
    assert "proposal=normal_proposal(hyperprior)" in posterior.verdict


@pytest.mark.costly
def test_the_same_key_gives_the_same_bytes(fitted, six):
    first, again = fitted("A"), vi(marginal(HYPERPRIOR), six, key=jax.random.key(0))
    assert all(first.draws[name].tobytes() == again.draws[name].tobytes() for name in first.draws)


@pytest.mark.parametrize(("sizes", "message"), [({"n_draws": 99}, "n_draws must be"), ({"n_steps": 0}, "n_steps must")])
def test_sizes_out_of_range_are_value_errors(six, sizes, message):
    with pytest.raises(ValueError, match=message):
        vi(marginal(HYPERPRIOR), six, key=jax.random.key(0), **sizes)
