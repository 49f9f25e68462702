"""The bijection onto a support and the density over it: inverse, Jacobian, integrals, and finite values far out."""

from math import inf

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.stats
from genjax import exponential, gen
from genjax import normal as normal_choice
from scipy.special import logsumexp

from inference import exact, mcmc, smc, vi
from inference.programs.logistic import Bijection
from inference.programs.prepared import prepare_for_population
from inference.programs.probit import Probit
from inference.programs.unconstrained import unconstrained
from models import (
    Counts,
    Hyperprior,
    aggregated,
    bda3,
    box,
    classroom,
    explicit,
    half_cauchy,
    marginal,
    mean_concentration,
    open_uniform,
    pareto,
)

LINEAR = [(0.0, 1.0), (0.5, 1.5), (-3.0, 0.0), (0.0, inf), (-inf, 5.0), (-inf, inf)]
LOGARITHMIC = [(0.5, 20.0), (0.01, 1e6), (2.0, inf), (1e-6, inf), (1e8, inf), (-1e6, -0.01)]
SUPPORTS = [*LINEAR, *LOGARITHMIC, (1e6, 1e6 + 1)]
FAR = [1e4, 300.0, 40.0, 15.0]


@gen
def reader():
    phi = open_uniform(0.0, 1.0) @ "phi"
    kappa = exponential(0.1) @ "kappa"
    return kappa * phi, kappa * (1 - phi)


READERS = Hyperprior(reader, {"phi": (0.0, 1.0), "kappa": (0.0, inf)})
HYPERPRIORS = [
    pytest.param(READERS, id="1 - phi"),
    pytest.param(mean_concentration(), id="mean", marks=pytest.mark.slow),
    pytest.param(box(), id="box", marks=pytest.mark.long),
]


@pytest.mark.parametrize("kind", [Bijection, Probit])
@pytest.mark.parametrize("support", SUPPORTS)
def test_the_inverse_undoes_the_bijection(support, kind, eps):
    bijection = kind(*support)
    z = jnp.linspace(-3, 3, 61)
    x = bijection.value(z)
    # x is rounded to eps |x|, which moves z by eps |x| / (dx/dz). z itself, and the logarithm that it is computed from,
    # are rounded to a few eps. An exponential of up to log |x| is correct to that many eps.
    error = 4 * eps * (np.abs(x) / np.exp(bijection.log_jacobian(z)) + np.abs(z) + 1)
    if abs(support[0]) < 1e6:  # otherwise a unit is only a few float32 roundings wide
        assert np.all(np.abs(bijection.inverse(x) - z) < error)
    assert np.all(np.isfinite(bijection.inverse(x)))


@pytest.mark.parametrize("support", SUPPORTS[:-1])  # the last one holds only 16 float32 numbers
@pytest.mark.costly
def test_the_slope_of_the_normal_distribution_function_is_its_density(support, eps):
    probit = Probit(*support)
    z = jnp.linspace(-4, 4, 33)
    by_autodiff = jax.vmap(jax.grad(probit.value))(z)
    inside = by_autodiff > 0  # not moved to the float inside the edge
    # Both are products and exponentials of z^2 / 2 and log x; each is correct to eps times its exponent, if |x| > 1.
    tolerance = 8 * eps * (1 + z**2 / 2 + np.log1p(np.abs(probit.value(z))))
    assert np.all((np.abs(jnp.exp(probit.log_jacobian(z)) / by_autodiff - 1) < tolerance)[inside])
    assert inside.sum() > 20


@pytest.mark.parametrize("support", SUPPORTS)
def test_the_jacobian_is_the_derivative(support, eps):
    bijection = Bijection(*support)
    z = jnp.concatenate([jnp.linspace(-13, 13, 53), jnp.array([-60.0, -31.0, 31.0, 60.0])])
    by_autodiff = jax.vmap(jax.grad(bijection.value))(z)
    inside = by_autodiff > 0  # not moved to the float inside the edge
    assert np.all(by_autodiff >= 0)
    # Both are products of a few exponentials of z, each correct to eps (1 + |z|), and of x if x is an exponential too.
    of_x = np.log1p(np.abs(bijection.value(z))) + abs(np.log(abs(support[0]))) if support in LOGARITHMIC else 0
    tolerance = 8 * eps * (1 + np.abs(z)) * (1 + of_x)
    assert np.all((np.abs(jnp.exp(bijection.log_jacobian(z)) / by_autodiff - 1) < tolerance)[inside])
    assert inside.sum() > 20 or abs(support[0]) == 1e6


@pytest.mark.parametrize("kind", [Bijection, Probit])
@pytest.mark.parametrize("support", SUPPORTS)
def test_values_lie_strictly_inside_however_far_out(support, kind):
    far = jnp.array([sign * z for z in FAR for sign in (-1, 1)])
    x = kind(*support).value(far)
    assert np.all((support[0] < x) & (x < support[1]))
    assert np.all(np.isfinite(x))


@pytest.mark.parametrize(
    "form",
    [pytest.param(marginal, id="marginal"), pytest.param(aggregated, id="aggregated", marks=pytest.mark.costly)],
)
@pytest.mark.parametrize("hyperprior", HYPERPRIORS)
def test_densities_and_gradients_are_finite_far_out_in_all_tails(form, hyperprior, six):
    model = form(hyperprior)
    target, trials = unconstrained(model), model.argument(six, only_these=True)
    constraints = prepare_for_population(model, six).constraints
    ends = [sign * z for z in FAR for sign in (-1, 1)] + [0.0]
    z = jnp.array([[u, v] for u in ends for v in ends])
    value, gradient = jax.jit(jax.vmap(jax.value_and_grad(target.log_joint), in_axes=(0, None, None)))(
        z, constraints, trials
    )
    assert np.all(np.isfinite(value))
    assert np.all(np.isfinite(gradient))
    # Far out the density falls off, so the gradient points back.
    assert np.all((np.sign(gradient) == -np.sign(z))[np.abs(z) > 50])


@pytest.mark.parametrize("hyperprior", HYPERPRIORS)
def test_the_prior_and_the_posterior_integrate_to_one_and_to_the_evidence(hyperprior, six, eps):
    model = marginal(hyperprior)
    target, trials = unconstrained(model), model.argument(six, only_these=True)
    constraints = prepare_for_population(model, six).constraints
    # By the trapezoidal rule. Its error for analytic densities with tails e^-|z| is below e^(-2 pi^2 / 0.25), and its
    # cut-off at 25 leaves out e^-25. The knees of the bijection are where the density is e^-13 or less.
    z = jnp.stack(jnp.meshgrid(*2 * [jnp.arange(-25, 25, 0.25)]), axis=-1).reshape(-1, 2)
    log_prior = np.asarray(jax.jit(jax.vmap(target.log_prior))(z), np.float64)
    joint = jax.jit(jax.vmap(target.log_joint, in_axes=(0, None, None)))(z, constraints, trials)
    # The knees leave out a few eps of the hyperprior. Log densities of size 100 are correct to a few eps of that.
    tolerance = 1e-5 + 100 * 8 * eps
    assert abs(logsumexp(log_prior) + 2 * np.log(0.25)) < tolerance
    log_evidence = logsumexp(np.asarray(joint, np.float64)) + 2 * np.log(0.25)
    assert abs(log_evidence - exact(hyperprior, six).log_evidence) < tolerance


@pytest.mark.parametrize("hyperprior", [box(0.5, 1.5), mean_concentration(), half_cauchy()])
@pytest.mark.costly
def test_uniform_log_uniform_and_half_cauchy_addresses_are_normal_in_probit_coordinates(hyperprior, eps):
    target = unconstrained(marginal(hyperprior), Probit)
    z = jax.random.normal(jax.random.key(0), (200, 2))
    normal = -np.sum(np.asarray(z, np.float64) ** 2, axis=1) / 2 - np.log(2 * np.pi)
    # The sum has a dozen terms of at most 10 each. mu may be next to an edge, but its density is constant.
    assert np.all(np.abs(jax.vmap(target.log_prior)(z) - normal) < 12 * 10 * eps)


def test_draws_are_the_hyperpriors(six):
    target = unconstrained(marginal(READERS))
    there_and_back = jax.jit(jax.vmap(lambda key: target.population(target.draw(key))))
    own = there_and_back(jax.random.split(jax.random.key(0), 4000))
    for address, mean, sd in (("phi", 0.5, 12**-0.5), ("kappa", 10.0, 10.0)):
        assert abs(np.mean(own[address]) - mean) < 4 * sd / np.sqrt(4000)


@pytest.mark.costly
def test_where_a_program_has_no_density_the_gradient_is_zero(six):
    @gen
    def overflowing():
        mu = open_uniform(0.0, 1.0) @ "mu"
        log_lam = normal_choice(0.0, 1.0) @ "log_lam"
        return jnp.exp(log_lam) * mu, jnp.exp(log_lam) * (1 - mu)

    model = marginal(Hyperprior(overflowing, {"mu": (0.0, 1.0), "log_lam": (-inf, inf)}))
    target, trials = unconstrained(model), model.argument(six, only_these=True)
    value, gradient = jax.value_and_grad(target.log_joint)(
        jnp.array([0.0, 1e4]), prepare_for_population(model, six).constraints, trials
    )
    assert value == -inf
    assert np.array_equal(gradient, [0.0, 0.0])


@pytest.mark.parametrize("algorithm", [mcmc, smc, vi])
class TestWhatIsRefused:
    """Models that are refused before anything is compiled."""

    def test_a_support_with_another_address_than_the_program(self, algorithm, six):
        misspelt = Hyperprior(reader, {"phi": (0.0, 1.0), "kapa": (0.0, inf)})
        with pytest.raises(
            KeyError, match="the support declares the addresses phi, kapa, but the hyperprior's program draws"
        ):
            algorithm(marginal(misspelt), six, key=jax.random.key(0))

    def test_a_student_whose_count_is_not_at_k(self, algorithm, six):
        @gen
        def student(a, b, n):
            return normal_choice(a, b) @ "hits"

        with pytest.raises(KeyError, match=r"no choice at students\.k"):
            algorithm(classroom(student, box()), six, key=jax.random.key(0))

    def test_latent_choices_below_the_population(self, algorithm, six):
        with pytest.raises(
            ValueError, match=r"also draws students\.log_odds, but this algorithm samples the population only"
        ):
            algorithm(explicit(box()), six, key=jax.random.key(0))

    def test_a_program_that_is_no_classroom(self, algorithm, six):
        with pytest.raises(TypeError, match="not a classroom"):
            algorithm(reader, six, key=jax.random.key(0))


@pytest.mark.slow
def test_memory_of_a_gradient_is_not_of_the_order_of_particles_times_students():
    students, particles = 1000, 500
    counts = Counts(k=np.arange(students) % 7, n=np.full(students, 7))
    model = aggregated(box())
    target, trials = unconstrained(model), model.argument(counts, only_these=True)
    gradient = jax.jit(jax.vmap(jax.grad(target.log_joint), in_axes=(0, None, None)))
    compiled = gradient.lower(
        jnp.zeros((particles, 2)), prepare_for_population(model, counts).constraints, trials
    ).compile()
    # A few dozen numbers per student and, for each particle, a few dozen per point of the tally.
    assert compiled.memory_analysis().temp_size_in_bytes < 8 * (100 * students + 100 * trials.tally.points * particles)


# Supports of many decades and of every shape, each with the distribution of a hyperprior.
PRIORS = {
    "uniform": ((0.0, 1.0), scipy.stats.uniform()),
    "uniform, decades": ((0.01, 1e6), scipy.stats.uniform(0.01, 1e6 - 0.01)),
    "log-uniform": ((1e-6, 1e8), scipy.stats.loguniform(1e-6, 1e8)),
    "lam^-3/2 between bounds": ((0.01, 1e6), scipy.stats.truncpareto(0.5, 1e8, scale=0.01)),
    "Pareto": ((1.0, inf), scipy.stats.pareto(1.5)),
    "Pareto, heavy and high": ((1e8, inf), scipy.stats.pareto(0.5, scale=1e8)),
    "Pareto, heavy and low": ((1e-6, inf), scipy.stats.pareto(0.5, scale=1e-6)),
    "half-Cauchy": ((0.0, inf), scipy.stats.halfcauchy()),
    "half-Cauchy, small": ((0.0, inf), scipy.stats.halfcauchy(scale=1e-6)),
    "half-Cauchy, large": ((0.0, inf), scipy.stats.halfcauchy(scale=1e6)),
    "exponential from -3": ((-3.0, inf), scipy.stats.expon(-3)),
}


@pytest.mark.parametrize("kind", [Bijection, Probit])
@pytest.mark.parametrize("name", PRIORS)
def test_both_ends_are_reached_to_a_few_roundings_of_them_and_of_probability(name, kind, eps):
    (low, high), prior = PRIORS[name]
    first, last = np.asarray(kind(low, high).value(jnp.array([-1e4, 1e4])), np.float64)
    # Within four roundings of a nonzero edge; the distribution function here adds one of its own to each.
    near = [8 * eps * abs(end) if np.isfinite(end) else 0.0 for end in (low, high)]
    with np.errstate(over="ignore"):  # x divided by the scale may overflow
        assert prior.cdf(first) <= prior.cdf(low + near[0]) + 4 * eps
        assert prior.sf(last) <= (prior.sf(high - near[1]) if np.isfinite(high) else 0.0) + 4 * eps


@pytest.mark.parametrize("kind", [Bijection, Probit])
@pytest.mark.parametrize("name", PRIORS)
def test_the_density_in_z_is_that_of_the_prior(name, kind, eps):
    """At equally spaced quantiles of the prior, the slope p(x) dx/dz agrees with differences of F(x(z))."""
    (low, high), prior = PRIORS[name]
    u = np.linspace(0.02, 0.98, 25)
    bijection = kind(low, high)
    z = np.asarray(bijection.inverse(jnp.asarray(prior.ppf(u))), np.float64)
    step = 0.01

    def difference(step: float) -> np.ndarray:
        ends = (np.asarray(bijection.value(jnp.asarray(z + s * step)), np.float64) for s in (-1, 1))
        below, above = (prior.cdf(end) for end in ends)
        return (above - below) / (2 * step)

    x = np.asarray(bijection.value(jnp.asarray(z)), np.float64)
    slope = prior.pdf(x) * np.exp(np.asarray(bijection.log_jacobian(jnp.asarray(z)), np.float64))
    # A central difference is off by a third of the change from halving its step. It is also off by the rounding of z,
    # which may be as large as 20, and of x: some eps of |x| or, on a log scale, of log x. These are at most 100 eps in
    # probability.
    of_step = np.abs(difference(2 * step) - difference(step))
    assert np.all(np.abs(difference(step) - slope) < of_step + 200 * eps / step)


MUCH_OF_IT_NEAR_THE_LOWER_BOUND = Counts(k=[1, 2, 10, 1, 5, 3], n=[1, 2, 10, 1, 5, 3])


@pytest.mark.slow
@pytest.mark.parametrize("algorithm", ["nuts", "mh", "smc"])
def test_a_hyperprior_of_eight_decades_is_learned_from_in_float32_too(algorithm):
    """E[mu] was 0.905 instead of 0.884: lam never fell below 0.13, although its posterior median is 0.033."""
    hyperprior, counts, key = bda3(), MUCH_OF_IT_NEAR_THE_LOWER_BOUND, jax.random.key(1)
    truth, model = exact(hyperprior, counts), aggregated(hyperprior)
    found = smc(model, counts, key=key) if algorithm == "smc" else mcmc(model, counts, key=key, algorithm=algorithm)
    assert abs(found.mean("mu") - truth.mean("mu")) < 4 * found.mean_error("mu")
    # The standard error of the share of draws below the exact median is at most 1 / (2 sqrt(ESS)).
    below = found.weights @ (np.asarray(found.draws["lam"]) < truth.quantile("lam", 0.5))
    assert abs(below - 0.5) < 4 / (2 * np.sqrt(min(found.ess, len(found.weights))))


@pytest.mark.slow
@pytest.mark.parametrize("hyperprior", [bda3(), pareto(), half_cauchy()], ids=["bda3", "pareto", "half_cauchy"])
def test_a_chain_on_no_data_returns_the_prior(hyperprior):
    unseen = Counts(k=[0] * 6, n=[0] * 6)
    chains = mcmc(marginal(hyperprior), unseen, key=jax.random.key(2))
    truth = exact(hyperprior, unseen)
    for q in (0.02, 0.25, 0.5, 0.75, 0.98):
        for name in ("mu", "lam"):
            below = chains.expectation((np.asarray(chains.draws[name]) < truth.quantile(name, q)).astype(float))
            assert abs(below[0] - q) < 4 * max(float(below[1]), np.sqrt(q * (1 - q) / len(chains.log_weights)))
