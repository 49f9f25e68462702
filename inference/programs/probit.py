"""Maps from the whole line to an open interval by the normal distribution function: z is normal if x is uniform."""

from dataclasses import dataclass
from functools import cached_property
from math import isfinite, log, pi

import jax
import jax.numpy as jnp
from jax.scipy.special import log_ndtr, ndtr, ndtri
from jax.scipy.stats import norm

from inference.programs.support import Support


@dataclass(frozen=True)
class Probit:
    """One address x on its open support (low, high), as a function of z on the whole line.

        finite           p = Phi(z)                    p is the place on the support's scale
        half-infinite    s = tan(pi/2 Phi(z))          x = low + s, for low <= 0
                         s = -log Phi(-z)              x = low e^s = low / Phi(-z), for low > 0
        infinite         x = z

    `Support` has the scale. A support that is infinite below only, or wide and negative, is treated as that of -x.

    z is standard normal if a finite address is uniform or log-uniform, and if a half-infinite one is half-Cauchy or
    Pareto(low, 1). A wider normal has no lighter tails, so that the weights of draws from it are bounded. With the
    logistic function, or the logarithm of a half-infinite x, z would have tails e^-|z|, heavier than any normal's.

    Args:
        low: lower end of the support, or -inf.
        high: upper end of the support, or inf.
    """

    low: float
    high: float

    def value(self, z: jax.Array) -> jax.Array:
        """x at z, strictly inside the support; any shape."""
        support = self._support
        if self._mirrored:
            return -self._mirrored.value(-z)
        if support.is_line:
            return support.inside(z)
        return support.between(ndtr(z), ndtr(-z)) if support.is_finite else support.beyond(self._distance(z))

    def log_jacobian(self, z: jax.Array) -> jax.Array:
        """log dx / dz, the shape of z."""
        support = self._support
        if self._mirrored:
            return self._mirrored.log_jacobian(-z)
        if support.is_line:
            return jnp.zeros_like(z)
        log_slope = norm.logpdf(z) + support.log_slope(self.value(z))
        if support.is_finite:
            return log_slope
        if support.is_log:
            return log_slope - log_ndtr(-z)
        # The last term is log(1 + s^2), computed so that s^2 does not overflow.
        return log_slope + log(pi / 2) + jnp.logaddexp(0.0, 2 * jnp.log(self._distance(z)))

    def inverse(self, x: jax.Array) -> jax.Array:
        """z at x."""
        support = self._support
        if self._mirrored:
            return -self._mirrored.inverse(-x)
        if support.is_line:
            return support.inside(x)
        if support.is_finite:
            return _normal_between(*support.shares(x))
        s = support.distance(x)
        if support.is_log:
            return _normal_between(-jnp.expm1(-s), jnp.exp(-s))
        return _normal_between(2 / pi * jnp.arctan(s), 2 / pi * jnp.arctan(1 / s))

    def _distance(self, z: jax.Array) -> jax.Array:
        """s at z, positive and finite."""
        if self._support.is_log:
            smallest, largest = self._support.nearest(z.dtype)
            return jnp.clip(-log_ndtr(-z), smallest, largest)
        s = jnp.tan(pi / 2 * jnp.maximum(ndtr(-jnp.abs(z)), jnp.finfo(z.dtype).tiny))
        return jnp.where(z < 0, s, 1 / s)

    @cached_property
    def _support(self) -> Support:
        return Support(self.low, self.high)

    @cached_property
    def _mirrored(self) -> "Probit | None":
        """The map of -x, where it is used in place of this one; else None."""
        mirror = Support(-self.high, -self.low)
        is_infinite_below = isfinite(self.high) and not isfinite(self.low)
        return Probit(mirror.low, mirror.high) if is_infinite_below or mirror.is_log else None


def _normal_between(below: jax.Array, above: jax.Array) -> jax.Array:
    """z with Phi(z) = below = 1 - above, from the nearer end; a tail of 0 is taken as the smallest float."""
    smallest = jnp.finfo(below.dtype).tiny
    return jnp.where(below < above, ndtri(jnp.maximum(below, smallest)), -ndtri(jnp.maximum(above, smallest)))
