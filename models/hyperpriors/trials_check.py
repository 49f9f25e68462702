"""Checks of programs of the trials: what they read of them, and that each student's population is its own."""

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.experimental import checkify

from models.hyperpriors.hyperprior import Hyperprior
from models.hyperpriors.population_check import ROUNDING
from models.observations.observations import Observations


def check_indices(hyperprior: Hyperprior, own: Mapping[str, Any], trials: Any) -> None:
    """Raise an IndexError if a program reads an element of an array that is not there, such as a fourth of three.

    JAX itself reads the nearest element instead, without a word.

    Args:
        hyperprior: the prior of the population.
        own: a value of each of its addresses.
        trials: the argument of its program.
    """
    values = {address: jnp.asarray(own[address]) for address in hyperprior.addresses}
    assessed = checkify.checkify(lambda *both: hyperprior.assess(*both)[1], errors=checkify.index_checks)
    message = assessed(values, trials)[0].get()
    if message:
        detail = message.split(": ", 1)[-1].split(". ")[0]
        raise IndexError(
            f"the hyperprior's program reads an element that is not there ({detail}): a covariate that is used as an "
            "index counts from 0, and the vector needs an element for each of its values"
        )


def check_populations(hyperprior: Hyperprior, own: Mapping[str, np.ndarray], groups: Observations) -> None:
    """Raise an error if a program of the trials returns no population for one of the groups.

    Args:
        hyperprior: the prior of the population.
        own: draws of each of its addresses, with a leading axis of draws.
        groups: the groups.

    Raises:
        IndexError: as `check_indices`.
        ValueError: if a parameter is not positive or not finite; names the group.
    """
    trials = groups.trials_of_rows
    draws = {address: jnp.asarray(own[address]) for address in hyperprior.addresses}
    check_indices(hyperprior, {address: values[0] for address, values in draws.items()}, trials)
    size = len(next(iter(own.values()))) if own else 1
    _, parameters = jax.vmap(lambda values: hyperprior.assess(values, trials), axis_size=size)(draws)
    for parameter, values in zip(hyperprior.family.parameters, map(np.asarray, parameters), strict=True):
        bad = ~((values >= 0) & (values < np.inf)) if parameter.is_positive else ~np.isfinite(values)
        if np.any(bad):
            group = int(np.argwhere(bad)[0][1])
            raise ValueError(
                f"the hyperprior returns {parameter.name} = {values[bad][0]:g} for {groups.names[group]!r}, which is "
                f"not {'positive and ' if parameter.is_positive else ''}finite: its covariates may be far from those "
                "that were learned from"
            )


def check_rows_alone(hyperprior: Hyperprior, own: Mapping[str, jax.Array], trials: Any) -> None:
    """Raise a ValueError if a student's population depends on the other students in the trials.

    Tables ask for the populations of some students, or of others, and would get other answers without a word.
    """
    of_all = hyperprior.assess(own, trials)[1]
    for some in (slice(0, 1), slice(None, None, -1)):
        of_some = hyperprior.assess(own, jax.tree.map(lambda values, some=some: values[some], trials))[1]
        for parameter, alone, together in zip(hyperprior.family.parameters, of_some, of_all, strict=True):
            if not np.allclose(alone, together[some], rtol=ROUNDING, atol=0, equal_nan=True):
                raise ValueError(
                    f"the hyperprior's program returns another {parameter.name} for a student if the trials have other "
                    "students: compute what depends on all students, such as a mean, beforehand, and write it into the "
                    "program or give it as a covariate"
                )
