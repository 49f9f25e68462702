"""Each group predicted from all other groups, in any family: exactly on nodes, or from draws with smoothed weights."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import polars as pl

from inference.draws.each_group import EachGroup
from inference.draws.weighted import WeightedDraws
from inference.questions.any_family.given_counts import log_marginal
from inference.questions.group_columns import multiplicity_column, whole_group_columns
from inference.questions.left_out import OfGroups, Refitted, check_learned_from, without_each, without_each_on_nodes
from models import Family, Observations

MOST_SUMMED = 1_000  # counts whose probabilities are added up for the PIT


def leave_one_out(posterior: WeightedDraws, counts: Observations, *, pit: bool = True) -> pl.DataFrame:
    """As `inference.leave_one_out`, for a population of any family.

    The weights without a group are Pareto-smoothed. A group that is left out keeps its covariates. P(K < k_i) is a sum
    over the counts on the nearer side of k_i: if there are more than MOST_SUMMED of them the PIT is null. It is null
    for counts in categories too, because several counts have no order.

    Args:
        posterior: posterior of the population given `counts`.
        counts: the groups.
        pit: whether to compute the PIT.

    Returns:
        A row per row of the counts; see `whole_group_columns` for the first ones of its columns.

    Raises:
        TypeError: if the counts are not of the kind that the hyperprior's family observes.
        ValueError: as `inference.leave_one_out`.
    """
    groups = EachGroup(posterior, counts)
    check_learned_from(posterior, counts)
    family, different = posterior.hyperprior.family, groups.different
    parts = []
    if pit and not family.has_categories:
        start, stop, is_upper = _nearer_side(family, different)
        has_pit = stop - start <= MOST_SUMMED
        stop = np.where(has_pit, stop, start)
        for some, values in groups.values(_log_p_and_lies, start, stop, is_upper, numbers=2):
            lies = np.where(has_pit[some], values[..., 1], np.nan)
            parts.append(_without_each(groups, some, values[..., 0], lies))
    else:
        for some, log_p in groups.values(log_marginal):
            parts.append(_without_each(groups, some, log_p, np.full_like(log_p, np.nan)))
    result = OfGroups(*(np.concatenate(values) for values in zip(*parts, strict=True)))
    present = counts.multiplicity > 0
    results = {name: np.where(present, groups.of_table(values), np.nan) for name, values in result._asdict().items()}
    table = pl.DataFrame(whole_group_columns(counts) | results | multiplicity_column(counts))
    return table.with_columns(pl.col(*OfGroups._fields).fill_nan(None))


def _without_each(groups: EachGroup, some: slice, log_p: np.ndarray, lies: np.ndarray) -> OfGroups:
    """Leave out each of some groups: from the nodes of an exact posterior, or from draws with smoothed weights."""
    posterior, nodes = groups.posterior, groups.posterior.nodes
    if nodes is None:
        return without_each(posterior, log_p, lies)

    def refit(i: int) -> Refitted:
        """From the exact posterior of the other groups, whose group without data is the one that is left out."""
        is_row = (groups.row_of == range(len(groups.different))[some][i]) & (groups.counts.multiplicity > 0)
        row = int(np.flatnonzero(is_row)[0])
        rest = nodes.refit(posterior.hyperprior, groups.counts.with_one_unseen(row))
        error = posterior.log_evidence_error + rest.log_evidence_error
        log_predictive = posterior.log_evidence - rest.log_evidence
        if np.isnan(lies[:, i]).all():
            return log_predictive, error, np.nan, np.nan
        one = EachGroup(rest, groups.counts.without_names().taken([row]))
        start, stop, is_upper = _nearer_side(posterior.hyperprior.family, one.different)
        ((_, values),) = one.values(_log_p_and_lies, start, stop, is_upper, numbers=2)
        pit, pit_error = rest.expectation(values[:, 0, 1])
        return log_predictive, error, float(pit), float(pit_error)

    return without_each_on_nodes(nodes, log_p, lies, refit)


def _nearer_side(family: Family, groups: Observations) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The counts below k, or those above it if they are fewer: the first, the one after the last, and whether above."""
    with jax.enable_x64(True):
        largest = np.asarray(jax.vmap(family.largest_count)(jnp.asarray(groups.design_values, float)))
    k = groups.k.astype(np.float64)
    is_upper = k > largest - k
    return np.where(is_upper, k + 1, 0.0), np.where(is_upper, largest + 1, k), is_upper


def _log_p_and_lies(
    family: Family,
    parameters: Any,
    k: jax.Array,
    design: jax.Array,
    start: jax.Array,
    stop: jax.Array,
    is_upper: jax.Array,
) -> jax.Array:
    """log P(K = k), and P(K < k) + P(K = k) / 2."""
    log_p = family.log_marginal(k, design, parameters)

    def added(state: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
        x, total = state
        return x + 1, total + jnp.exp(family.log_marginal(x, design, parameters))

    _, side = jax.lax.while_loop(lambda state: state[0] < stop, added, (start, jnp.zeros_like(start)))
    side = side + jnp.exp(log_p) / 2
    return jnp.stack([log_p, jnp.clip(jnp.where(is_upper, 1 - side, side), 0, 1)])
