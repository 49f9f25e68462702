"""Groups predicted from all others, from weighted draws of the population: importance weights without each group."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.special import logsumexp

from inference.draws.lattice_nodes import LatticeNodes
from inference.draws.nodes import Nodes
from inference.draws.weighted import WeightedDraws
from inference.numerics.pareto_smoothing import pareto_smoothed
from models import Observations
from models.numerics.sums import weighted

COVERED = -22.0  # nats from the peak: with a lower density at the border, less than 1e-8 of the mass lies outside
CONVERGED = 1e-8  # nats: if the error of a log predictive probability is larger, the group is refitted
SMALLEST_DIVISOR = 1e-150  # weight: nothing is divided by a weight that is not larger


class OfGroups(NamedTuple):
    """Results for each group, each of shape (groups,); khat is NaN where no weights are smoothed."""

    log_predictive: np.ndarray
    log_predictive_error: np.ndarray
    pit: np.ndarray
    pit_error: np.ndarray
    khat: np.ndarray


Refitted = tuple[float, float, float, float]
"""Log predictive, its error, the PIT and its error."""


def without_each(posterior: WeightedDraws, log_p: np.ndarray, lies: np.ndarray) -> OfGroups:
    """Leave out each of some groups by dividing the weights by its probability and Pareto-smoothing them.

    Args:
        posterior: posterior of the population given all groups.
        log_p: log p(k_i | population_j), shape (draws, groups).
        lies: P(K < k_i) + P(K = k_i) / 2 given each population, NaN where it is not asked for, the same shape.

    Returns:
        The results. A population that is known is not learned from the groups, so there is nothing to smooth.

    Raises:
        ValueError: if the posterior was learned by students about whom the hyperprior's family says nothing.
    """
    posterior.check_students()
    columns = np.full((len(OfGroups._fields), log_p.shape[1]), np.nan)
    is_known = not posterior.hyperprior.addresses
    for column, each, values in zip(columns.T, log_p.T, lies.T, strict=True):
        log_without = posterior.log_weights - each
        if is_known:
            log_without, khat = posterior.log_weights - logsumexp(posterior.log_weights), float("-inf")
        else:
            log_without, khat = pareto_smoothed(log_without)
        without = np.exp(log_without)
        # Relative to the largest p with positive weight, because p itself may underflow float64.
        highest = each[without > 0].max()
        p = np.exp(np.where(without > 0, each - highest, -np.inf))
        mean = weighted(without, p)
        column[:2] = highest + np.log(mean), _error(posterior, without, p / mean - 1)
        column[4] = khat
        if not np.isnan(values).all():
            column[2] = pit = weighted(without, values)
            column[3] = _error(posterior, without, values - pit)
    return OfGroups(*columns)


def without_each_on_nodes(
    nodes: Nodes | LatticeNodes, log_p: np.ndarray, lies: np.ndarray, refit: Callable[[int], Refitted]
) -> OfGroups:
    """Leave out each of some groups by dividing the weights of quadrature nodes by its probability.

    Args:
        nodes: the nodes of the exact posterior given all groups.
        log_p: log p(k_i | population_j), shape (nodes, groups).
        lies: P(K < k_i) + P(K = k_i) / 2 given each population, NaN where it is not asked for, the same shape.
        refit: from the index of a group to its results by a posterior of the others, where these nodes do not suffice.

    Returns:
        The results.
    """
    whole_error, rounding = nodes.log_total_error, nodes.rounding
    columns = np.full((len(OfGroups._fields), log_p.shape[1]), np.nan)
    for i, (column, each, values) in enumerate(zip(columns.T, log_p.T, lies.T, strict=True)):
        without = nodes.divided_by(each)
        error, edges = without.log_total_error, without.border_height
        if edges > COVERED or error + whole_error > max(CONVERGED, 10 * rounding):
            column[:4] = refit(i)
            continue
        column[:2] = nodes.log_total - without.log_total, error + whole_error + 2 * rounding + np.exp(edges)
        if not np.isnan(values).all():
            column[2], of_nodes = without.on_nodes(values)
            column[3] = of_nodes + rounding + np.exp(edges)
    return OfGroups(*columns)


def check_learned_from(posterior: WeightedDraws, counts: Observations) -> None:
    """Raise a ValueError if groups are to be left out that the population was not learned from.

    A population that is known was learned from none. From draws some of the groups may be asked about; the nodes of an
    exact posterior are refitted to all others, so that it must be all of them. Groups without data may be left out or
    added: nothing is learned from them.

    Args:
        posterior: posterior of the population.
        counts: the groups, in any order, with names and multiplicities of any kind.
    """
    learned_from = posterior.learned_from
    if learned_from is None or not posterior.hyperprior.addresses:
        return
    if not posterior.hyperprior.is_shared:
        counts = posterior.as_learned(counts)
    given, learned = (_columns(posterior, each.rows) for each in (counts, learned_from))
    _, place = np.unique(np.concatenate([given, learned]), axis=0, return_inverse=True)
    place = place.ravel()
    asked, known = (
        np.bincount(at, each.rows.multiplicity * (each.rows.design_values > 0), place.max() + 1)
        for at, each in ((place[: len(given)], counts), (place[len(given) :], learned_from))
    )
    is_new = (asked > known)[place[: len(given)][counts.row_of]]
    if is_new.any():
        name = counts.names[int(np.argmax(is_new))]
        raise ValueError(
            f"the posterior was learned from other counts, without {name!r} as it is here: give leave_one_out the "
            "counts that it was learned from, posterior.learned_from"
        )
    if posterior.nodes is not None and np.any(asked != known):
        raise ValueError(
            f"the posterior was learned from other counts, {learned_from.students} groups instead of "
            f"{counts.students}: give leave_one_out all of them, posterior.learned_from"
        )


def _columns(posterior: WeightedDraws, counts: Observations) -> np.ndarray:
    """What the probability of each row depends on, shape (rows, columns)."""
    covariates = [] if posterior.hyperprior.is_shared else list(counts.covariates.values())
    columns = [np.reshape(each, (len(counts), -1)) for each in (counts.k, counts.design_values, *covariates)]
    return np.concatenate(columns, axis=1).astype(np.float64)


def _error(posterior: WeightedDraws, without: np.ndarray, deviation: np.ndarray) -> float:
    """Standard error of the mean of f under weights v = w r: that of the mean of r (f - mean) under w."""
    weights, can_divide = posterior.weights, posterior.weights > SMALLEST_DIVISOR
    ratio = np.divide(without, weights, out=np.zeros_like(without), where=can_divide)
    # If w underflows, r would overflow. Such draws add v (f - mean), as independent draws do; chains have none of them.
    others = np.linalg.norm((without * deviation)[~can_divide])
    return float(np.hypot(posterior.expectation(ratio * deviation)[1], others))
