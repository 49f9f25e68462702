"""Draws of every student's latent and count, and of populations, by the programs of any family."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from genjax import modular_vmap, seed

from inference.programs.batches import in_batches
from inference.programs.populations import population_draw, usable_of
from models import Family, Hyperprior, Observations
from models.families.family import Parameters
from models.programs.threads import shared

NUMBERS_AT_ONCE = 1_000_000  # latents or counts that are drawn at once


def latents_given(
    hyperprior: Hyperprior, population: Mapping[str, np.ndarray], counts: Observations, keys: jax.Array
) -> tuple[np.ndarray, np.ndarray]:
    """Every student's x given the student's counts, and its theta, for each draw of the population.

    Args:
        hyperprior: the prior of the population.
        population: draws of its addresses, each of shape (n_draws, ...).
        counts: the students.
        keys: a JAX random key for each draw.

    Returns:
        x and theta, each of shape (n_draws, rows), with another axis if a student has several rates.
    """
    own = {name: jnp.asarray(population[name], float) for name in hyperprior.addresses}
    data = counts.trials_of_rows, counts.k_of_rows
    x, theta = _draw_latents(hyperprior)((keys, own), *data, batch_size=_batch(counts, len(keys)))
    return np.asarray(x), np.asarray(theta)


def counts_given(family: Family, x: np.ndarray, design: np.ndarray, key: jax.Array) -> np.ndarray:
    """Every student's count, drawn given the student's x.

    Args:
        family: the family of the students.
        x: shape (n_draws, rows), with another axis if a student has several rates.
        design: of each student, such as its further trials, shape (rows,).
        key: JAX random key.

    Returns:
        Counts, of the shape of x.
    """
    of_draws = jnp.asarray(x, float)
    return np.asarray(_draw_counts(family)(key, of_draws, jnp.asarray(design, of_draws.dtype)))


def prior_populations(hyperprior: Hyperprior, trials: Any, keys: jax.Array) -> dict[str, np.ndarray]:
    """Populations drawn from the hyperprior.

    Args:
        hyperprior: the prior.
        trials: the argument of a program that describes a population for each student.
        keys: a JAX random key for each draw.

    Returns:
        The values of its addresses, and what describes the population; draws that floats cannot hold are left out.

    Raises:
        WeightError: if a parameter of a population is negative or not a number.
    """
    drawn = jax.device_get(_draw_populations(hyperprior)(keys, trials))
    usable = usable_of(drawn.status)
    return {name: values[usable] for name, values in drawn.draws.items()}


def prior_counts(hyperprior: Hyperprior, counts: Observations, keys: jax.Array) -> dict[str, np.ndarray]:
    """Populations drawn from the hyperprior, and a count of every student from each of them.

    Args:
        hyperprior: the prior.
        counts: the students, of whom all but k is used.
        keys: a JAX random key for each draw.

    Returns:
        As `prior_populations`, with "k", shape (n_draws, rows), with another axis if a student has several rates.

    Raises:
        WeightError: if a parameter of a population is negative or not a number.
    """
    drawn, k = jax.device_get(
        _draw_prior(hyperprior)(keys, counts.trials_of_rows, batch_size=_batch(counts, len(keys)))
    )
    usable = usable_of(drawn.status)
    return {name: values[usable] for name, values in {**drawn.draws, "k": k}.items()}


def each_student(hyperprior: Hyperprior, own: Mapping[str, jax.Array], trials: Any) -> Parameters:
    """The parameters of every student's population, with a leading axis of students, for one draw."""
    _, parameters = hyperprior.assess(own, trials)
    return hyperprior.of_each_student(parameters, trials.rows)


@shared
def _draw_latents(hyperprior: Hyperprior) -> Any:
    family = hyperprior.family

    def of_draw(own: Any, trials: Any, k: jax.Array) -> tuple[jax.Array, jax.Array]:
        parameters = each_student(hyperprior, own, trials)
        x = modular_vmap(family.latent_given.sample)(*parameters, k, trials.design)
        return x, jax.vmap(family.theta)(x)

    @partial(jax.jit, static_argnames="batch_size")
    def run(draws: Any, trials: Any, k: jax.Array, *, batch_size: int) -> tuple[jax.Array, jax.Array]:
        return in_batches(lambda draw: seed(of_draw)(*draw, trials, k), draws, batch_size)

    return run


@shared
def _draw_counts(family: Family) -> Any:
    def of_student(x: jax.Array, design: jax.Array) -> jax.Array:
        seen = family.likelihood(x, design)
        return seen.distribution.sample(*seen.args)

    def of_all(x: jax.Array, design: jax.Array) -> jax.Array:
        return modular_vmap(modular_vmap(of_student), in_axes=(0, None))(x, design)

    return jax.jit(seed(of_all))


@shared
def _draw_populations(hyperprior: Hyperprior) -> Any:
    def of_draw(trials: Any) -> Any:
        own = hyperprior.program.simulate(*hyperprior.arguments(trials)).get_choices()
        return population_draw(hyperprior, own, trials)

    return jax.jit(jax.vmap(seed(of_draw), in_axes=(0, None)))


@shared
def _draw_prior(hyperprior: Hyperprior) -> Any:
    def of_draw(trials: Any) -> tuple[Any, jax.Array]:
        own = hyperprior.program.simulate(*hyperprior.arguments(trials)).get_choices()
        drawn = population_draw(hyperprior, own, trials)
        k = modular_vmap(hyperprior.family.marginal.sample)(trials.design, *each_student(hyperprior, own, trials))
        return drawn, k

    @partial(jax.jit, static_argnames="batch_size")
    def run(keys: jax.Array, trials: Any, *, batch_size: int) -> tuple[Any, jax.Array]:
        return in_batches(lambda key: seed(of_draw)(key, trials), keys, batch_size)

    return run


def _batch(counts: Observations, draws: int) -> int:
    """How many draws are computed at once."""
    return min(draws, max(1, NUMBERS_AT_ONCE // counts.k.size))
