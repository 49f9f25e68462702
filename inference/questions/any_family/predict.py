"""The posterior predictive distribution of a group's next count, in any family."""

from typing import Any, cast

import jax
import jax.numpy as jnp
import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from inference.draws.each_group import EachGroup
from inference.draws.rates import predicted_counts, resample, theta_given
from inference.draws.weighted import WeightedDraws
from inference.questions.group_columns import group_columns, multiplicity_column
from inference.questions.group_rates import each_with
from inference.questions.next_counts import UNSEEN, check_unseen, next_exposures, next_trials
from models import Categories, Events, Family, Hyperprior, Observations

DRAWS = 20_000  # of the next count: a probability of 5 % has a standard error of 0.0015
NUMBERS_HELD = 4_000_000  # drawn counts that are held at once: 32 MB


def predict(
    posterior: WeightedDraws,
    counts: Observations | None,
    n: ArrayLike,
    *,
    interval: float = 0.9,
    unseen: Observations | None = None,
) -> pl.DataFrame:
    """As `inference.predict`, for a population of any family.

    Mean, sd and none follow from the family's moments of a count and its marginal. The ends of the interval are
    quantiles of 20,000 predictive draws with a fixed key: the probabilities below them are right to 0.01. A mean or
    an sd that a count does not have is null.

    Args:
        posterior: posterior of the population.
        counts: the groups; None for the unseen group alone.
        n: next trials, or next exposures of events.
        interval: probability of the central interval.
        unseen: the unseen group, one row without data: needed if its population depends on its covariates.

    Returns:
        A row per group, or per group and category, the unseen one last.

    Raises:
        TypeError: if the data are not of the kind that the family observes, or if the unseen group is asked for and it
            is not known what it is.
        ValueError: if `n` is not one number, or one for each group, or `unseen` has data.
    """
    if counts is not None:
        counts = posterior.as_learned(counts)
    rows = 0 if counts is None else len(counts)
    kind = posterior.hyperprior.family.observations
    next_of = (next_exposures if issubclass(kind, Events) else next_trials)(n, rows)
    groups = _with_unseen(posterior, counts, unseen) if len(next_of) > rows else counts
    assert groups is not None  # n has at least one number
    first, place = each_with(groups, next_of)
    different = groups.taken(first)
    columns = _moments(posterior, different, next_of[first]) | _interval(posterior, different, next_of[first], interval)
    table = group_columns(groups)
    rates = groups.k[0].size
    if len(next_of) > rows:
        names = (() if counts is None else counts.names) + (UNSEEN,)
        table["name"] = [name for name in names for _ in range(rates)]
    table[f"{groups.design_name}_next"] = np.repeat(next_of, rates)
    for name in ("mean", "mean_error", "sd", "low", "high", "none", "none_error"):
        table[name] = columns[name][place].ravel()
    table = pl.DataFrame(table | multiplicity_column(groups, rates))
    return table.with_columns(pl.col("mean", "mean_error", "sd").fill_nan(None))


def _with_unseen(posterior: WeightedDraws, counts: Observations | None, unseen: Observations | None) -> Observations:
    """The groups, and after them the unseen one, without names."""
    hyperprior = posterior.hyperprior
    if unseen is None:
        unseen = _without_covariates(hyperprior, counts)
    unseen = posterior.as_learned(unseen)
    check_unseen(unseen)
    if counts is None:
        if unseen.levels and not hyperprior.is_shared and posterior.learned_from is None:
            raise TypeError(
                f"unseen has the covariate {next(iter(unseen.levels))!r} as text, which stands for a code of the other "
                "groups: give their counts too, or the code as a whole number"
            )
        return unseen.without_names()
    if hyperprior.is_shared:
        return counts.only_counts() + unseen.only_counts()
    both = counts.without_names() + unseen.without_names()
    for covariate, levels in counts.levels.items():
        if both.levels[covariate] != levels:
            raise TypeError(
                f"the covariate {covariate!r} of the unseen group is {unseen.levels[covariate][0]!r}, which no group "
                f"has: give one of {', '.join(map(repr, levels))}"
            )
    return both


def _without_covariates(hyperprior: Hyperprior, counts: Observations | None) -> Observations:
    """The unseen group of a population that is the same for all."""
    kind = hyperprior.family.observations
    example = "[[0, 0]]" if issubclass(kind, Categories) else "[0], [0]"
    if not hyperprior.is_shared:
        raise TypeError(
            "the population of an unseen group depends on its covariates: give the group without data, such as "
            f"unseen={kind.__name__}({example}, covariates={{...}}), or leave it out by giving one n for each group"
        )
    if not issubclass(kind, Categories):
        return cast(Any, kind)([0], [0])
    if isinstance(counts, Categories):
        return Categories(np.zeros((1, len(counts.categories)), int), categories=counts.categories)
    raise TypeError("which categories an unseen group has is not known: give unseen=Categories([[0, 0, 0]])")


def _moments(posterior: WeightedDraws, groups: Observations, next_of: np.ndarray) -> dict[str, np.ndarray]:
    """mean, sd and none with their errors, each of the shape of `groups.k`."""
    each = EachGroup(posterior, groups, merged=False)
    parts = {name: [] for name in ("mean", "mean_error", "variance", "none", "none_error")}
    for some, values in each.values(_of_group, next_of.astype(np.float64), numbers=3 * groups.k[0].size):
        shape = groups.k[some].shape
        means, variances, none = (values[:, :, i].reshape(len(values), -1) for i in range(3))
        # A count may have no mean or no variance, such as that of failures before a success.
        has_mean, has_variance = (np.isfinite(values).all(axis=0) for values in (means, variances))
        mean, mean_error = (
            np.where(has_mean, value, np.nan) for value in posterior.expectation(np.where(has_mean, means, 0.0))
        )
        variance, _ = posterior.expectation(np.where(has_variance, variances + (means - mean) ** 2, 0.0))
        variance = np.where(has_variance, variance, np.nan)
        found = dict(zip(parts, (mean, mean_error, variance, *posterior.expectation(none)), strict=True))
        for name, value in found.items():
            parts[name].append(np.reshape(value, shape))
    columns = {name: np.concatenate(values) for name, values in parts.items()}
    variance = columns.pop("variance")
    return columns | {"sd": np.sqrt(np.maximum(variance, 0.0))}  # rounding may take it below 0


def _of_group(family: Family, parameters: Any, k: jax.Array, design: jax.Array, next_design: jax.Array) -> jax.Array:
    """Mean and variance of the next count, and the probability that it is 0, shape (3,) or (3, categories)."""
    after = family.given(parameters, k, design)
    none = jnp.exp(family.log_marginal_of_each(jnp.zeros_like(next_design), next_design, after))
    return jnp.stack([*family.count_moments(after, next_design), none])


def _interval(
    posterior: WeightedDraws, groups: Observations, next_of: np.ndarray, interval: float
) -> dict[str, np.ndarray]:
    """low and high, each of the shape of `groups.k`: quantiles of predictive draws."""
    hyperprior = posterior.hyperprior
    key_population, key = jax.random.split(jax.random.key(0))
    population = resample(posterior, key_population, DRAWS)
    size = len(next_of)
    step = max(1, min(size, NUMBERS_HELD // (DRAWS * groups.k[0].size)))
    ends = (1 - interval) / 2, (1 + interval) / 2
    parts = []
    with jax.enable_x64(True):
        for start in range(0, size, step):
            # The last step repeats its last group, so that all steps have one shape and one compiled program.
            index = np.minimum(np.arange(start, start + step), size - 1)
            some = groups.without_names().taken(index)
            key_theta, key_k = jax.random.split(jax.random.fold_in(key, start))
            drawn = theta_given(hyperprior, population, some, key_theta, n_draws=DRAWS)
            k = predicted_counts(drawn, next_of[index], key=key_k, family=hyperprior.family)
            low_high = np.quantile(k, ends, axis=0, method="inverted_cdf")
            parts.append(low_high[:, : min(start + step, size) - start])
    low, high = np.concatenate(parts, axis=1).astype(np.int64)
    return {"low": low, "high": high}
