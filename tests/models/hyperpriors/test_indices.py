"""A covariate that is used as an index: where there is no element JAX reads the nearest one, and nothing shows it."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from genjax import gen, normal

from inference import importance, mcmc
from models import Counts, CountsError, Hyperprior, marginal, open_uniform
from models.hyperpriors.hyperprior_check import check_hyperprior

KEY = jax.random.key(0)


def school(classrooms: int, covariate: str = "c") -> Hyperprior:
    @gen
    def program(trials):
        eta = normal.vmap(in_axes=(0, 0))(jnp.zeros(classrooms), jnp.ones(classrooms)) @ "eta"
        mean = jax.nn.sigmoid(eta[trials.covariates[covariate]])
        return 10 * mean, 10 * (1 - mean)

    return Hyperprior(program, {"eta": (-np.inf, np.inf)})


def data(c) -> Counts:
    return Counts([9, 8, 1, 2, 5, 5], [10] * 6, covariates={"c": c})


def test_an_index_beyond_the_vector_is_refused_before_anything_is_learned():
    """Classrooms counted from 1: the third would be that of the second."""
    hyperprior = school(3)
    check_hyperprior(hyperprior, data([0, 0, 1, 1, 2, 2]).trials)
    with pytest.raises(IndexError, match=r"reads an element that is not there .*counts from 0"):
        check_hyperprior(hyperprior, data([1, 1, 2, 2, 3, 3]).trials)


@pytest.mark.costly
def test_an_index_beyond_the_vector_is_refused_in_a_question():
    posterior = importance(marginal(school(3)), data([0, 0, 1, 1, 2, 2]), key=KEY, n_particles=500)
    for c in (3, 7):
        with pytest.raises(IndexError, match="reads an element that is not there"):
            posterior.shrinkage(Counts([1], [2], covariates={"c": [c]}))


@pytest.mark.costly
def test_what_was_text_must_be_text_or_its_code():
    posterior = importance(marginal(school(3)), data(["r", "r", "g", "g", "b", "b"]), key=KEY, n_particles=500)
    named, coded = (posterior.shrinkage(Counts([1], [2], covariates={"c": [c]}))["mean"][0] for c in ("r", 2))
    assert named == coded
    for c in ("7", 7, 0.5):
        with pytest.raises(CountsError, match=r"the covariate c is .*the data that were learned from"):
            posterior.shrinkage(Counts([1], [2], covariates={"c": [c]}))


def test_a_vector_drawn_without_vmap_is_refused_with_what_to_write():
    @gen
    def program(trials):
        eta = normal(jnp.zeros(3), jnp.ones(3)) @ "eta"
        mean = jax.nn.sigmoid(eta[trials.covariates["c"]])
        return 10 * mean, 10 * (1 - mean)

    with pytest.raises(ValueError, match=r"draw a vector with `vmap`, such as normal\.vmap"):
        check_hyperprior(Hyperprior(program, {"eta": (-np.inf, np.inf)}), data([0, 0, 1, 1, 2, 2]).trials)


@pytest.mark.costly
def test_what_was_not_trusted_is_not_trusted_after_further_counts():
    counts = Counts([70, 28, 6, 3, 2, 0], [100, 40, 10, 5, 2, 1], covariates={"c": [0, 0, 1, 1, 2, 2]})
    chains = mcmc(marginal(school(3)), counts, key=KEY, n_chains=2, n_warmup=1, n_draws=10)
    assert chains.verdict.startswith("do not trust")
    more = chains.with_more(Counts([1], [2], covariates={"c": [0]}))
    assert more.verdict.startswith("do not trust: before the further counts")


@pytest.mark.costly
def test_a_group_without_a_population_is_refused_by_its_name():
    """b = 5 x: there is no Beta for x = -2, although learning from x = 1 and 2 is right."""

    @gen
    def program(trials):
        a = open_uniform(1.0, 2.0) @ "a0"
        x = trials.covariates["x"]
        return a * jnp.ones_like(x), 5 * x

    hyperprior = Hyperprior(program, {"a0": (1.0, 2.0)})
    counts = Counts([1, 2], [3, 4], covariates={"x": [1.0, 2.0]})
    posterior = importance(marginal(hyperprior), counts, key=KEY, n_particles=500)
    with pytest.raises(ValueError, match="returns b = -10 for 'far', which is not positive"):
        posterior.shrinkage(Counts([1], [3], names=["far"], covariates={"x": [-2.0]}))
    with pytest.raises(ValueError, match="must have the covariates of the first ones"):
        posterior.evaluate(counts, Counts([1, 2], [3, 4], covariates={"x": [2.0, 1.0]}))
