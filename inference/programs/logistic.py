"""Maps from the whole line to an open interval, so that gradient-based samplers meet no edges."""

from dataclasses import dataclass
from functools import cached_property
from math import isfinite, log

import jax
import jax.numpy as jnp
import numpy as np

from inference.programs.support import Support

SOFT = 1.0  # in units of t: width over which the map levels off before its ends


@dataclass(frozen=True)
class Bijection:
    """One address x on its open support (low, high), as a function of z on the whole line.

        finite           p = 1 / (1 + e^-t)      t is the logit of the place on the support's scale
        half-infinite    s = e^t                 t is the log of the distance on the support's scale
        infinite         x = t

    `Support` has the scale: linear, or logarithmic where a support of positive numbers is wide. A support that is
    infinite below only, or wide and negative, is treated as that of -x.

    Far out, floats fail: x rounds to an edge, or is infinite, and gradients are 0 x inf. Let T be the t where that
    happens. Then t = z only up to T - 1, and from there t levels off towards T,

        t = T - e^-(z - (T - 1)) for z > T - 1,    and likewise below.

    This is still a bijection with a continuous slope, onto that part of the interval which floats distinguish from
    the ends. The density in z is that of a hyperprior restricted to this part. It has no kink in value and decays like
    e^-|z|. What is left out, in float32, is nearer to a nonzero edge than a few roundings of the edge, or within e^-38
    of 0, or beyond e^38 (beyond e^76 where low > 0). If p(x) is bounded near the edges and its tail is x^-1.4 or
    lighter, the probability of what is left out is a few machine epsilons. The same holds in float64, with e^-200 and
    e^200.

    Args:
        low: lower end of the support, or -inf.
        high: upper end of the support, or inf.
    """

    low: float
    high: float

    def value(self, z: jax.Array) -> jax.Array:
        """x at z, strictly inside the support; any shape."""
        if self._mirrored:
            return -self._mirrored.value(-z)
        return self._at(self._level_off(z)[0])

    def log_jacobian(self, z: jax.Array) -> jax.Array:
        """log dx / dz, the shape of z."""
        if self._mirrored:
            return self._mirrored.log_jacobian(-z)
        t, log_slope = self._level_off(z)
        if self._support.is_line:
            return log_slope
        log_slope += self._support.log_slope(self._at(t))
        return log_slope + (jax.nn.log_sigmoid(t) + jax.nn.log_sigmoid(-t) if self._support.is_finite else t)

    def inverse(self, x: jax.Array) -> jax.Array:
        """z at x; an x that no z reaches is first moved into the range that z reaches."""
        if self._mirrored:
            return -self._mirrored.inverse(-x)
        support = self._support
        if support.is_line:
            return support.inside(x)
        if support.is_finite:
            below, above = support.shares(x)
            t = jnp.log(below) - jnp.log(above)
        else:
            t = jnp.log(support.distance(x))
        lower, upper = self._knees(x.dtype)
        within = jnp.clip(t, lower, upper)
        beyond = jnp.clip(t - within, -0.99 * SOFT, 0.99 * SOFT)
        return within - jnp.sign(beyond) * SOFT * jnp.log1p(-jnp.abs(beyond) / SOFT)

    def limits(self, dtype: np.dtype) -> tuple[float, float]:
        """The z below and above which floats of this dtype no longer let x move to the ends; infinite if they do."""
        if self._mirrored:
            low, high = self._mirrored.limits(dtype)
            return -high, -low
        return self._knees(dtype)

    def _at(self, t: jax.Array) -> jax.Array:
        support = self._support
        if support.is_line:
            return support.inside(t)
        return (
            support.between(jax.nn.sigmoid(t), jax.nn.sigmoid(-t)) if support.is_finite else support.beyond(jnp.exp(t))
        )

    @cached_property
    def _support(self) -> Support:
        return Support(self.low, self.high)

    @cached_property
    def _mirrored(self) -> "Bijection | None":
        """The bijection of -x, where it is used in place of this one; else None."""
        mirror = Support(-self.high, -self.low)
        is_infinite_below = isfinite(self.high) and not isfinite(self.low)
        return Bijection(mirror.low, mirror.high) if is_infinite_below or mirror.is_log else None

    def _level_off(self, z: jax.Array) -> tuple[jax.Array, jax.Array]:
        """t at z, and log dt / dz."""
        lower, upper = self._knees(z.dtype)
        above, below = jnp.maximum(z - upper, 0) / SOFT, jnp.maximum(lower - z, 0) / SOFT
        t = jnp.clip(z, lower, upper) + SOFT * (jnp.exp(-below) - jnp.exp(-above))
        return t, -above - below

    def _knees(self, dtype: np.dtype) -> tuple[float, float]:
        """The z below and above which the map levels off."""
        if self._support.is_line:
            return -np.inf, np.inf
        lower, upper = self._support.nearest(dtype)
        return log(lower) + SOFT, (-log(upper) if self._support.is_finite else log(upper)) - SOFT
