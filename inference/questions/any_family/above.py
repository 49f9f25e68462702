"""The probability that a group's rate lies above a threshold, in any family."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from inference.draws.each_group import EachGroup
from inference.draws.weighted import WeightedDraws
from inference.questions.any_family.given_counts import numbers_of, parameters_given
from inference.questions.group_columns import group_columns
from models import Observations


def above(posterior: WeightedDraws, counts: Observations, at: Sequence[float]) -> pl.DataFrame:
    """P(theta_i > c) given the counts of all groups, over all draws of the population.

        P(theta_i > c) = sum_j w_j P(theta_i > c | k_i, population_j of group i)

    Args:
        posterior: posterior of the population.
        counts: the groups.
        at: rates c.

    Returns:
        A row per rate and group, or per rate, group and category: the columns of the group, threshold, probability and
        probability_error (see `expectation`).

    Raises:
        TypeError: if the counts are not of the kind that the hyperprior's family observes.
    """
    each = EachGroup(posterior, counts)
    family, shape = posterior.hyperprior.family, each.different.k.shape
    probability, error = (np.empty((len(at), *shape)) for _ in range(2))
    for some, parameters in each.values(parameters_given, numbers=numbers_of(family, counts)):
        for i, c in enumerate(at):
            theta = np.full((1, *probability[i, some].shape), float(c))
            values = 1 - family.cdf(theta, parameters)
            mean, standard_error = posterior.expectation(values.reshape(len(values), -1))
            probability[i, some] = np.reshape(mean, (-1, *shape[1:]))
            error[i, some] = np.reshape(standard_error, (-1, *shape[1:]))
    tables = []
    for i, c in enumerate(at):
        columns = {
            "threshold": np.full(counts.k.size, float(c)),
            "probability": each.of_table(probability[i]).ravel(),
            "probability_error": each.of_table(error[i]).ravel(),
        }
        tables.append(pl.DataFrame(group_columns(counts) | columns))
    return pl.concat(tables) if tables else pl.DataFrame()
