"""Where the time of weighing goes, in the aggregated form: its parts, each compiled and timed by itself.

The parts need not add up to the whole: when they are compiled together, XLA merges them, and the result of none of
them is written to memory.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import polars as pl
from genjax import seed

from experiments.methods.timing import interleaved
from experiments.performance.methods import AGGREGATED, BOUNDS, call
from experiments.performance.weights import Size, class_of
from inference.programs.batches import batch_for, in_batches
from models import aggregated, mean_concentration
from models.classrooms.aggregated import tally_of
from models.families.beta_binomial.tally import Tally

KEYS, POPULATIONS, DENSITY, LOGS, WHOLE = (
    "splitting the key",
    "drawing the populations",
    "the density at given populations",
    "lower bound for the density: one logarithm per term",
    "the whole call",
)


def measure(size: Size, *, seed_of_draws: int, repeats: int) -> pl.DataFrame:
    """Time the parts of a call.

    Args:
        size: of a class that has a tally, and number of particles.
        seed_of_draws: seed of the students and of the particles.
        repeats: timed rounds.

    Returns:
        A row per part: students, particles, terms of each density, part, seconds.
    """
    counts, key = class_of(size.students, seed_of_draws), jax.random.key(seed_of_draws)
    tally, model = tally_of(counts), aggregated(mean_concentration(lam=BOUNDS))
    assert tally is not None
    split = jax.jit(lambda key: jax.random.split(key, size.n_particles))
    draw = jax.jit(lambda keys: jax.vmap(seed(mean_concentration(lam=BOUNDS).program.simulate))(keys).get_retval())
    batch_size = batch_for(model, model.argument(counts))
    density, logs = (jax.jit(_batched(part, batch_size)) for part in (Tally.log_density, _logs))
    keys = split(key)
    a, b = draw(keys)
    timed = interleaved(
        {
            KEYS: lambda: split(key),
            POPULATIONS: lambda: draw(keys),
            DENSITY: lambda: density(tally, a, b),
            LOGS: lambda: logs(tally, a, b),
            WHOLE: call(AGGREGATED, counts, key, size.n_particles),
        },
        repeats=repeats,
    )
    common = {"students": size.students, "particles": size.n_particles, "terms": tally.points}
    return pl.DataFrame([common | {"part": part, "seconds": found.seconds} for part, found in timed.items()])


def _batched(part: Callable[[Tally, jax.Array, jax.Array], jax.Array], batch_size: int):
    """The part in the same batches as the whole call; one batch of all particles would be limited by memory."""
    return lambda tally, a, b: in_batches(lambda shapes: part(tally, *shapes), (a, b), min(batch_size, len(a)))


def _logs(tally: Tally, a: jax.Array, b: jax.Array) -> jax.Array:
    """A lower bound: the logarithms that any sum of log rising factorials must take, sum_q weight_q log(x + t_q)."""
    at, weight = tally.at.reshape(3, -1), tally.weight.reshape(3, -1)
    return jnp.sum(weight * jnp.log(jnp.stack([a, b, a + b])[:, None] + at))
