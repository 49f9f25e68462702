"""The aggregated form of families without a tally: it adds up different rows, and says where float32 cannot."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from genjax import seed

from inference import importance
from models import CountsError, Events, aggregated, marginal
from tests.families import BAGS, FAILURES, MARBLES, PUMPS

CASES = {"events": (PUMPS, FAILURES), "categories": (BAGS, MARBLES)}
MANY = Events([0, 3, 5], [1.0, 2.0, 3.0], multiplicity=[400_000, 400_000, 400_000])


@pytest.mark.costly
@pytest.mark.parametrize(("hyperprior", "counts"), CASES.values(), ids=CASES)
def test_rows_that_stand_for_several_weigh_like_these_written_out(hyperprior, counts, eps):
    """sum_i multiplicity_i log p(k_i), as the sum over all students."""
    repeated = counts.taken(np.arange(len(counts))) + counts + counts
    keys = jax.random.split(jax.random.key(0), 8)
    weights = []
    for form in (marginal, aggregated):
        model = form(hyperprior)
        trials = model.argument(repeated, only_these=True)
        generate = seed(model.generate)
        weights.append(jax.vmap(lambda key: generate(key, repeated.observed, trials)[1])(keys))  # noqa: B023
    np.testing.assert_allclose(*weights, rtol=64 * len(repeated) * eps)


@pytest.mark.costly
def test_other_counts_have_their_own_density(eps):
    """The different rows are those of the observed counts; simulated ones are added up one by one."""
    model = aggregated(PUMPS)
    trials = model.argument(FAILURES)
    other = FAILURES.with_counts(np.asarray(FAILURES.k)[::-1])
    population = {"m": jnp.asarray(0.5), "s": jnp.asarray(1.5)}
    for counts in (FAILURES, other):
        choices = {"population": population, **counts.observed}
        expected, _ = marginal(PUMPS).assess(choices, counts.trials)
        assert float(model.assess(choices, trials)[0]) == pytest.approx(float(expected), rel=256 * eps)


def test_the_rows_are_as_many_as_differ():
    twice = Events(np.tile(FAILURES.k, 2), np.tile(FAILURES.exposure, 2))
    assert aggregated(PUMPS).argument(twice).different.rows == len(FAILURES.rows)


def test_too_many_students_for_float32_are_refused_and_learned_in_float64():
    model = aggregated(PUMPS)
    if jnp.zeros(()).dtype == jnp.float32:
        with pytest.raises(
            CountsError, match=r"loses its digits in float32: run inside `with jax.enable_x64\(True\):`"
        ):
            importance(model, MANY, key=jax.random.key(0), n_particles=10)
    with jax.enable_x64(True):
        posterior = importance(model, MANY, key=jax.random.key(0), n_particles=200)
    assert np.all(np.isfinite(posterior.log_weights))
