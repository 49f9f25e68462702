"""The automatic transform: its densities are those of programs written by hand, and it refuses what it cannot do."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from genjax import binomial, core, gen, normal, seed
from genjax.core import distribution

from models import (
    Counts,
    beta_binomials,
    binomial_log_odds,
    classroom,
    dirichlet_multinomials,
    explicit,
    gamma_poissons,
    log_gamma,
    logit_beta,
    marginal,
    marginalised,
    mean_concentration,
    poisson_log_rate,
    recovered,
)
from models.families.beta_binomial.students import explicit_student

HYPERPRIOR = mean_concentration()
POPULATION = {"mu": 0.6, "lam": 10.0}
FAMILIES = {
    "beta-binomial": (beta_binomials, (2.0, 3.5), 7.0, 3.0),
    "gamma-Poisson": (gamma_poissons, (2.0, 0.5), 1.5, 3.0),
    "Dirichlet-multinomial": (
        dirichlet_multinomials,
        (jnp.asarray([2.0, 0.7, 3.0]),),
        5.0,
        jnp.asarray([2.0, 0.0, 3.0]),
    ),
}


@gen
def two_weeks(a, b, n):
    """A student's first and later counts: two children of one rate."""
    log_odds = logit_beta(a, b) @ "log_odds"
    first = binomial_log_odds(n, log_odds) @ "k"
    return first + binomial_log_odds(2 * n, log_odds) @ "later"


def log_weights(model, counts, keys):
    given = {"population": {name: jnp.asarray(value) for name, value in POPULATION.items()}, **counts.observed}
    generate = jax.jit(jax.vmap(lambda key: seed(model.generate)(key, given, counts.trials)[1]))
    return np.asarray(generate(keys))


def test_the_transform_of_the_explicit_student_is_the_marginal_one_to_the_bit(six):
    transformed = classroom(marginalised(explicit_student, "log_odds"), HYPERPRIOR)
    keys = jax.random.split(jax.random.key(0), 3)
    weights = log_weights(transformed, six, keys)
    assert weights.tobytes() == log_weights(marginal(HYPERPRIOR), six, keys).tobytes()
    assert np.ptp(weights) == 0


@pytest.mark.parametrize(("family", "parameters", "design", "k"), FAMILIES.values(), ids=FAMILIES)
@pytest.mark.costly
def test_every_method_of_genjax_agrees_with_the_student_written_by_hand(family, parameters, design, k):
    transformed, by_hand = marginalised(family.explicit_student, family.address), family.marginal_student
    key, arguments = jax.random.key(1), (*parameters, design)
    results = []
    for student in (transformed, by_hand):
        simulated = seed(student.simulate)(key, *arguments)
        log_density, _ = student.assess({"k": k}, *arguments)
        trace, weight = seed(student.generate)(key, {"k": k}, *arguments)
        updated, change, _ = seed(student.update)(key, trace, {"k": k + 0 * k}, *arguments)
        results.append(
            [simulated.get_choices()["k"], simulated.get_score(), log_density, weight, updated.get_score(), change]
        )
    for of_transform, of_hand in zip(*results, strict=True):
        np.testing.assert_array_equal(of_transform, of_hand)


def test_the_second_child_is_drawn_given_the_first(eps):
    """Delayed sampling: log p(k, later) is the log marginal of k plus that of later after k."""
    k, later, n = 3.0, 9.0, 7.0
    log_density, _ = marginalised(two_weeks, "log_odds").assess({"k": k, "later": later}, 2.0, 3.5, n)
    first = beta_binomials.log_marginal(k, n, (2.0, 3.5))
    second = beta_binomials.log_marginal(later, 2 * n, (2.0 + k, 3.5 + (n - k)))
    assert float(log_density) == pytest.approx(float(first + second), abs=16 * eps)


def test_two_children_weigh_what_the_mean_over_the_latent_says():
    """The marginal density is the mean of the likelihood of both children over draws of the log-odds."""
    k, later, n = 3.0, 9.0, 7.0
    log_density, _ = marginalised(two_weeks, "log_odds").assess({"k": k, "later": later}, 2.0, 3.5, n)
    keys = jax.random.split(jax.random.key(2), 40_000)
    generate = seed(two_weeks.generate)
    weights = jax.jit(jax.vmap(lambda key: generate(key, {"k": k, "later": later}, 2.0, 3.5, n)[1]))(keys)
    likelihoods = np.exp(np.asarray(weights, np.float64))
    error = likelihoods.std() / np.sqrt(len(likelihoods))
    assert abs(likelihoods.mean() - np.exp(float(log_density))) < 4.5 * error


def test_the_recovered_latent_keeps_the_joint_density_and_the_marginal_weight(eps):
    student = recovered(explicit_student, "log_odds")
    choices = {"k": jnp.asarray(3.0), "log_odds": jnp.asarray(0.4)}
    joint, _ = student.assess(choices, 2.0, 3.5, 7.0)
    assert float(joint) == pytest.approx(float(explicit_student.assess(choices, 2.0, 3.5, 7.0)[0]), abs=32 * eps)
    keys = jax.random.split(jax.random.key(3), 20_000)
    traces, weights = jax.jit(
        jax.vmap(lambda key: seed(student.generate)(key, {"k": jnp.asarray(3.0)}, 2.0, 3.5, 7.0))
    )(keys)
    np.testing.assert_array_equal(weights, beta_binomials.log_marginal(3.0, 7.0, (2.0, 3.5)))
    theta = np.asarray(jax.nn.sigmoid(traces.get_choices()["log_odds"]), np.float64)
    mean, variance = beta_binomials.moments((5.0, 7.5))
    assert abs(theta.mean() - float(mean)) < 4.5 * np.sqrt(float(variance) / len(theta))


MY_LATENT = distribution(logit_beta.sample, logit_beta.logpdf, name="my_latent")


class MyFamily(type(beta_binomials)):
    latent = MY_LATENT


@gen
def my_student(a, b, n):
    log_odds = MY_LATENT(a, b) @ "log_odds"
    return binomial_log_odds(n, log_odds) @ "k"


def test_the_family_may_be_ones_own():
    log_density, _ = marginalised(my_student, "log_odds", MyFamily()).assess({"k": 3.0}, 2.0, 3.5, 7.0)
    assert float(log_density) == float(beta_binomials.log_marginal(3.0, 7.0, (2.0, 3.5)))
    with pytest.raises(TypeError, match="drawn from my_latent, of which no conjugate likelihood is known"):
        marginalised(my_student, "log_odds").assess({"k": 3.0}, 2.0, 3.5, 7.0)


def test_the_transform_is_one_object_for_one_program():
    assert marginalised(explicit_student, "log_odds") is marginalised(explicit_student, "log_odds")
    assert marginalised(explicit_student, "log_odds") is not recovered(explicit_student, "log_odds")


@gen
def computes(a, b, n):
    log_odds = logit_beta(a, b) @ "log_odds"
    return binomial_log_odds(n, log_odds + 1.0) @ "k"


@gen
def uses_jax(a, b, n):
    log_odds = logit_beta(a, b) @ "log_odds"
    return binomial_log_odds(n, jnp.tanh(log_odds)) @ "k"


@gen
def returns(a, b, n):
    log_odds = logit_beta(a, b) @ "log_odds"
    binomial_log_odds(n, log_odds) @ "k"
    return log_odds


@gen
def childless(a, b, n):
    logit_beta(a, b) @ "log_odds"
    return binomial_log_odds(n, 0.0) @ "k"


@gen
def unknown_latent(a, b, n):
    log_odds = normal(a, b) @ "log_odds"
    return binomial_log_odds(n, log_odds) @ "k"


@gen
def unknown_pair(a, b, n):
    log_odds = logit_beta(a, b) @ "log_odds"
    return poisson_log_rate(n, log_odds) @ "k"


@gen
def as_design(a, b, n):
    log_rate = log_gamma(a, b) @ "log_odds"
    return poisson_log_rate(log_rate, 0.0) @ "k"


@gen
def as_probability(a, b, n):
    log_odds = logit_beta(a, b) @ "log_odds"
    return binomial(n, probs=log_odds) @ "k"


@gen
def compares(a, b, n):
    log_odds = logit_beta(a, b) @ "log_odds"
    return binomial_log_odds(n, 0.0 if log_odds == 0.0 else log_odds) @ "k"


@gen
def asks_for_an_attribute(a, b, n):
    log_odds = logit_beta(a, b) @ "log_odds"
    return binomial_log_odds(n, log_odds.astype(float)) @ "k"


@gen
def by_keyword(a, b, n):
    log_odds = logit_beta(a, b=b) @ "log_odds"
    return binomial_log_odds(n, log_odds) @ "k"


@gen
def returns_a_pair(a, b, n):
    log_odds = logit_beta(a, b) @ "log_odds"
    return binomial_log_odds(n, log_odds) @ "k", log_odds


REFUSED = {
    "a comparison": (compares, "computes with 'log_odds'"),
    "an attribute": (asks_for_an_attribute, "computes with 'log_odds'"),
    "keywords": (by_keyword, "without keywords"),
    "returned in a pair": (returns_a_pair, "returns 'log_odds'"),
    "arithmetic": (computes, "computes with 'log_odds'"),
    "a function of JAX": (uses_jax, "computes with 'log_odds'"),
    "returned": (returns, "returns 'log_odds'"),
    "no child": (childless, "no likelihood takes 'log_odds'"),
    "unknown latent": (unknown_latent, "no conjugate likelihood is known: draw it from one of logit_beta"),
    "unknown pair": (unknown_pair, "no conjugate pair of these two is known; draw it from binomial_log_odds"),
    "as the design": (as_design, "must take its design and then 'log_odds'"),
    "as a probability": (as_probability, "must take 'log_odds' as its logits"),
}


@pytest.mark.parametrize(("student", "message"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_integrated_out_is_refused_with_a_sentence(student, message):
    with pytest.raises(TypeError, match=message):
        seed(marginalised(student, "log_odds").simulate)(jax.random.key(0), 2.0, 3.5, 7.0)


def test_only_programs_are_transformed():
    for transform in (marginalised, recovered):
        with pytest.raises(TypeError, match="must be a @gen function, not BetaBinomials"):
            transform(beta_binomials, "log_odds")


def test_a_wrong_address_is_refused():
    with pytest.raises(TypeError, match="makes no choice at 'theta'"):
        seed(marginalised(explicit_student, "theta").simulate)(jax.random.key(0), 2.0, 3.5, 7.0)


@pytest.mark.costly
def test_after_a_refusal_other_programs_are_traced_as_before(six):
    """The handler is taken off GenJAX's stack whatever happens, else the next trace would be recorded by it."""
    with pytest.raises(TypeError):
        seed(marginalised(computes, "log_odds").simulate)(jax.random.key(0), 2.0, 3.5, 7.0)
    assert not core.handler_stack
    choices = seed(explicit(HYPERPRIOR).simulate)(jax.random.key(0), six.trials).get_choices()
    assert set(choices) == {"population", "students"}


def test_genjaxs_own_binomial_may_take_the_log_odds(eps):
    @gen
    def student(a, b, n):
        log_odds = logit_beta(a, b) @ "log_odds"
        return binomial(n, logits=log_odds) @ "k"

    log_density, _ = marginalised(student, "log_odds").assess({"k": 3.0}, 2.0, 3.5, 7.0)
    assert float(log_density) == float(beta_binomials.log_marginal(3.0, 7.0, (2.0, 3.5)))


@pytest.mark.costly
def test_a_class_of_transformed_students_simulates_and_learns(six):
    transformed = classroom(marginalised(two_weeks, "log_odds"), HYPERPRIOR)
    choices = seed(transformed.simulate)(jax.random.key(0), Counts(six.k, six.n).trials).get_choices()
    assert {name: values.shape for name, values in choices["students"].items()} == {"k": (6,), "later": (6,)}
