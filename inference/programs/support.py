"""The scale of an open interval: maps from a standard interval, (0, 1) or (0, inf), to the open one and back.

A positive interval of several decades, or a half-infinite one with a positive lower end, has a log scale. On a linear
scale, (0.01, 1e6) would begin at 0.1 in float32: 1e6 times the smallest step of a logistic function.
"""

from dataclasses import dataclass
from math import exp, isfinite, log

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import DTypeLike

LOG_SCALE = 4.0  # ratio of the ends of a positive interval, above which it has a log scale
EDGE = 4.0  # in eps times an edge: closer to the edge than this, a float has no digits of the distance from it
# In nats, by the bytes of a float: |log| of the smallest and of the largest s or p. Products of two of them, such as
# lam mu, and their densities neither underflow nor overflow. In a half-infinite interval with a positive lower end,
# log x may be twice as large.
FARTHEST = {4: 38.0, 8: 200.0}
FARTHEST_EDGE = 0.12  # upper limit of the smallest p and 1 - p, so that an interval of few floats still has a middle


@dataclass(frozen=True)
class Support:
    """An open interval (low, high) that does not reach to -inf, unless it is the whole line.

        finite        x = low + (high - low) p               0 < p < 1
                      x = low (high / low)^p                 where 0 < 4 low < high
        half-infinite x = low + s                            s > 0
                      x = low e^s                            where low > 0
        infinite      x = s

    Args:
        low: lower end, or -inf.
        high: upper end, or inf.
    """

    low: float
    high: float

    @property
    def is_finite(self) -> bool:
        """Whether both ends are finite."""
        return isfinite(self.low) and isfinite(self.high)

    @property
    def is_line(self) -> bool:
        """Whether neither end is finite."""
        return not isfinite(self.low) and not isfinite(self.high)

    @property
    def is_log(self) -> bool:
        """Whether the interval is measured on a log scale."""
        return self.low > 0 and (not isfinite(self.high) or LOG_SCALE * self.low < self.high)

    @property
    def width(self) -> float:
        """Width of a finite interval, on its scale."""
        return log(self.high / self.low) if self.is_log else self.high - self.low

    def between(self, p: jax.Array, rest: jax.Array) -> jax.Array:
        """x of a finite interval at p = 1 - rest, from the nearer end, so that the distance to it keeps its digits."""
        below, above = self.width * p, self.width * rest
        if self.is_log:
            return self.inside(jnp.where(p < rest, self.low * jnp.exp(below), self.high * jnp.exp(-above)))
        return self.inside(jnp.where(p < rest, self.low + below, self.high - above))

    def shares(self, x: jax.Array) -> tuple[jax.Array, jax.Array]:
        """p and 1 - p at x in a finite interval."""
        x = self.inside(x)
        if self.is_log:
            return _log_ratio(x, self.low) / self.width, -_log_ratio(x, self.high) / self.width
        return (x - self.low) / self.width, (self.high - x) / self.width

    def beyond(self, s: jax.Array) -> jax.Array:
        """x of a half-infinite interval at s."""
        # In two steps, because e^s may be infinite where low e^s is not.
        return self.inside(self.low * jnp.exp(s / 2) * jnp.exp(s / 2) if self.is_log else self.low + s)

    def distance(self, x: jax.Array) -> jax.Array:
        """s at x in a half-infinite interval."""
        x = self.inside(x)
        return _log_ratio(x, self.low) if self.is_log else x - self.low

    def log_slope(self, x: jax.Array) -> jax.Array:
        """log dx / dp, or log dx / ds, at x."""
        log_width = log(self.width) if self.is_finite else 0.0
        return jnp.log(x) + log_width if self.is_log else jnp.full_like(x, log_width)

    def nearest(self, dtype: DTypeLike) -> tuple[float, float]:
        """The smallest p and 1 - p, or the smallest and the largest s, that floats distinguish from the ends."""
        farthest, rounding = FARTHEST[np.dtype(dtype).itemsize], EDGE * float(jnp.finfo(dtype).eps)
        smallest, largest = exp(-farthest), exp(farthest)
        if self.is_finite:
            ends = (1.0, 1.0) if self.is_log else (abs(self.low), abs(self.high))
            lower, upper = (min(max(smallest, rounding * end) / self.width, FARTHEST_EDGE) for end in ends)
            return lower, upper
        if self.is_log:
            return rounding, max(1.0, 2 * farthest - log(self.low))
        return max(smallest, rounding * abs(self.low)), largest

    def inside(self, x: jax.Array) -> jax.Array:
        """x moved to the nearest float in the open interval, if rounding has put it on an edge."""
        low_edge, high_edge = (np.asarray(end, x.dtype) for end in (self.low, self.high))
        # XLA rounds the floats next to 0 to 0.
        smallest = np.finfo(x.dtype).tiny
        first = smallest if self.low == 0 else np.nextafter(low_edge, high_edge)
        last = -smallest if self.high == 0 else np.nextafter(high_edge, low_edge)
        return jnp.clip(x, first, last)


def _log_ratio(x: jax.Array, end: float) -> jax.Array:
    """log(x / end); by log1p where the ratio is nearly 1, because there it has lost the digits of its excess over 1."""
    near = jnp.abs(x - end) < end / 2
    return jnp.where(near, jnp.log1p(jnp.where(near, (x - end) / end, 0)), jnp.log(x) - log(end))
