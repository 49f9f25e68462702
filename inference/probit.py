"""From the whole line to an open interval by the normal distribution function, under which a uniform is a normal."""

from dataclasses import dataclass
from math import isfinite, log

import jax
import jax.numpy as jnp
from jax.scipy.special import ndtr, ndtri
from jax.scipy.stats import norm

from inference.bijection import inside

LOG_SCALE = 4.0  # times its lower end, from which on a positive support is wide on a log scale


@dataclass(frozen=True)
class Probit:
    """One address x on its open support (low, high), by z on the whole line.

        finite           s = s_low + (s_high - s_low) Phi(z), where s is x, or log x where 0 < 4 low < high
        half-infinite    log(x - low) = z, or -log(high - x) = z
        infinite         x = z

    A finite address that is uniform, or log-uniform, has a standard normal z: no wider normal has lighter tails, so
    that weights of draws from it are bounded. With the logistic function z would have tails e^-|z|, beyond any normal.

    Args:
        low: lower end of the support, or -inf.
        high: upper end of the support, or inf.
    """

    low: float
    high: float

    def value(self, z: jax.Array) -> jax.Array:
        """x at z, strictly inside the support; any shape."""
        if self._is_finite:
            low, high = self._ends
            # From the nearer end, so that the distance to it keeps its digits.
            s = jnp.where(z < 0, low + (high - low) * ndtr(z), high - (high - low) * ndtr(-z))
            x = jnp.exp(s) if self._is_log else s
        elif isfinite(self.low):
            x = self.low + jnp.exp(z)
        elif isfinite(self.high):
            x = self.high - jnp.exp(-z)
        else:
            x = z
        return inside(x, self.low, self.high)

    def log_jacobian(self, z: jax.Array) -> jax.Array:
        """log dx / dz, the shape of z."""
        if self._is_finite:
            low, high = self._ends
            log_slope = norm.logpdf(z) + log(high - low)
            return log_slope + jnp.log(self.value(z)) if self._is_log else log_slope
        if isfinite(self.low):
            return z
        if isfinite(self.high):
            return -z
        return jnp.zeros_like(z)

    def inverse(self, x: jax.Array) -> jax.Array:
        """z at x."""
        x = inside(x, self.low, self.high)
        if self._is_finite:
            low, high = self._ends
            s = jnp.log(x) if self._is_log else x
            below, above = (s - low) / (high - low), (high - s) / (high - low)
            # From the nearer end here too; beside an edge, at most as far as a float can tell it from the edge.
            smallest = jnp.finfo(x.dtype).tiny
            return jnp.where(below < above, ndtri(jnp.maximum(below, smallest)), -ndtri(jnp.maximum(above, smallest)))
        if isfinite(self.low):
            return jnp.log(x - self.low)
        return -jnp.log(self.high - x) if isfinite(self.high) else x

    @property
    def _is_finite(self) -> bool:
        return isfinite(self.low) and isfinite(self.high)

    @property
    def _is_log(self) -> bool:
        return 0 < LOG_SCALE * self.low < self.high

    @property
    def _ends(self) -> tuple[float, float]:
        """The support's ends in s."""
        return (log(self.low), log(self.high)) if self._is_log else (self.low, self.high)
