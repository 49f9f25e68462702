"""The difference and the ratio of two groups' rates: how far apart they are, with an interval."""

from collections.abc import Sequence
from typing import Any

import jax
import numpy as np
import polars as pl
from scipy.special import log_expit

from inference.draws.weighted import WeightedDraws, check_probability
from inference.numerics.contrasts.beta_contrasts import Contrast
from inference.numerics.contrasts.contrast_moments import moments_that_exist
from inference.numerics.trapezoid import QuadratureError
from inference.numerics.weighted_quantile import weighted_quantile
from inference.programs.keys import single_key
from inference.programs.prepared import as_counts
from inference.questions.group_columns import category_index
from inference.questions.joint_draws import is_larger, joint_draws, mean_of_draws
from inference.questions.ranking import pairwise
from inference.questions.two_groups.exact_contrast import exact_contrasts
from inference.questions.two_groups.group_called import two_groups
from models import Family, Observations
from models.numerics.arithmetic import own_arithmetic


@own_arithmetic
def contrast(
    posterior: WeightedDraws,
    counts: Observations,
    name: str,
    other: str,
    *,
    key: jax.Array | None = None,
    interval: float = 0.9,
    category: str | None = None,
) -> pl.DataFrame:
    """How much larger the rate of one group is than that of another.

        difference = theta_1 - theta_2,    ratio = theta_1 / theta_2,
        odds ratio = theta_1 (1 - theta_2) / ((1 - theta_1) theta_2)

    Given the population the rates are independent. For an exact posterior of one Beta these are integrals over one
    rate, and then over the population. Otherwise, and where so many populations have rates of nearly 0 or 1 that these
    integrals fail, they are averages of joint draws, 4,000 of them if the posterior is exact; the probability that one
    rate is larger is then that of `pairwise`.

    Args:
        posterior: posterior of the population.
        counts: the groups.
        name: name of the first group.
        other: name of the second one.
        key: JAX random key, `jax.random.key(0)` by default; not used where nothing is drawn.
        interval: probability of the central interval.
        category: whose rates are compared, if each group has a rate for each of several categories.

    Returns:
        A row per contrast: name, other, contrast; mean with its mean_error, and sd; low, median and high, and
        interval_error, the error in probability of the distribution function at these; probability, P(theta_1 >
        theta_2), and probability_error. Errors are standard errors, or estimated absolute errors where nothing is
        drawn. A ratio has no mean (null) if the second group has no success, and no sd if it has fewer than 2; an odds
        ratio has none either if the first group has as few failures. Neither has one where its integral over the
        populations does not exist. Of draws a mean is given only with an sd, which its error needs. Rates of events
        have no odds ratio, rates that may be negative no ratio.

    Raises:
        CountsError: if a name is that of no group, or both are the same.
        KeyError: if there is no such category.
        TypeError: if the counts are not of the kind that the hyperprior's family observes, if a category is needed and
            none is given, or the other way round.
        ValueError: if `interval` is not between 0 and 1.
    """
    check_probability(interval, "interval")
    counts = posterior.as_learned(counts)
    index = category_index(counts, category)
    both = counts.taken(two_groups(counts, name, other))
    ends, asked = ((1 - interval) / 2, 0.5, (1 + interval) / 2), _contrasts(posterior.hyperprior.family)
    rows = _integrated(posterior, both, asked, ends)
    if rows is None:
        key = jax.random.key(0) if key is None else single_key(key)
        drawn = joint_draws(posterior, both, key, category)
        k = both.k if index is None else both.k[:, index]
        rows = [_of_draws(posterior, drawn, x, k, both.design_values - k, ends) for x in asked]
        if (
            posterior.is_exact and posterior.hyperprior.has_one_beta
        ):  # which one is larger can be integrated all the same
            pair = pairwise(posterior, both).row(0, named=True)
            rows = [row | {x: pair[x] for x in ("probability", "probability_error")} for row in rows]
    table = [{"name": name, "other": other, "contrast": x} | row for x, row in zip(asked, rows, strict=True)]
    return pl.DataFrame(table, schema_overrides={"mean": pl.Float64, "mean_error": pl.Float64, "sd": pl.Float64})


def _integrated(
    posterior: WeightedDraws, both: Observations, asked: Sequence[Contrast], ends: Sequence[float]
) -> list[dict[str, Any]] | None:
    """The rows of `exact_contrasts`, or None where nothing can be integrated."""
    if not (posterior.is_exact and posterior.hyperprior.has_one_beta):
        return None
    both = as_counts(posterior.hyperprior, both)
    try:
        return exact_contrasts(posterior, both.k.astype(np.float64), both.n.astype(np.float64), asked, ends)
    except QuadratureError:
        return None


def _contrasts(family: Family) -> list[Contrast]:
    """Those that rates of this family have."""
    low, high = family.rate_interval
    found: list[Contrast] = ["difference"]
    if low == 0:
        found.append("ratio")
    if (low, high) == (0, 1):
        found.append("odds ratio")
    return found


def _of_draws(
    posterior: WeightedDraws,
    drawn: tuple[np.ndarray, np.ndarray, np.ndarray],
    contrast: Contrast,
    k: np.ndarray,
    failures: np.ndarray,
    ends: Sequence[float],
) -> dict[str, Any]:
    x, theta, weights = drawn
    values = _values(
        contrast, np.asarray(x, np.float64), np.asarray(theta, np.float64), posterior.hyperprior.has_one_beta
    )
    moments: dict[str, float | None] = {"mean": None, "mean_error": None, "sd": None}
    # A ratio without moments may be infinite. Without a second one the mean of the draws has no standard error.
    if moments_that_exist(contrast, k, failures) > 1 and np.isfinite(values).all():
        mean, error, _ = mean_of_draws(posterior, values)
        sd = np.sqrt(mean_of_draws(posterior, (values - mean) ** 2)[0])
        moments = {"mean": float(mean), "mean_error": float(error), "sd": float(sd)}
    quantiles = weighted_quantile(values, weights, ends)
    below = mean_of_draws(posterior, (values[:, None] <= quantiles) * 1.0)
    above, error_of_above, size = mean_of_draws(posterior, is_larger(x[:, 0], x[:, 1]))
    return {
        **moments,
        **dict(zip(("low", "median", "high"), quantiles.tolist(), strict=True)),
        "interval_error": float(np.hypot(below[1], np.abs(below[0] - ends)).max()),
        "probability": float(above),
        "probability_error": float(np.hypot(error_of_above, 1 / size)),  # for events that were never drawn
    }


def _values(contrast: Contrast, x: np.ndarray, theta: np.ndarray, is_log_odds: bool) -> np.ndarray:
    """The contrast at each draw, by logarithms where the rates may round to 0 or 1."""
    if contrast == "difference":
        return theta[:, 0] - theta[:, 1]
    with np.errstate(divide="ignore", over="ignore"):
        logs = log_expit(x) if is_log_odds else np.log(theta)
        if contrast == "odds ratio":
            logs = x if is_log_odds else logs - np.log1p(-theta)
        return np.exp(logs[:, 0] - logs[:, 1])
