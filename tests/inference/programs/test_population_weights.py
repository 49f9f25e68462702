"""The weights of all three forms at given populations, against the closed form."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from inference import closed_form, conjugate_proposal, population_weights
from models import Counts, box, explicit, marginal, mean_concentration

WIDE = box(1e-4, 1e4)
# Trials of the first student, who is always there, so that the static largest n, and the program, stay the same.
LARGEST_N = 1000
CLASS = Counts(k=[700, 28, 6, 3, 2, 0], n=[LARGEST_N, 40, 10, 5, 2, 1])
PARTICLES = 6  # as many as students, so that a misplaced particle axis would raise no error


def weights(how: str, counts: Counts, population, hyperprior=WIDE, key=0) -> np.ndarray:
    """Log weights at given populations, of the marginal form or of the explicit one with the conjugate proposal."""
    if how == "marginal":
        return population_weights(marginal(hyperprior), counts, population, key=jax.random.key(key))
    proposal = conjugate_proposal(hyperprior)
    return population_weights(explicit(hyperprior), counts, population, key=jax.random.key(key), proposal=proposal)


def as_given(shapes) -> dict[str, np.ndarray]:
    """(a, b) pairs rounded to the dtype the programs run in, as float64: the closed form must see the same numbers."""
    rounded = np.asarray(jnp.asarray(shapes), np.float64)
    return {"a": rounded[:, 0], "b": rounded[:, 1]}


shape = st.one_of(st.floats(-3.0, 3.0).map(lambda exponent: 10.0**exponent), st.sampled_from([1e-3, 0.02, 1.0, 1e3]))
trials = st.one_of(st.integers(0, LARGEST_N), st.sampled_from([0, 1, LARGEST_N]))
student = trials.flatmap(lambda n: st.tuples(st.one_of(st.integers(0, n), st.sampled_from([0, n])), st.just(n)))
largest = st.one_of(st.integers(0, LARGEST_N), st.sampled_from([0, LARGEST_N])).map(lambda k: (k, LARGEST_N))


@pytest.mark.parametrize("how", ["marginal", "conjugate"])
@given(
    students=st.tuples(largest, *[student] * 5),
    shapes=st.lists(st.tuples(shape, shape), min_size=PARTICLES, max_size=PARTICLES),
    key=st.integers(0, 2**31),
)
@example(
    students=((0, 1000), (1000, 1000), (0, 0), (1, 1), (0, 1), (500, 1000)),
    shapes=[(1e-3, 1e-3), (1e-3, 1e3), (1e3, 1e-3), (1e3, 1e3), (1.0, 1.0), (0.02, 0.05)],
    key=0,
)
@pytest.mark.costly
def test_the_weight_is_the_closed_form(how, weight_error, students, shapes, key):
    counts = Counts(*zip(*students, strict=True))
    population = as_given(shapes)
    error = np.abs(weights(how, counts, population, key=key) - closed_form(counts, **population))
    assert np.all(error < weight_error(how, counts, population["a"], population["b"]))


@pytest.mark.parametrize("how", ["marginal", "conjugate"])
@pytest.mark.costly
def test_as_many_particles_as_students_and_one_more_weigh_the_same(how, weight_error):
    population = as_given([(0.5 + i, 9.0 - i) for i in range(7)])
    seven = weights(how, CLASS, population)
    first_six = weights(how, CLASS, {name: values[:PARTICLES] for name, values in population.items()})
    bound = weight_error(how, CLASS, population["a"], population["b"])
    assert np.all(np.abs(seven - closed_form(CLASS, **population)) < bound)
    assert np.all(np.abs(first_six - closed_form(CLASS, **population)[:PARTICLES]) < bound[:PARTICLES])
    assert np.all(np.abs(np.diff(seven)) > 10 * bound.max())  # so a transposed axis would show


@pytest.mark.costly
def test_the_conjugate_weight_does_not_depend_on_the_theta_drawn(weight_error):
    population = as_given([(0.02, 0.05), (14.5, 8.1), (1e-3, 5.0), (300.0, 200.0), (1.0, 1.0), (0.5, 20.0)])
    bound = 2 * weight_error("conjugate", CLASS, population["a"], population["b"])
    first = weights("conjugate", CLASS, population, key=0)
    others = [weights("conjugate", CLASS, population, key=key) for key in range(1, 6)]
    assert all(np.all(np.abs(other - first) < bound) for other in others)


@pytest.mark.costly
def test_the_explicit_weight_averages_over_theta_to_the_likelihood(six):
    population = {"a": np.full(40_000, 14.5), "b": np.full(40_000, 8.0)}
    log_weights = population_weights(explicit(WIDE), six, population, key=jax.random.key(0))
    relative = np.exp(log_weights - closed_form(six, 14.5, 8.0))
    assert np.std(log_weights) > 1  # it does depend on theta
    assert abs(relative.mean() - 1) < 4 * relative.std() / np.sqrt(relative.size)


@pytest.mark.parametrize("how", ["marginal", "conjugate"])
@pytest.mark.costly
def test_a_population_exactly_on_the_edge_has_no_weight(how):
    population = as_given([(1e-4, 1.0), (1e4, 1.0), (1.0, 1e-4), (1.0, 1e4), (0.0, 1.0), (1.0, 1.0)])
    log_weights = weights(how, CLASS, population)
    assert np.all(log_weights[:5] == -np.inf)
    assert np.isfinite(log_weights[5])


def test_a_mean_exactly_on_the_edge_has_no_nan_weight(six):
    """a is 0 at mu = 0, and b at mu = 1."""
    population = {"mu": np.array([0.0, 0.5, 1.0]), "lam": np.full(3, 2.0)}
    log_weights = weights("marginal", six, population, hyperprior=mean_concentration())
    assert log_weights[0] == log_weights[2] == -np.inf
    assert np.isfinite(log_weights[1])


@pytest.mark.parametrize("population", [{"a": [1.0]}, {key: [1.0] for key in "abc"}, {"mu": [0.5], "lam": [1.0]}])
def test_a_population_with_other_addresses_is_a_key_error(six, population):
    with pytest.raises(KeyError, match=r"the hyperprior's addresses are \('a', 'b'\)"):
        population_weights(marginal(box()), six, population, key=jax.random.key(0))


@pytest.mark.parametrize("population", [{"a": [1.0, 2.0], "b": [1.0]}, {"a": 1.0, "b": 1.0}, {"a": [], "b": []}])
def test_a_population_of_unequal_or_no_length_is_a_value_error(six, population):
    with pytest.raises(ValueError, match="shape"):
        population_weights(marginal(box()), six, population, key=jax.random.key(0))


def test_the_courses_own_draws_give_the_courses_digits(six):
    keys = jax.random.split(jax.random.key(0))
    a, b = (jax.random.uniform(key, (20_000,), jnp.float32, 0.5, 20.0) for key in keys)
    log_weights = population_weights(marginal(box()), six, {"a": a, "b": b}, key=jax.random.key(0))
    relative = np.exp(log_weights - log_weights.max())
    mean_a, mean_b = (float(relative @ np.asarray(x, np.float64) / relative.sum()) for x in (a, b))
    printed = round(mean_a, 2), round(mean_b, 2), round(mean_a / (mean_a + mean_b), 3)
    assert printed == (14.57, 8.12, 0.642)
