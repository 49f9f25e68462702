"""Particles in batches, so that memory does not grow with them, and what their log weights leave out."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from genjax.core import Fn

from models import Trials
from models.forms import is_aggregated

NUMBERS_IN_FLIGHT = 2_000_000  # particles x numbers each: some tens of MB for every array XLA keeps
NUMBERS_IN_CACHE = 250_000  # the same, where XLA keeps arrays of terms, of which a core's cache can hold so many


def batch_for(model: Fn[Any], trials: Trials) -> int:
    """Particles to weigh at once, so that memory does not grow with the class.

    Args:
        model: classroom.
        trials: its argument.

    Returns:
        The number of particles, at least 1.
    """
    tally = trials.tally if is_aggregated(model) else None
    if tally is None:
        return max(1, NUMBERS_IN_FLIGHT // trials.n.shape[0])
    # A processor is twice as fast from its cache; an accelerator wants large batches.
    numbers = NUMBERS_IN_CACHE if jax.default_backend() == "cpu" else NUMBERS_IN_FLIGHT
    return max(1, numbers // tally.points)


def left_out(model: Fn[Any], trials: Trials) -> float:
    """What to add, in float64, to the log weights that `generate` gives: see `models.aggregated.class_counts`.

    Args:
        model: classroom.
        trials: its argument.

    Returns:
        0 for all forms but `aggregated`.
    """
    return float(trials.tally.offset) if is_aggregated(model) and trials.tally is not None else 0.0


def in_batches(particle: Callable[[Any], Any], each: Any, batch_size: int) -> Any:
    """`jax.vmap(particle)(each)`, a batch at a time.

    `jax.lax.map` compiles the program a second time for a last batch that is smaller, so here all are of one size, and
    the last one is filled up with particles from the first, whose results are dropped.

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
