"""Each group predicted from all other groups: exactly on quadrature nodes, or from draws with smoothed weights."""

from typing import NamedTuple

import numpy as np
import polars as pl

from inference.draws.lattice_nodes import LatticeNodes
from inference.draws.nodes import Nodes
from inference.draws.weighted import WeightedDraws
from inference.numerics.betas.beta_mixtures import chunks
from inference.numerics.count_laws import MOST_STEPS, QUADRATURE_ERROR, log_pmf, probability_below
from inference.numerics.sums import sum_se
from inference.programs.prepared import as_counts
from inference.questions.any_family import leave_one_out as any_family
from inference.questions.group_columns import group_columns, multiplicity_column
from inference.questions.left_out import OfGroups, Refitted, check_learned_from, without_each, without_each_on_nodes
from inference.questions.shrinkage import different_pairs
from models import Counts, Observations
from models.numerics.arithmetic import own_arithmetic
from models.numerics.sums import weighted

# Probability: a node whose probability is not larger, whichever group is left out, is not used for the PIT.
NEGLIGIBLE_NODE = 1e-13


class Elpd(NamedTuple):
    """The expected log predictive density of a new group, times the number of groups.

    Args:
        value: sum over groups of log p(k_i | k_-i), in nats.
        error: upper bound of the numerical or Monte Carlo error, the sum of the errors of all groups.
        standard_error: standard error over S groups, sqrt(S) sd; None for one group.
    """

    value: float
    error: float
    standard_error: float | None


@own_arithmetic
def leave_one_out(posterior: WeightedDraws, counts: Observations, *, pit: bool = True) -> pl.DataFrame:
    """Log predictive probability of each group's count given all other groups, and its probability integral transform.

        p(k_i | k_-i) = 1 / E[1 / p(k_i | n_i, a, b)],    pit_i = P(K < k_i | k_-i) + P(K = k_i | k_-i) / 2

    where the expectation is over the posterior given all groups. For an exact posterior this is a sum over its nodes,
    each divided by the group's p. If these nodes do not cover the posterior without the group, that posterior is
    computed anew. For draws, the weights without a group are Pareto-smoothed (PSIS-LOO); a row with khat above 0.7
    cannot be trusted.

    In any other family p(k_i | population) is the family's marginal. `inference.questions.any_family.leave_one_out`
    says which PITs are null.

    Args:
        posterior: posterior of the population given `counts`, by any algorithm.
        counts: the groups; from each row one group is left out, whatever the row's multiplicity.
        pit: whether to compute the PIT, which takes most of the time; if False its columns are null.

    Returns:
        A row per row of the counts: name, k, n, or exposure; log_predictive in nats and log_predictive_error; pit and
        pit_error; khat, null if the posterior is exact; and multiplicity if any is not 1. Errors are estimated errors
        if the posterior is exact, and standard errors otherwise. A row with multiplicity 0 has nulls.

    Raises:
        TypeError: if the counts are not of the kind that the hyperprior's family observes.
        ValueError: if a group is not one of those that the population was learned from; or, if the posterior is exact,
            not all of them are given.

    References:
        Vehtari, Gelman & Gabry (2017), Practical Bayesian model evaluation using leave-one-out cross-validation and
        WAIC, Statistics and Computing 27(5).
    """
    if not posterior.hyperprior.has_one_beta:
        return any_family.leave_one_out(posterior, counts, pit=pit)
    counts = as_counts(posterior.hyperprior, counts)
    check_learned_from(posterior, counts)
    present = counts.multiplicity > 0
    (k, n), row = different_pairs(counts)
    summed = np.minimum(k, n - k) <= MOST_STEPS
    if posterior.nodes is not None:
        result = _from_nodes(posterior, posterior.nodes, counts, k, n, pit)
    elif posterior.is_exact:
        result = _under_known(posterior, k, n, pit)
    else:
        result = _from_draws(posterior, k, n, pit)
    result = result._replace(pit_error=result.pit_error + np.where(summed, 0.0, QUADRATURE_ERROR))
    results = {name: np.where(present, values[row], np.nan) for name, values in result._asdict().items()}
    table = group_columns(counts) | results | multiplicity_column(counts)
    return pl.DataFrame(table).with_columns(pl.col(*OfGroups._fields).fill_nan(None))


@own_arithmetic
def elpd(table: pl.DataFrame) -> Elpd:
    """The sum of the log predictive probabilities, and its errors.

    Args:
        table: the result of `leave_one_out`.

    Returns:
        The sum, its numerical or Monte Carlo error, and its standard error over groups.
    """
    groups = table["multiplicity"].to_numpy() if "multiplicity" in table.columns else np.ones(len(table))
    present = groups > 0
    value, error = (table[name].to_numpy()[present] for name in ("log_predictive", "log_predictive_error"))
    groups = groups[present].astype(np.float64)
    return Elpd(float(weighted(groups, value)), float(weighted(groups, error)), sum_se(value, groups))


def _from_nodes(
    posterior: WeightedDraws,
    nodes: Nodes | LatticeNodes,
    counts: Counts,
    k: np.ndarray,
    n: np.ndarray,
    with_pit: bool,
) -> OfGroups:
    a, b = posterior.population_shapes
    parts = []
    for some in chunks(len(k), len(a)):
        log_p = log_pmf(k[some], n[some], a, b)
        lies = np.full_like(log_p, np.nan)
        if with_pit:
            has_mass = np.max([nodes.divided_by(each).weights for each in log_p.T], axis=0) > NEGLIGIBLE_NODE
            lies = _at_or_below(k[some], n[some], a, b, log_p, has_mass)

        def refit(i: int, k: np.ndarray = k[some], n: np.ndarray = n[some]) -> Refitted:
            return _refit_without(posterior, nodes, counts, k[[i]], n[[i]], with_pit)

        parts.append(without_each_on_nodes(nodes, log_p, lies, refit))
    return OfGroups(*(np.concatenate(values) for values in zip(*parts, strict=True)))


def _at_or_below(
    k: np.ndarray, n: np.ndarray, a: np.ndarray, b: np.ndarray, log_p: np.ndarray, has_mass: np.ndarray
) -> np.ndarray:
    """P(K < k) + P(K = k) / 2 given each population, 0 where `has_mass` is False, shape (populations, groups)."""
    result = np.zeros_like(log_p)
    result[has_mass] = probability_below(k, n, a[has_mass, 0], b[has_mass, 0]) + np.exp(log_p[has_mass]) / 2
    return result


def _refit_without(
    posterior: WeightedDraws, nodes: Nodes | LatticeNodes, counts: Counts, k: np.ndarray, n: np.ndarray, with_pit: bool
) -> Refitted:
    """Log predictive and PIT, each with its error, from the exact posterior of the other groups; k, n of shape (1,)."""
    row = np.flatnonzero((counts.k == k) & (counts.n == n) & (counts.multiplicity > 0))[:1]
    others = counts.multiplicity.copy()
    others[row] -= 1
    # Add a group without trials, so that at least one group is left.
    without = Counts(np.append(counts.k, 0), np.append(counts.n, 0), multiplicity=np.append(others, 1))
    rest = nodes.refit(posterior.hyperprior, without)
    error = posterior.log_evidence_error + rest.log_evidence_error
    if not with_pit:
        return posterior.log_evidence - rest.log_evidence, error, np.nan, np.nan
    a, b = rest.population_shapes
    values = _at_or_below(k, n, a, b, log_pmf(k, n, a, b), np.full(len(a), True))
    (pit,), (pit_error,) = rest.expectation(values)
    return posterior.log_evidence - rest.log_evidence, error, float(pit), float(pit_error)


def _under_known(posterior: WeightedDraws, k: np.ndarray, n: np.ndarray, with_pit: bool) -> OfGroups:
    """A population that is known says the same of a group, whatever the others are."""
    a, b = posterior.population_shapes
    log_p, nothing = log_pmf(k, n, a, b), np.zeros(len(k))
    lies = _at_or_below(k, n, a, b, log_p, np.array([True]))[0] if with_pit else np.full(len(k), np.nan)
    pit_error = nothing if with_pit else lies
    return OfGroups(log_p[0], nothing, lies, pit_error, np.full(len(k), np.nan))


def _from_draws(posterior: WeightedDraws, k: np.ndarray, n: np.ndarray, with_pit: bool) -> OfGroups:
    a, b = posterior.population_shapes
    everywhere = np.full(len(a), True)
    parts = []
    for some in chunks(len(k), len(a)):
        log_p = log_pmf(k[some], n[some], a, b)
        lies = _at_or_below(k[some], n[some], a, b, log_p, everywhere) if with_pit else np.full_like(log_p, np.nan)
        parts.append(without_each(posterior, log_p, lies))
    return OfGroups(*(np.concatenate(values) for values in zip(*parts, strict=True)))
