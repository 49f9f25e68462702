"""A call with an unusual key or size gives an answer, or an error of one sentence that names the argument."""

import os
import subprocess
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from genjax import seed

from inference import exact, importance, mcmc, predictive_checks, prior_predictive, rqmc, smc, theta_draws, vi
from inference.programs.keys import single_key
from inference.programs.sizes import whole_number
from models import Counts, box, marginal, mean_concentration, open_uniform

COUNTS = Counts(k=[2, 0], n=[3, 1])
KEY = jax.random.key(0)
SAMPLERS = {
    "importance": (importance, ("n_particles", "batch_size")),
    "mcmc": (mcmc, ("n_chains", "n_warmup", "n_draws")),
    "smc": (smc, ("n_particles", "n_islands", "n_moves")),
    "vi": (vi, ("n_draws", "n_steps")),
    "rqmc": (rqmc, ("n_points", "n_scrambles")),
}
SIZES = [(sampler, name) for sampler, names in SAMPLERS.values() for name in names]
MEMORY = [
    (importance, "n_particles"),
    (mcmc, "n_draws"),
    (mcmc, "n_warmup"),
    (vi, "n_draws"),
    (vi, "n_steps"),
    (rqmc, "n_scrambles"),
]


def learn(sampler, key=KEY, **sizes):
    hyperprior = mean_concentration()
    return sampler(hyperprior if sampler is rqmc else marginal(hyperprior), COUNTS, key=key, **sizes)


def test_raw_key_gives_the_numbers_of_the_typed_one():
    raw, typed = (single_key(key) for key in (jax.random.PRNGKey(3), jax.random.key(3)))
    assert np.array_equal(jax.random.key_data(raw), jax.random.key_data(typed))
    assert np.array_equal(jax.random.key_data(single_key(np.array([0, 3], np.uint32))), jax.random.key_data(typed))


def test_keys_of_another_generator_seed_different_keys_of_the_one_that_genjax_traces_with():
    words = {jax.random.key_data(single_key(jax.random.key(i, impl="rbg"))).tobytes() for i in range(8)}
    assert len(words) == 8
    uniform = seed(lambda: open_uniform.sample(0.0, 1.0))
    assert 0 < uniform(single_key(jax.random.key(0, impl="rbg"))) < 1


@pytest.mark.parametrize("sampler", [importance, mcmc, smc, vi, rqmc])
@pytest.mark.parametrize(
    ("key", "error", "said"),
    [
        (0, TypeError, "key must be a JAX random key such as jax.random.key\\(0\\), not the number 0"),
        (None, TypeError, "key must be a JAX random key .* not a NoneType"),
        (jnp.zeros(2), TypeError, "key must be a JAX random key"),
        (jax.random.split(KEY, 3), ValueError, "key must be a single random key, not an array of keys"),
        (
            jax.random.split(jax.random.PRNGKey(0), 3),
            ValueError,
            "key must be a single random key, not an array of keys",
        ),
    ],
)
def test_what_is_no_key_is_refused_in_a_sentence(sampler, key, error, said):
    with pytest.raises(error, match=said):
        learn(sampler, key)


@pytest.mark.parametrize("transform", [jax.jit, lambda f: lambda key: jax.vmap(f)(key[None])], ids=["jit", "vmap"])
def test_inside_a_transformation_of_jax_is_refused_in_a_sentence(transform):
    for sampler, size in ((importance, {"n_particles": 10}), (rqmc, {"n_points": 8})):
        with pytest.raises(ValueError, match="cannot be called inside jit, vmap, grad or scan"):
            transform(lambda key, sampler=sampler, size=size: learn(sampler, key, **size).log_weights)(KEY)
    with pytest.raises(ValueError, match="cannot be called inside jit"):
        jax.jit(lambda x: x * learn(importance, KEY, n_particles=10).log_weights)(1.0)


@pytest.mark.parametrize(("sampler", "name"), SIZES)
@pytest.mark.parametrize("size", [2.5, 50.0, "20000", True])
def test_what_is_no_whole_number_is_refused_in_a_sentence(sampler, name, size):
    with pytest.raises(TypeError, match=f"{name} must be a whole number, an int, not {size!r}"):
        learn(sampler, **{name: size})


@pytest.mark.parametrize(("sampler", "name"), MEMORY)
def test_more_than_memory_holds_is_refused_before_anything_is_allocated(sampler, name):
    with pytest.raises(ValueError, match=rf"{name} = 1,000,000,000,000 would take [\d,]+ GB"):
        learn(sampler, **{name: 10**12})
    with pytest.raises(ValueError, match=r"n_particles = 1,000,000,000,000 would take [\d,]+ GB"):
        learn(smc, n_particles=10**12)


@pytest.mark.parametrize(("size", "error"), [(10**12, ValueError), (2.5, TypeError)])
def test_draws_from_a_posterior_are_counted_too(size, error):
    posterior = exact(box(), COUNTS)
    for draw in (theta_draws, predictive_checks):
        with pytest.raises(error, match="n_draws"):
            draw(posterior, COUNTS, key=KEY, n_draws=size)
    with pytest.raises(error, match="n_draws"):
        prior_predictive(box(), COUNTS, key=KEY, n_draws=size)


@pytest.mark.parametrize("kind", [int, np.int32, np.int64, np.uint8, jnp.asarray])
def test_whole_numbers_of_every_kind_are_one_python_int(kind):
    assert type(whole_number("n_draws", kind(50))) is int
    assert whole_number("n_draws", kind(50)) == 50


WARNINGS_ARE_ERRORS = """
import jax
from inference.draws.rates import prior_predictive
from models import Counts, box
prior_predictive(box(), Counts([2], [3]), key=jax.random.key(0), n_draws=2)
"""


@pytest.mark.slow
def test_warnings_as_errors_stop_nothing():
    words = [sys.executable, "-W", "error", "-c", WARNINGS_ARE_ERRORS]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])}
    found = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
