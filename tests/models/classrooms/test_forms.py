"""The two forms: what they draw, their weights, and that they describe the same class."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from genjax import beta, binomial, gen, modular_vmap, seed

from inference import closed_form
from inference.programs.addresses import choices_of
from models import Counts, Trials, box, classroom, explicit, hyperprior_of, marginal, mean_concentration

FORMS = {"explicit": explicit, "marginal": marginal}
NARROW = mean_concentration(mu=(0.1, 0.3), lam=(2.0, 4.0))  # away from 1/2, theta and sigmoid(theta) differ most


def excess(k, n, mu, lam):
    """k/n minus its mean mu; and the square of that minus its variance mu (1 - mu) (lam + n) / (n (lam + 1))."""
    k, n, mu, lam = (np.asarray(x, np.float64) for x in (k, n, mu, lam))
    residual = k / n - mu
    return residual, residual**2 - mu * (1 - mu) * (lam + n) / (n * (lam + 1))


def has_mean_zero(x: np.ndarray) -> np.ndarray:
    return np.abs(x.mean(axis=0)) < 4.5 * x.std(axis=0) / np.sqrt(len(x))


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_form_of_a_hyperprior_is_one_object(form):
    assert form(box()) is form(box(0.5, 20))
    assert form(box()) is not form(mean_concentration())
    assert hyperprior_of(form(NARROW)) is NARROW


def test_the_forms_differ():
    assert explicit(box()) is not marginal(box())


@pytest.mark.parametrize("other", [gen(lambda: beta(1.0, 1.0) @ "x"), box(), None, lambda trials: None])
def test_hyperprior_of_anything_but_a_classroom_is_a_type_error(other):
    with pytest.raises(TypeError, match=r"not a classroom: .*marginal\(hyperprior\)"):
        hyperprior_of(other)


def test_addresses_are_the_names_of_the_model(six):
    population = {("population", "mu"): (), ("population", "lam"): ()}
    students = {("students", "k"): (6,)}
    rates = {("students", "log_odds"): (6,)}
    shapes = {form: {address: choice.shape for address, choice in choices_of(FORMS[form](NARROW), six.trials).items()}
              for form in FORMS}  # fmt: skip
    assert shapes == {"explicit": population | rates | students, "marginal": population | students}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.costly
def test_simulate_has_the_mean_and_variance_of_the_model(form):
    counts = Counts(k=[0] * 6, n=[1, 5, 40, 200, 1000, 0])
    simulate = jax.jit(jax.vmap(lambda key: seed(form(NARROW).simulate)(key, counts.trials).get_choices()))
    choices = simulate(jax.random.split(jax.random.key(0), 4000))
    k = np.asarray(choices["students"]["k"], np.float64)
    assert k.shape == (4000, 6)
    assert np.all((k >= 0) & (k <= counts.n) & (k == np.round(k)))
    asked = counts.n > 0
    population = (np.asarray(choices["population"][address])[:, None] for address in ("mu", "lam"))
    residual, squares = excess(k[:, asked], counts.n[asked], *population)
    assert np.all(has_mean_zero(residual))
    assert np.all(has_mean_zero(squares))
    if form is explicit:  # every student of every particle has its own rate
        assert len(np.unique(np.asarray(choices["students"]["log_odds"]))) > 0.98 * k.size


@pytest.mark.costly
def test_one_simulated_class_has_the_mean_and_variance_of_its_population():
    counts = Counts(k=[0] * 4000, n=[20] * 4000)
    choices = jax.jit(seed(explicit(NARROW).simulate))(jax.random.key(0), counts.trials).get_choices()
    k, population = choices["students"]["k"], choices["population"]
    residual, squares = excess(k, counts.n, population["mu"], population["lam"])
    assert has_mean_zero(residual)
    assert has_mean_zero(squares)
    assert len(np.unique(np.asarray(choices["students"]["log_odds"]))) > 0.98 * len(counts)


@pytest.fixture(scope="module")
def densities():
    """`densities(k, n, eta)`: log joint densities of one student, a = 2, b = 3: explicit at each eta, and marginal."""
    population = {"a": jnp.array(2.0), "b": jnp.array(3.0)}

    @jax.jit
    def log_densities(k, n, eta):
        trials = Trials(n[None], max_n=100)

        def joint(eta):
            student = {"k": k[None], "log_odds": eta[None]}
            return explicit(box()).assess({"population": population, "students": student}, trials)[0]

        evidence, _ = marginal(box()).assess({"population": population, "students": {"k": k[None]}}, trials)
        return jax.vmap(joint)(eta), evidence

    return log_densities


@pytest.mark.parametrize(("k", "n"), [(3, 5), (0, 1), (70, 100), (0, 0)])
def test_the_explicit_joint_density_integrates_over_theta_to_the_marginal_one(densities, k, n, eps):
    # The trapezoid rule is exact to rounding for a smooth density in eta that falls off as exp(-2 |eta|).
    eta = jnp.linspace(-25.0, 25.0, 2001)
    density, evidence = densities(jnp.array(float(k)), jnp.array(float(n)), eta)
    integral = np.log(np.sum(np.exp(np.asarray(density, np.float64))) * 50 / 2000)
    # Terms of the two densities near the peak: k softplus(-eta), m softplus(eta), lbeta(1 + k, 1 + m), 2 log 19.5.
    magnitude = 4 * n * np.log(2) + 10 + abs(float(evidence))
    assert abs(integral - float(evidence)) < 8 * eps * magnitude
    oracle = closed_form(Counts(k=[k], n=[n]), 2.0, 3.0)
    assert abs(float(evidence) + 2 * np.log(19.5) - oracle) < 8 * eps * magnitude


@pytest.mark.costly
def test_a_readers_own_student_makes_a_classroom(six, eps):
    """The student draws theta itself, as in the simplest program; this is correct unless a and b are small."""

    @gen
    def naive_student(a, b, n):
        theta = beta(a, b) @ "theta"
        return binomial(n, probs=theta) @ "k"

    model = classroom(naive_student, box())
    theta = jnp.full(6, 0.6)
    choices = {"population": {"a": jnp.array(2.0), "b": jnp.array(3.0)},
               "students": {**six.observed["students"], "theta": theta}}  # fmt: skip
    log_odds = {**six.observed["students"], "log_odds": jnp.log(theta) - jnp.log1p(-theta)}
    rates, _ = jax.jit(model.assess)(choices, six.trials)
    odds, _ = jax.jit(explicit(box()).assess)({**choices, "students": log_odds}, six.trials)
    jacobian = 6 * np.log(0.6 * 0.4)  # log d theta / d eta of six students
    assert hyperprior_of(model) is box()
    assert abs(float(odds) - float(rates) - jacobian) < 16 * eps * 160 * np.log(2)


def test_every_particle_draws_its_students_from_its_own_population():
    """With as many particles as students, a misplaced particle axis transposes the rates without an error."""
    counts = Counts(k=[0] * 6, n=[1] * 6)
    mu = jnp.linspace(0.1, 0.9, 6)
    population = {"a": 1e6 * mu, "b": 1e6 * (1 - mu)}

    def generate(population):
        trace, _ = explicit(box()).generate({"population": population, **counts.observed}, counts.trials)
        return trace.get_choices()["students"]["log_odds"]

    # GenJAX's own vmap over the particles, inside `seed`, as in its `init`.
    log_odds = np.asarray(jax.jit(seed(modular_vmap(generate)))(jax.random.key(0), population))
    own = np.repeat(np.log(mu / (1 - mu))[:, None], 6, axis=1)
    # The sd of the log-odds is sqrt(1/a + 1/b) < 0.0034; from one particle to the next they differ by more than 0.6.
    assert np.all(np.abs(log_odds - own) < 6 * 0.0034)
