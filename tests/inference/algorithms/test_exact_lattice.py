"""The exact posterior in one, two and three numbers of any family, against nested quadrature, integrals and draws."""

import pickle
from math import inf

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from genjax import gen, normal
from genjax.core import distribution
from genjax.pjax import wrap_sampler
from scipy.integrate import quad

from inference import exact, importance
from inference.algorithms.closed_form import closed_form
from inference.algorithms.exact_lattice import lattice_posterior
from inference.numerics.lattice.box import refined
from inference.numerics.trapezoid import QuadratureError
from models import Counts, Hyperprior, box, log_uniform, marginal, mean_concentration, open_uniform
from tests.families import BAGS, CASES, EACH_THE_SAME, FAILURES, MARBLES, MIXTURE, PUMPS, REGRESSION

SIX = Counts([70, 28, 6, 3, 2, 0], [100, 40, 10, 5, 2, 1], ["Alyssa", "Ben", "Carmen", "Diego", "Emi", "Farid"])
NOBODY = Counts([0], [0])
# Crowder's seeds: those that germinated, of how many, for two kinds of root extract.
SEEDS = Counts(
    [10, 23, 23, 26, 17, 5, 53, 55, 32, 46, 10, 8, 10, 8, 23, 0, 3, 22, 15, 32, 3],
    [39, 62, 81, 51, 39, 6, 74, 72, 51, 79, 13, 16, 30, 28, 45, 4, 12, 41, 30, 51, 7],
    covariates={"x": [0.0] * 11 + [1.0] * 10},
)


@gen
def mean_alone():
    mu = open_uniform(0.0, 1.0) @ "mu"
    return 10 * mu, 10 * (1 - mu)


@gen
def mean_concentration_and_spare():
    """As `mean_concentration`, and a number that means nothing."""
    mu, lam = open_uniform(0.0, 1.0) @ "mu", log_uniform(0.1, 100.0) @ "lam"
    normal(0.0, 2.0) @ "spare"
    return lam * mu, lam * (1 - mu)


@gen
def two_in_a_vector():
    z = normal.vmap(in_axes=(0, 0))(jnp.array([0.5, 2.0]), jnp.array([1.5, 1.0])) @ "z"
    lam = jnp.exp(z[1])
    return lam * jax.nn.sigmoid(z[0]), lam * jax.nn.sigmoid(-z[0])


@gen
def two_numbers():
    log_odds, log_lam = normal(0.5, 1.5) @ "log_odds", normal(2.0, 1.0) @ "log_lam"
    lam = jnp.exp(log_lam)
    return lam * jax.nn.sigmoid(log_odds), lam * jax.nn.sigmoid(-log_odds)


ONE = Hyperprior(mean_alone, {"mu": (0.0, 1.0)})
THREE = Hyperprior(mean_concentration_and_spare, {"mu": (0.0, 1.0), "lam": (0.1, 100.0), "spare": (-inf, inf)})
VECTOR = Hyperprior(two_in_a_vector, {"z": (-inf, inf)})
SCALARS = Hyperprior(two_numbers, {"log_odds": (-inf, inf), "log_lam": (-inf, inf)})
ANSWERED = {
    "one": (ONE, SIX),
    "three": (THREE, SIX),
    "regression": (REGRESSION, SEEDS),
    "events": (PUMPS, FAILURES),
    "categories": (BAGS, MARBLES),
    "each the same": (EACH_THE_SAME, SIX),
}
_found = {}


def found(name):
    """The exact posterior of a case, computed once."""
    if name not in _found:
        _found[name] = exact(*ANSWERED[name])
    return _found[name]


@pytest.mark.parametrize(
    ("hyperprior", "counts"),
    [
        pytest.param(box(), SIX, id="box-six"),
        pytest.param(mean_concentration(), NOBODY, id="mean_concentration-nobody"),
        pytest.param(box(), NOBODY, marks=pytest.mark.costly, id="box-nobody"),
        pytest.param(mean_concentration(), SIX, marks=pytest.mark.costly, id="mean_concentration-six"),
    ],
)
def test_the_lattice_agrees_with_nested_quadrature(hyperprior, counts):
    lattice, nested = lattice_posterior(hyperprior, counts, exact), exact(hyperprior, counts)
    assert lattice.log_evidence == pytest.approx(nested.log_evidence, abs=1e-9)
    for name in ("a", "b", "mu", "lam"):
        assert lattice.mean(name) == pytest.approx(nested.mean(name), rel=1e-8)
        assert lattice.sd(name) == pytest.approx(nested.sd(name), rel=1e-8)
        for q in (0.01, 0.5, 0.97):
            # Each of the two is right to 1e-6 in probability.
            t = lattice.quantile(name, q)
            assert nested.probability_below(name, t) == pytest.approx(q, abs=2e-6)
            assert lattice.probability_below(name, t) == pytest.approx(q, abs=2e-6)


def test_one_number_agrees_with_an_integral():
    posterior = found("one")

    def integral(power, high=1.0):
        def joint(mu):
            return mu**power * np.exp(closed_form(SIX, 10 * mu, 10 * (1 - mu)) + 12)

        return quad(joint, 0, high, epsabs=0, epsrel=1e-12, limit=200)[0] * np.exp(-12)

    evidence = integral(0)
    assert posterior.log_evidence == pytest.approx(np.log(evidence), abs=1e-10)
    assert posterior.mean("mu") == pytest.approx(integral(1) / evidence, abs=1e-10)
    assert posterior.probability_below("mu", 0.6) == pytest.approx(integral(0, 0.6) / evidence, abs=1e-6)
    assert posterior.quantile("a", 0.3) == pytest.approx(10 * posterior.quantile("mu", 0.3), rel=1e-6)


def test_a_number_that_means_nothing_changes_nothing():
    three, two = found("three"), exact(mean_concentration(), SIX)
    assert three.log_evidence == pytest.approx(two.log_evidence, abs=1e-9)
    assert three.mean("lam") == pytest.approx(two.mean("lam"), rel=1e-8)
    assert three.mean("spare") == pytest.approx(0, abs=1e-8)
    assert three.sd("spare") == pytest.approx(2, rel=1e-8)
    assert three.quantile("mu", 0.05) == pytest.approx(two.quantile("mu", 0.05), abs=1e-5)


def test_a_vector_of_two_numbers_is_as_two_numbers():
    of_vector, of_scalars = exact(VECTOR, SIX), exact(SCALARS, SIX)
    assert of_vector.log_evidence == pytest.approx(of_scalars.log_evidence, abs=1e-9)
    assert of_vector.mean("z[1]") == pytest.approx(of_scalars.mean("log_lam"), abs=1e-8)
    assert of_vector.draws["z"].shape == (len(of_vector.log_weights), 2)


@pytest.mark.costly
def test_a_population_of_each_student_that_is_the_same_is_as_one():
    each, one = found("each the same"), exact(mean_concentration(), SIX)
    assert each.log_evidence == pytest.approx(one.log_evidence, abs=1e-9)
    for name in ("mu", "lam"):
        assert each.mean(name) == pytest.approx(one.mean(name), rel=1e-8)
        assert each.quantile(name, 0.9) == pytest.approx(one.quantile(name, 0.9), rel=1e-5)
    for column in ("mean", "sd"):
        np.testing.assert_allclose(each.shrinkage(SIX)[column], one.shrinkage(SIX)[column], rtol=1e-7)
    ours, theirs = (posterior.leave_one_out(SIX) for posterior in (each, one))
    np.testing.assert_allclose(ours["log_predictive"], theirs["log_predictive"], atol=1e-7)
    np.testing.assert_allclose(ours["pit"], theirs["pit"], atol=1e-7)


def test_the_seeds_on_a_lattice_with_twice_the_nodes():
    posterior = found("regression")
    nodes = posterior.nodes
    finer = refined(nodes.integrand.integral(), nodes.rule)
    assert posterior.log_evidence == pytest.approx(finer.log_total, abs=1e-10)
    for name in ("b0", "b1", "lam"):
        values = nodes.integrand.population(finer.points)[name]
        assert posterior.mean(name) == pytest.approx(float(finer.expectation(values)), rel=1e-9)


@pytest.mark.costly
@pytest.mark.parametrize("name", ["events", "categories", "regression"])
def test_answers_agree_with_those_of_draws(name):
    hyperprior, counts = ANSWERED[name]
    posterior = found(name)
    draws = importance(marginal(hyperprior), counts, key=jax.random.key(0), n_particles=20_000)
    assert abs(posterior.log_evidence - draws.log_evidence) < 4 * draws.log_evidence_error
    ours, theirs = posterior.shrinkage(counts), draws.shrinkage(counts)
    off = np.abs(ours["mean"].to_numpy() - theirs["mean"].to_numpy())
    assert np.all(off < 5 * theirs["mean_error"].to_numpy())
    assert ours["mean_error"].max() < 1e-8
    ours, theirs = posterior.leave_one_out(counts), draws.leave_one_out(counts)
    off = np.abs(ours["log_predictive"].to_numpy() - theirs["log_predictive"].to_numpy())
    assert np.all(off < 5 * theirs["log_predictive_error"].to_numpy() + 1e-3)  # smoothing has a bias
    assert ours["log_predictive_error"].max() < 1e-7
    assert ours["khat"].null_count() == len(ours)


@pytest.mark.costly
@pytest.mark.parametrize("name", ANSWERED)
def test_every_question_is_answered(name):
    (_, counts), posterior = ANSWERED[name], found(name)
    of = {"category": "red"} if name == "categories" else {}
    assert posterior.verdict.startswith("trust: exact")
    assert posterior.above(counts, 0.3)["probability_error"].max() < 1e-4
    ranks = posterior.ranking(counts, **of)
    assert ranks["best"].sum() == pytest.approx(1, abs=1e-6)
    assert ranks["rank"].mean() == pytest.approx((len(counts) + 1) / 2, abs=1e-6)
    assert len(posterior.pairwise(counts, **of)) == len(counts) * (len(counts) - 1) / 2
    assert len(posterior.predict(counts, [10] * len(counts))) == counts.k.size
    assert posterior.evaluate(counts, counts).summary["log_predictive"].is_finite().any()
    checks = posterior.predictive_checks(counts, key=jax.random.key(0), n_draws=100, **of)
    assert checks.table["p_value"].is_between(0, 1).all()
    assert posterior.to_arviz(n_draws=10)["posterior"].sizes["draw"] == 10
    again = pickle.loads(pickle.dumps(posterior))
    assert again.mean(posterior.names[0]) == posterior.mean(posterior.names[0])


def test_further_counts_are_learned_from_anew():
    first, second = SIX.taken([0, 1, 2]), SIX.taken([3, 4, 5])
    posterior = exact(ONE, first).with_more(second)
    assert posterior.log_evidence == pytest.approx(found("one").log_evidence, abs=1e-10)


def far_apart(key, *args, sample_shape=()):
    """Half of the draws around 0, and half very near to 60."""
    which, where = jax.random.split(key)
    z = jax.random.normal(where, sample_shape)
    return jnp.where(jax.random.bernoulli(which, shape=sample_shape), z, 60 + 1e-4 * z)


def log_far_apart(x):
    around, near = -0.5 * x**2, -0.5 * ((x - 60) / 1e-4) ** 2 + jnp.log(1e4)
    return jnp.logaddexp(around, near) - jnp.log(2 * jnp.sqrt(2 * jnp.pi))


two_peaks = distribution(wrap_sampler(far_apart, name="two_peaks"), log_far_apart, name="two_peaks")
step = distribution(
    wrap_sampler(lambda key, sample_shape=(): jax.random.uniform(key, sample_shape), name="step"),
    lambda x: jnp.where(x > 0.37, 0.0, -1.0),
    name="step",
)
tail = distribution(
    wrap_sampler(lambda key, sample_shape=(): jnp.exp(jax.random.exponential(key, sample_shape)), name="tail"),
    lambda x: -jnp.log(x),
    name="tail",
)


@gen
def of_two_peaks():
    x, y = two_peaks() @ "x", two_peaks() @ "y"
    return jnp.exp(x / 100), jnp.exp(y / 100)


@gen
def of_a_step():
    mu = step() @ "mu"
    return 10 * mu, 10 * (1 - mu)


@gen
def of_a_tail():
    lam = tail() @ "lam"
    return lam / 2, lam / 2


REFUSED = {
    "peaks too narrow for the nodes": (Hyperprior(of_two_peaks, {"x": (-inf, inf), "y": (-inf, inf)}), "use rqmc"),
    "a jump": (Hyperprior(of_a_step, {"mu": (0.0, 1.0)}), "jumps or bends"),
    "improper": (Hyperprior(of_a_tail, {"lam": (1.0, inf)}), "does not fall off towards the upper end of lam"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_integrated_is_refused(name):
    hyperprior, message = REFUSED[name]
    with pytest.raises(QuadratureError, match=message):
        lattice_posterior(hyperprior, Counts([2, 3, 0], [4, 3, 2]), exact)


def test_more_than_three_numbers_are_refused():
    with pytest.raises(ValueError, match=r"at most 3 numbers, .* draws 5: share, mu1, .*; use rqmc, smc or importance"):
        exact(*CASES["mixture"])
    assert len(MIXTURE.addresses) == 5
