"""What further counts say of each draw of the population: the log likelihood that they add."""

from typing import Any

import numpy as np

from inference.draws.each_group import EachGroup
from inference.draws.weighted import WeightedDraws
from models import Family, Observations
from models.families.family import Parameters
from models.numerics.sums import weighted


def all_counts(posterior: WeightedDraws, more: Observations) -> Observations:
    """The counts that a posterior was learned from, and further ones.

    Args:
        posterior: the posterior.
        more: further counts. If both have names, the counts of equal names add up; otherwise all groups are new.

    Returns:
        Both together, with the levels of covariates that the first counts have.

    Raises:
        TypeError: if they are not of the kind that the hyperprior's family observes.
        ValueError: if the posterior was not learned from counts by the hyperprior's own family.
        CountsError: if a covariate of a group has changed, or has a new level.
    """
    before = posterior.learned_from
    if before is None or not posterior.has_own_likelihood:
        raise ValueError(
            "this posterior was conditioned on other values than counts, or by a program with students of its own, so "
            "further counts cannot be added: learn it anew from all counts"
        )
    more = posterior.as_learned(more)
    return before.joined(more) if before.is_named and more.is_named else before + more


def log_more(posterior: WeightedDraws, both: Observations) -> np.ndarray:
    """log p(all counts | population) - log p(first counts | population) for every draw of the population.

        sum_i log p(k_i + k'_i | design_i + design'_i, parameters) - log p(k_i | design_i, parameters)

    over the groups that the further counts k' are of; of a new group k_i = 0 and design_i = 0.

    Args:
        posterior: the posterior given the first counts.
        both: what `all_counts` returned: the rows of the first counts come first.

    Returns:
        Differences, shape (N,).
    """
    first: Any = posterior.learned_from
    k, design = np.zeros_like(both.k), np.zeros_like(both.design_values)
    k[: len(first)], design[: len(first)] = first.k, first.design_values
    total = np.zeros(len(posterior.log_weights))
    has_more = np.flatnonzero((both.design_values != design) & (both.multiplicity > 0))
    if not has_more.size:
        return total
    groups = both.taken(has_more)
    times = groups.multiplicity.astype(np.float64)
    before = k[has_more].astype(np.float64), design[has_more].astype(np.float64)
    for some, log_p in EachGroup(posterior, groups, merged=False).values(_log_more, *before):
        total += weighted(times[some], log_p.T)
    return total


def _log_more(family: Family, parameters: Parameters, k: Any, design: Any, first_k: Any, first_design: Any) -> Any:
    return family.log_marginal(k, design, parameters) - family.log_marginal(first_k, first_design, parameters)
