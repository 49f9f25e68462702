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
    """
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


def check_learned_from(nodes: Nodes | LatticeNodes, counts: Observations) -> None:
    """Raise a ValueError if an exact posterior was learned from other counts."""
    trials = counts.design_values.astype(np.float64) @ counts.multiplicity
    if not np.isclose(trials, nodes.trials, rtol=1e-12, atol=0.0):
        raise ValueError(
            "the posterior was learned from other counts: give leave_one_out the counts that it was learned from"
        )


def _error(posterior: WeightedDraws, without: np.ndarray, deviation: np.ndarray) -> float:
    """Standard error of the mean of f under weights v = w r: that of the mean of r (f - mean) under w."""
    weights, can_divide = posterior.weights, posterior.weights > SMALLEST_DIVISOR
    ratio = np.divide(without, weights, out=np.zeros_like(without), where=can_divide)
    # If w underflows, r would overflow. Such draws add v (f - mean), as independent draws do; chains have none of them.
    others = np.linalg.norm((without * deviation)[~can_divide])
    return float(np.hypot(posterior.expectation(ratio * deviation)[1], others))
