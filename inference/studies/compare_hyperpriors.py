"""Hyperpriors compared: how well each predicts all counts and left-out groups, and each group's rate under it."""

from collections.abc import Mapping
from typing import NamedTuple

import jax
import numpy as np
import polars as pl

from inference.algorithms.exact import exact
from inference.algorithms.rqmc import rqmc
from inference.numerics.sums import sum_se
from inference.numerics.trapezoid import QuadratureError
from inference.posteriors.exact_posterior import ExactPosterior
from inference.posteriors.posterior import Posterior
from inference.programs.keys import single_key
from inference.programs.populations import exact_applies
from inference.programs.shapes import WeightError
from inference.questions.group_columns import group_columns, multiplicity_column
from inference.questions.leave_one_out import elpd, leave_one_out
from inference.questions.shrinkage import group_means
from models import Hyperprior, Observations
from models.numerics.arithmetic import own_arithmetic
from models.numerics.sums import weighted

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
COLUMNS = {"method": pl.String()} | dict.fromkeys(FLOAT_COLUMNS, pl.Float64()) | {"problem": pl.String()}
# What a hyperprior may be refused for: it does not fit the data, says something else than it declares, or is improper.
REFUSALS = (QuadratureError, WeightError, TypeError, KeyError, ValueError)


class HyperpriorsCompared(NamedTuple):
    """The result of `compare_hyperpriors`.

    Args:
        table: a row per hyperprior. method: "exact" or "rqmc". For all counts: log_evidence (nats) and its error,
            log10_bayes_factor against the first hyperprior and its error. For left-out groups: elpd_loo, its error, and
            elpd_loo_se over groups; elpd_difference to the best, and elpd_difference_se over groups. For the
            population, where all groups share one and a rate is one number: mu, the posterior mean of its mean;
            population_sd, that of its standard deviation, sqrt(mu (1 - mu) / (lam + 1)) of one Beta; median_lam, of one
            Beta; each with its error. problem: why the hyperprior has no results, or why they are not to be trusted;
            null if neither.
        groups: a row per group, or per group and category: the columns of `group_columns`; a column per hyperprior with
            the group's posterior mean, null if there are no results; range, the largest minus the smallest mean, and
            range_error.
        posteriors: the posterior of each hyperprior that has results, by name.
    """

    table: pl.DataFrame
    groups: pl.DataFrame
    posteriors: dict[str, Posterior]


@own_arithmetic
def compare_hyperpriors(
    hyperpriors: Mapping[str, Hyperprior], counts: Observations, *, key: jax.Array | None = None
) -> HyperpriorsCompared:
    """Learn the population under each hyperprior and compare evidence, predictions and groups.

    A hyperprior that draws up to three numbers is learned by `exact`, one that draws more by `rqmc`. They may be of
    different families, if these observe the same data: one Beta and a mixture of two, for example.

    Bayes factors compare how well each hyperprior predicted all the counts before any of them was seen, so they depend
    on how far its support reaches. elpd_loo compares predictions of each group once the others are known, and hardly
    depends on that.

    Args:
        hyperpriors: hyperpriors by name.
        counts: the groups.
        key: JAX random key of `rqmc`, `jax.random.key(0)` by default.

    Returns:
        Both tables, and the posteriors. A hyperprior that cannot be used, or under which the integrals do not converge,
        has nulls and a problem; the others keep their results.

    Raises:
        ValueError: if there is no hyperprior, or if one has the name of a column of `groups`.
    """
    columns = group_columns(counts) | multiplicity_column(counts, counts.k[0].size)
    taken = {*columns, "multiplicity", "range", "range_error"} & set(hyperpriors)
    if taken:
        raise ValueError(
            f"a hyperprior cannot have the name of a column of the result: rename {', '.join(sorted(taken))}"
        )
    if not hyperpriors:
        raise ValueError("there is no hyperprior to compare: give at least one")
    key = jax.random.key(0) if key is None else single_key(key)
    rows, posteriors, predicted, means, errors = {}, {}, {}, {}, {}
    for name, hyperprior in hyperpriors.items():
        try:
            posterior = _learn(hyperprior, counts, key)
            left_out = leave_one_out(posterior, counts, pit=False)
            rows[name] = _row(posterior, left_out)
        except REFUSALS as problem:
            rows[name] = {"problem": str(problem.args[0] if isinstance(problem, KeyError) else problem)}
            continue
        posteriors[name] = posterior
        predicted[name] = left_out["log_predictive"].to_numpy()
        means[name], errors[name] = group_means(posterior, counts)
    _compare(rows, predicted, counts)
    unknown = np.full(counts.k.size, np.nan)
    groups = columns | {name: means.get(name, unknown) for name in hyperpriors}
    groups["range"] = np.ptp(list(means.values()), axis=0) if means else unknown
    groups["range_error"] = 2 * np.max(list(errors.values()), axis=0) if means else unknown
    table = [{"hyperprior": name} | {column: row.get(column) for column in COLUMNS} for name, row in rows.items()]
    schema = {"hyperprior": pl.String()} | COLUMNS
    return HyperpriorsCompared(pl.DataFrame(table, schema=schema), pl.DataFrame(groups).fill_nan(None), posteriors)


def _learn(hyperprior: Hyperprior, counts: Observations, key: jax.Array) -> Posterior:
    return (
        exact(hyperprior, counts)
        if exact_applies(hyperprior, counts.trials_of_rows)
        else rqmc(hyperprior, counts, key=key)
    )


def _compare(rows: dict[str, dict], predicted: dict[str, np.ndarray], counts: Observations) -> None:
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


def _row(posterior: Posterior, left_out: pl.DataFrame) -> dict[str, str | float | None]:
    """The columns that do not depend on the other hyperpriors."""
    predictive, verdict = elpd(left_out), posterior.verdict
    return {
        "method": "exact" if posterior.is_exact else "rqmc",
        "log_evidence": posterior.log_evidence,
        "log_evidence_error": posterior.log_evidence_error,
        "elpd_loo": predictive.value,
        "elpd_loo_error": predictive.error,
        "elpd_loo_se": predictive.standard_error,
        "problem": None if verdict.startswith("trust") else verdict,
        **_population(posterior),
    }


def _population(posterior: Posterior) -> dict[str, float]:
    """The mean and the sd of the population, and the median of lam, where it has them."""
    if not posterior.hyperprior.has_one_beta:
        described = {"mu": "mean", "population_sd": "spread"}  # what a family tells of a population with one rate
        own = posterior.hyperprior.addresses
        has = [name for name, of in described.items() if of in posterior.names and of not in own]
        values = {name: posterior.values(described[name]) for name in has}
        return _with_errors(posterior, values)
    a, b = map(np.ravel, posterior.population_shapes)
    mu, lam = a / (a + b), a + b
    found = _with_errors(posterior, {"mu": mu, "population_sd": np.sqrt(mu * (b / lam) / (lam + 1))})
    # E[lam] need not exist, but the median of lam does. The quantiles on either side convert its error in probability
    # to an error in lam.
    try:
        low, median, high = (posterior.quantile("lam", 0.5 + step) for step in (-QUANTILE_STEP, 0.0, QUANTILE_STEP))
    except QuadratureError:  # too sharp a bend for a lattice: the other columns are right all the same
        return found
    if isinstance(posterior, ExactPosterior):
        error = posterior.quantile_error("lam")
    else:
        error = float(posterior.expectation((lam < median) * 1.0)[1])
    # Keep three digits of the error, because the last digits of a difference of quantiles are rounding errors.
    return found | {
        "median_lam": median,
        "median_lam_error": float(f"{error * (high - low) / (2 * QUANTILE_STEP):.3g}"),
    }


def _with_errors(posterior: Posterior, values: Mapping[str, np.ndarray]) -> dict[str, float]:
    """Posterior means of numbers by name, and their errors."""
    if not values:
        return {}
    means, errors = posterior.expectation(np.stack(list(values.values()), axis=1))
    found = zip(values, means.tolist(), errors.tolist(), strict=True)
    return {key: value for name, mean, error in found for key, value in ((name, mean), (f"{name}_error", error))}
