"""A classroom and counts, checked and written as the programs of `inference` take them."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import jax
import numpy as np

from inference.programs.addresses import check_observations, choices_of
from inference.programs.batches import batch_for
from models import Classroom, Counts, Hyperprior, Trials, hyperprior_of
from models.hyperpriors.hyperprior_check import check_hyperprior


class Prepared(NamedTuple):
    """What an algorithm needs to know of a classroom and counts.

    Args:
        hyperprior: the classroom's.
        trials: its argument.
        constraints: what it is conditioned on, in the dtypes of its own choices.
        choices: shape and dtype of each of its addresses.
        batch_size: number of particles to weigh at once, so that memory does not grow with the class.
        log_offset: what to add, in float64, to the log weights of `generate`.
    """

    hyperprior: Hyperprior
    trials: Trials
    constraints: dict[str, Any]
    choices: dict[tuple[str, ...], jax.ShapeDtypeStruct]
    batch_size: int
    log_offset: float


def prepare(model: Classroom, counts: Counts, observed: Mapping[str, Any] | None = None) -> Prepared:
    """Check a classroom and what it is conditioned on, and write both as programs take them.

    Args:
        model: classroom.
        counts: the students' counts.
        observed: values at some of the model's addresses; `counts.observed` if omitted.

    Returns:
        What an algorithm needs of them.

    Raises:
        TypeError: if the model is not a classroom.
        KeyError: if the model lacks an address of `observed`, or its hyperprior's program one of its support; the
            message lists those it has.
        ValueError: if nothing is observed, a value has the wrong shape, or the hyperprior's program does not match what
            it declares, see `check_hyperprior`.
    """
    hyperprior = hyperprior_of(model)
    check_hyperprior(hyperprior)
    given = counts.observed if observed is None else observed
    trials = model.argument(counts, only_these=observed is None or are_those_of(counts, given))
    choices = choices_of(model, trials)
    if not jax.tree.leaves(given):
        has = ", ".join(".".join(address) for address in choices)
        raise ValueError(f"nothing is observed: give values at some of {has}")
    constraints = check_observations(given, choices)
    return Prepared(hyperprior, trials, constraints, choices, batch_for(model, trials), model.log_offset(trials))


def prepare_for_population(model: Classroom, counts: Counts) -> Prepared:
    """As `prepare`, for an algorithm that samples the population only.

    Args:
        model: classroom without latent choices below the population.
        counts: the students' counts.

    Returns:
        What an algorithm needs of them.

    Raises:
        TypeError: as `prepare`.
        KeyError: as `prepare`.
        ValueError: as `prepare`, or if the model draws more than the population and the observed.
    """
    found = prepare(model, counts)
    latent = [
        address for address in found.choices if address[0] != "population" and not _has(found.constraints, address)
    ]
    if latent:
        raise ValueError(
            f"the model also draws {', '.join('.'.join(address) for address in latent)}, but this algorithm samples "
            "the population only: use marginal or aggregated, or importance"
        )
    return found


def are_those_of(counts: Counts, observed: Mapping[str, Any]) -> bool:
    """Whether an observation map has the counts of all students, and no others."""
    students = observed.get("students")
    k = students.get("k") if isinstance(students, Mapping) else None
    return k is not None and np.array_equal(k, counts.observed["students"]["k"])


def _has(choices: Any, address: tuple[str, ...]) -> bool:
    for name in address:
        if name not in choices:
            return False
        choices = choices[name]
    return True
