"""Each group's rate given the counts of all groups: a mixture of conjugate posteriors over the population."""

from typing import Any

import numpy as np
import polars as pl
from scipy.special import expit, logit

from inference.draws.each_group import EachGroup
from inference.draws.few_draws import few_draws
from inference.draws.weighted import WeightedDraws
from inference.numerics.inverse import FARTHEST, quantiles
from inference.numerics.trapezoid import QuadratureError
from inference.questions.any_family.given_counts import moments_given, numbers_of, parameters_given
from inference.questions.group_columns import group_columns, multiplicity_column
from inference.questions.group_rates import raw_rates
from models import Family, Observations
from models.numerics.sums import weighted

MOST_DRAWS, FEWEST_DRAWS = 4_000, 500  # draws from which the ends of intervals are computed, at most and at least
DRAWS_AND_GROUPS = 400_000  # draws times groups: with more groups there are fewer draws


def shrinkage_table(posterior: WeightedDraws, counts: Observations, interval: float) -> pl.DataFrame:
    """The table of `Posterior.shrinkage` for any family, computed once for each different group.

        theta_i | counts ~ sum_j w_j p(theta_i | k_i, population_j of group i)

    The ends of the interval are computed from at most 4,000 of the draws, chosen by `few_draws`; from fewer if there
    are more than 100 different groups, but at least 500. Their probabilities are then off by less than 1 / sqrt(ESS) of
    so many independent draws; without a choice they are correct to 1e-9.

    Args:
        posterior: posterior of the population.
        counts: the groups.
        interval: probability of the central interval.

    Returns:
        A row per group, or per group and category: name, k, and n or exposure; raw, the rate by the group's own data
        alone, such as k / n; plug_in, the mean of theta given the group's counts in the population at `plug_in`; mean,
        sd, low, high, mean_error; and multiplicity if any is not 1.

    Raises:
        TypeError: if the counts are not of the kind that the hyperprior's family observes.
    """
    each = EachGroup(posterior, counts)
    mean, mean_error, sd = _moments(each)
    low, high = _central_interval(each, interval, mean, sd)
    of_different = {
        "raw": raw_rates(posterior.hyperprior.family, each.different),
        "plug_in": _plug_in(each),
        "mean": mean,
        "sd": sd,
        "low": low,
        "high": high,
        "mean_error": mean_error,
    }
    columns = {name: each.of_table(values).ravel() for name, values in of_different.items()}
    begin = group_columns(counts) | multiplicity_column(counts, counts.k[0].size)
    return pl.DataFrame(begin | columns).with_columns(pl.col("raw", "plug_in").fill_nan(None))


def _moments(each: EachGroup) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean, its error, and sd of theta for each different group: E[Var] + Var[E] over the population."""
    shape = each.different.k.shape
    mean, error, sd = (np.empty(shape) for _ in range(3))
    for some, (means, variances) in each.values(moments_given, numbers=2 * each.different.k[0].size):
        flat = means.reshape(len(means), -1)
        mean_of_some, error_of_some = each.posterior.expectation(flat)
        variance, _ = each.posterior.expectation(variances.reshape(len(means), -1) + (flat - mean_of_some) ** 2)
        for whole, part in zip((mean, error, sd), (mean_of_some, error_of_some, np.sqrt(variance)), strict=True):
            whole[some] = np.reshape(part, (-1, *shape[1:]))
    return mean, error, sd


def _plug_in(each: EachGroup) -> np.ndarray:
    """The mean of theta of each different group in the population at the posterior mean of every address, or NaN."""
    posterior = each.posterior
    try:
        means = posterior.of_each_address(posterior.mean)
    except QuadratureError:  # an address has no posterior mean
        return np.full(each.different.k.shape, np.nan)
    point = WeightedDraws(
        posterior.hyperprior,
        {address: np.asarray(value)[None] for address, value in means.items()},
        np.zeros(1),
        log_evidence=posterior.log_evidence,
        log_evidence_error=posterior.log_evidence_error,
    )
    numbers = 2 * each.different.k[0].size
    return np.concatenate(
        [mean[0] for _, (mean, _) in EachGroup(point, each.counts).values(moments_given, numbers=numbers)]
    )


def _central_interval(
    each: EachGroup, interval: float, mean: np.ndarray, sd: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Ends of the central interval of theta for each different group, by inverting its distribution function."""
    family, groups = each.posterior.hyperprior.family, len(each.different)
    few = few_draws(each.posterior, int(np.clip(DRAWS_AND_GROUPS // groups, FEWEST_DRAWS, MOST_DRAWS)))
    centre, scale = _on_line(family, mean, sd)
    low, high = np.empty_like(mean), np.empty_like(mean)
    numbers = numbers_of(family, each.counts)
    for some, parameters in EachGroup(few, each.counts).values(parameters_given, numbers=numbers):

        def cdf(x: np.ndarray, which: np.ndarray, parameters: Any = parameters) -> np.ndarray:
            theta = _rate(family, x)[None]
            return weighted(few.weights, family.cdf(theta, tuple(values[:, which] for values in parameters)))

        low[some] = _rate(family, quantiles(cdf, (1 - interval) / 2, centre[some], scale[some]))
        high[some] = _rate(family, quantiles(cdf, (1 + interval) / 2, centre[some], scale[some]))
    return low, high


def _rate(family: Family, x: np.ndarray) -> np.ndarray:
    """The rate at x: e^x / (1 + e^x) of its largest value, or e^x if it has none."""
    highest = family.rate_interval[1]
    return np.exp(x) if np.isinf(highest) else highest * expit(x)


def _on_line(family: Family, mean: np.ndarray, sd: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The x of a rate with this mean, and about its sd there."""
    highest = family.rate_interval[1]
    with np.errstate(divide="ignore", invalid="ignore"):
        if np.isinf(highest):
            x, scale = np.log(mean), sd / mean
        else:
            share = mean / highest
            x, scale = logit(share), sd / highest / (share * (1 - share))
    scale = np.where(np.isfinite(scale), scale, FARTHEST)
    return np.clip(x, -FARTHEST, FARTHEST), np.clip(scale, 1e-12, FARTHEST)
