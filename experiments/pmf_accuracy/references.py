"""Random points of the beta-binomial, and its log pmf and gradient there in arithmetic of 50 digits.

    log p(k | n, a, b) = log C(n, k) + log B(a + k, b + m) - log B(a, b),  m = n - k
    d log p / da = psi(a + k) - psi(a) + psi(a + b) - psi(a + b + n)

The terms are near N log N, where N = a + b + n, and cancel. At N = 10^9 this costs some ten digits, and a gradient near
10^-22 costs another twenty. Of 50 digits, enough remain for the last digit of a float64.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import mpmath
import numpy as np

DIGITS = 50
SHAPES = (1e-6, 1e8)  # range of a and b
MOST_TRIALS = 1e9


class Points(NamedTuple):
    """Arguments of the log pmf, floats of one type, shape (points,)."""

    k: np.ndarray  # whole numbers
    n: np.ndarray  # whole numbers
    a: np.ndarray
    b: np.ndarray


class References(NamedTuple):
    """The exact values at some points, rounded to float64 from 50 digits."""

    log_p: np.ndarray  # (points,)
    slopes: np.ndarray  # d log p / da and d log p / db, (2, points)


def draw_points(rng: np.random.Generator, n_points: int, dtype: np.dtype) -> Points:
    """Points that a float type holds exactly: a and b log-uniform in 1e-6..1e8, n log-uniform in 1..1e9 or below 20.

    Six kinds of points take turns, so that edge cases and moderate log p occur: a small n; k = 0; k = n; k near n times
    the prior mean; a small k; any k. Rounding n to float32 leaves a whole number, above 2^24 a multiple of 2, 4, ...

    Args:
        rng: source of the draws.
        n_points: number of points.
        dtype: float type of the points.

    Returns:
        The points.
    """
    low, high = np.log(SHAPES)
    a, b = np.exp(rng.uniform(low, high, (2, n_points))).astype(dtype)
    kind = np.arange(n_points) % 6
    large = np.floor(np.exp(rng.uniform(0, np.log(MOST_TRIALS), n_points)))
    n = np.where(kind == 0, rng.integers(0, 20, n_points), large).astype(dtype)
    u, trials, mean = rng.uniform(size=n_points), n.astype(np.float64), a / (a.astype(np.float64) + b)
    k = np.select(
        [kind == 1, kind == 2, kind == 3, kind == 4],
        [0 * trials, trials, np.rint(trials * mean), np.floor((trials + 1) ** u) - 1],
        default=np.floor(u * (trials + 1)),
    )
    return Points(np.minimum(k.astype(dtype), n), n, a, b)


def exactly(k: Any, n: Any, a: Any, b: Any) -> tuple[Any, Any, Any]:
    """log p and its derivatives in a and b, to about 50 digits of their largest term.

    Args:
        k: hits, a whole number.
        n: trials, a whole number.
        a: prior hits, positive; a float, or a number of mpmath.
        b: prior misses, positive.

    Returns:
        log p, d log p / da and d log p / db, numbers of mpmath.
    """
    with mpmath.workdps(DIGITS):
        k, n, a, b = (mpmath.mpf(x) for x in (k, n, a, b))
        m = n - k
        # Each value only once: some may be equal, and gamma functions with so many digits are slow.
        log_gamma = {x: mpmath.loggamma(x) for x in {n + 1, k + 1, m + 1, a + k, b + m, a + b + n, a, b, a + b}}
        psi = {x: mpmath.psi(0, x) for x in {a, b, a + b, a + k, b + m, a + b + n}}
        log_choose = log_gamma[n + 1] - log_gamma[k + 1] - log_gamma[m + 1]
        log_beta_posterior = log_gamma[a + k] + log_gamma[b + m] - log_gamma[a + b + n]
        log_beta_prior = log_gamma[a] + log_gamma[b] - log_gamma[a + b]
        both = psi[a + b] - psi[a + b + n]
        return log_choose + log_beta_posterior - log_beta_prior, psi[a + k] - psi[a] + both, psi[b + m] - psi[b] + both


def references(points: Points, advance: Callable[[], None]) -> References:
    """The exact answers at points.

    Args:
        points: the points; their floats are taken as exact.
        advance: called after each point, which takes about a millisecond.

    Returns:
        log p and its derivatives there.
    """
    rows = []
    for point in zip(*points, strict=True):
        rows.append([float(value) for value in exactly(*map(float, point))])
        advance()
    log_p, *slopes = np.array(rows).T
    return References(log_p, np.array(slopes))
