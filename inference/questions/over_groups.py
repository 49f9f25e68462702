"""Expectations over the population of a function for each group, computed for a chunk of groups at a time."""

from collections.abc import Callable, Iterable

import numpy as np

from inference.draws.weighted import WeightedDraws
from inference.numerics.betas.beta_mixtures import chunks
from models.numerics.sums import weighted

LogFunction = Callable[[np.ndarray, np.ndarray, slice], np.ndarray]


def log_expectations(
    posterior: WeightedDraws, log_function: LogFunction, groups: int, group_weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray, float]:
    """log E[f_i(a, b)] for each group i, and the error of a weighted sum of them.

    The errors of all groups come from the same populations, so they are correlated. To first order the error of
    sum_i t_i log E[f_i] equals the error of the mean of sum_i t_i f_i / E[f_i], which includes the correlation.

    Args:
        posterior: posterior of the population.
        log_function: function of a and b, each of shape (populations, 1), and a slice of the groups; returns log f_i,
            shape (populations, groups in the slice).
        groups: number of groups.
        group_weights: t_i, the weight of each group in the sum, shape (groups,).

    Returns:
        The logarithms and their errors, each of shape (groups,), and the error of their weighted sum.
    """
    a, b = posterior.population_shapes
    values = ((some, log_function(a, b, some)) for some in chunks(groups, len(a)))
    return log_expectations_of(posterior, values, groups, group_weights)


def log_expectations_of(
    posterior: WeightedDraws, log_values: Iterable[tuple[slice, np.ndarray]], groups: int, group_weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray, float]:
    """As `log_expectations`, of values that are computed elsewhere.

    Args:
        posterior: posterior of the population.
        log_values: some of the groups, and log f_i at each draw, shape (draws, groups in the slice), for all groups.
        groups: number of groups.
        group_weights: t_i, the weight of each group in the sum, shape (groups,).

    Returns:
        As `log_expectations`.
    """
    has_weight = posterior.weights > 0
    value, error, sum_of_ratios = np.empty(groups), np.empty(groups), np.zeros(len(has_weight))
    for some, log_f in log_values:
        highest = log_f[has_weight].max(axis=0)
        with np.errstate(over="ignore"):  # overflows only where the weight is zero
            f = np.where(has_weight[:, None], np.exp(log_f - highest), 0.0)
        mean, mean_error = posterior.expectation(f)
        value[some], error[some] = highest + np.log(mean), mean_error / mean
        sum_of_ratios += weighted(group_weights[some], (f / mean).T)
    return value, error, float(posterior.expectation(sum_of_ratios)[1])
