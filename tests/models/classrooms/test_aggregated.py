"""The whole class as one distribution: the density of the marginal form, at a cost independent of the class size."""

import time
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from genjax import seed
from scipy.stats import betabinom

from inference import closed_form, exact, importance, population_weights
from inference.programs.prepared import are_those_of, prepare
from models import Counts, CountsError, aggregated, box, explicit, marginal, mean_concentration

HYPERPRIOR = mean_concentration()


def simulated(students: int, seed: int = 0) -> Counts:
    rng = np.random.default_rng(seed)
    n = rng.integers(0, 101, students)
    return Counts(k=rng.binomial(n, rng.beta(2, 3, students)), n=n)


LARGE = Counts(*simulated(1000).pairs[:2], multiplicity=simulated(1000).pairs.multiplicity * 100_000)


@pytest.mark.parametrize("students", [1, *(pytest.param(some, marks=pytest.mark.costly) for some in (4, 5, 30)), 300])
def test_each_particle_weighs_as_in_the_marginal_form(students, weight_error):
    counts = simulated(students)
    rng = np.random.default_rng(1)
    shapes = np.asarray(jnp.asarray(np.exp(rng.normal(scale=2, size=(2, 50)))), np.float64)
    population = {"a": shapes[0], "b": shapes[1]}
    ours, theirs = (
        population_weights(form(box(1e-4, 1e4)), counts, population, key=jax.random.key(0))
        for form in (aggregated, marginal)
    )
    # The bound is for a sum over students. The tally has three sums of at most 48 terms instead, of the same size.
    error = weight_error("marginal", counts, *shapes)
    assert np.all(np.abs(ours - closed_form(counts, **population)) < error * max(1, 144 / students))
    assert np.all(np.abs(ours - theirs) < error * max(2, 288 / students))


@pytest.mark.costly
def test_the_same_map_conditions_generate_in_the_same_way(weight_error):
    counts = simulated(40)
    population = {"mu": jnp.asarray(0.4), "lam": jnp.asarray(5.0)}
    weights = [
        jax.jit(seed(form(HYPERPRIOR).generate))(
            jax.random.key(0), {"population": population, **counts.observed}, form(HYPERPRIOR).argument(counts)
        )[1]
        for form in (aggregated, marginal)
    ]
    a, b = np.array([2.0]), np.array([3.0])
    assert abs(float(weights[0] - weights[1])) < 4 * weight_error("marginal", counts, a, b)[0]


def test_other_counts_have_their_own_density(weight_error):
    counts = simulated(40)
    others = Counts(counts.k[::-1].clip(max=counts.n), counts.n)
    assert not np.array_equal(others.k, counts.k)
    constraints = {"population": {"mu": jnp.asarray(0.4), "lam": jnp.asarray(5.0)}, **others.observed}
    score = jax.jit(jax.vmap(seed(aggregated(HYPERPRIOR).generate), in_axes=(0, None, None)))
    _, weights = score(jax.random.split(jax.random.key(0), 3), constraints, aggregated(HYPERPRIOR).argument(counts))
    a, b = np.array([2.0]), np.array([3.0])
    prior, _ = HYPERPRIOR.program.assess(constraints["population"])
    expected = closed_form(others, a, b)[0] + float(prior)
    np.testing.assert_allclose(weights, expected, rtol=0, atol=4 * weight_error("marginal", others, a, b)[0])


@pytest.mark.costly
def test_a_program_that_is_told_that_it_meets_no_others_is_smaller_and_as_right():
    counts = simulated(40)
    others = counts.k[::-1].clip(max=counts.n)
    model = aggregated(HYPERPRIOR)
    assert prepare(model, counts).trials.only_tallied
    assert prepare(model, counts, {"students": {"k": counts.k}}).trials.only_tallied
    assert not prepare(model, counts, {"students": {"k": others}}).trials.only_tallied
    for observed in ({"students": {"k": others}}, {"students": {"kk": counts.k}}, {"students": counts.k}, {}):
        assert not are_those_of(counts, observed)
    assert prepare(marginal(HYPERPRIOR), counts).trials is counts.trials

    def density(trials):
        choices = {"population": {"mu": jnp.asarray(0.4), "lam": jnp.asarray(5.0)}, **counts.observed}
        return jax.jit(model.assess).lower(choices, trials).compile()(choices, trials)[0]

    arguments = [model.argument(counts, only_these=only) for only in (True, False)]
    assert density(arguments[0]) == density(arguments[1])
    sizes = [
        len(str(jax.make_jaxpr(model.assess)({"population": {"mu": 0.4, "lam": 5.0}, **counts.observed}, trials)))
        for trials in arguments
    ]
    assert 2 * sizes[0] < sizes[1]


@pytest.mark.costly
def test_a_large_class_leaves_out_the_same_for_all_counts():
    counts = simulated(5_000)
    others = Counts(np.minimum(counts.k + 1, counts.n), counts.n)
    a, b = np.array([2.0]), np.array([3.0])
    with jax.enable_x64(False):  # in float64 nothing needs to be left out
        population = {"mu": jnp.asarray(0.4), "lam": jnp.asarray(5.0)}
        prior, _ = HYPERPRIOR.program.assess(population)
        trials = aggregated(HYPERPRIOR).argument(counts)
        offset = aggregated(HYPERPRIOR).log_offset(trials)
        assert offset < -1000
        posterior = importance(
            aggregated(HYPERPRIOR), counts, key=jax.random.key(0), n_particles=4, observed=others.observed
        )
        _, weight = jax.jit(seed(aggregated(HYPERPRIOR).generate))(
            jax.random.key(0), {"population": population, **others.observed}, trials
        )
    eps = np.finfo(np.float32).eps
    expected = closed_form(others, posterior.draws["a"], posterior.draws["b"])
    # Students are added one by one in float32: an error of one eps for each of 40 partial sums.
    np.testing.assert_allclose(posterior.log_weights, expected, rtol=40 * eps)
    expected = closed_form(others, a, b)[0] + float(prior)
    np.testing.assert_allclose(float(weight) + offset, expected, rtol=40 * eps)


@pytest.mark.costly
def test_simulated_counts_have_the_mean_and_variance_of_the_model():
    counts = Counts(k=np.zeros(4_000, int), n=np.full(4_000, 12))
    trace = jax.jit(seed(aggregated(HYPERPRIOR).simulate))(jax.random.key(2), counts.trials)
    population = trace.get_choices()["population"]
    k = np.asarray(trace.get_choices()["students"]["k"], np.float64)
    mu, lam = float(population["mu"]), float(population["lam"])
    model = betabinom(12, lam * mu, lam * (1 - mu))
    assert k.shape == (4_000,)
    assert abs(k.mean() - model.mean()) < 4 * model.std() / np.sqrt(k.size)
    deviations = (k - model.mean()) ** 2
    assert abs(deviations.mean() - model.var()) < 4 * deviations.std() / np.sqrt(k.size)


@pytest.mark.costly
def test_each_particle_simulates_its_own_class():
    counts = simulated(6)
    simulate = jax.jit(jax.vmap(seed(aggregated(HYPERPRIOR).simulate), in_axes=(0, None)))
    choices = simulate(jax.random.split(jax.random.key(0), 6), counts.trials).get_choices()
    k, n = np.asarray(choices["students"]["k"]), counts.n
    assert k.shape == (6, 6)
    assert np.all((k >= 0) & (k <= n))
    assert len(np.unique(k, axis=0)) == 6


def test_importance_learns_the_population_of_a_small_class(six, reference):
    posterior = importance(aggregated(HYPERPRIOR), six, key=jax.random.key(0), n_particles=20_000)
    truth = reference["A", "mean_concentration"]
    assert abs(posterior.log_evidence - truth["log_evidence"]) < 4 * posterior.log_evidence_error
    for name in ("mu", "lam"):
        assert abs(posterior.mean(name) - truth[name]) < 4 * posterior.mean_error(name)


@pytest.mark.costly
def test_a_hundred_million_students_by_multiplicity():
    assert LARGE.students == 10**8
    assert LARGE.trials.n.shape == (len(LARGE),)
    truth = exact(HYPERPRIOR, LARGE)
    a, b = (np.asarray(jnp.asarray(truth.mean(name) * np.exp([-1e-4, 0, 1e-4])), np.float64) for name in "ab")
    hyperprior = box(1e-3, 1e3)
    weights = population_weights(aggregated(hyperprior), LARGE, {"a": a, "b": b}, key=jax.random.key(0))
    once = Counts(LARGE.k, LARGE.n, multiplicity=LARGE.multiplicity // 100_000)
    assert once.students == 1000
    # 10^5 times the log density of one student in 10^5, which is correct to 1e-9 in float64.
    with jax.enable_x64(True):
        expected = population_weights(aggregated(hyperprior), once, {"a": a, "b": b}, key=jax.random.key(0)) * 10**5
    np.testing.assert_allclose(np.diff(weights), np.diff(expected), rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("form", [explicit, marginal])
def test_forms_with_a_factor_a_student_refuse_a_class_too_large_to_be_written_out(form):
    with pytest.raises(CountsError, match=r"too many students to be written out.*use aggregated\(hyperprior\)"):
        importance(form(HYPERPRIOR), LARGE, key=jax.random.key(0), n_particles=10)


def test_a_class_too_large_to_be_written_out_is_not_simulated():
    with pytest.raises(CountsError, match="cannot be simulated"):
        seed(aggregated(HYPERPRIOR).simulate)(jax.random.key(0), LARGE.trials)


def test_a_misspelt_address_is_refused():
    with pytest.raises(KeyError, match=r"students\.kk.*students\.k"):
        importance(
            aggregated(HYPERPRIOR), simulated(9), key=jax.random.key(0), observed={"students": {"kk": np.zeros(9)}}
        )


def test_the_same_hyperprior_gives_the_same_program():
    assert aggregated(HYPERPRIOR) is aggregated(HYPERPRIOR)


@pytest.mark.slow
def test_a_million_students_cost_no_more_than_a_thousand():
    runs = [
        partial(importance, aggregated(HYPERPRIOR), simulated(students), key=jax.random.key(0))
        for students in (1_000, 1_000_000)
    ]
    for run in runs:
        run()  # compiles
    times = []
    for _ in range(9):  # in turn, so that what else the machine does slows both
        for run in runs:
            start = time.process_time()
            run()
            times.append(time.process_time() - start)
    thousand, million = np.median(np.reshape(times, (-1, 2)), axis=0)
    # The counts are compared with those of the tally, one byte per student, so a call may take up to 3 times as long.
    assert million < 3 * thousand
