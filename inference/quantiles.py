"""Quantiles of a function of the population from a quadrature rule, to about 1e-6 in probability.

Counting the nodes below t would be a staircase of steps as large as the weights. The rule knows more: along each row
the Fourier series through its nodes is the density (where the trapezoid rule converges with half of them, so does
the series with all), and from row to row everything changes smoothly.
"""

from collections.abc import Callable

import numpy as np
from scipy.interpolate import BarycentricInterpolator, CubicSpline, make_interp_spline
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from inference.quadrature import QuadratureError, Rule

LEVELS = np.linspace(-5.6, 5.6, 201)  # conditional quantiles kept of each row, as normal scores
TAIL = 1e-9  # probability in the tails of a row that is left out
FINE = 16  # points between two nodes
NEGLIGIBLE_ROW = 1e-13
CONSTANT = 1e-9  # relative variation along the rows below which a function is one of the outer address alone
MIN_ROWS, MAX_ROWS = 2_000, 20_000
NOT_MONOTONE = "quantiles and probabilities can be had of what rises or falls throughout, and this does not, along"

Function = Callable[[np.ndarray, np.ndarray], np.ndarray]


def quantile(rule: Rule, function: Function, q: float) -> float:
    """The t at which the distribution function of x = function(u, v) reaches q.

        F(t) = sum over rows r of P(row r) P(x <= t | row r)

    Args:
        rule: converged rule, with twice the nodes that its integral needs in each direction, so that the density
            between the nodes has converged too.
        function: function of (u, v), monotone along every row, in either direction.
        q: probability, strictly between 0 and 1.

    Returns:
        The quantile.

    Raises:
        QuadratureError: if the function is not monotone.
    """
    mass = np.exp(rule.log_mass - rule.log_total)
    of_row = mass.sum(axis=1)
    significant = np.flatnonzero(of_row > NEGLIGIBLE_ROW)
    rows = slice(significant[0], significant[-1] + 1)
    x = function(rule.outer[rows, None], rule.inner[rows])
    if np.all(np.ptp(x, axis=1) <= CONSTANT * np.abs(x).max(axis=1)):
        return _outer_quantile(rule, of_row, rows, x[:, 0], function, q)
    steps = np.diff(x, axis=1)
    if np.all(steps <= 0):
        return -quantile(rule, lambda u, v: -function(u, v), 1 - q)
    if not np.all(steps >= 0):
        raise QuadratureError(f"{NOT_MONOTONE} the inner address")
    quantiles = function(rule.outer[rows, None], _conditional_quantiles(rule.inner[rows], mass[rows]))
    return _mixture_quantile(rule.outer, of_row, rows, quantiles, q)


def _outer_quantile(
    rule: Rule, mass: np.ndarray, rows: slice, values: np.ndarray, function: Function, q: float
) -> float:
    """The quantile of a monotone function of u alone, given at some rows."""
    steps = np.diff(values)
    if np.all(steps <= 0):
        q = 1 - q
    elif not np.all(steps >= 0):
        raise QuadratureError(f"{NOT_MONOTONE} the outer address")
    cumulative, s = row_distributions(mass[None, :])
    u = rule.outer[0] + (rule.outer[1] - rule.outer[0]) * s
    after = int(np.clip(np.searchsorted(np.maximum.accumulate(cumulative[0]), q), 2, len(u) - 2))
    nearest = slice(after - 2, after + 2)
    at_q = float(BarycentricInterpolator(cumulative[0, nearest], u[nearest], rng=0)(q))
    row = np.abs(rule.outer - at_q).argmin()
    middle = rule.inner[row, rule.inner.shape[1] // 2]
    return float(function(np.array([at_q]), np.array([middle]))[0])


def row_distributions(mass: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distribution functions of densities given at equally spaced points, next to 0 at both ends.

    With g(s) = sum_k c_k e^(2 pi i k s / C) through the C points, the integral from 0 to s is
    c_0 s + sum_{k != 0} c_k (e^(2 pi i k s / C) - 1) / (2 pi i k / C).

    Args:
        mass: density at s = 0, 1, ..., C - 1, C odd, shape (rows, C).

    Returns:
        Distribution functions, from 0 to 1, shape (rows, points), and their s, FINE points a unit, shape (points,).
    """
    count = mass.shape[1]
    coefficients = np.fft.rfft(mass / mass.sum(axis=1, keepdims=True), axis=1)
    integrated = np.zeros_like(coefficients)
    integrated[:, 1:] = coefficients[:, 1:] / (2j * np.pi * np.arange(1, coefficients.shape[1]) / count)
    oscillation = np.fft.irfft(integrated, n=count * FINE, axis=1) * FINE
    s = np.arange((count - 1) * FINE + 1) / FINE
    return s / count + (oscillation - oscillation[:, :1])[:, : len(s)], s


def _conditional_quantiles(inner: np.ndarray, mass: np.ndarray) -> np.ndarray:
    """v of each row at the normal scores LEVELS of its own distribution, shape (R, levels)."""
    cumulative, s = row_distributions(mass)
    result = np.empty((len(inner), len(LEVELS)))
    for row, distribution in enumerate(cumulative):
        # In the tails the series is its own error; there it may fall, and what does not rise is left out.
        inside = (distribution > TAIL) & (distribution < 1 - TAIL)
        scores, position = ndtri(distribution[inside]), s[inside]
        rising = np.diff(np.maximum.accumulate(scores), prepend=-np.inf) > 0
        scores, position = scores[rising], position[rising]
        result[row] = CubicSpline(scores, position)(np.clip(LEVELS, scores[0], scores[-1]))
    return inner[:, :1] + (inner[:, 1:2] - inner[:, :1]) * result


def _mixture_quantile(outer: np.ndarray, mass: np.ndarray, rows: slice, quantiles: np.ndarray, q: float) -> float:
    """Quantile of a mixture over rows of distributions given by their quantiles.

    Where the rows are narrow and shift from one to the next, a sum over the rows would be a staircase: rows are put
    between them until each is at least twice as wide as the shift to the next, and enough for rows with a sharp end.

    Args:
        outer: u of all rows, shape (R,).
        mass: of all rows, shape (R,).
        rows: the ones that matter.
        quantiles: of each of those at LEVELS, shape (rows, levels).
        q: probability.

    Returns:
        The quantile.
    """
    to_scale, from_scale = _scale(quantiles)
    quantiles = to_scale(quantiles)
    middle = len(LEVELS) // 2
    width = (quantiles[:, middle + 1] - quantiles[:, middle - 1]) / (LEVELS[middle + 1] - LEVELS[middle - 1])
    shift = np.abs(np.diff(quantiles[:, middle])) / np.minimum(width[1:], width[:-1])
    wanted = max(2 * shift[mass[rows][1:] > TAIL].max(), MIN_ROWS / len(shift))
    between = int(np.clip(np.ceil(wanted), 1, MAX_ROWS // len(outer)))

    u = np.linspace(outer[rows][0], outer[rows][-1], (len(quantiles) - 1) * between + 1)
    quantiles = make_interp_spline(outer[rows], quantiles, k=7)(u)
    finer = np.fft.irfft(np.fft.rfft(mass), n=len(mass) * between)  # through the rows' masses
    weights = np.maximum(finer[rows.start * between :][: len(u)], 0.0)
    weights /= weights.sum()

    def excess(t: float) -> float:
        return float(weights @ ndtr(_scores(quantiles, t)) - q)

    return float(from_scale(brentq(excess, quantiles.min(), quantiles.max(), xtol=1e-13)))


def _scale(x: np.ndarray) -> tuple[Callable, Callable]:
    """A scale on which x varies smoothly, and the way back: logarithmic where x has one sign."""
    if np.all(x > 0):
        return np.log, np.exp
    if np.all(x < 0):
        return lambda x: -np.log(-x), lambda t: -np.exp(-t)
    return np.asarray, np.asarray


def _scores(quantiles: np.ndarray, t: float) -> np.ndarray:
    """The normal score of t in each row: the polynomial through its nearest quantiles, shape (R,)."""
    after = np.sum(quantiles <= t, axis=1)
    nearest = np.clip(after - 3, 0, len(LEVELS) - 6)[:, None] + np.arange(6)
    x = np.take_along_axis(quantiles, nearest, axis=1)
    scores = np.zeros(len(x))
    with np.errstate(divide="ignore", invalid="ignore"):  # where quantiles coincide, in the far tails
        for i in range(6):
            others = [j for j in range(6) if j != i]
            lagrange = np.prod([(t - x[:, j]) / (x[:, i] - x[:, j]) for j in others], axis=0)
            scores += LEVELS[nearest[:, i]] * lagrange
    scores = np.where(np.isfinite(scores), scores, LEVELS[np.clip(after, 0, len(LEVELS) - 1)])
    return np.where(after == 0, -np.inf, np.where(after == len(LEVELS), np.inf, scores))
