"""How well no, complete and partial pooling predicted later counts, in any family."""

from collections.abc import Iterator
from typing import Any, cast

import jax
import jax.numpy as jnp
import numpy as np
import polars as pl

from inference.draws.each_group import EachGroup
from inference.draws.weighted import WeightedDraws
from inference.questions.group_columns import multiplicity_column, whole_group_columns
from inference.questions.group_rates import by_category, each_with, raw_rates
from inference.questions.held_out import HeldOut, rates_off, summary_of
from inference.questions.over_groups import log_expectations_of
from models import Categories, Family, Observations
from models.families.family import Parameters
from models.programs.threads import shared


def evaluate(posterior: WeightedDraws, counts: Observations, later: Observations) -> HeldOut:
    """As `inference.evaluate`, for a population of any family.

    Args:
        posterior: posterior of the population given `counts`.
        counts: the first counts.
        later: later counts of the same groups, in the same order.

    Returns:
        The comparison; its errors are the posterior's.

    Raises:
        ValueError: if their categories differ.
    """
    if isinstance(counts, Categories) and isinstance(later, Categories) and counts.categories != later.categories:
        raise ValueError("the later counts must have the categories of the first ones, in the same order")
    family = posterior.hyperprior.family
    first, place = each_with(counts, later.k, later.design_values)
    different, later_of = counts.taken(first), (later.k[first].astype(float), later.design_values[first].astype(float))
    groups = EachGroup(posterior, different, merged=False)
    students = np.bincount(place, counts.multiplicity, len(first))
    partial, partial_error, sum_error = log_expectations_of(
        posterior, groups.values(_log_later, *later_of), len(first), students
    )
    rate, rate_error = groups.expectation(_rate, numbers=_numbers(counts))
    k, design = different.k.astype(np.float64), different.design_values.astype(np.float64)
    # Of all groups together, for each of them
    together = np.einsum("i,i...->...", counts.multiplicity, counts.k), counts.multiplicity @ counts.design_values
    of_all = [
        np.broadcast_to(np.asarray(total, np.float64), of.shape)
        for total, of in zip(together, (k, design), strict=True)
    ]
    none, none_rate = _uninformed(family, k, design, *later_of)
    complete, complete_rate = _uninformed(family, *of_all, *later_of)
    log_predictive = {"none": none[place], "complete": complete[place], "partial": partial[place]}
    rates = {
        "raw": raw_rates(family, counts),
        "none": none_rate[place],
        "complete": complete_rate[place],
        "partial": rate[place],
    }
    shown = raw_rates(family, later)
    rmse: dict[str, tuple[float | None, float | None]] = {}
    for pooling, predicted in rates.items():
        value = rates_off(predicted, shown, counts.multiplicity).rmse
        rmse[pooling] = value, None if value is None else 0.0
    if rmse["partial"][0]:
        off = rates_off(rate, raw_rates(family, later.taken(first)), students)
        error = _error_of_sum(posterior, groups.values(_rate, numbers=_numbers(counts)), off.both, off.slope)
        rmse["partial"] = rmse["partial"][0], error
    k_later = {} if later.k.ndim > 1 else {"k_later": later.k}
    table = whole_group_columns(counts) | k_later | {f"{counts.design_name}_later": later.design_values}
    table |= log_predictive
    table |= {"partial_error": partial_error[place]}
    for pooling, predicted in rates.items():
        table |= by_category(f"{pooling}_rate", predicted, counts)
    table |= by_category("partial_rate_error", rate_error[place], counts)
    table |= multiplicity_column(counts)
    summary = summary_of(log_predictive, sum_error, rmse, counts.multiplicity.astype(np.float64))
    return HeldOut(summary, pl.DataFrame(table).fill_nan(None))


def _log_later(
    family: Family, parameters: Any, k: jax.Array, design: jax.Array, k_later: jax.Array, design_later: jax.Array
) -> jax.Array:
    return family.log_marginal(k_later, design_later, family.given(parameters, k, design))


def _rate(family: Family, parameters: Any, k: jax.Array, design: jax.Array) -> jax.Array:
    return family.moments(family.given(parameters, k, design))[0]


def _numbers(counts: Observations) -> int:
    """How many rates a group has."""
    return 1 if counts.k.ndim == 1 else counts.k.shape[1]


def _error_of_sum(
    posterior: WeightedDraws, parts: Iterator[tuple[slice, np.ndarray]], both: np.ndarray, slope: np.ndarray
) -> float:
    """The error of the mean of sum_i slope_i rate_i, whose rates come from the same populations."""
    slopes = np.zeros(both.shape)
    slopes[both] = slope
    change = np.zeros(len(posterior.weights))
    for some, rates in parts:
        change += np.einsum("jr,r->j", rates.reshape(len(rates), -1), slopes[some].ravel())
    return float(posterior.expectation(change)[1])


def _uninformed(family: Family, *data: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Log predictive density of later counts and the rate, for each group; NaN where the prior is still improper."""
    k = data[0]
    if family.uninformed(jnp.asarray(k[0])) is None:
        return np.full(len(k), np.nan), np.full(k.shape, np.nan)
    with jax.enable_x64(True):
        log_later, rate, is_proper = _compiled(family)(*(jnp.asarray(values, float) for values in data))
    is_proper = np.asarray(is_proper)
    rate = np.where(is_proper.reshape(-1, *[1] * (np.ndim(rate) - 1)), rate, np.nan)
    return np.where(is_proper, log_later, np.nan), rate


@shared
def _compiled(family: Family) -> Any:
    def of_group(k: jax.Array, design: jax.Array, k_later: jax.Array, design_later: jax.Array) -> tuple[jax.Array, ...]:
        alone, uninformed = cast(tuple[Family, Parameters], family.uninformed(k))
        after = alone.given(uninformed, k, design)
        is_proper = jnp.all(jnp.array([jnp.all(parameter > 0) for parameter in after]))
        after = tuple(jnp.where(is_proper, parameter, 1) for parameter in after)
        return alone.log_marginal(k_later, design_later, after), alone.moments(after)[0], is_proper

    return jax.jit(jax.vmap(of_group))
