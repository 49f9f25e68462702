"""Particles in batches, so that memory does not grow with their number, and the offset of their log weights."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from models import Classroom, Trials

# Particles held at once times the numbers of each, by backend: what a CPU's caches nearly hold.
NUMBERS_IN_FLIGHT = {"cpu": 500_000}
NUMBERS_IN_FLIGHT_ELSEWHERE = 32_000_000  # the same on other backends: enough to occupy any device


def batch_for(model: Classroom, trials: Trials) -> int:
    """Particles to weigh at once, so that memory does not grow with the class.

    Args:
        model: classroom.
        trials: its argument.

    Returns:
        The number of particles, at least 1.
    """
    numbers = NUMBERS_IN_FLIGHT.get(jax.default_backend(), NUMBERS_IN_FLIGHT_ELSEWHERE)
    # A tally of counts without any trial has no numbers.
    return max(1, numbers // max(1, model.numbers_per_particle(trials)))


def in_batches(particle: Callable[[Any], Any], each: Any, batch_size: int) -> Any:
    """`jax.vmap(particle)(each)`, a batch at a time.

    `jax.lax.map` compiles the program a second time for a last batch that is smaller. So here all batches are of one
    size: the last one is filled up with the first particles, and their second results are dropped.

    Args:
        particle: function of one particle.
        each: pytree of arrays of shape (particles, ...).
        batch_size: particles held at once, at most.

    Returns:
        What `particle` returns, with a leading axis of particles.
    """
    size = jax.tree.leaves(each)[0].shape[0]
    batches = -(-size // batch_size)
    batch_size = -(-size // batches)
    missing = batches * batch_size - size
    filled = jax.tree.map(lambda x: jnp.concatenate([x, x[:missing]]), each)
    return jax.tree.map(lambda x: x[:size], jax.lax.map(particle, filled, batch_size=batch_size))
