"""A hyperprior matches what it declares, or it is refused with one sentence that names the address and the problem."""

from math import inf

import jax
import jax.numpy as jnp
import pytest
from genjax import beta, categorical, exponential, flip, gen, normal, poisson, uniform
from genjax.core import distribution
from genjax.pjax import wrap_sampler

from inference import exact, importance, mcmc, population_weights, prior_predictive, smc, vi
from models import Counts, Hyperprior, bda3, box, half_cauchy, marginal, mean_concentration, open_uniform, pareto
from models.hyperpriors.hyperprior_check import check_hyperprior

UNIT, POSITIVE = (0.0, 1.0), (0.0, inf)


def means(draw_mu, address="mu", of=lambda x: x, support=UNIT) -> Hyperprior:
    """A hyperprior of mu, or of an address that `of` turns into mu, and of an exponential lam."""

    @gen
    def program():
        mu = of(draw_mu() @ address)
        lam = exponential(0.1) @ "kappa"
        return lam * mu, lam * (1 - mu)

    return Hyperprior(program, {address: support, "kappa": POSITIVE})


def returning(returned, support=UNIT) -> Hyperprior:
    return Hyperprior(gen(lambda: returned(uniform(0.0, 1.0) @ "x")), {"x": support})


@gen
def inner():
    return uniform(0.0, 1.0) @ "x"


def half(x):
    return 0.25 + 0.5 * x


DISCRETE = {
    "flip": (lambda: flip(0.5), half, UNIT, "type bool at 'which'"),
    "categorical": (lambda: categorical(jnp.zeros(3)), lambda x: (x + 1) / 4, (-0.5, 2.5), "type int32 at 'which'"),
    "poisson": (lambda: poisson(1e5), lambda x: 1 / (2 + x), POSITIVE, "whole numbers at 'which'"),
    "two floats": (lambda: two_floats(), half, UNIT, "the same few values over and over at 'which'"),
}
two_floats = distribution(
    wrap_sampler(lambda key, *, sample_shape=(): jax.random.bernoulli(key, 0.5, sample_shape) / 3 + 0.5, name="two"),
    lambda x: jnp.log(0.5) + 0 * x,
    name="two_floats",
)
NAMED = {
    "a": lambda x: (1 - x, x),
    "b": lambda x: (x, 1 - x),
    "mu": lambda x: (x, 2 - x),
    "lam": lambda x: (x, 2 * x),
}


def named(name) -> Hyperprior:
    return Hyperprior(gen(lambda: NAMED[name](uniform(0.0, 1.0) @ name)), {name: UNIT})


WRONG = {
    "missing": (
        Hyperprior(inner, {"x": UNIT, "y": UNIT}),
        KeyError,
        "support declares the addresses x, y, but .* program draws x",
    ),
    "extra": (
        Hyperprior(means(lambda: uniform(0.0, 1.0)).program, {"mu": UNIT}),
        KeyError,
        "support declares the addresses mu, but the hyperprior's program draws kappa, mu",
    ),
    "nested": (
        Hyperprior(gen(lambda: (inner() @ "below", 1.0)), {"below": UNIT}),
        KeyError,
        r"addresses below, .* draws below\.x; its choices must not be nested under another address",
    ),
    "scalar": (returning(lambda x: x), ValueError, r"must return the pair \(a, b\)"),
    "triple": (returning(lambda x: (x, x, x)), ValueError, r"must return the pair \(a, b\)"),
    "array": (returning(lambda x: (x, jnp.stack([x, x]))), ValueError, r"an array of shape \(2,\) as b"),
    "integer": (returning(lambda x: (1, x)), ValueError, "values of type int64 as a: return a float"),
    "negative": (returning(lambda x: (x - 0.5, x)), ValueError, "returns a = -.*, which is not positive and finite"),
    "NaN": (returning(lambda x: (x, x * jnp.nan)), ValueError, "returns b = nan, which"),
    "infinite": (returning(lambda x: (x / 0.0, x)), ValueError, "returns a = inf, which"),
    "support": (returning(lambda x: (x, 1 - x), (0.0, 0.5)), ValueError, r"draws x = 0\..*, outside its support"),
}
for name in NAMED:
    WRONG[f"not {name}"] = (named(name), ValueError, f"draws '{name}', but .* another .*: rename the address '{name}'")
for name, (draw, of, support, said) in DISCRETE.items():
    WRONG[name] = (means(draw, "which", of, support), ValueError, said + ": a discrete choice has no density")


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_one_sentence(case):
    hyperprior, error, said = WRONG[case]
    with pytest.raises(error, match=said) as caught:
        check_hyperprior(hyperprior)
    assert "\n" not in str(caught.value.args[0])


def sampled(hyperprior, counts):
    return importance(marginal(hyperprior), counts, key=jax.random.key(0), n_particles=64)


def weighed(hyperprior, counts):
    population = {address: jnp.array([0.5]) for address in hyperprior.addresses}
    return population_weights(marginal(hyperprior), counts, population, key=jax.random.key(0))


ALGORITHMS = {
    "exact": exact,
    "importance": sampled,
    "population_weights": weighed,
    "prior_predictive": lambda hyperprior, counts: prior_predictive(hyperprior, counts, key=jax.random.key(0)),
    "mcmc": lambda hyperprior, counts: mcmc(marginal(hyperprior), counts, key=jax.random.key(0)),
    "smc": lambda hyperprior, counts: smc(marginal(hyperprior), counts, key=jax.random.key(0)),
    "vi": lambda hyperprior, counts: vi(marginal(hyperprior), counts, key=jax.random.key(0)),
}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_every_algorithm_asks(algorithm, six):
    with pytest.raises(ValueError, match="values of type bool at 'which'"):
        ALGORITHMS[algorithm](WRONG["flip"][0], six)


@pytest.mark.parametrize(
    "hyperprior",
    [
        means(lambda: uniform(0.0, 1.0)),
        means(lambda: open_uniform(0.0, 1.0)),
        means(lambda: normal(0.0, 3.0), "eta", jax.nn.sigmoid, (-inf, inf)),
        pytest.param(
            means(lambda: beta(1e-3, 1e-3), "edge", half), marks=pytest.mark.slow
        ),  # half of its draws round to an edge
        pytest.param(
            means(lambda: normal(1e17, 1e17), "far", lambda x: jax.nn.sigmoid(x / 1e17), (-inf, inf)),
            marks=pytest.mark.slow,
        ),
        returning(lambda x: (1e-6, x)),
        returning(lambda x: [x, 1 - x], [0, 1]),
    ],
    ids=["uniform", "open", "logit", "beta", "whole float64", "constant", "list"],
)
def test_what_is_sound_passes(hyperprior):
    check_hyperprior(hyperprior)


@pytest.mark.parametrize(
    "built_in",
    [
        half_cauchy(),
        *(pytest.param(h, marks=pytest.mark.slow) for h in (box(), mean_concentration(), bda3(), pareto())),
    ],
)
def test_what_is_trusted_unseen_would_pass(built_in):
    check_hyperprior(Hyperprior(built_in.program, built_in.support))


def test_a_program_that_only_exact_can_use_is_checked_by_its_density_alone(six):
    def refuse(*args, sample_shape=()):
        raise AssertionError("drawn from")

    unit = distribution(wrap_sampler(refuse, name="unit"), lambda x: jnp.zeros_like(x), name="unit")
    sound, other = (means(unit, "mu", of) for of in (lambda x: x, lambda x: x**2))
    assert exact(sound, six).log_evidence < 0
    with pytest.raises(ValueError, match="draws 'mu', but the a and b that it returns have another mean"):
        exact(other, six)


def test_a_sound_hyperprior_is_drawn_from_once(six):
    """Its program runs to be compiled for the check and for the density, and for other counts not once more."""
    runs = []

    def counted():
        runs.append("run")
        return uniform(0.0, 1.0)

    hyperprior = means(counted)
    exact(hyperprior, six)
    for_the_first = len(runs)
    assert for_the_first > 0
    exact(hyperprior, Counts(k=[1], n=[2]))
    assert len(runs) == for_the_first
