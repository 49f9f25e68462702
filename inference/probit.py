"""From the whole line to an open interval by the normal distribution function, under which a uniform is a normal."""

from dataclasses import dataclass
from math import isfinite, log, pi

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
        half-infinite    x = low + tan(pi/2 Phi(z)), or x = high - tan(pi/2 Phi(-z))
        infinite         x = z

    A finite address that is uniform, or log-uniform, has a standard normal z, and so has a half-infinite one that is
    half-Cauchy: no wider normal has lighter tails, so that weights of draws from it are bounded. With the logistic
    function, or the logarithm of a half-infinite x, z would have tails e^-|z|, beyond any normal.

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
            x = self.low + _half_cauchy_at(z)
        elif isfinite(self.high):
            x = self.high - _half_cauchy_at(-z)
        else:
            x = z
        return inside(x, self.low, self.high)

    def log_jacobian(self, z: jax.Array) -> jax.Array:
        """log dx / dz, the shape of z."""
        if self._is_finite:
            low, high = self._ends
            log_slope = norm.logpdf(z) + log(high - low)
            return log_slope + jnp.log(self.value(z)) if self._is_log else log_slope
        if isfinite(self.low) or isfinite(self.high):
            distance = _half_cauchy_at(z if isfinite(self.low) else -z)
            # 1 + distance^2, which would overflow.
            return norm.logpdf(z) + log(pi / 2) + jnp.logaddexp(0.0, 2 * jnp.log(distance))
        return jnp.zeros_like(z)

    def inverse(self, x: jax.Array) -> jax.Array:
        """z at x."""
        x = inside(x, self.low, self.high)
        if self._is_finite:
            low, high = self._ends
            s = jnp.log(x) if self._is_log else x
            below, above = (s - low) / (high - low), (high - s) / (high - low)
            return _normal_between(below, above)
        if isfinite(self.low):
            return _half_cauchy_normal(x - self.low)
        return -_half_cauchy_normal(self.high - x) if isfinite(self.high) else x

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


def _normal_between(below: jax.Array, above: jax.Array) -> jax.Array:
    """z with Phi(z) = below = 1 - above, from the nearer end; at most as far out as a float can tell."""
    smallest = jnp.finfo(below.dtype).tiny
    return jnp.where(below < above, ndtri(jnp.maximum(below, smallest)), -ndtri(jnp.maximum(above, smallest)))


def _half_cauchy_at(z: jax.Array) -> jax.Array:
    """The quantile of a half-Cauchy at Phi(z), positive and finite, from the nearer end."""
    x = jnp.tan(pi / 2 * jnp.maximum(ndtr(-jnp.abs(z)), jnp.finfo(z.dtype).tiny))
    return jnp.where(z < 0, x, 1 / x)


def _half_cauchy_normal(x: jax.Array) -> jax.Array:
    """z with Phi(z) the probability that a half-Cauchy is below x."""
    return _normal_between(2 / pi * jnp.arctan(x), 2 / pi * jnp.arctan(1 / x))
