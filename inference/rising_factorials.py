"""Sums of log rising factorials (x)_v = x (x + 1) ... (x + v - 1), for many v at once, as a function of x."""

import numpy as np
from numpy.polynomial import chebyshev

SHIFT = 16  # below it factor by factor, above it by Stirling's series, which is exact to 1e-17 from here
CHEBYSHEV_POINTS = 20  # an octave [v, 2v]: the interpolation error is below 6^-20 = 3e-16
STIRLING_COST = 4  # of one value by Stirling's series, in factors
EVALUATIONS_IN_FLIGHT = 1_000_000  # populations x factors held at once


class RisingFactorials:
    """sum_i [log (x)_{v_i} - v_i log x] as a function of x.

    The first factors are taken one by one from the tail counts c_j = #{i : v_i > j},

        sum_j c_j log (1 + j / x),

    the rest, from y = x + J on, by Stirling's series at the values themselves or, where an octave holds many values,
    at Chebyshev points that stand for them. So the cost is bounded by the number of values, by the largest value, and
    by 20 for each octave of values.

    Args:
        values: whole numbers v_i >= 0, one a student, shape (students,).
    """

    def __init__(self, values: np.ndarray):
        values, weights = np.unique(values, return_counts=True)
        beyond = values > SHIFT
        points, point_weights = _compressed(values[beyond].astype(np.float64), weights[beyond])
        self.is_interpolated = len(points) < np.sum(beyond)
        cut = SHIFT
        if values[-1] - SHIFT <= STIRLING_COST * len(points):
            cut, points, point_weights = int(values[-1]), points[:0], point_weights[:0]
            self.is_interpolated = False
        at_least = np.cumsum(weights[::-1])[::-1]  # how many have values[i] or more
        j = np.arange(1, min(cut, int(values[-1])), dtype=np.float64)  # j = 0 contributes log 1
        self._factors, self._tail_counts = j, at_least[np.searchsorted(values, j, side="right")]
        self._lengths, self._length_weights = points - cut, point_weights
        if len(points):  # sum over j >= J of log (1 + J / x)
            self._factors = np.append(self._factors, float(cut))
            self._tail_counts = np.append(self._tail_counts, self._length_weights @ self._lengths)

    def log_ratio(self, x: np.ndarray, x0: np.ndarray) -> np.ndarray:
        """The sum at x less the sum at x0.

        Args:
            x: positive, shape (N,).
            x0: the reference, shape (1,).

        Returns:
            Differences, shape (N,).
        """
        difference = np.zeros_like(x)
        step = max(1, EVALUATIONS_IN_FLIGHT // max(1, len(self._factors) + STIRLING_COST * len(self._lengths)))
        for start in range(0, len(x), step):
            part = slice(start, start + step)
            if len(self._factors):
                difference[part] += _log_growth(x[part, None], x0, self._factors) @ self._tail_counts
            if len(self._lengths):
                stirling = _stirling_difference(x[part, None] + SHIFT, x0 + SHIFT, self._lengths)
                difference[part] += stirling @ self._length_weights
        return difference


def _log_growth(x: np.ndarray, x0: np.ndarray, j: np.ndarray) -> np.ndarray:
    """log (1 + j / x) - log (1 + j / x0), without cancellation."""
    smaller, larger = np.minimum(x, x0), np.maximum(x, x0)
    return np.where(x > x0, -1.0, 1.0) * np.log1p((larger - smaller) / smaller * (j / (larger + j)))


def _stirling_difference(y: np.ndarray, y0: np.ndarray, m: np.ndarray) -> np.ndarray:
    """[log (y)_m - m log y] - [log (y0)_m - m log y0] for y, y0 >= 16; y of shape (N, 1), m of shape (lengths,).

    log (y)_m - m log y = (y + m - 1/2) log (1 + m / y) - m + S(y + m) - S(y), S the rest of Stirling's series.
    """
    rest = (_stirling_rest(y + m) - _stirling_rest(y)) - (_stirling_rest(y0 + m) - _stirling_rest(y0))
    near = np.abs(y - y0)[:, 0] < 0.5 * y0
    far = ~near
    # Each way of writing the difference has terms about as large as itself: near the reference, and far from it.
    rest[near] += (y[near] - y0) * np.log1p(m / y[near]) + (y0 + m - 0.5) * _log_growth(y[near], y0, m)
    rest[far] += (y[far] + m - 0.5) * np.log1p(m / y[far]) - (y0 + m - 0.5) * np.log1p(m / y0)
    return rest


def _stirling_rest(y: np.ndarray) -> np.ndarray:
    """log Gamma(y) - [(y - 1/2) log y - y + log(2 pi) / 2] for y >= 16 (Abramowitz & Stegun 1964, eq. 6.1.41)."""
    inverse = 1 / y
    square = inverse * inverse
    series = 1 / 1260 - square * (1 / 1680 - square * (1 / 1188 - square * (691 / 360360)))
    return inverse * (1 / 12 - square * (1 / 360 - square * series))


def _compressed(values: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Points and weights with the same sum as (values, weights) for a function that is smooth on every octave.

    Interpolation at Chebyshev points t_p: sum_i w_i f(v_i) = sum_p W_p f(t_p), W_p = sum_i w_i L_p(v_i).

    Args:
        values: above SHIFT, in increasing order, shape (values,).
        weights: shape (values,).

    Returns:
        Points and weights, at most CHEBYSHEV_POINTS of them an octave.
    """
    points, point_weights = [values[:0]], [weights[:0]]
    octaves = np.floor(np.log2(values / SHIFT))
    for octave in np.unique(octaves):
        inside, counts = values[octaves == octave], weights[octaves == octave]
        if len(inside) > CHEBYSHEV_POINTS:
            low, high = inside[0], inside[-1]
            nodes = chebyshev.chebpts1(CHEBYSHEV_POINTS)
            moments = counts @ chebyshev.chebvander((2 * inside - low - high) / (high - low), CHEBYSHEV_POINTS - 1)
            counts = np.linalg.solve(chebyshev.chebvander(nodes, CHEBYSHEV_POINTS - 1).T, moments)
            inside = (low + high + (high - low) * nodes) / 2
        points.append(inside)
        point_weights.append(counts)
    return np.concatenate(points), np.concatenate(point_weights)
