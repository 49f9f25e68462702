"""What every family promises: the forms describe one student, conjugacy holds, and moments are those of the draws."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from genjax import modular_vmap, seed

from models import (
    Family,
    beta_binomial,
    beta_binomials,
    dirichlet_multinomials,
    explicit,
    fixed,
    gamma_poissons,
    marginal,
    mixture,
)

DRAWS = 40_000


class Student(NamedTuple):
    """A family, the parameters of its population, and a student's data."""

    family: Family
    parameters: tuple
    k: object
    design: float


TWO = mixture(beta_binomials, 2)
STUDENTS = {
    "beta-binomial": Student(beta_binomials, (2.0, 3.5), 3.0, 7.0),
    "gamma-Poisson": Student(gamma_poissons, (2.0, 0.5), 3.0, 1.5),
    "Dirichlet-multinomial": Student(dirichlet_multinomials, ([2.0, 0.7, 3.0],), [2.0, 0.0, 3.0], 5.0),
    "mixture": Student(TWO, ([-0.3, -1.2], [2.0, 6.0], [4.0, 1.5]), 3.0, 7.0),
    "mixture of Dirichlets": Student(
        mixture(dirichlet_multinomials, 2), ([0.0, 1.0], [[2.0, 0.7, 3.0], [9.0, 1.0, 1.0]]), [2.0, 0.0, 3.0], 5.0
    ),
}
every_student = pytest.mark.parametrize(
    "student",
    [
        pytest.param(student, marks=pytest.mark.costly if "mixture" in name else [])
        for name, student in STUDENTS.items()
    ],
    ids=STUDENTS,
)


def arrays(student: Student) -> tuple[tuple[jax.Array, ...], jax.Array, jax.Array]:
    parameters = tuple(jnp.asarray(parameter, float) for parameter in student.parameters)
    return parameters, jnp.asarray(student.k, float), jnp.asarray(student.design, float)


def draws_of_x(student: Student, parameters) -> jax.Array:
    one = seed(lambda: student.family.latent.sample(*parameters))
    return jax.jit(jax.vmap(one))(jax.random.split(jax.random.key(1), DRAWS))


def is_mean(values: np.ndarray, expected: np.ndarray) -> bool:
    """Whether the mean of draws is the expected one, within 4.5 standard errors: once in 150,000 by chance."""
    values = np.asarray(values, np.float64)
    error = values.std(axis=0) / np.sqrt(len(values))
    return bool(np.all(np.abs(values.mean(axis=0) - np.asarray(expected)) < 4.5 * error))


@every_student
def test_conjugacy_holds_at_every_x(student, eps):
    """log p(x) + log p(k | x) = log p(k) + log p(x | k): Bayes' theorem, at draws of x."""
    (parameters, k, design), family = arrays(student), student.family
    after = family.given(parameters, k, design)

    def both_sides(x):
        seen = family.likelihood(x, design)
        left = family.latent.logpdf(x, *parameters), seen.distribution.logpdf(k, *seen.args)
        right = family.log_marginal(k, design, parameters), family.latent.logpdf(x, *after)
        return jnp.stack(left), jnp.stack(right), family.latent_given.logpdf(x, *parameters, k, design)

    left, right, given = jax.vmap(both_sides)(draws_of_x(student, parameters)[:500])
    # Each term is right to a few eps of itself or of the numbers it is made of, at most some hundred here.
    bound = 64 * eps * (1 + np.abs(left).sum(axis=1) + np.abs(right).sum(axis=1))
    assert np.all(np.abs(left.sum(axis=1) - right.sum(axis=1)) < bound)
    assert np.all(np.abs(given - right[:, 1]) < bound)


@every_student
def test_besags_formula_is_the_closed_form(student, eps):
    parameters, k, design = arrays(student)
    closed = student.family.log_marginal(k, design, parameters)
    assert Family.log_marginal(student.family, k, design, parameters) == pytest.approx(float(closed), abs=256 * eps)


@every_student
def test_moments_and_cdf_are_those_of_draws(student):
    parameters, family = arrays(student)[0], student.family
    theta = np.asarray(jax.vmap(family.theta)(draws_of_x(student, parameters)), np.float64)
    mean, variance = family.moments(parameters)
    assert is_mean(theta, mean)
    assert is_mean((theta - np.asarray(mean)) ** 2, variance)
    assert is_mean(theta < np.asarray(mean), family.cdf(mean, parameters))


@every_student
@pytest.mark.costly
def test_the_marginal_distribution_has_the_moments_of_the_explicit_student(student):
    (parameters, _, design), family = arrays(student), student.family
    keys = jax.random.split(jax.random.key(2), DRAWS)
    drawn = jax.jit(jax.vmap(seed(lambda: family.marginal.sample(design, *parameters))))(keys)
    mean, variance = family.count_moments(parameters, design)
    assert is_mean(drawn, np.asarray(mean))
    assert is_mean((np.asarray(drawn, np.float64) - np.asarray(mean)) ** 2, np.asarray(variance))
    simulate = seed(family.explicit_student.simulate)
    other_keys = jax.random.split(jax.random.key(4), DRAWS)
    explicit_draws = jax.jit(jax.vmap(lambda key: simulate(key, *parameters, design).get_retval()))(other_keys)
    assert is_mean(np.asarray(explicit_draws, np.float64), np.asarray(mean))
    difference = np.asarray(drawn, np.float64) ** 2 - np.asarray(explicit_draws, np.float64) ** 2
    assert is_mean(difference, np.zeros(difference.shape[1:]))


@every_student
def test_the_marginal_probabilities_of_all_counts_add_up_to_1(student, eps):
    """Of counts without a largest one, those up to the median of draws add up to its probability."""
    (parameters, k, design), family = arrays(student), student.family
    n = float(family.largest_count(design))
    if k.ndim:
        counts = jnp.asarray([(i, j, n - i - j) for i in range(int(n) + 1) for j in range(int(n) + 1 - i)], float)
    elif np.isfinite(n):
        counts = jnp.arange(n + 1)
    else:
        keys = jax.random.split(jax.random.key(5), DRAWS)
        drawn = np.asarray(jax.jit(jax.vmap(seed(lambda: family.marginal.sample(design, *parameters))))(keys))
        counts = jnp.arange(np.median(drawn) + 1)
    total = float(jnp.sum(jnp.exp(jax.vmap(lambda one: family.log_marginal(one, design, parameters))(counts))))
    if np.isfinite(n):
        assert total == pytest.approx(1, abs=len(counts) * 16 * eps)
    else:
        assert is_mean(drawn < len(counts), total)


@every_student
def test_draws_given_k_have_the_conjugate_moments(student):
    (parameters, k, design), family = arrays(student), student.family
    keys = jax.random.split(jax.random.key(3), DRAWS)
    x = jax.jit(jax.vmap(seed(lambda: family.latent_given.sample(*parameters, k, design))))(keys)
    mean, variance = family.moments(family.given(parameters, k, design))
    theta = np.asarray(jax.vmap(family.theta)(x), np.float64)
    assert is_mean(theta, mean)
    assert is_mean((theta - np.asarray(mean)) ** 2, variance)


@pytest.mark.parametrize("family", [beta_binomials, gamma_poissons, dirichlet_multinomials], ids=repr)
def test_a_mixture_of_equal_components_is_its_component(family, eps):
    student = next(one for one in STUDENTS.values() if one.family is family)
    parameters, k, design = arrays(student)
    twice = (jnp.asarray([0.3, -0.7]), *(jnp.stack([parameter, parameter]) for parameter in parameters))
    both = mixture(family, 2)
    assert float(both.log_marginal(k, design, twice)) == pytest.approx(
        float(family.log_marginal(k, design, parameters)), abs=16 * eps
    )
    for own, of_both in zip(family.moments(parameters), both.moments(twice), strict=True):
        np.testing.assert_allclose(of_both, own, rtol=16 * eps)


def test_a_mixture_learns_which_kind_a_student_is_of(eps):
    """The weights after k are Bayes' theorem over kinds: w_c p(k | c) / sum."""
    parameters, k, design = arrays(STUDENTS["mixture"])
    log_weights, a, b = TWO.given(parameters, k, design)
    of_kind = np.exp(
        [float(beta_binomials.log_marginal(k, design, (x, y))) for x, y in zip(*parameters[1:], strict=True)]
    )
    prior = np.asarray(jax.nn.softmax(parameters[0]))
    np.testing.assert_allclose(jax.nn.softmax(log_weights), prior * of_kind / (prior @ of_kind), rtol=64 * eps)
    np.testing.assert_allclose(a, parameters[1] + k)
    np.testing.assert_allclose(b, parameters[2] + (design - k))


def test_what_is_made_of_a_familys_equations_is_made_anew_in_a_subclass():
    """A subclass that replaces one equation must not keep the distributions and programs made of the former one."""

    class OfTwice(type(beta_binomials)):
        def log_marginal(self, k, design, parameters):
            return super().log_marginal(k, 2 * design, parameters)

    twice = OfTwice()
    expected = float(beta_binomials.log_marginal(1.0, 6.0, (2.0, 2.0)))
    assert float(twice.marginal.logpdf(1.0, 3.0, 2.0, 2.0)) == expected
    assert float(twice.marginal_student.assess({"k": 1.0}, 2.0, 2.0, 3.0)[0]) == expected
    assert twice.latent_given is beta_binomials.latent_given
    assert twice.explicit_student is beta_binomials.explicit_student


def test_a_mixture_is_one_object_and_needs_a_number_of_kinds():
    assert mixture(beta_binomials, 2) is TWO
    assert repr(TWO) == "mixture(beta_binomials, 2)"
    with pytest.raises(TypeError, match=r"give mixture\(beta_binomials, 6\)"):
        mixture(TWO, 3)
    with pytest.raises(TypeError, match="give the family, such as beta_binomials"):
        mixture(beta_binomial, 2)
    for components in (0, 2.0, True, "2"):
        with pytest.raises(ValueError, match="whole number of kinds"):
            mixture(beta_binomials, components)


@every_student
def test_forms_of_a_known_population_agree_with_the_family(student, eps):
    """The weight of `generate`: the sum of log marginals, or of log likelihoods at the x drawn by `explicit`."""
    parameters, k, design = arrays(student)
    hyperprior = fixed(*student.parameters, family=student.family)
    counts = one_of(student)
    _, weight = seed(marginal(hyperprior).generate)(jax.random.key(0), counts.observed, counts.trials)
    expected = float(student.family.log_marginal(k, design, parameters))
    assert float(weight) == pytest.approx(2 * expected, abs=64 * eps * abs(expected) + 64 * eps)
    trace, weight = seed(explicit(hyperprior).generate)(jax.random.key(0), counts.observed, counts.trials)
    x = trace.get_choices()["students"][student.family.address]

    def log_likelihood(x):
        seen = student.family.likelihood(x, design)
        return seen.distribution.logpdf(k, *seen.args)

    assert float(weight) == pytest.approx(float(jnp.sum(jax.vmap(log_likelihood)(x))), abs=256 * eps)


def one_of(student: Student):
    """Two groups with the data of this student."""
    kind = student.family.observations
    if np.ndim(student.k):
        return kind([np.asarray(student.k, int)] * 2)
    return kind([int(student.k)] * 2, [student.design] * 2)


@pytest.mark.costly
def test_samplers_take_mapped_parameters():
    """Trap 2: a family's samplers see one student each, whatever is mapped around them."""
    alpha = jnp.asarray([[100.0, 1.0, 1.0], [1.0, 100.0, 1.0]])
    k = seed(lambda: modular_vmap(dirichlet_multinomials.marginal.sample)(jnp.asarray([50.0, 60.0]), alpha))(
        jax.random.key(0)
    )
    assert np.argmax(k, axis=1).tolist() == [0, 1]
    assert np.sum(k, axis=1).tolist() == [50.0, 60.0]
