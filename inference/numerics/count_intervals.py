"""Central intervals of future counts: whole numbers, from the distribution function of a mixture."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.special import ndtri

from inference.numerics.betas.beta_mixtures import Populations, Students, chunks
from inference.numerics.count_laws import QUADRATURE_ERROR, count_cdf, each_pmf
from inference.numerics.future_counts.count_cdf import future_count_cdf
from inference.numerics.future_counts.narrow_rates import POINTS_ERROR, are_narrow, rate_points
from inference.numerics.future_counts.rate_density import rate_distribution
from models.numerics.sums import weighted

MOST_SUMMED = 500  # trials up to which the distribution function is summed count by count
ROUNDING = 1e-11  # error of a distribution function that rounding makes
SECANT_STEPS = 12  # steps, after which every other step halves the bracket
MOST_STEPS = 150  # steps of a search before it fails
SMALLEST_TAIL = 1e-12  # smallest probability, and smallest distance from 1, whose normal score is computed

Cdf = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""P(K <= x) of some groups, as a function of x and of which groups."""


class CountIntervals(NamedTuple):
    """Ends of intervals of counts.

    Args:
        ends: counts for each probability asked for, whole numbers, each of shape (groups,).
        error: bound on the error of each group's distribution function, shape (groups,).
    """

    ends: tuple[np.ndarray, ...]
    error: np.ndarray


def count_intervals(
    populations: Populations, students: Students, n_next: np.ndarray, ends: tuple[float, ...]
) -> CountIntervals:
    """The smallest count at which the predictive distribution function reaches each probability.

        P(K <= x) = sum_j w_j P(K <= x | K ~ BetaBinomial(n_next, a_j + k, b_j + (n - k)))

    Up to 500 trials it is summed count by count. Beyond, it is an integral over the group's rate (`future_count_cdf`),
    at about ten counts per end, for any number of trials.

    Args:
        populations: weighted populations.
        students: the groups, different from one another.
        n_next: future trials, whole numbers, shape (groups,).
        ends: probabilities, in increasing order.

    Returns:
        Counts for each of the ends, and the error of the distribution function.
    """
    counts, error = np.zeros((len(ends), len(n_next)), np.int64), np.full(len(n_next), ROUNDING)
    few = n_next <= MOST_SUMMED
    if few.any():
        counts[:, few] = _sum_pmfs(populations, students.take(few), n_next[few], ends)
    if not few.all():
        found = _search(populations, students.take(~few), n_next[~few].astype(np.float64), ends)
        counts[:, ~few], error[~few] = found
    return CountIntervals(tuple(counts), error)


def _sum_pmfs(populations: Populations, students: Students, n_next: np.ndarray, ends: tuple[float, ...]) -> np.ndarray:
    """The counts of `count_intervals`, by adding up p(0), p(1), ..."""
    result = np.zeros((len(ends), len(n_next)), np.int64)
    order = np.argsort(n_next)  # so that the groups of a chunk take about equally many steps
    for chunk in chunks(len(order), len(populations.a)):
        some = order[chunk]
        cdf, reached = np.zeros(len(some)), result[:, some]
        each = each_pmf(n_next[some].astype(np.float64), *populations.shapes(students.take(some)))
        for p, _ in zip(each, range(int(n_next[some].max())), strict=False):
            cdf += weighted(populations.weights, p)
            short = cdf < np.array(ends)[:, None]
            if not short.any():
                break
            reached += short
        result[:, some] = np.minimum(reached, n_next[some])
    return result


def _search(
    populations: Populations, students: Students, n_next: np.ndarray, ends: tuple[float, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """The counts of `count_intervals` and their error, by a search for where the distribution function reaches each."""
    mean, sd = n_next * students.mean, _predictive_sd(students, n_next)
    laws, errors = zip(
        *(_law(populations, students.take(slice(i, i + 1)), n) for i, n in enumerate(n_next)), strict=True
    )

    def cdf(x: np.ndarray, which: np.ndarray) -> np.ndarray:
        return np.array([laws[i](at) for i, at in zip(which, x, strict=True)])

    return np.stack([_first_reaching(cdf, q, mean, sd, n_next) for q in ends]), np.array(errors)


def _law(populations: Populations, student: Students, n: float) -> tuple[Callable[[float], float], float]:
    """P(K <= x) of one group, for 0 <= x < n, and its error."""
    shapes = populations.shapes(student)
    a, b = (shape[:, 0] for shape in shapes)
    narrow = are_narrow(a, b, n)
    points = rate_points(populations.take(narrow), student, n)
    if narrow.all():
        return lambda x: points.count_cdf(n, x), POINTS_ERROR
    rate = rate_distribution(populations.take(~narrow), student)
    if rate is None:

        def summed(x: float) -> float:
            law = count_cdf(np.array([x]), np.array([n]), *shapes)
            return float(weighted(populations.weights, law)[0])

        return summed, QUADRATURE_ERROR
    error = rate.error + ROUNDING + POINTS_ERROR * float(populations.weights[narrow].sum())
    return lambda x: future_count_cdf(rate, n, x) + points.count_cdf(n, x), error


def _first_reaching(cdf: Cdf, q: float, mean: np.ndarray, sd: np.ndarray, n_next: np.ndarray) -> np.ndarray:
    """The smallest whole x with P(K <= x) >= q, by secant steps in the normal score of P in a bracket (below, at]."""
    below, at = np.full_like(mean, -1.0), n_next.copy()
    width, target = sd.copy(), ndtri(q)  # width: counts per unit of the normal score
    x, last_x, last_score = mean + sd * target, mean.copy(), np.full_like(mean, np.nan)
    for step in range(MOST_STEPS):
        going = np.flatnonzero(at - below > 1)
        if going.size == 0:
            return at.astype(np.int64)
        if step > SECANT_STEPS and step % 2:
            x[going] = (below[going] + at[going]) / 2
        x[going] = np.clip(np.floor(x[going]), below[going] + 1, at[going] - 1)
        probability = cdf(x[going], going)
        reached = probability >= q
        at[going], below[going] = np.where(reached, x[going], at[going]), np.where(reached, below[going], x[going])
        score = ndtri(np.clip(probability, SMALLEST_TAIL, 1 - SMALLEST_TAIL))
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = (x[going] - last_x[going]) / (score - last_score[going])
        width[going] = np.where((slope > 0) & np.isfinite(slope), slope, width[going])
        last_x[going], last_score[going] = x[going], score
        x[going] += (target - score) * width[going] + 0.5
    raise RuntimeError(f"the search for interval ends has not converged after {MOST_STEPS} steps")


def _predictive_sd(students: Students, n_next: np.ndarray) -> np.ndarray:
    """sqrt(E[Var K] + Var E[K])."""
    mean, variance = students.mean, students.sd**2
    return np.sqrt(n_next * (mean * (1 - mean) - variance) + n_next**2 * variance)
