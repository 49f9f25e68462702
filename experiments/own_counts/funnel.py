"""The funnel: limits of the raw rate of a group by its size, from the population that was learned; who is outside."""

from typing import NamedTuple

import numpy as np
from scipy.special import betainc

from experiments.own_counts.kinds import shape_and_rate
from inference import Posterior
from models import Counts, Events

OUTER = 0.998  # probability between the outer limits, as is usual for funnel plots
SIZES = 60  # sizes at which limits are computed
MOST_SIZES = 100  # different sizes of groups for which limits are computed too, so that nobody's are interpolated
NEGLIGIBLE = 1e-6  # weight of the populations that are left out, far below 1 - OUTER
BESIDE = 1.4  # factor by which the sizes reach beyond those of the groups


class Funnel(NamedTuple):
    """Limits of the raw rate k / size of a group, and which groups are outside.

    Args:
        sizes: trials or exposures, in increasing order, shape (sizes,).
        inner: lower and upper limit of the raw rate, shape (2, sizes).
        outer: likewise, of probability OUTER.
        beyond: how far each group's raw rate is outside its outer limits, in units of their distance; 0 if it is inside
            or has no data, shape (groups,).
        is_interpolated: whether the limits of groups were interpolated, so that one within a count may be either side.
    """

    sizes: np.ndarray
    inner: np.ndarray
    outer: np.ndarray
    beyond: np.ndarray
    is_interpolated: bool


def funnel_of(posterior: Posterior, counts: Counts | Events, *, interval: float) -> Funnel:
    """Limits between which the raw rate of a new group of some size is, with a probability.

        k_new ~ sum_j w_j BetaBinomial(n, a_j, b_j),    limits = quantiles of k_new / n

    In other words: a rate drawn from the population that was learned from all groups, (a, b) integrated out, and a
    count drawn from that rate. Of events the counts are negative binomial.

    Args:
        posterior: the exact posterior of the population.
        counts: the groups.
        interval: probability between the inner limits.

    Returns:
        The limits, and who is outside.
    """
    size = counts.design_values[counts.design_values > 0]
    own = np.unique(size)
    is_interpolated = len(own) > MOST_SIZES
    ends = (own[0] / BESIDE, own[-1] * BESIDE) if len(own) else (1.0, 100.0)
    sizes = np.geomspace(*ends, SIZES)
    if isinstance(counts, Counts):
        sizes = np.maximum(1, np.round(sizes)).astype(np.int64)
    sizes = np.unique(sizes if is_interpolated else np.append(sizes, own))
    inner, outer = (_limits(posterior, sizes, probability) for probability in (interval, OUTER))
    return Funnel(sizes, inner, outer, _beyond(counts, sizes, outer), is_interpolated)


def _limits(posterior: Posterior, sizes: np.ndarray, interval: float) -> np.ndarray:
    """Ends of the central interval of a new group's raw rate, shape (2, sizes)."""
    if not posterior.hyperprior.has_one_beta:
        return np.stack([_events(posterior, sizes, (1 + side * interval) / 2) / sizes for side in (-1, 1)])
    nothing = np.zeros(len(sizes), np.int64)
    table = posterior.predict(Counts(nothing, nothing), sizes, interval=interval)
    return np.stack([table[end].to_numpy() / sizes for end in ("low", "high")])


def _events(posterior: Posterior, exposures: np.ndarray, q: float) -> np.ndarray:
    """The smallest count of events of a new group at which its distribution function reaches q, shape (exposures,).

    P(k <= c) = sum_j w_j P(NegativeBinomial(shape_j, rate_j / (rate_j + exposure)) <= c)
    """
    order = np.argsort(posterior.weights)[::-1]
    kept = order[: np.searchsorted(np.cumsum(posterior.weights[order]), 1 - NEGLIGIBLE) + 1]
    weights = posterior.weights[kept] / posterior.weights[kept].sum()
    shape, rate = (parameter[kept, None] for parameter in shape_and_rate(posterior))
    low, high = np.full(len(exposures), -1), np.ones(len(exposures), np.int64)

    def below(c: np.ndarray) -> np.ndarray:
        return weights @ betainc(shape, np.maximum(c, 0) + 1.0, rate / (rate + exposures))

    while np.any(too_low := below(high) < q):
        low, high = np.where(too_low, high, low), np.where(too_low, 2 * high, high)
    while np.any(high - low > 1):
        middle = (low + high) // 2
        is_enough = (below(middle) >= q) & (middle >= 0)
        low, high = np.where(is_enough, low, middle), np.where(is_enough, middle, high)
    return high


def _beyond(counts: Counts | Events, sizes: np.ndarray, limits: np.ndarray) -> np.ndarray:
    size, has_data = counts.design_values, counts.design_values > 0
    raw = np.divide(counts.k, size, out=np.zeros(len(size)), where=has_data)
    # A limit is a quotient of the same two numbers as a raw rate, so that equal ones are equal floats.
    low, high = (np.interp(np.log(np.maximum(size, sizes[0])), np.log(sizes), limit) for limit in limits)
    at = np.minimum(np.searchsorted(sizes, size), len(sizes) - 1)
    is_one = sizes[at] == size
    low, high = np.where(is_one, limits[0][at], low), np.where(is_one, limits[1][at], high)
    distance = np.maximum(low - raw, raw - high) / np.maximum(high - low, np.finfo(float).tiny)
    return np.where(has_data & (distance > 0), distance, 0.0)
