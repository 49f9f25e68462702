"""Hyperpriors of any family and kind of population: what they declare is checked against what their programs do."""

import pickle
from math import inf

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from genjax import gen, normal, seed

from models import (
    Categories,
    Counts,
    Events,
    Hyperprior,
    aggregated,
    beta_binomial,
    beta_binomials,
    dirichlet_multinomials,
    explicit,
    gamma_poissons,
    log_uniform,
    marginal,
    mean_concentration,
    mixture,
    open_uniform,
)
from models.hyperpriors.hyperprior_check import check_hyperprior
from tests.families import CASES, EACH_THE_SAME, MIXTURE

COUNTS = Counts([3, 1, 0], [5, 2, 1], covariates={"x": [0.1, 0.2, 0.3]})
EVERY_CASE = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


@EVERY_CASE
def test_the_hyperpriors_of_the_tests_agree_with_what_they_declare(case):
    check_hyperprior(case.hyperprior, case.counts.trials)


def test_a_program_of_the_trials_describes_a_population_for_each_student():
    assert not EACH_THE_SAME.is_shared
    assert MIXTURE.is_shared
    assert not MIXTURE.has_one_beta
    assert not EACH_THE_SAME.has_one_beta
    assert mean_concentration().has_one_beta
    _, (a, b) = EACH_THE_SAME.assess({"mu": 0.6, "lam": 10.0}, COUNTS.trials)
    np.testing.assert_allclose(a, [6.0] * 3, rtol=1e-6)
    np.testing.assert_allclose(b, [4.0] * 3, rtol=1e-6)


@pytest.mark.parametrize("form", [explicit, marginal], ids=["explicit", "marginal"])
@pytest.mark.parametrize("particles", [3, 4])
@pytest.mark.costly
def test_populations_of_each_student_have_the_density_of_a_shared_one(form, particles, eps):
    """Trap 2: with as many particles as students, and one more; simulated, generated and assessed."""
    each, shared = form(EACH_THE_SAME), form(mean_concentration())
    keys = jax.random.split(jax.random.key(0), particles)
    for model in (each, shared):
        simulated = jax.jit(jax.vmap(lambda key, model=model: seed(model.simulate)(key, COUNTS.trials).get_retval()))(
            keys
        )
        assert simulated.shape == (particles, 3)
    weights = [
        jax.jit(jax.vmap(lambda key, model=model: seed(model.generate)(key, COUNTS.observed, COUNTS.trials)[1]))(keys)
        for model in (each, shared)
    ]
    np.testing.assert_allclose(*weights, rtol=64 * eps, atol=64 * eps)


@pytest.mark.costly
@EVERY_CASE
@pytest.mark.parametrize("extra", [0, 1])
def test_every_form_runs_with_as_many_particles_as_students_and_one_more(case, extra):
    """Each particle's own weight under vmap is that of its choices under `assess`."""
    size = case.counts.trials.rows + extra
    model = marginal(case.hyperprior)
    keys = jax.random.split(jax.random.key(0), size)
    observed, trials = case.counts.observed, case.counts.trials
    traces, weights = jax.jit(jax.vmap(lambda key: seed(model.generate)(key, observed, trials)))(keys)
    population = traces.get_choices().get("population", {})
    log_prior, _ = jax.vmap(lambda own: case.hyperprior.assess(own, trials), axis_size=size)(population)
    joint = jax.vmap(lambda own: model.assess({"population": own, **observed}, trials)[0], axis_size=size)(population)
    scale = np.abs(joint) + np.abs(log_prior)
    assert np.all(
        np.abs(np.asarray(weights) - (joint - log_prior)) <= 64 * float(jnp.finfo(weights.dtype).eps) * (1 + scale)
    )


@pytest.mark.costly
@EVERY_CASE
def test_the_conjugate_proposal_weighs_like_the_marginal_form(case):
    """p(x) p(k | x) / p(x | k) = p(k), particle by particle: to the rounding of the three terms."""
    from inference import conjugate_proposal
    from inference.programs.population_weights import population_weights

    hyperprior, counts = case
    if not hyperprior.addresses:
        pytest.skip("a known population has no draws to compare at")
    draw = jax.jit(jax.vmap(lambda key: seed(hyperprior.program.simulate)(key, *hyperprior.arguments(counts.trials))))
    population = draw(jax.random.split(jax.random.key(1), 200)).get_choices()
    key = jax.random.key(2)
    of_marginal = population_weights(marginal(hyperprior), counts, population, key=key)
    proposal = conjugate_proposal(hyperprior)
    of_proposal = population_weights(explicit(hyperprior), counts, population, key=key, proposal=proposal)
    possible = np.isfinite(of_marginal) & (of_marginal > -200)
    assert possible.sum() > 100
    # Each student's weight has three densities, and each of them and the marginal is right to this for |log p| < 20.
    accuracy = 2e-5 if jnp.zeros(()).dtype == jnp.float32 else 1e-12
    bound = 4 * accuracy * len(counts) * (1 + np.abs(of_marginal[possible]) / 20)
    assert np.all(np.abs(of_marginal[possible] - of_proposal[possible]) < bound)
    if hyperprior.is_shared:
        of_class = population_weights(aggregated(hyperprior), counts, population, key=key)
        assert np.all(np.abs(of_marginal[possible] - of_class[possible]) < bound)


@gen
def one_number():
    return open_uniform(0.0, 1.0) @ "mu"


@gen
def three_of_two():
    x = open_uniform(0.5, 1.0) @ "x"
    return jnp.log(jnp.stack([x, x])), jnp.stack([x, x, x]), jnp.stack([x, x, x])


@gen
def negative_rate():
    x = open_uniform(0.5, 1.0) @ "x"
    return x, -x


@gen
def for_two(trials):
    x = open_uniform(0.5, 1.0) @ "x"
    return jnp.stack([x, x]), jnp.stack([x, x])


@gen
def sized_by_the_trials(trials):
    x = open_uniform(0.5, 1.0) @ "x"
    return jnp.ones(trials.covariates["x"].max()) * x, x * jnp.ones(3)


@gen
def other_covariate(trials):
    x = open_uniform(0.5, 1.0) @ "x"
    return x * trials.covariates["age"], x * trials.covariates["age"]


@gen
def around_the_mean(trials):
    x = open_uniform(0.5, 1.0) @ "x"
    centred = trials.covariates["x"] - trials.covariates["x"].mean()
    return x * jnp.exp(centred), x * jnp.ones_like(centred)


@gen
def in_order(trials):
    x = open_uniform(0.5, 1.0) @ "x"
    return x * (1 + jnp.arange(trials.rows)), x * jnp.ones(trials.rows)


X = {"x": (0.5, 1.0)}
WRONG = {
    "one of two": (
        Hyperprior(one_number, {"mu": (0.0, 1.0)}, gamma_poissons),
        ValueError,
        r"must return \(shape, rate\)",
    ),
    "a number for a vector": (
        Hyperprior(one_number, {"mu": (0.0, 1.0)}, dirichlet_multinomials),
        ValueError,
        "as alpha",
    ),
    "sizes": (
        Hyperprior(three_of_two, X, mixture(beta_binomials, 2)),
        ValueError,
        "a with 3 components, but there are 2",
    ),
    "negative": (Hyperprior(negative_rate, X, gamma_poissons), ValueError, "returns rate = -.*, which is not positive"),
    "too few students": (Hyperprior(for_two, X), ValueError, "a with 2 students, but there are 3 of them"),
    "sized by the trials": (Hyperprior(sized_by_the_trials, X), TypeError, r"such as\s+school\(classrooms=3\)"),
    "centred": (
        Hyperprior(around_the_mean, X),
        ValueError,
        "another a for a student if the trials have other students",
    ),
    "in order": (Hyperprior(in_order, X), ValueError, "another a for a student if the trials have other students"),
    "unknown covariate": (Hyperprior(other_covariate, X), KeyError, "there is no covariate 'age'; there are 'x'"),
}


@pytest.mark.parametrize(("hyperprior", "error", "message"), WRONG.values(), ids=WRONG)
def test_a_program_that_is_not_what_it_declares_is_refused(hyperprior, error, message):
    with pytest.raises(error, match=message):
        check_hyperprior(hyperprior, COUNTS.trials)


def test_what_is_no_family_is_refused():
    with pytest.raises(TypeError, match="give the family, such as beta_binomials"):
        Hyperprior(one_number, {"mu": (0.0, 1.0)}, beta_binomial)
    with pytest.raises(TypeError, match="must be a family"):
        Hyperprior(one_number, {"mu": (0.0, 1.0)}, "beta_binomials")

    @gen
    def of_two(trials, other):
        return normal(0.0, 1.0) @ "x"

    @gen
    def of_any(*arguments):
        return normal(0.0, 1.0) @ "x"

    for program in (of_two, of_any):
        with pytest.raises(TypeError, match="more than one argument"):
            Hyperprior(program, {"x": (-inf, inf)})


def test_an_argument_with_a_default_is_not_the_trials():
    @gen
    def scaled(scale=2.0):
        x = open_uniform(0.5, 1.0) @ "x"
        return scale * x, x

    hyperprior = Hyperprior(scaled, {"x": (0.5, 1.0)})
    assert hyperprior.has_one_beta
    check_hyperprior(hyperprior)


@gen
def of_two_families():
    return log_uniform(0.1, 1.0) @ "m", log_uniform(0.5, 1.0) @ "s"


def test_a_family_is_part_of_a_hyperpriors_identity():
    support = {"m": (0.1, 1.0), "s": (0.5, 1.0)}
    assert Hyperprior(of_two_families, support).family is beta_binomials
    two = [Hyperprior(of_two_families, support, family) for family in (beta_binomials, gamma_poissons)]
    for hyperprior in (MIXTURE, *two):
        assert pickle.loads(pickle.dumps(hyperprior)) is hyperprior
    for family in (beta_binomials, gamma_poissons, dirichlet_multinomials, mixture(gamma_poissons, 3)):
        assert pickle.loads(pickle.dumps(family)) is family


def test_a_class_with_a_population_for_each_student_has_no_aggregated_form():
    with pytest.raises(TypeError, match=r"use marginal\(hyperprior\)"):
        aggregated(EACH_THE_SAME)


def test_the_kind_of_data_must_be_that_of_the_family():
    from inference import importance

    for counts in (Events([1], [2.0]), Categories([[1, 2]])):
        with pytest.raises(TypeError, match=f"observed as Counts, not as {type(counts).__name__}"):
            importance(marginal(mean_concentration()), counts, key=jax.random.key(0))
