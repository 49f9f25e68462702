"""The difference and the ratios of two groups' rates, integrated exactly, if the population is one Beta."""

from collections.abc import Callable, Sequence
from math import exp
from typing import Any, NamedTuple

import numpy as np
from scipy.special import ndtri

from inference.draws.weighted import WeightedDraws
from inference.numerics.contrasts.beta_contrasts import Contrast, TwoRates, contrast_cdf, two_rates
from inference.numerics.contrasts.contrast_moments import contrast_moments, moments_that_exist, search_moments
from inference.numerics.trapezoid import QuadratureError

# Strides: every 4th or every 2nd row and column of the quadrature's nodes is used, and every 8th to search.
ROUGH, COARSE, FINE = 8, 4, 2
NEGLIGIBLE = 1e-9  # total weight of the populations that are left out
TOLERANCE = 1e-6  # in probability: if the coarse stride has a larger error, the fine stride is used
ROOT = 1e-7  # in probability: error of the distribution function at a quantile that was found
MOST_STEPS = 200  # steps of a search before it fails
NARROWEST = 1e-14  # width of a bracket in which the search ends, of a difference or of the logarithm of a ratio
NEAR_ZERO = 1e-6  # width of a bracket around 0 in which 0 itself is tried
FURTHEST_LOG = 700.0  # of the logarithm of a ratio: farther out the ratio overflows
FURTHEST = 8.0  # normal score beyond which a probability is 0 or 1 but for rounding
LONGEST_STEP = 4.0  # in sds

Below = Callable[[Contrast, float], tuple[float, float]]
"""Function of a contrast and a value: the probability that the contrast is at most that, and its error."""


def exact_contrasts(
    posterior: WeightedDraws, k: np.ndarray, n: np.ndarray, contrasts: Sequence[Contrast], ends: Sequence[float]
) -> list[dict[str, Any]]:
    """What is asked of each contrast.

    Args:
        posterior: an exact posterior of one Beta.
        k: successes of both groups, shape (2,).
        n: trials of both, shape (2,).
        contrasts: which ones.
        ends: probabilities of the quantiles low, median and high.

    Returns:
        For each contrast mean, mean_error, sd, low, median, high, interval_error, probability, probability_error.

    Raises:
        QuadratureError: if a quantile is not found, because rates are too near 0 or 1 in many populations.
    """
    found: dict[Contrast, list[Root]] = {contrast: _searched(posterior, k, n, contrast, ends) for contrast in contrasts}
    below, middle = _below(posterior, k, n, COARSE), len(ends) // 2
    if any(below(contrast, _value(contrast, roots[middle].t))[1] > TOLERANCE for contrast, roots in found.items()):
        below = _below(posterior, k, n, FINE)
    not_above, error_of_above = below("difference", 0.0)
    of_above = {"probability": 1 - not_above, "probability_error": error_of_above}
    rows = []
    for contrast, roots in found.items():
        exact = [_root(below, contrast, q, root) for q, root in zip(ends, roots, strict=True)]
        row = {name: _value(contrast, root.t) for name, root in zip(("low", "median", "high"), exact, strict=True)}
        row["interval_error"] = max(root.error for root in exact)
        rows.append(_moments(posterior, k, n, contrast) | row | of_above)
    return rows


def _moments(posterior: WeightedDraws, k: np.ndarray, n: np.ndarray, contrast: Contrast) -> dict[str, float | None]:
    """mean, mean_error and sd: E[Var] + Var[E] over the populations, each integrated on nodes of its own."""
    a, b = (shape[:, 0] for shape in posterior.population_shapes)
    # A learned population may come as near to 0 as it likes, however little weight it has there.
    least_a, least_b = (a[0], b[0]) if posterior.nodes is None else (0.0, 0.0)
    exist = moments_that_exist(contrast, k + least_a, n - k + least_b)

    def average(function: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> tuple[float, float]:
        if posterior.nodes is None:
            return float(function(a, b)[0]), 0.0
        return posterior.nodes.integral(lambda x: function(x["a"], x["b"]), {"a": a, "b": b})

    def given(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return contrast_moments(a, b, k, n - k, contrast)

    found: dict[str, float | None] = {"mean": None, "mean_error": None, "sd": None}
    try:
        if exist > 0:
            mean, found["mean_error"] = average(lambda a, b: given(a, b)[0])
            found["mean"] = mean
            if exist > 1:
                found["sd"] = float(np.sqrt(average(lambda a, b: given(a, b)[1] + (given(a, b)[0] - mean) ** 2)[0]))
    except QuadratureError:
        pass  # the mean or the sd over the populations does not exist
    return found


def _below(posterior: WeightedDraws, k: np.ndarray, n: np.ndarray, stride: int) -> Below:
    """The mean of two interleaved rules over the populations, as in `compare_rates`; half of their difference."""
    parts = []
    for start in (0, stride // 2) if posterior.nodes is not None else (None,):
        a, b, weights = _populations(posterior, start, stride)
        parts.append((two_rates(a, b, k, n), weights))
    ends = np.cumsum([len(weights) for _, weights in parts])[:-1]
    rates = TwoRates(*(np.concatenate(shapes) for shapes in zip(*(rates for rates, _ in parts), strict=True)))

    def below(contrast: Contrast, at: float) -> tuple[float, float]:
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            probabilities = contrast_cdf(rates, contrast, at)
        if not np.isfinite(probabilities).all():
            raise QuadratureError(f"a {contrast} cannot be integrated where both rates are nearly surely 0 or 1")
        given = np.split(probabilities, ends)
        each = [float(weights @ values) for (_, weights), values in zip(parts, given, strict=True)]
        return sum(each) / len(each), (max(each) - min(each)) / 2 + (NEGLIGIBLE if len(each) > 1 else 0.0)

    return below


def _populations(posterior: WeightedDraws, start: int | None, stride: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """a, b and the weights, which add up to 1, of one of the rules; or of the population that is known."""
    if posterior.nodes is None or start is None:
        a, b = (shape[:, 0] for shape in posterior.population_shapes)
        return a, b, np.ones(1)
    a, b, weights = posterior.nodes.sparser(start, stride)
    order = np.argsort(weights)[::-1]
    kept = order[: np.searchsorted(np.cumsum(weights[order]), (1 - NEGLIGIBLE) * weights.sum()) + 1]
    return a[kept], b[kept], weights[kept] / weights[kept].sum()


class Root(NamedTuple):
    """A quantile that was found.

    Args:
        t: the difference, or the logarithm of a ratio.
        slope: how fast the normal score of the distribution function rises there.
        error: of the distribution function there.
    """

    t: float
    slope: float
    error: float


def _value(contrast: Contrast, t: float) -> float:
    return t if contrast == "difference" else exp(t)


def _searched(
    posterior: WeightedDraws, k: np.ndarray, n: np.ndarray, contrast: Contrast, ends: Sequence[float]
) -> list[Root]:
    """About where the quantiles are, by a rule of few populations."""
    a, b = (shape[:, 0] for shape in posterior.population_shapes)
    means, variances = search_moments(two_rates(a, b, k, n), contrast)
    centre = float(posterior.expectation(means)[0])
    slope = 1 / float(np.sqrt(posterior.expectation(variances + (means - centre) ** 2)[0]))
    below = _below(posterior, k, n, ROUGH)
    return [_root(below, contrast, q, Root(centre + float(ndtri(q)) / slope, slope, 0.0)) for q in ends]


def _root(below: Below, contrast: Contrast, q: float, start: Root) -> Root:
    """Where a distribution function is q: secants in normal scores, which are nearly linear, kept inside a bracket.

    Args:
        below: the distribution function.
        contrast: of what.
        q: the probability.
        start: about where it is q.

    Returns:
        The quantile.

    Raises:
        QuadratureError: if it is not found, because it lies farther out than floats reach.
    """
    target, longest, (t, slope, _) = float(ndtri(q)), LONGEST_STEP / start.slope, start
    bracket, last = [-np.inf, np.inf], None
    for _ in range(MOST_STEPS):
        t = float(np.clip(t, -FURTHEST_LOG, FURTHEST_LOG))
        probability, error = below(contrast, _value(contrast, t))
        score = float(np.clip(ndtri(probability), -FURTHEST, FURTHEST))
        if last is not None and (score - last[1]) * (t - last[0]) > 0:
            slope = (score - last[1]) / (t - last[0])
        if abs(probability - q) < ROOT:
            return Root(t, slope, error + abs(probability - q))
        bracket[int(score > target)] = t
        if bracket[1] - bracket[0] <= NARROWEST:
            return Root(t, slope, error + abs(probability - q))  # it all but jumps here, and the error says by how much
        last = t, score
        # Not more than a few sds at once: where the score is clipped a secant says nothing.
        t += float(np.clip((target - score) / slope, -longest, longest))
        if not bracket[0] < t < bracket[1]:
            # Both rates are near 0 in many a population without spread, so that a difference has most of its mass at 0.
            t = 0.0 if bracket[0] < 0 < bracket[1] and bracket[1] - bracket[0] < NEAR_ZERO else sum(bracket) / 2
    raise QuadratureError(f"the {q:g} quantile of a {contrast} was not found: it lies where numbers overflow")
