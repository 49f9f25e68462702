"""Importance sampling over programs: compared with quadrature, and checked for errors that raise no exception."""

from math import inf

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from genjax import exponential, gen, uniform
from scipy.special import logsumexp

from inference import closed_form, conjugate_proposal, exact, importance, normal_proposal
from inference.algorithms.importance import compiled_weigher
from models import (
    Counts,
    Hyperprior,
    aggregated,
    bda3,
    beta_binomial,
    box,
    classroom,
    explicit,
    log_uniform,
    logit_beta,
    marginal,
    mean_concentration,
    open_uniform,
    pareto,
)

PARTICLES = 20_000  # as many as the fixture `learned` draws
FORMS = ["marginal", "explicit", "conjugate"]


@gen
def reader():
    mu = uniform(0.0, 1.0) @ "mu"
    kappa = exponential(0.1) @ "kappa"
    return kappa * mu, kappa * (1 - mu)


READERS = Hyperprior(reader, {"mu": (0.0, 1.0), "kappa": (0.0, inf)})


@pytest.mark.parametrize("number", range(20))
def test_random_counts_are_learned_too(number, random_counts):
    hyperprior, counts = mean_concentration(), random_counts(number)
    truth = exact(hyperprior, counts)
    posterior = importance(marginal(hyperprior), counts, key=jax.random.key(number), n_particles=PARTICLES)
    assert posterior.ess > 100
    assert abs(posterior.log_evidence - truth.log_evidence) < 4 * posterior.log_evidence_error
    for name in ("a", "b", "mu", "lam"):
        assert abs(posterior.mean(name) - truth.mean(name)) < 4 * posterior.mean_error(name)


@pytest.mark.parametrize("how", FORMS)
@pytest.mark.costly
def test_no_weight_is_nan_or_infinite_on_classroom_b(learned, how):
    posterior = learned("B", "mean_concentration", how)
    assert len(posterior.log_weights) == PARTICLES
    assert np.all(np.isfinite(posterior.log_weights))  # theta rounds to 0 or 1 for small a, b
    assert all(np.all(np.isfinite(draws)) for draws in posterior.draws.values())


@pytest.mark.costly
def test_keeping_theta_from_the_conjugate_proposal_costs_nothing(learned):
    ess = {how: learned("B", "mean_concentration", how).ess for how in FORMS}
    # Both weights are the same function of (a, b). The standard error of their ESS is below ESS / sqrt(ESS).
    assert abs(ess["conjugate"] - ess["marginal"]) < 4 * np.sqrt(2 * ess["marginal"])
    assert ess["explicit"] < ess["marginal"] / 2


@pytest.mark.parametrize("how", ["marginal", "conjugate"])
def test_the_weight_of_every_particle_is_the_closed_form(learned, six, how, weight_error):
    posterior = learned("A", "box", how)
    a, b = posterior.draws["a"].astype(np.float64), posterior.draws["b"].astype(np.float64)
    error = np.abs(posterior.log_weights - closed_form(six, a, b))
    assert np.all(error < weight_error(how, six, a, b))


def test_every_particle_is_another_draw(learned):
    for name in ("a", "b"):  # `vmap` inside `seed` would give every particle the same draw
        draws = np.asarray(learned("A", "box").draws[name])
        # There are at least 2^23 values, so about 20,000^2 / 2^24 = 24 pairs are equal by chance, with an sd of 5.
        assert len(np.unique(draws)) > len(draws) - 50


def test_the_same_key_gives_the_same_bytes_and_another_key_others(learned, six):
    first = learned("A", "box")
    again, other = (importance(marginal(box()), six, key=jax.random.key(i), n_particles=PARTICLES) for i in (0, 1))
    assert first.log_weights.tobytes() == again.log_weights.tobytes()
    assert all(first.draws[name].tobytes() == again.draws[name].tobytes() for name in first.draws)
    assert not np.any(first.log_weights == other.log_weights)


@pytest.mark.parametrize("batch_size", [5_000, 6_000], ids=["dividing N", "not dividing N"])
def test_the_batch_size_changes_nothing(learned, six, weight_error, batch_size, eps):
    at_once = learned("A", "box")
    batched = importance(marginal(box()), six, key=jax.random.key(0), n_particles=PARTICLES, batch_size=batch_size)
    a, b = (np.asarray(at_once.draws[name], np.float64) for name in ("a", "b"))
    np.testing.assert_allclose(batched.draws["a"], a, rtol=4 * eps)
    np.testing.assert_allclose(batched.draws["b"], b, rtol=4 * eps)
    # The slope of the log likelihood in log a or log b is at most sum n, and the draws may differ by 4 eps.
    from_draws = 8 * eps * six.n.sum()
    difference = np.abs(batched.log_weights - at_once.log_weights)
    assert np.all(difference < 2 * weight_error("marginal", six, a, b) + from_draws)


def test_a_program_is_compiled_once_for_all_counts_of_one_shape(learned, classrooms, six, caplog):
    learned("A", "box")
    others = [Counts(k=[1, 2, 3, 4, 5, 6], n=[100, 9, 9, 9, 9, 9]), classrooms["B"], six]
    with jax.log_compiles():
        for seed_, counts in enumerate(others):
            importance(marginal(box(0.5, 20)), counts, key=jax.random.key(seed_), n_particles=PARTICLES)
    assert not caplog.records


@pytest.mark.costly
def test_memory_is_of_the_order_of_a_batch_times_students():
    students, batch_size = 200, 64
    counts = Counts(k=[3] * students, n=[5] * students)
    weigh = compiled_weigher(marginal(box()), None, batch_size)

    def temporary_bytes(n_particles: int) -> int:
        keys = jax.eval_shape(lambda: jax.random.split(jax.random.key(0), n_particles))
        return weigh.lower(keys, counts.observed, counts.trials).compile().memory_analysis().temp_size_in_bytes

    few, many = temporary_bytes(16 * batch_size), temporary_bytes(64 * batch_size)
    # Key, weight, a and b of a particle are at most 8 numbers of 8 bytes; arrays over students take 200 times that.
    assert many - few < 48 * batch_size * 8 * 8


def test_integer_counts_written_by_hand_are_welcome(learned, six):
    by_hand = {"students": {"k": [int(k) for k in six.k]}}
    posterior = importance(marginal(box()), six, key=jax.random.key(0), n_particles=PARTICLES, observed=by_hand)
    assert posterior.log_weights.tobytes() == learned("A", "box").log_weights.tobytes()


@pytest.mark.parametrize(
    "observed", [{"student": {"k": [0] * 6}}, {"students": {"K": [0] * 6}}, {"students": {"k": {"k": [0] * 6}}}]
)
def test_a_misspelt_address_is_a_key_error_that_lists_the_valid_ones(six, observed):
    with pytest.raises(KeyError, match=r"its addresses are population\.a, population\.b, students\.k"):
        importance(marginal(box()), six, key=jax.random.key(0), observed=observed)


@pytest.mark.parametrize("k", [[1] * 5, [[1] * 6], 1])
def test_counts_of_another_shape_are_a_value_error(six, k):
    with pytest.raises(ValueError, match="shape"):
        importance(marginal(box()), six, key=jax.random.key(0), observed={"students": {"k": k}})


@pytest.mark.parametrize("sizes", [{"n_particles": 0}, {"n_particles": -1}, {"batch_size": 0}])
def test_sizes_below_one_are_value_errors(six, sizes):
    with pytest.raises(ValueError, match=f"{next(iter(sizes))} must be at least 1"):
        importance(marginal(box()), six, key=jax.random.key(0), **sizes)


@pytest.mark.parametrize("model", [reader, box(), None])
def test_a_program_that_is_no_classroom_is_a_type_error(six, model):
    with pytest.raises(TypeError, match="not a classroom"):
        importance(model, six, key=jax.random.key(0))


def test_a_proposal_with_an_address_the_model_has_not_is_a_key_error(six):
    with pytest.raises(KeyError, match=r"the proposal draws students\.log_odds, but the model has only population\.a"):
        importance(marginal(box()), six, key=jax.random.key(0), proposal=conjugate_proposal(box()))


def test_a_proposal_with_another_shape_is_a_value_error(six):
    @gen
    def proposal(observed, trials):
        a, b = box().program() @ "population"
        return {"log_odds": logit_beta(a, b) @ "log_odds"}

    @gen
    def wrapped(observed, trials):
        return proposal(observed, trials) @ "students"

    with pytest.raises((KeyError, ValueError)):
        importance(explicit(box()), six, key=jax.random.key(0), proposal=wrapped)


@pytest.mark.parametrize("b", [-1.0, float("nan")])
def test_a_hyperprior_with_impossible_shapes_is_a_value_error(six, b):
    @gen
    def impossible():
        a = uniform(0.5, 20.0) @ "a"
        return a, b * (1 + 0 * a)

    model = marginal(Hyperprior(impossible, {"a": (0.5, 20.0)}))
    with pytest.raises(ValueError, match=f"the hyperprior returns b = {b:g}, which is not positive and finite"):
        importance(model, six, key=jax.random.key(0), n_particles=8)


@gen
def readers_student(a, b, n):
    """A student with an additional choice that does not affect the count."""
    exponential(1.0) @ "mood"
    return beta_binomial(n, a, b) @ "k"


def test_a_readers_own_hyperprior_and_student_are_learned_like_the_built_in_ones(six):
    model = classroom(readers_student, READERS)
    posterior = importance(model, six, key=jax.random.key(0), n_particles=20_000)
    # Gauss-Legendre in mu and in u = 1 - exp(-kappa / 10), in which the hyperprior is uniform on the unit square.
    nodes, weights = np.polynomial.legendre.leggauss(200)
    nodes, weights = (nodes + 1) / 2, weights / 2
    mu, u = np.meshgrid(nodes, nodes)
    kappa = -10 * np.log1p(-u)
    log_mass = closed_form(six, kappa * mu, kappa * (1 - mu)) + np.log(np.outer(weights, weights))
    log_evidence = logsumexp(log_mass)
    mass = np.exp(log_mass - log_evidence)
    assert posterior.ess > 100
    assert abs(posterior.log_evidence - log_evidence) < 4 * posterior.log_evidence_error
    for name, values in {"mu": mu, "kappa": kappa, "lam": kappa, "a": kappa * mu}.items():
        assert abs(posterior.mean(name) - np.sum(mass * values)) < 4 * posterior.mean_error(name)


@pytest.mark.costly
def test_b_is_not_lost_against_many_trials(weight_error):
    """In float32, (b + n) - k is 0 for b = 1e-6 and k = n = 10^6, and its lbeta is infinite."""
    tiny = Hyperprior(gen(lambda: (uniform(1.0, 2.0) @ "a", 1e-6)), {"a": (1.0, 2.0)})
    counts = Counts(k=[10**6, 10**6 - 1, 0], n=[10**6, 10**6, 1])
    posterior = importance(marginal(tiny), counts, key=jax.random.key(0), n_particles=8)
    a, b = (np.asarray(posterior.draws[name], np.float64) for name in ("a", "b"))
    error = np.abs(posterior.log_weights - closed_form(counts, a, b))
    assert np.all(error < weight_error("marginal", counts, a, b))


def test_draws_that_all_miss_the_posterior_are_not_trusted():
    """Under pareto() a lam of 3,000 has probability 10^-5: log Z was off by 20 of its errors, with an ESS of 363."""
    are_wrong = 0
    for number in range(12):
        rng = np.random.default_rng(number)
        n = np.append(10**6, np.floor(10 ** rng.uniform(0, 6, 5)).astype(int))
        counts = Counts(k=rng.binomial(n, rng.beta(30, 2970, 6)), n=n)
        found = importance(marginal(pareto()), counts, key=jax.random.key(0), n_particles=PARTICLES)
        off = abs(found.log_evidence - exact(pareto(), counts).log_evidence)
        is_wrong = found.ess > 100 and off > 5 * found.log_evidence_error
        assert not (is_wrong and found.verdict.startswith("trust"))
        are_wrong += is_wrong
    assert are_wrong > 0


def test_what_a_hyperprior_excludes_is_not_held_against_its_draws(six):
    """The likelihood of the six students is highest for a population that is nearly a point."""
    everything = importance(marginal(box()), six, key=jax.random.key(0), n_particles=PARTICLES)
    little = importance(marginal(box(0.5, 1.5)), six, key=jax.random.key(0), n_particles=PARTICLES)
    for found in (everything, little):
        # The best population, moved into the range of the draws, is about as good as the best of many draws.
        assert found.log_weights.max() - 1 < found.log_best_weight < found.log_weights.max() + 0.1
        assert found.verdict.startswith("trust")


@pytest.mark.costly
def test_a_proposal_that_misses_a_part_of_the_posterior_is_not_trusted():
    """These nine groups have nearly equal rates. A ninth of the posterior has lam above 1,000; none is proposed."""
    n = np.array([10**6, 6503, 89353, 4173, 33, 2851, 587, 560, 171])
    counts = Counts(k=n - np.array([114, 1, 10, 0, 0, 0, 0, 0, 0]), n=n)

    @gen
    def population():
        open_uniform(0.0, 1.0) @ "mu"
        log_uniform(0.01, 50.0) @ "lam"

    @gen
    def proposal(observed, trials):
        population() @ "population"

    model, key = aggregated(bda3()), jax.random.key(0)
    found = importance(model, counts, key=key, n_particles=PARTICLES, proposal=proposal)
    assert found.ess > 100
    assert found.log_evidence < exact(bda3(), counts).log_evidence - 5 * found.log_evidence_error
    assert found.verdict.startswith("do not trust: the population with the highest likelihood")


@pytest.mark.costly
def test_a_normal_fitted_to_the_narrow_end_of_a_funnel_is_a_proposal_for_all_of_it():
    """Without draws from heavy tails k-hat was 0.8; log Z was once off by 6 of its errors, E[theta] by 17."""
    counts = Counts(k=[928505, 34, 781795, 869997, 6091], n=[10**6, 41, 840907, 937290, 6548])
    fitted = (jnp.array([1.46693, 0.98134]), jnp.array([[0.0059055, 0.0], [-0.0042315, 0.3582]]))  # by vi
    truth = exact(bda3(), counts)
    for seed in range(4):
        key = jax.random.key(seed)
        found = importance(
            aggregated(bda3()),
            counts,
            key=key,
            n_particles=PARTICLES,
            proposal=normal_proposal(bda3()),
            proposal_args=fitted,
        )
        assert found.verdict.startswith("trust")
        assert found.khat < 0.5  # where estimates are good, see `pareto_smoothed`
        assert abs(found.log_evidence - truth.log_evidence) < 4 * found.log_evidence_error
        assert abs(found.mean("mu") - truth.mean("mu")) < 4 * found.mean_error("mu")


def test_a_student_of_ones_own_is_not_judged_by_a_likelihood_that_is_not_its_own(six):
    found = importance(classroom(readers_student, READERS), six, key=jax.random.key(0), n_particles=PARTICLES)
    assert found.log_best_weight == -inf


def sampled(hyperprior, counts):
    return importance(marginal(hyperprior), counts, key=jax.random.key(0), n_particles=64)


@pytest.mark.parametrize("algorithm", [exact, sampled])
def test_an_address_called_a_that_is_not_the_a_returned_is_refused(algorithm, six):
    @gen
    def program():
        a = open_uniform(0.0, 1.0) @ "a"
        lam = open_uniform(1.0, 9.0) @ "lam"
        return lam * a, lam * (1 - a)

    with pytest.raises(ValueError, match="draws 'a', but it returns another a: rename the address 'a'"):
        algorithm(Hyperprior(program, {"a": (0.0, 1.0), "lam": (1.0, 9.0)}), six)
