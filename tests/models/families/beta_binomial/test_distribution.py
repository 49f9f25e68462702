"""The beta-binomial distribution: its draws against its formulas, its density against SciPy."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.stats
from genjax import gen, seed

from models import beta_binomial

DRAWS = 20_000
STUDENTS = [  # n, a, b
    (10.0, 2.0, 3.0),
    (100.0, 14.5, 8.1),
    (1.0, 0.05, 0.02),
    (40.0, 0.3, 0.25),
    (400.0, 50.0, 1.0),
    (7.0, 500.0, 500.0),
    (0.0, 2.0, 3.0),
]


log_density = jax.jit(beta_binomial.logpdf)


@gen
def reader(n, a, b):
    """A reader's own program: a class of known population, vmapped."""
    k = beta_binomial.vmap(in_axes=(0, 0, 0))(n, a, b) @ "k"
    return jnp.sum(k)


@pytest.fixture(scope="module")
def simulated() -> np.ndarray:
    """Draws of k, shape (DRAWS, students)."""
    n, a, b = (jnp.array(column) for column in zip(*STUDENTS, strict=True))

    @jax.jit
    def draw(key):
        def simulate(key):
            return seed(reader.simulate)(key, n, a, b).get_choices()["k"]

        return jax.vmap(simulate)(jax.random.split(key, DRAWS))

    return np.asarray(draw(jax.random.key(0)), np.float64)


@pytest.mark.parametrize("student", range(len(STUDENTS)), ids=[f"n={n:g} a={a:g} b={b:g}" for n, a, b in STUDENTS])
@pytest.mark.costly
def test_draws_have_the_mean_and_variance_of_the_distribution(simulated, student):
    (n, a, b), k = STUDENTS[student], simulated[:, student]
    mean = n * a / (a + b)
    variance = n * a * b * (a + b + n) / ((a + b) ** 2 * (a + b + 1))
    squares = (k - mean) ** 2
    assert np.all((k >= 0) & (k <= n) & (k == np.round(k)))
    assert abs(k.mean() - mean) <= 4 * k.std() / np.sqrt(DRAWS)
    assert abs(squares.mean() - variance) <= 4 * squares.std() / np.sqrt(DRAWS)


@pytest.mark.costly
def test_draws_of_different_students_and_of_different_keys_are_independent(simulated):
    correlation = np.corrcoef(simulated[:, :-1], rowvar=False)
    off_diagonal = correlation[~np.eye(len(correlation), dtype=bool)]
    assert np.all(np.abs(off_diagonal) < 5 / np.sqrt(DRAWS))


@pytest.mark.costly
def test_no_trials_give_no_successes(simulated):
    assert np.all(simulated[:, -1] == 0)


def test_logpdf_is_scipys(eps):
    n = np.array([0, 1, 5, 40, 200])
    k, n = np.concatenate([np.stack([np.arange(i + 1), np.full(i + 1, i)], axis=1) for i in n]).T.astype(float)
    for a, b in [(0.5, 0.5), (2.0, 3.0), (14.5, 8.0), (0.0625, 20.0), (100.0, 0.25)]:  # exact in float32
        expected = scipy.stats.betabinom.logpmf(k, n, a, b)
        actual = np.asarray(log_density(jnp.asarray(k), jnp.asarray(n), a, b), np.float64)
        # Ours has a dozen terms, each correct to a few eps of itself and none much above 10 + |log p|. SciPy's has a
        # dozen log gammas of up to 300, each at most log Gamma(300) < 1500.
        tolerance = 8 * eps * (10 + np.abs(expected)) + 12 * 1500 * np.finfo(np.float64).eps
        assert np.all(np.abs(actual - expected) < tolerance)
        assert actual[0] == 0  # k = n = 0: no evidence, exactly


def test_pmf_sums_to_one(eps):
    k = jnp.arange(41.0)
    for a, b in [(0.5, 0.5), (14.5, 8.0), (0.01, 0.02)]:
        assert abs(float(jnp.sum(jnp.exp(log_density(k, 40.0, a, b)))) - 1) < 8 * 10 * eps


@pytest.mark.parametrize("k", [-1.0, 11.0, 0.5])
def test_impossible_counts_have_no_density(k):
    assert log_density(jnp.array(k), jnp.array(10.0), jnp.array(2.0), jnp.array(3.0)) == -jnp.inf


def test_a_readers_program_is_weighed_by_the_density():
    n, a, b = (jnp.array(column) for column in zip(*STUDENTS, strict=True))
    k = jnp.minimum(n, 3.0)
    _, weight = jax.jit(seed(reader.generate))(jax.random.key(0), {"k": k}, n, a, b)
    assert float(weight) == pytest.approx(float(jnp.sum(log_density(k, n, a, b))), rel=1e-6)
