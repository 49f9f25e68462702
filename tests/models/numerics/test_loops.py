"""A sum of log pmfs takes one loop over populations and students on a CPU, and has the values of the pmfs."""

import re
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from models.families.beta_binomial.log_pmf import SplitCounts, beta_binomial_log_pmf, log_pmf_of_table
from models.families.beta_binomial.tally import tally
from models.families.gamma_poisson.log_pmf import gamma_poisson_log_pmf
from models.numerics.loops import in_one_loop, quotient

POPULATIONS, STUDENTS = 1_250, 60

on_a_cpu = pytest.mark.skipif(jax.default_backend() != "cpu", reason="about XLA's compiler for CPUs")


def loops(function: Callable[..., jax.Array], *arguments: jax.Array) -> int:
    """How many arrays with a number for each population and student, or term, the compiled function writes."""
    program = jax.jit(function).lower(*arguments).compile().as_text()
    entry = program[program.index("ENTRY") :]
    return len(re.findall(rf"= \w+\[{POPULATIONS},(?!1\])\d+\]\S* (?:fusion|[a-z-]+)\((?!\))", entry))


def populations() -> tuple[jax.Array, jax.Array]:
    rng = np.random.default_rng(0)
    return jnp.asarray(rng.uniform(0.5, 50, POPULATIONS)), jnp.asarray(rng.uniform(0.5, 50, POPULATIONS))


@on_a_cpu
@pytest.mark.parametrize("log_pmf", [beta_binomial_log_pmf, gamma_poisson_log_pmf])
def test_a_sum_of_log_pmfs_writes_one_array(log_pmf: Callable[..., jax.Array]) -> None:
    n = jnp.asarray(np.random.default_rng(1).integers(1, 100, STUDENTS), float)
    k = jnp.floor(n / 2)

    def log_likelihood(a: jax.Array, b: jax.Array) -> jax.Array:
        return jnp.sum(log_pmf(k, n, a, b))

    assert loops(jax.vmap(log_likelihood), *populations()) == 1


@on_a_cpu
def test_the_barrier_keeps_a_formula_out_of_the_loop_of_its_sum() -> None:
    n = jnp.asarray(np.random.default_rng(1).integers(1, 100, STUDENTS), float)
    counts = SplitCounts(jnp.floor(n / 2), n - jnp.floor(n / 2), jnp.zeros(STUDENTS), jnp.zeros(STUDENTS))

    def arrays(apart: Callable[[jax.Array], jax.Array]) -> int:
        return loops(jax.vmap(lambda a, b: jnp.sum(apart(log_pmf_of_table(a, b, counts)))), *populations())

    assert arrays(in_one_loop) == 1
    assert arrays(lambda terms: terms) > 1  # what XLA does by itself; if this fails, the barrier is no longer needed


@on_a_cpu
def test_the_density_of_a_tally_writes_one_array() -> None:
    n = np.random.default_rng(1).integers(1, 100, 500)
    k = n // 2
    summary = tally(k, n, np.ones_like(k), observed=jnp.asarray(k, float))
    assert summary is not None
    assert summary.points

    assert loops(jax.vmap(summary.log_density), *populations()) == 1


def test_a_quotient_is_that_of_division() -> None:
    y = jnp.asarray([-1e-30, 0.1, 3.0, 7e12, 0.0, -0.0, jnp.inf, jnp.nan])
    for x in (1, jnp.flip(y)):
        np.testing.assert_array_equal(quotient(x, y), x / y)


def test_terms_and_their_derivatives_pass() -> None:
    x = jnp.asarray([0.5, 2.0])
    value, slope = jax.jvp(lambda x: in_one_loop(x * x), (x,), (jnp.ones(2),))
    np.testing.assert_array_equal(value, x * x)
    np.testing.assert_array_equal(slope, 2 * x)
    np.testing.assert_array_equal(jax.grad(lambda x: jnp.sum(in_one_loop(x * x)))(x), 2 * x)
