"""A classroom and counts, checked and written as the programs of `inference` take them."""

from collections.abc import Mapping
from typing import Any, NamedTuple, cast

import jax
import numpy as np

from inference.programs.addresses import check_observations, choices_of
from inference.programs.batches import batch_for
from models import (
    Categories,
    Classroom,
    Counts,
    CountsError,
    Hyperprior,
    Observations,
    Trials,
    aggregated,
    explicit,
    hyperprior_of,
    marginal,
)
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

    @property
    def shapes(self) -> tuple[tuple[int, ...], ...]:
        """The shape of the value of each address of the hyperprior, in its order."""
        return tuple(self.choices["population", address].shape for address in self.hyperprior.addresses)


def prepare(model: Classroom, counts: Observations, observed: Mapping[str, Any] | None = None) -> Prepared:
    """Check a classroom and what it is conditioned on, and write both as programs take them.

    Args:
        model: classroom.
        counts: the students' counts.
        observed: values at some of the model's addresses; `counts.observed` if omitted.

    Returns:
        What an algorithm needs of them.

    Raises:
        TypeError: if the model is not a classroom, or the data are not of the kind that its family observes.
        KeyError: if the model lacks an address of `observed`, or its hyperprior's program one of its support; the
            message lists those it has.
        ValueError: if nothing is observed, a value has the wrong shape, or the hyperprior's program does not match what
            it declares, see `check_hyperprior`.
    """
    hyperprior = hyperprior_of(model)
    check_kind(hyperprior, counts)
    check_hyperprior(hyperprior, counts.trials)
    given = counts.observed if observed is None else observed
    trials = model.argument(counts, only_these=observed is None or are_those_of(counts, given))
    choices = choices_of(model, trials)
    if not jax.tree.leaves(given):
        has = ", ".join(".".join(address) for address in choices)
        raise ValueError(f"nothing is observed: give values at some of {has}")
    _check_number_of_categories(counts, choices)
    constraints = check_observations(given, choices)
    return Prepared(hyperprior, trials, constraints, choices, batch_for(model, trials), model.log_offset(trials))


def prepare_for_population(model: Classroom, counts: Observations) -> Prepared:
    """As `prepare`, for an algorithm that samples the population only.

    Args:
        model: classroom without latent choices below the population.
        counts: the students' counts.

    Returns:
        What an algorithm needs of them.

    Raises:
        TypeError: as `prepare`.
        KeyError: as `prepare`.
        ValueError: as `prepare`, if the population is known, or if the model draws more than the population and the
            observed.
    """
    hyperprior = hyperprior_of(model)
    if not hyperprior.addresses:
        raise ValueError("the population is known, so there is nothing to sample: use exact or importance")
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


def has_own_likelihood(model: Classroom) -> bool:
    """Whether the students of a classroom are those of its hyperprior's family."""
    hyperprior = hyperprior_of(model)
    is_own = model is explicit(hyperprior) or model is marginal(hyperprior)
    return is_own or (hyperprior.is_shared and model is aggregated(hyperprior))


def _check_number_of_categories(counts: Observations, choices: Mapping[tuple[str, ...], Any]) -> None:
    """Raise a ValueError if a program draws another number of categories than the data have."""
    of_program = choices.get(("students", "k"))
    if isinstance(counts, Categories) and of_program is not None and of_program.shape[1:] != counts.k.shape[1:]:
        raise ValueError(
            f"the counts have {counts.k.shape[1]} categories, but the population has {of_program.shape[-1]}: its "
            "parameters must have as many"
        )


def check_kind(hyperprior: Hyperprior, counts: Observations) -> None:
    """Raise a TypeError if the data are not of the kind that the hyperprior's family observes."""
    kind = hyperprior.family.observations
    if not isinstance(counts, kind):
        raise TypeError(
            f"this hyperprior is about students of the family {hyperprior.family}, which are observed as "
            f"{kind.__name__}, not as {type(counts).__name__}: give {kind.__name__}, or a hyperprior of another family"
        )


def check_categories(learned_from: Observations | None, counts: Observations) -> None:
    """Raise a CountsError if counts have other categories, or in another order, than those that were learned from."""
    if not isinstance(counts, Categories) or not isinstance(learned_from, Categories):
        return
    if counts.categories != learned_from.categories:
        has, had = (", ".join(map(repr, each.categories)) for each in (counts, learned_from))
        raise CountsError(f"the categories are {has}, but those of the counts that were learned from are {had}")


def as_counts(hyperprior: Hyperprior, counts: Observations) -> Counts:
    """The data of a population that is one Beta, after the check of `check_kind`."""
    check_kind(hyperprior, counts)
    return cast(Counts, counts)


def check_one_beta(hyperprior: Hyperprior, name: str, instead: str) -> None:
    """Raise a TypeError unless the population is one Beta(a, b) of all students.

    Args:
        hyperprior: the prior of the population.
        name: what needs one Beta, for the message.
        instead: what to do, for the message.
    """
    if not hyperprior.has_one_beta:
        described = (
            f"is of the family {hyperprior.family}" if hyperprior.is_shared else "differs from student to student"
        )
        raise TypeError(f"{name} needs one Beta(a, b) of all students, but this population {described}: {instead}")


def are_those_of(counts: Observations, observed: Mapping[str, Any]) -> bool:
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
