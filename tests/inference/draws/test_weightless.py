"""Draws whose a or b rounds to 0 or infinity have zero weight and are counted; negative or NaN ones are an error."""

from math import inf, log

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from genjax import gen, normal, uniform
from scipy.stats import binom, norm

from inference import Posterior, WeightError, exact, importance, population_weights, prior_predictive
from inference.algorithms.importance import weigher
from inference.posteriors.vi_posterior import ViPosterior
from inference.programs.shapes import are_shapes
from inference.programs.unconstrained import unconstrained
from models import Counts, Hyperprior, aggregated, beta_binomial, box, marginal
from models.classrooms.aggregated import tally_of

PARTICLES = 20_000


NUMBERS = jnp.finfo(jnp.zeros(()).dtype)
LOG_LEAST = float(np.log(NUMBERS.tiny) - 1.5 * np.log(NUMBERS.eps))  # log of the smallest of `are_shapes`
SCALE = -LOG_LEAST / 2.5


@gen
def underflowing():
    """a is a sigmoid that rounds to 0, or nearly, once in a few hundred draws."""
    x = normal(0.0, SCALE) @ "x"
    y = uniform(0.0, 1.0) @ "y"
    return 20 * jax.nn.sigmoid(x), 20 * y


UNDERFLOWING = Hyperprior(underflowing, {"x": (-inf, inf), "y": (0.0, 1.0)})


@gen
def overflowing():
    """a is infinite in float32 once in eighty draws, and never in float64."""
    x = normal(0.0, 40.0) @ "x"
    y = uniform(0.0, 1.0) @ "y"
    return jnp.exp(x), 20 * y


OVERFLOWING = Hyperprior(overflowing, {"x": (-inf, inf), "y": (0.0, 1.0)})


@pytest.fixture(scope="module")
def learned_with_zeros(six):
    return importance(aggregated(UNDERFLOWING), six, key=jax.random.key(0), n_particles=PARTICLES)


@pytest.mark.costly
def test_particles_that_underflow_are_counted_and_end_no_run(learned_with_zeros):
    posterior = learned_with_zeros
    # log sigmoid(x) = x there. Draws below the smallest float are all lost; of those below LOG_LEAST some are lost.
    least, most = norm.cdf((np.array([np.log(NUMBERS.tiny), LOG_LEAST]) - log(20)) / SCALE)
    assert binom.ppf(1e-4, PARTICLES, least) <= posterior.weightless <= binom.ppf(1 - 1e-4, PARTICLES, most)
    assert len(posterior.log_weights) + posterior.weightless == PARTICLES
    floats = posterior.draws["a"].dtype
    said = f"{posterior.weightless} of {PARTICLES} draws have an a or b too close to 0 or infinity for {floats}"
    assert posterior.verdict.startswith("trust: ESS")
    assert said in posterior.verdict


@pytest.mark.costly
def test_and_poison_no_answer(learned_with_zeros, six):
    truth = exact(UNDERFLOWING, six)
    assert abs(learned_with_zeros.log_evidence - truth.log_evidence) < 4 * learned_with_zeros.log_evidence_error
    for name in ("a", "b", "mu", "lam"):
        assert abs(learned_with_zeros.mean(name) - truth.mean(name)) < 4 * learned_with_zeros.mean_error(name)
    assert learned_with_zeros.shrinkage(six)["mean"].is_between(0, 1, closed="none").all()


def of_box(a, b, log_weights) -> Posterior:
    return Posterior.from_weights(box(), {"a": a, "b": b}, log_weights)


@pytest.mark.parametrize("bad", [0.0, np.inf])
def test_the_weights_of_others_are_those_without_them_and_log_z_is_a_mean_over_all(bad):
    rng = np.random.default_rng(0)
    a, b = rng.uniform(1, 2, (2, 100)).astype(np.float32)
    log_weights = rng.normal(0, 1, 100)
    alone = of_box(a[10:], b[10:], log_weights[10:])
    a[:5], b[5:10], log_weights[:10] = bad, bad, np.nan
    among = of_box(a, b, log_weights)
    assert among.weightless == 10
    assert among.verdict.startswith("do not trust")
    assert among.weights.tobytes() == alone.weights.tobytes()
    assert among.log_evidence == pytest.approx(alone.log_evidence + log(90 / 100), abs=1e-13)


@pytest.mark.parametrize(("bad", "floats"), [(-1.0, np.float32), (np.nan, np.float32), (np.inf, np.float64)])
def test_what_is_no_rounding_is_an_error(bad, floats):
    a = np.array([1.0, bad, 2.0], floats)
    with pytest.raises(WeightError, match="b is not a positive number in 1 of 3 draws"):
        of_box(np.ones(3, floats), a, np.zeros(3))


@pytest.mark.parametrize(("lost", "trusted"), [(10, True), (11, False)])
def test_one_in_a_hundred_may_be_lost(lost, trusted):
    a, log_ratios = np.ones(1_000, np.float32), np.zeros(1_000)
    a[lost:] += np.random.default_rng(0).uniform(0, 1, 1_000 - lost)
    a[:lost] = 0
    normal = {"mean": np.zeros(2), "scale_tril": np.eye(2)}
    # VI is trusted because its weights have no tail: they are all equal, and so they correct nothing.
    for posterior in (
        of_box(a, a + 1, log_ratios),
        ViPosterior.from_ratios(box(), {"a": a, "b": a + 1}, log_ratios, **normal),
    ):
        assert posterior.weightless == lost
        assert posterior.verdict.startswith("trust") is trusted
        assert "1 % of the hyperprior's draws are lost to rounding; run inside" in posterior.verdict or trusted


def of_tally(counts, a, b):
    return tally_of(counts).log_density(a, b)


def of_each(counts, a, b):
    return jnp.sum(beta_binomial.logpdf(counts.observed["students"]["k"], counts.trials.n, a, b))


@pytest.mark.parametrize("log_density", [of_each, of_tally])
@pytest.mark.costly
def test_every_density_is_finite_at_what_floats_hold(log_density, six):
    x = jnp.asarray(np.exp(np.linspace(np.log(NUMBERS.tiny) + 1, np.log(NUMBERS.max) - 1, 500)), float)
    pairs = [(x, x), (x, jnp.ones_like(x)), (jnp.ones_like(x), x), (x**0.49, x[::-1] ** 0.49)]
    a, b = (jnp.concatenate(side) for side in zip(*pairs, strict=True))
    small = Counts(k=[*six.k, 1, 0, 3], n=[*six.n, 2, 3, 4])  # a class of up to eight has no tally
    large = Counts(k=[2**24, 2**23, *range(30)], n=[2**24, 2**24, *[40] * 30])
    for counts in (small, large):
        found = jax.jit(jax.vmap(lambda a, b, counts=counts: log_density(counts, a, b)))(a, b)
        held = are_shapes(a, b)
        assert 0.5 < np.mean(held) < 1
        assert np.all(np.isfinite(found[held]))


def test_a_particle_that_floats_do_not_hold_weighs_nothing_on_the_device(six):
    model = aggregated(UNDERFLOWING)
    weigh = jax.jit(weigher(model, None, PARTICLES))
    log_weights, drawn = weigh(
        jax.random.split(jax.random.key(0), PARTICLES), six.observed, model.argument(six, only_these=True)
    )
    a, b = drawn.described["a"], drawn.described["b"]
    assert not np.any(np.isnan(log_weights))
    assert np.all((log_weights == -inf)[a < NUMBERS.tiny])
    assert np.all(np.isfinite(log_weights[are_shapes(a, b)]))


@pytest.mark.parametrize("form", [marginal, aggregated])
@pytest.mark.costly
def test_where_floats_have_no_shapes_the_density_is_zero(form, six):
    target, trials = unconstrained(form(UNDERFLOWING)), form(UNDERFLOWING).argument(six, only_these=True)

    @jax.jit
    def at(z):
        of_counts = (of(z, six.observed, trials) for of in (target.log_joint, target.log_likelihood))
        return target.log_prior(z), *of_counts

    assert list(at(jnp.array([-1e4, 0.0]))) == [-inf, -inf, -inf]
    assert np.all(np.isfinite(at(jnp.array([0.0, 0.0]))))
    given = {"x": [-1e4, 1e4, 0.0], "y": [0.5, 0.5, 0.5]}  # a is 0, infinite and 1
    log_weights = population_weights(form(OVERFLOWING), six, given, key=jax.random.key(0))
    assert log_weights[0] == log_weights[1] == -inf < log_weights[2]


@pytest.mark.costly
def test_the_prior_predictive_leaves_them_out(six):
    draws = prior_predictive(OVERFLOWING, six, key=jax.random.key(0), n_draws=4_000)
    assert len(draws["k"]) == 4_000 if NUMBERS.bits == 64 else 3_500 < len(draws["k"]) < 3_950
    assert {len(values) for values in draws.values()} == {len(draws["k"])}
    assert np.all((draws["k"] >= 0) & (draws["k"] <= six.n))


@pytest.mark.parametrize("nothing", [{}, {"students": {}}])
def test_an_observation_of_nothing_is_refused(nothing, six):
    with pytest.raises(
        ValueError, match=r"nothing is observed: give values at some of population\.a, population\.b, students\.k"
    ):
        importance(marginal(box()), six, key=jax.random.key(0), observed=nothing)
