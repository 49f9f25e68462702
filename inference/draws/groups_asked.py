"""The groups that a question is about: checked, and in the codes of the groups that were learned from."""

import numpy as np

from inference.draws.named_draws import NamedDraws
from inference.programs.prepared import check_categories, check_kind
from models import Family, Observations
from models.hyperpriors.trials_check import check_populations

CHECKED_DRAWS = 64  # draws, the heaviest, whose populations of the groups asked about are checked


def groups_asked(
    draws: NamedDraws, log_weights: np.ndarray, learned_from: Observations | None, counts: Observations
) -> Observations:
    """Groups to ask about, with covariates that are text in the codes of the groups that were learned from.

    Args:
        draws: draws of the population.
        log_weights: their log weights, shape (N,).
        learned_from: the groups that they were learned from.
        counts: the groups.

    Returns:
        The groups; the same object if the population is that of all students.

    Raises:
        TypeError: if the counts are not of the kind that the hyperprior's family observes.
        IndexError, ValueError: if its program has no population for a group, see `check_populations`.
        CountsError: if the categories differ, or a covariate is text where it was numbers, or has a level that no
            group had.
    """
    check_kind(draws.hyperprior, counts)
    check_categories(learned_from, counts)
    if draws.hyperprior.is_shared:
        return counts
    if learned_from is not None and counts.levels != learned_from.levels:
        counts = counts.with_levels(learned_from.levels)
    heaviest = np.argsort(log_weights)[::-1][:CHECKED_DRAWS]
    check_populations(
        draws.hyperprior, {name: np.asarray(values)[heaviest] for name, values in draws.draws.items()}, counts
    )
    return counts


def no_answer_about_students(family: Family) -> ValueError:
    """The error of a question about students if the population was learned by those of another program."""
    return ValueError(
        "this posterior was learned by students of a program of your own, but questions about students are answered "
        f"for those of {family}: ask about the population only; or, if the rate and the count of your student are "
        "distributed as theirs, say so when you make the model: classroom(student, hyperprior, "
        "has_family_students=True)"
    )
