"""The exact posterior against printed references, other integrators, closed forms, and itself with more nodes."""

from functools import cache
from math import inf

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from genjax import gen
from genjax.core import distribution
from genjax.pjax import wrap_sampler
from scipy.integrate import cubature, quad
from scipy.special import beta, comb

from inference.algorithms.closed_form import closed_form
from inference.algorithms.exact import exact, integrate_posterior
from inference.numerics.trapezoid import QuadratureError, refine
from inference.programs.integrand import Integrand
from models import Counts, Hyperprior, box, half_cauchy, mean_concentration
from models.families.beta_binomial.likelihood import PopulationLikelihood
from models.families.beta_binomial.split_likelihood import SplitLikelihood

SIX = Counts([70, 28, 6, 3, 2, 0], [100, 40, 10, 5, 2, 1])
SPREAD = Counts([97, 2, 19, 0, 2, 0], [100, 40, 20, 20, 2, 1])
NOBODY = Counts([0], [0])
FEW = Counts([2, 3, 0], [4, 3, 2])


def density(log_pdf, name):
    """A distribution whose density is evaluated and which is never drawn from."""

    def sample(key, *args, sample_shape=()):
        raise AssertionError("exact draws nothing")

    return distribution(wrap_sampler(sample, name=name), log_pdf, name=name)


uniform = density(lambda x: jnp.where((x > 0) & (x < 1), 0.0, -jnp.inf), "uniform")
exponential = density(lambda x, rate: jnp.log(rate) - rate * x, "exponential")
normal = density(lambda x, mean, sd: -0.5 * ((x - mean) / sd) ** 2 - jnp.log(sd * jnp.sqrt(2 * jnp.pi)), "normal")
pareto = density(lambda x, shape: jnp.log(shape) - (shape + 1) * jnp.log(x), "pareto")
scale_invariant = density(lambda x: -jnp.log(x), "scale_invariant")
power = density(lambda x, c: jnp.log(c) - (1 - c) * jnp.log(1 - x), "power")


@cache
def mean_and(kind):
    """mu ~ Uniform(0, 1) and a concentration without an upper bound."""
    concentration, args, low = {
        "exponential": (exponential, (0.1,), 0.0),
        "pareto": (pareto, (1.5,), 1.0),
        "improper": (scale_invariant, (), 1.0),
    }[kind]

    @gen
    def population():
        mu = uniform() @ "mu"
        kappa = concentration(*args) @ "kappa"
        return kappa * mu, kappa * (1 - mu)

    return Hyperprior(population, {"mu": (0.0, 1.0), "kappa": (low, inf)})


@cache
def logistic_normal():
    @gen
    def population():
        log_lam = normal(2.0, 1.0) @ "log_lam"
        eta = normal(0.5, 1.5) @ "eta"
        lam = jnp.exp(log_lam)
        return lam * jax.nn.sigmoid(eta), lam * jax.nn.sigmoid(-eta)

    return Hyperprior(population, {"log_lam": (-inf, inf), "eta": (-inf, inf)})


def cubature_moments(log_joint, low, high, functions):
    """log Z and expectations by SciPy's adaptive cubature, of points of shape (points, 2)."""

    def integrand(points):
        joint = np.exp(log_joint(points))
        return joint[:, None] * np.stack([np.ones(len(points)), *(f(points) for f in functions)], axis=1)

    with np.errstate(invalid="ignore"):  # 0 / 0 in its error estimate if the integrand underflows
        result = cubature(integrand, low, high, rule="gk21", rtol=1e-10, atol=0, max_subdivisions=2000)
    assert result.status == "converged"
    return np.log(result.estimate[0]), *(result.estimate[1:] / result.estimate[0])


REFERENCES = [
    (box(), SIX, -12.3320303896, {"a": 14.5245418588, "b": 8.0846415784, "mu": 0.6457532704}, None),
    (
        mean_concentration(),
        SIX,
        -13.1803333560,
        {"mu": 0.6627673194, "lam": 41.6811339672},
        (0.6939743988, 0.6317405735),
    ),
    (
        mean_concentration(),
        SPREAD,
        -15.6846611827,
        {"mu": 0.4693366272, "lam": 0.5527392947},
        (0.8928207991, 0.1550180958),
    ),
]


@pytest.mark.parametrize(
    ("hyperprior", "counts", "log_evidence", "means", "students"), REFERENCES, ids=["box", "six", "spread"]
)
@pytest.mark.parametrize("x64", [False, True], ids=["float32", "x64"])
def test_reference_values_to_every_printed_digit(hyperprior, counts, log_evidence, means, students, x64):
    with jax.enable_x64(x64):
        posterior = exact(hyperprior, counts)
        assert posterior.log_evidence == pytest.approx(log_evidence, abs=1e-9)
        for name, mean in means.items():
            assert posterior.mean(name) == pytest.approx(mean, abs=1e-9)
        if students is not None:
            a, b = posterior.draws["a"], posterior.draws["b"]
            emi_and_farid = np.stack([(a + 2) / (a + b + 2), a / (a + b + 1)], axis=1)
            assert posterior.expectation(emi_and_farid)[0] == pytest.approx(students, abs=1e-9)
            assert posterior.shrinkage(counts)["mean"].to_list()[-2:] == pytest.approx(students, abs=1e-9)


def test_ratio_of_means_under_the_box():
    posterior = exact(box(), SIX)
    a, b = posterior.mean("a"), posterior.mean("b")
    assert a / (a + b) == pytest.approx(0.6424177989, abs=1e-9)


def test_weights_sum_to_the_evidence_and_nothing_is_sampled():
    first, again = exact(mean_concentration(), SIX), exact(mean_concentration(), SIX)
    assert np.logaddexp.reduce(first.log_weights) == pytest.approx(first.log_evidence, abs=1e-12)
    assert first.ess == inf
    assert np.array_equal(first.log_weights, again.log_weights)
    assert {draws.dtype for draws in first.draws.values()} == {np.dtype(np.float64)}


def test_exponential_concentration_agrees_with_cubature():
    posterior = exact(mean_and("exponential"), SIX)

    def log_joint(points):
        mu, kappa = points.T
        return np.log(0.1) - 0.1 * kappa + closed_form(SIX, kappa * mu, kappa * (1 - mu))

    log_evidence, mu, kappa, square = cubature_moments(
        log_joint, [0, 0], [1, 400], [lambda x: x[:, 0], lambda x: x[:, 1], lambda x: x[:, 1] ** 2]
    )
    assert posterior.log_evidence == pytest.approx(log_evidence, abs=1e-9)
    assert posterior.mean("mu") == pytest.approx(mu, abs=1e-9)
    assert posterior.mean("kappa") == pytest.approx(kappa, rel=1e-9)
    assert posterior.sd("lam") == pytest.approx(np.sqrt(square - kappa**2), rel=1e-8)


def test_pareto_concentration_has_a_mean_and_no_sd():
    posterior = exact(mean_and("pareto"), FEW)

    # u = kappa^(-1/2) has density 3 u^2 on (0, 1), and kappa times it is bounded.
    def log_joint(points):
        mu, u = points.T
        return np.log(3 * u**2) + closed_form(FEW, mu / u**2, (1 - mu) / u**2)

    log_evidence, mu, kappa = cubature_moments(
        log_joint, [0, 1e-3], [1, 1], [lambda x: x[:, 0], lambda x: x[:, 1] ** -2]
    )
    # Below u = 1e-3, that is for kappa > 1e6, the likelihood is binomial to 1e-5: add that part in closed form.
    successes, trials = int(FEW.k.sum()), int(FEW.n.sum())
    binomial = np.prod(comb(FEW.n, FEW.k)) * beta(1 + successes, 1 + trials - successes)
    below, of_kappa = 1e-9 * binomial, 3e-3 * binomial
    evidence = np.exp(log_evidence)
    assert posterior.log_evidence == pytest.approx(np.log(evidence + below), abs=1e-9)
    assert posterior.mean("mu") == pytest.approx(mu, abs=1e-8)
    assert posterior.mean("kappa") == pytest.approx((kappa * evidence + of_kappa) / (evidence + below), rel=1e-7)
    assert posterior.mean_error("kappa") < 1e-6 * posterior.mean("kappa")
    for name in ("kappa", "lam", "a", "b"):
        with pytest.raises(QuadratureError, match=rf"the posterior sd of {name} does not exist"):
            posterior.sd(name)
    assert posterior.quantile("kappa", 0.5) < posterior.mean("kappa")


def test_prior_pareto_moments_are_those_of_the_pareto():
    posterior = exact(mean_and("pareto"), NOBODY)
    assert posterior.log_evidence == pytest.approx(0, abs=1e-10)
    assert posterior.mean("lam") == pytest.approx(3.0, rel=1e-9)
    assert posterior.mean("a") == pytest.approx(1.5, rel=1e-9)
    assert posterior.quantile("lam", 0.9) == pytest.approx(0.1 ** (-2 / 3), rel=1e-6)


def test_infinite_supports_agree_with_cubature():
    posterior = exact(logistic_normal(), SIX)

    def log_joint(points):
        eta, log_lam = points.T
        lam, mu = np.exp(log_lam), 1 / (1 + np.exp(-eta))
        log_prior = -0.5 * ((eta - 0.5) / 1.5) ** 2 - 0.5 * (log_lam - 2) ** 2 - np.log(2 * np.pi * 1.5)
        return log_prior + closed_form(SIX, lam * mu, lam * (1 - mu))

    log_evidence, eta, log_lam, lam = cubature_moments(
        log_joint, [-9, -7], [9, 11], [lambda x: x[:, 0], lambda x: x[:, 1], lambda x: np.exp(x[:, 1])]
    )
    assert posterior.log_evidence == pytest.approx(log_evidence, abs=1e-9)
    assert posterior.mean("eta") == pytest.approx(eta, abs=1e-8)
    assert posterior.mean("log_lam") == pytest.approx(log_lam, abs=1e-8)
    assert posterior.mean("lam") == pytest.approx(lam, rel=1e-8)


def test_other_coordinates_same_posterior():
    # phi = 1 - mu is uniform, and kappa = 1 / sqrt(lam) log-uniform, when mu is uniform and lam log-uniform.
    low, high = 100.0**-0.5, 0.1**-0.5
    log_uniform = density(lambda x: -jnp.log(x) - jnp.log(jnp.log(high / low)), "log_uniform_between")

    @gen
    def population():
        kappa = log_uniform() @ "kappa"
        phi = uniform() @ "phi"
        lam = 1 / kappa**2
        return lam * (1 - phi), lam * phi

    told_otherwise = exact(Hyperprior(population, {"phi": (0, 1), "kappa": (low, high)}), SPREAD)
    usual = exact(mean_concentration(), SPREAD)
    assert told_otherwise.log_evidence == pytest.approx(usual.log_evidence, abs=1e-9)
    assert set(told_otherwise.draws) == {"phi", "kappa", "a", "b", "mu", "lam"}
    for name in ("a", "b", "mu", "lam"):
        assert told_otherwise.mean(name) == pytest.approx(usual.mean(name), rel=1e-8)
        assert told_otherwise.sd(name) == pytest.approx(usual.sd(name), rel=1e-8)
        assert told_otherwise.quantile(name, 0.3) == pytest.approx(usual.quantile(name, 0.3), rel=1e-5)
    assert told_otherwise.mean("phi") == pytest.approx(1 - usual.mean("mu"), rel=1e-9)


def test_without_data_the_posterior_is_the_hyperprior():
    posterior = exact(mean_concentration(), NOBODY)
    assert posterior.log_evidence == pytest.approx(0, abs=1e-10)
    assert posterior.mean("mu") == pytest.approx(0.5, abs=1e-10)
    assert posterior.sd("mu") == pytest.approx(12**-0.5, abs=1e-9)
    assert posterior.mean("lam") == pytest.approx(99.9 / np.log(1000), rel=1e-9)
    assert posterior.mean("a") == pytest.approx(99.9 / np.log(1000) / 2, rel=1e-9)
    assert exact(box(), NOBODY).sd("b") == pytest.approx(19.5 * 12**-0.5, rel=1e-9)


@pytest.mark.parametrize("hyperprior", [box(), mean_concentration(), mean_and("pareto")], ids=["box", "mean", "pareto"])
@pytest.mark.parametrize(
    "counts",
    [
        Counts([0] * 8, [5] * 8),
        Counts([5] * 8, [5] * 8),
        Counts([1], [1]),
        Counts([300_000], [1_000_000]),
        Counts([3, 900_000], [10, 1_000_000]),
    ],
    ids=["none", "all", "one", "million", "three and a million"],
)
def test_extreme_counts_against_a_finer_rule(hyperprior, counts):
    posterior = exact(hyperprior, counts)
    assert_agrees_with_finer_rule(posterior)


def test_a_group_of_ten_million_hits_is_one_of_misses_exchanged():
    """The half-Cauchy spread leaves b of 1e-303 possible, where hits alone must not overflow."""
    hits, misses = (exact(half_cauchy(), Counts([k, 5], [10**7, 10])) for k in (10**7, 0))
    assert hits.log_evidence == pytest.approx(misses.log_evidence, abs=1e-12)
    assert hits.mean("mu") == pytest.approx(1 - misses.mean("mu"), abs=1e-10)


def test_hundred_thousand_students_against_a_finer_rule():
    rng = np.random.default_rng(1)
    n = rng.integers(0, 60, 100_000)
    assert_agrees_with_finer_rule(exact(mean_concentration(), Counts(rng.binomial(n, rng.beta(2, 6, n.size)), n)))


def assert_agrees_with_finer_rule(posterior):
    finer = refine(posterior.nodes.integrand.plane(), posterior.nodes.region, posterior.nodes.rule)
    constant = posterior.log_evidence - posterior.nodes.rule.log_total
    mu = posterior.nodes.integrand.population(finer.outer[:, None], finer.inner)["mu"]
    assert abs(finer.log_total + constant - posterior.log_evidence) < max(10 * posterior.log_evidence_error, 1e-9)
    assert abs(finer.expectation(mu) - posterior.mean("mu")) < max(10 * posterior.mean_error("mu"), 1e-9)


def simulated_class(seed, most):
    rng = np.random.default_rng(seed)
    students, longest = int(10 ** rng.uniform(0, most)), int(10 ** rng.uniform(0.5, 2.5))
    lam, mu = 10 ** rng.uniform(-2, 4), 1 / (1 + np.exp(-rng.uniform(-6, 6)))
    n = rng.integers(0, longest + 1, students)
    return Counts(rng.binomial(n, rng.beta(lam * mu, lam * (1 - mu), students)), n)


@pytest.mark.parametrize("seed", range(45))
def test_random_classes_in_the_other_order_of_integration(seed):
    # The other order shares neither rows nor the reference population; concavity in mu does not protect it.
    hyperprior = mean_concentration(lam=(1e-3, 1e5)) if seed % 3 else box()
    counts = simulated_class(seed, most=4)
    posterior = exact(hyperprior, counts)
    integrand = Integrand(hyperprior, SplitLikelihood(*counts.pairs), posterior.nodes.integrand.inner.address)
    other = integrate_posterior(integrand, 10 * integrand.tolerance)
    error = max(10 * (posterior.log_evidence_error + other.log_evidence_error), 1e-8)
    assert abs(posterior.log_evidence - other.log_evidence) < error
    assert abs(posterior.mean("mu") - other.mean("mu")) < 1e-8
    assert abs(posterior.mean("lam") - other.mean("lam")) < 1e-7 * other.mean("lam")


@pytest.mark.parametrize("seed", range(0, 45, 4))
def test_likelihood_is_the_closed_form(seed):
    counts = simulated_class(seed, most=2)
    likelihood, reference = PopulationLikelihood(*counts.pairs), (0.7, 3.0)
    rng = np.random.default_rng(seed)
    a, b = 10 ** rng.uniform(-2, 3, (2, 50))
    computed = likelihood.relative_to(a, b, reference) + likelihood.at(*reference)[0]
    np.testing.assert_allclose(computed, closed_form(counts, a, b), rtol=1e-10, atol=1e-9)


def test_likelihood_of_many_different_long_records():
    # There are enough different values for interpolation. The closed form loses digits: 1e-16 of the log factorials of
    # a few million trials.
    rng = np.random.default_rng(0)
    n = rng.integers(1, 50_000, 300)
    counts = Counts(rng.binomial(n, rng.beta(3, 8, n.size)), n)
    likelihood, reference = PopulationLikelihood(*counts.pairs), (3.0, 8.0)
    a, b = 10 ** rng.uniform(-1, 3, (2, 50))
    computed = likelihood.relative_to(a, b, reference) + likelihood.at(*reference)[0]
    np.testing.assert_allclose(computed, closed_form(counts, a, b), rtol=1e-10, atol=1e-6)


@pytest.mark.parametrize("q", [0.001, 0.05, 0.5, 0.9, 0.999])
def test_prior_quantiles_against_one_dimensional_integrals(q):
    posterior = exact(mean_concentration(), NOBODY)
    assert posterior.quantile("mu", q) == pytest.approx(q, abs=1e-6)
    assert np.log(posterior.quantile("lam", q) / 0.1) / np.log(1000) == pytest.approx(q, abs=1e-6)
    t = posterior.quantile("a", q)
    below, _ = quad(lambda log_lam: min(1, t / np.exp(log_lam)), np.log(0.1), np.log(100), points=[np.log(t)])
    assert below / np.log(1000) == pytest.approx(q, abs=1e-6)
    in_box = exact(box(), NOBODY)
    assert (in_box.quantile("b", q) - 0.5) / 19.5 == pytest.approx(q, abs=1e-6)
    t = in_box.quantile("lam", q)
    below, _ = quad(lambda a: np.clip((t - a - 0.5) / 19.5, 0, 1), 0.5, 20, points=[t - 20, t - 0.5])
    assert below / 19.5 == pytest.approx(q, abs=1e-6)


@pytest.mark.parametrize("name", ["a", "b", "mu"])
@pytest.mark.parametrize("counts", [SIX, SPREAD], ids=["six", "spread"])
def test_posterior_quantiles_against_a_product_rule(name, counts):
    # P(x <= t) by Gauss-Legendre panels in rows that end at x = t.
    posterior = exact(mean_concentration(), counts)
    points, weights = np.polynomial.legendre.leggauss(60)
    points, weights = (points + 1) / 2, weights / 2
    points = np.concatenate([(panel + points) / 6 for panel in range(6)])
    weights = np.tile(weights, 6) / 6
    lam = 0.1 * 1000 ** points[:, None]

    def mass(low, high):
        mu = low + (high - low) * points
        joint = np.exp(closed_form(counts, lam * mu, lam * (1 - mu)) - posterior.log_evidence)
        return weights @ ((high - low) * (joint * weights)).sum(axis=1, keepdims=True)

    for q in (0.01, 0.4, 0.95):
        t = posterior.quantile(name, q)
        cut = {"a": t / lam, "b": 1 - t / lam, "mu": t + 0 * lam}[name].clip(0, 1)
        below = mass(cut, 1 + 0 * lam) if name == "b" else mass(0 * lam, cut)
        assert below[0] == pytest.approx(q, abs=2e-6)


def test_quantiles_of_a_narrow_ridge_are_no_staircase():
    # a and b are known to 10 %, a / b to 0.1 %: in each row of constant a the mass is in a narrow interval of b.
    rng = np.random.default_rng(5)
    n = np.full(200, 20_000)
    counts = Counts(rng.binomial(n, rng.beta(9, 9, n.size)), n)
    by_box, by_mean = exact(box(0.5, 60.0), counts), exact(mean_concentration(), counts)
    assert by_box.nodes.rule.inner.shape[0] < 100
    # The likelihood is the same; the density ratio da db / (dmu dlam / lam) = lam^2 turns one posterior into the other.
    weights = by_mean.weights * by_mean.draws["lam"] ** 2
    for q in (0.1, 0.5, 0.8):
        t = by_box.quantile("b", q)
        order = np.argsort(by_mean.draws["b"])
        below = np.interp(t, by_mean.draws["b"][order], np.cumsum(weights[order]) / weights.sum())
        assert below == pytest.approx(q, abs=0.02)
    steps = np.diff([by_box.quantile("b", q) for q in np.linspace(0.45, 0.55, 21)])
    assert steps.max() < 1.05 * steps.min()


def test_improper_posterior_is_refused():
    with pytest.raises(QuadratureError, match="does not fall off towards the upper end of kappa"):
        exact(mean_and("improper"), FEW)


def test_mass_that_float64_cannot_hold_is_refused():
    # Half of the mass lies within 1e-30 of mu = 1, where there is no float64; the program would need 1 - mu as address.
    @gen
    def population():
        lam = exponential(1.0) @ "lam"
        mu = power(0.01) @ "mu"
        return lam * mu, lam * (1 - mu)

    with pytest.raises(QuadratureError, match=r"the edge|the upper end of mu"):
        exact(Hyperprior(population, {"mu": (0, 1), "lam": (0, inf)}), NOBODY)


def test_a_density_that_jumps_is_refused():
    step = density(lambda x: jnp.where(x > 0.37, 0.0, -1.0), "step")

    @gen
    def population():
        mu = step() @ "mu"
        lam = exponential(1.0) @ "lam"
        return lam * mu, lam * (1 - mu)

    with pytest.raises(QuadratureError, match="jumps or bends"):
        exact(Hyperprior(population, {"mu": (0, 1), "lam": (0, inf)}), FEW)


def test_unknown_names_and_probabilities():
    posterior = exact(mean_concentration(), SIX)
    for ask in (posterior.mean, posterior.sd, posterior.mean_error, lambda name: posterior.quantile(name, 0.5)):
        with pytest.raises(KeyError, match="mu, lam"):
            ask("theta")
    for q in (0.0, 1.0, -0.1, np.nan):
        with pytest.raises(ValueError, match="strictly between 0 and 1"):
            posterior.quantile("mu", q)


def test_new_counts_compile_nothing(caplog):
    hyperprior = mean_concentration()
    exact(hyperprior, SIX)
    with jax.log_compiles():
        exact(hyperprior, simulated_class(3, most=3))
    assert not caplog.records
