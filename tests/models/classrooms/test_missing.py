"""Missing counts have no weight, and a known rate has its own density: against the programs without them."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from genjax import seed

from models import (
    beta_binomials,
    classroom,
    dirichlet_multinomials,
    gamma_poissons,
    known,
    masked,
    mean_concentration,
)
from models.families.beta_binomial.students import explicit_student, marginal_student

NAN = float("nan")
HYPERPRIOR = mean_concentration()
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
every_family = pytest.mark.parametrize(("family", "parameters", "design", "k"), FAMILIES.values(), ids=FAMILIES)


@every_family
def test_a_missing_count_has_no_weight_and_others_keep_theirs(family, parameters, design, k):
    student = masked(family.marginal_student)
    arguments = *parameters, design
    assert float(student.assess({"k": k * NAN}, *arguments)[0]) == 0
    assert float(student.assess({"k": k}, *arguments)[0]) == float(
        family.marginal_student.assess({"k": k}, *arguments)[0]
    )


@pytest.mark.costly
def test_the_gradient_is_that_of_the_students_who_have_a_count(six):
    """No NaN enters the gradient through the branch that is not taken."""
    model, whole = classroom(masked(marginal_student), HYPERPRIOR), classroom(marginal_student, HYPERPRIOR)

    def log_density(mu, program, k, counts):
        given = {"population": {"mu": mu, "lam": 10.0}, "students": {"k": k}}
        return program.assess(given, counts.trials)[0]

    k = six.observed["students"]["k"]
    slope = jax.grad(log_density)(0.6, model, k.at[jnp.asarray([0, 3])].set(NAN), six)
    some = six.taken([1, 2, 4, 5])
    assert float(slope) == pytest.approx(
        float(jax.grad(log_density)(0.6, whole, some.observed["students"]["k"], some)), rel=1e-5
    )


@pytest.mark.costly
def test_simulations_have_no_missing_counts(six):
    choices = seed(classroom(masked(marginal_student), HYPERPRIOR).simulate)(
        jax.random.key(0), six.trials
    ).get_choices()
    assert np.all(np.isfinite(choices["students"]["k"]))


@every_family
def test_a_known_latent_has_its_density_and_is_used(family, parameters, design, k):
    """log p(x) + log p(k | x) of a known x, whatever the choice that it replaces is."""
    x = seed(family.latent.sample)(jax.random.key(0), *parameters)
    arguments = *parameters, design
    expected = family.explicit_student.assess({"k": k, family.address: x}, *arguments)[0]
    student = known(family.explicit_student, family.address)
    for unused in (0 * x, 1 + 0 * x):
        given = {"k": k, f"{family.address}_known": x, family.address: unused}
        assert float(student.assess(given, *arguments)[0]) == float(expected)
    given = {"k": k, f"{family.address}_known": x * NAN, family.address: x}
    assert float(student.assess(given, *arguments)[0]) == float(expected)


def test_the_weight_of_generate_counts_a_known_rate_and_integrates_the_others(six):
    """Mean weight over particles of known population: p(eta) p(k | eta) of the known students, p(k) of the others."""
    model = classroom(known(explicit_student, "log_odds"), HYPERPRIOR)
    few = six.taken([2, 3, 4, 5])
    eta = jnp.asarray([0.3, NAN, NAN, -0.5])
    population = {"mu": jnp.asarray(0.6), "lam": jnp.asarray(10.0)}
    given = {"population": population, "students": {"k": few.observed["students"]["k"], "log_odds_known": eta}}
    generate = jax.jit(jax.vmap(lambda key: seed(model.generate)(key, given, few.trials)[1]))
    log_weights = np.asarray(generate(jax.random.split(jax.random.key(1), 20_000)), np.float64)
    log_prior, _ = HYPERPRIOR.assess(population)
    expected = float(log_prior)
    for i in range(4):
        k, n = float(few.k[i]), float(few.n[i])
        if np.isnan(eta[i]):
            expected += float(beta_binomials.log_marginal(k, n, (6.0, 4.0)))
        else:
            expected += float(explicit_student.assess({"k": k, "log_odds": eta[i]}, 6.0, 4.0, n)[0])
    weights = np.exp(log_weights - expected)
    assert abs(weights.mean() - 1) < 4.5 * weights.std() / np.sqrt(len(weights))
    assert weights.std() > 0


@pytest.mark.parametrize(("wrap", "address"), [(masked, "count"), (known, "theta")])
def test_a_wrong_address_is_refused(wrap, address):
    with pytest.raises(TypeError, match=f"makes no choice at '{address}'"):
        seed(wrap(explicit_student, address).simulate)(jax.random.key(0), 2.0, 3.5, 7.0)
