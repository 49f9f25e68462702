"""Hyperpriors compared: how well each predicts all counts and left-out groups, and each group's rate under it."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import polars as pl

from inference.algorithms.exact import ExactPosterior, exact
from inference.numerics.sums import sum_se
from inference.numerics.trapezoid import QuadratureError
from inference.programs.prepared import as_counts, check_one_beta
from inference.questions.group_columns import group_columns, multiplicity_column
from inference.questions.leave_one_out import elpd, leave_one_out
from inference.questions.shrinkage import different_pairs, moments
from models import Counts, Hyperprior
from models.numerics.arithmetic import own_arithmetic
from models.numerics.sums import weighted

QUANTILE_ERROR = 1e-6  # in probability: error of `ExactPosterior.quantile`
QUANTILE_STEP = 0.01  # in probability: step of the difference quotient that converts this error to one in lam
FLOAT_COLUMNS = (
    "log_evidence",
    "log_evidence_error",
    "log10_bayes_factor",
    "log10_bayes_factor_error",
    "elpd_loo",
    "elpd_loo_error",
    "elpd_loo_se",
    "elpd_difference",
    "elpd_difference_se",
    "mu",
    "mu_error",
    "median_lam",
    "median_lam_error",
    "population_sd",
    "population_sd_error",
)
COLUMNS = dict.fromkeys(FLOAT_COLUMNS, pl.Float64()) | {"problem": pl.String()}


class HyperpriorsCompared(NamedTuple):
    """The result of `compare_hyperpriors`.

    Args:
        table: a row per hyperprior. For all counts: log_evidence (nats) and its error, log10_bayes_factor against the
            first hyperprior and its error. For left-out groups: elpd_loo, its error, and elpd_loo_se over groups;
            elpd_difference to the best, and elpd_difference_se over groups. For the population: mu, its posterior
            mean; median_lam; population_sd, E[sqrt(mu (1 - mu) / (lam + 1))]; each with its error. problem: why
            the hyperprior has no results, null if it has.
        groups: a row per group: name, k, n; a column per hyperprior with the group's posterior mean, null if there are
            no results; range, the largest minus the smallest mean, and range_error.
        posteriors: the exact posterior of each hyperprior that has results, by name.
    """

    table: pl.DataFrame
    groups: pl.DataFrame
    posteriors: dict[str, ExactPosterior]


@own_arithmetic
def compare_hyperpriors(hyperpriors: Mapping[str, Hyperprior], counts: Counts) -> HyperpriorsCompared:
    """Learn the population under each hyperprior, exactly, and compare evidence, predictions and groups.

    Bayes factors compare how well each hyperprior predicted all the counts before any of them was seen, so they depend
    on how far its support reaches. elpd_loo compares predictions of each group once the others are known, and hardly
    depends on that.

    Args:
        hyperpriors: hyperpriors by name, each with two addresses.
        counts: the groups.

    Returns:
        Both tables, and the posteriors. A hyperprior under which the integrals do not converge has nulls and a problem.

    Raises:
        TypeError: if a population is not one Beta of all students, or the data are not `Counts`.
        ValueError: if there is no hyperprior, or if one has the name of a column of `groups` or does not have two
            addresses.
    """
    taken = {"name", "k", "n", "multiplicity", "range", "range_error"} & set(hyperpriors)
    if taken:
        raise ValueError(
            f"a hyperprior cannot have the name of a column of the result: rename {', '.join(sorted(taken))}"
        )
    if not hyperpriors:
        raise ValueError("there is no hyperprior to compare: give at least one")
    for name, hyperprior in hyperpriors.items():
        instead = "compare the log_evidence of importance or smc with marginal(hyperprior)"
        check_one_beta(hyperprior, f"compare_hyperpriors, by {name!r},", instead)
        counts = as_counts(hyperprior, counts)
    (k, n), row_of_group = different_pairs(counts)
    rows, posteriors, predicted, means, errors = {}, {}, {}, {}, {}
    for name, hyperprior in hyperpriors.items():
        try:
            posterior = exact(hyperprior, counts)
            left_out = leave_one_out(posterior, counts, pit=False)
            rows[name] = _row(posterior, left_out)
        except QuadratureError as problem:
            rows[name] = {"problem": str(problem)}
            continue
        posteriors[name] = posterior
        predicted[name] = left_out["log_predictive"].to_numpy()
        mean, mean_error, _ = moments(posterior, k, n)
        means[name], errors[name] = mean[row_of_group], mean_error[row_of_group]
    _compare(rows, predicted, counts)
    unknown = np.full(len(counts), np.nan)
    groups = group_columns(counts) | multiplicity_column(counts)
    groups |= {name: means.get(name, unknown) for name in hyperpriors}
    groups["range"] = np.ptp(list(means.values()), axis=0) if means else unknown
    groups["range_error"] = 2 * np.max(list(errors.values()), axis=0) if means else unknown
    table = [{"hyperprior": name} | {column: row.get(column) for column in COLUMNS} for name, row in rows.items()]
    schema = {"hyperprior": pl.String()} | COLUMNS
    return HyperpriorsCompared(pl.DataFrame(table, schema=schema), pl.DataFrame(groups).fill_nan(None), posteriors)


def _compare(rows: dict[str, dict], predicted: dict[str, np.ndarray], counts: Counts) -> None:
    """Add to each row what depends on other rows: the Bayes factor against the first, and elpd against the best."""
    present = counts.multiplicity > 0
    students = counts.multiplicity[present].astype(np.float64)
    first = next(iter(rows))
    for name in predicted:
        best = max(predicted, key=lambda other: rows[other]["elpd_loo"])
        difference = (predicted[name] - predicted[best])[present]
        rows[name]["elpd_difference"] = float(weighted(students, difference))
        rows[name]["elpd_difference_se"] = sum_se(difference, students)
        if first in predicted:
            own, others = (rows[of]["log_evidence_error"] for of in (name, first))
            log_factor = rows[name]["log_evidence"] - rows[first]["log_evidence"]
            rows[name]["log10_bayes_factor"] = log_factor / np.log(10)
            rows[name]["log10_bayes_factor_error"] = 0.0 if name == first else (own + others) / np.log(10)


def _row(posterior: ExactPosterior, left_out: pl.DataFrame) -> dict[str, float | None]:
    """The columns that do not depend on the other hyperpriors."""
    predictive = elpd(left_out)
    a, b = map(np.ravel, posterior.population_shapes)
    mu, lam = a / (a + b), a + b
    (mean, spread), (mean_error, spread_error) = posterior.expectation(
        np.stack([mu, np.sqrt(mu * (b / lam) / (lam + 1))], axis=1)
    )
    # E[lam] need not exist, but the median of lam does. The quantiles on either side convert its error in probability
    # to an error in lam.
    low, median, high = (posterior.quantile("lam", 0.5 + step) for step in (-QUANTILE_STEP, 0.0, QUANTILE_STEP))
    return {
        "log_evidence": posterior.log_evidence,
        "log_evidence_error": posterior.log_evidence_error,
        "elpd_loo": predictive.value,
        "elpd_loo_error": predictive.error,
        "elpd_loo_se": predictive.standard_error,
        "mu": float(mean),
        "mu_error": float(mean_error),
        "median_lam": median,
        # Keep three digits of the error, because the last digits of a difference of quantiles are rounding errors.
        "median_lam_error": float(f"{QUANTILE_ERROR * (high - low) / (2 * QUANTILE_STEP):.3g}"),
        "population_sd": float(spread),
        "population_sd_error": float(spread_error),
    }
