"""Where the time of weighing goes, in the aggregated form: its parts, each compiled and timed by itself.

The parts need not add up to the whole: compiled together, XLA merges them, and none of them is written to memory.
"""

import jax
import jax.numpy as jnp
import polars as pl
from genjax import seed

from experiments.performance_methods import AGGREGATED, BOUNDS, call
from experiments.performance_weights import Size, class_of
from experiments.timing import interleaved
from models import mean_concentration
from models.tally import Tally

KEYS, POPULATIONS, DENSITY, LOGS, WHOLE = (
    "splitting the key",
    "drawing the populations",
    "the density at given populations",
    "of that, one logarithm a term",
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
    tally = counts.trials.tally
    assert tally is not None
    split = jax.jit(lambda key: jax.random.split(key, size.n_particles))
    draw = jax.jit(lambda keys: jax.vmap(seed(mean_concentration(lam=BOUNDS).program.simulate))(keys).get_retval())
    density = jax.jit(jax.vmap(Tally.log_density, in_axes=(None, 0, 0)))
    keys = split(key)
    a, b = draw(keys)
    timed = interleaved(
        {
            KEYS: lambda: split(key),
            POPULATIONS: lambda: draw(keys),
            DENSITY: lambda: density(tally, a, b),
            LOGS: lambda: _logs(tally, a, b),
            WHOLE: call(AGGREGATED, counts, key, size.n_particles),
        },
        repeats=repeats,
    )
    common = {"students": size.students, "particles": size.n_particles, "terms": tally.points}
    return pl.DataFrame([common | {"part": part, "seconds": found.seconds} for part, found in timed.items()])


@jax.jit
def _logs(tally: Tally, a: jax.Array, b: jax.Array) -> jax.Array:
    """What no way to add up log rising factorials gets by with less of: sum_q weight_q log(x + at_q)."""

    def one(a: jax.Array, b: jax.Array) -> jax.Array:
        x = jnp.repeat(jnp.stack([a, b, a + b]), tally.points // 3)
        return jnp.sum(tally.weight * jnp.log(x + tally.at))

    return jax.vmap(one)(a, b)
