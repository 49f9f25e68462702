"""Particles in batches, so that memory does not grow with their number, and the offset of their log weights."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from genjax.core import Fn

from models import Counts, Trials
from models.classrooms.forms import is_aggregated

# Particles held at once times the numbers of each, by backend: what a CPU's caches nearly hold.
NUMBERS_IN_FLIGHT = {"cpu": 1_250_000}
NUMBERS_IN_FLIGHT_ELSEWHERE = 32_000_000  # the same on other backends: enough to occupy any device


def argument_of(model: Fn[Any], counts: Counts, observed: Mapping[str, Any] | None = None) -> Trials:
    """`counts.trials` without what the model does not use, so that one program serves all counts of a shape.

    Args:
        model: classroom.
        counts: the students' counts.
        observed: what the model is conditioned on; `counts.observed` if omitted.

    Returns:
        The argument of the model.
    """
    if not is_aggregated(model):
        return counts.untallied
    return replace(counts.trials, only_tallied=observed is None or are_those_of(counts, observed))


def are_those_of(counts: Counts, observed: Mapping[str, Any]) -> bool:
    """Whether an observation map has the counts of every student, and no others."""
    students = observed.get("students")
    k = students.get("k") if isinstance(students, Mapping) else None
    return k is not None and np.array_equal(k, counts.observed["students"]["k"])


def batch_for(model: Fn[Any], trials: Trials) -> int:
    """Particles to weigh at once, so that memory does not grow with the class.

    Args:
        model: classroom.
        trials: its argument.

    Returns:
        The number of particles, at least 1.
    """
    tally = trials.tally if is_aggregated(model) else None
    numbers = NUMBERS_IN_FLIGHT.get(jax.default_backend(), NUMBERS_IN_FLIGHT_ELSEWHERE)
    return max(1, numbers // (trials.n.shape[0] if tally is None else tally.numbers))


def left_out(model: Fn[Any], trials: Trials) -> float:
    """What to add, in float64, to the log weights that `generate` gives; see `class_counts` of `aggregated`.

    Args:
        model: classroom.
        trials: its argument.

    Returns:
        0 for all forms but `aggregated`.
    """
    return float(trials.tally.offset) if is_aggregated(model) and trials.tally is not None else 0.0


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
