"""From the whole line to an open interval, so that samplers with gradients know no edges."""

from dataclasses import dataclass
from math import isfinite, log

import jax
import jax.numpy as jnp
import numpy as np

EDGE = 4.0  # roundings of a nonzero edge, nearer to which a float cannot tell how near it is
SOFT = 1.0  # units of t over which the map levels off before its ends


@dataclass(frozen=True)
class Bijection:
    """One address x on its open support (low, high), by z on the whole line.

        finite           x = low + (high - low) / (1 + e^-t)     t is the logit
        half-infinite    x = low + e^t, or x = high - e^-t       t is the log
        infinite         x = t

    Far out, floats give out: x rounds to an edge, and 1 - x to 0, or e^t is infinite, and gradients are 0 x inf. So
    t = z only up to 1 before the t where that happens, and from there t levels off towards it,

        t = T - e^-(z - (T - 1)) for z > T - 1,    and likewise below.

    This is still a bijection with a continuous slope, onto what of the interval a float can tell from its ends: the
    density in z is that of a hyperprior restricted to it, has no kink in value and decays like e^-|z|. With p(x)
    bounded near an edge what is left out has a probability of a few machine epsilons.

    Args:
        low: lower end of the support, or -inf.
        high: upper end of the support, or inf.
    """

    low: float
    high: float

    def value(self, z: jax.Array) -> jax.Array:
        """x at z, strictly inside the support; any shape."""
        t, _ = self._levelled(z)
        if self._is_finite:
            # From the nearer end, so that the distance to it keeps its digits.
            width = self.high - self.low
            x = jnp.where(t < 0, self.low + width * jax.nn.sigmoid(t), self.high - width * jax.nn.sigmoid(-t))
        elif isfinite(self.low):
            x = self.low + jnp.exp(t)
        elif isfinite(self.high):
            x = self.high - jnp.exp(-t)
        else:
            x = t
        return inside(x, self.low, self.high)

    def log_jacobian(self, z: jax.Array) -> jax.Array:
        """log dx / dz, the shape of z."""
        t, log_slope = self._levelled(z)
        if self._is_finite:
            return log_slope + jax.nn.log_sigmoid(t) + jax.nn.log_sigmoid(-t) + log(self.high - self.low)
        if isfinite(self.low):
            return log_slope + t
        if isfinite(self.high):
            return log_slope - t
        return log_slope

    def inverse(self, x: jax.Array) -> jax.Array:
        """z at x; x beyond what z reaches is moved to within it."""
        x = inside(x, self.low, self.high)
        t = jnp.zeros_like(x) if self._is_finite or isfinite(self.low) or isfinite(self.high) else x
        if isfinite(self.low):
            t += jnp.log(x - self.low)
        if isfinite(self.high):
            t -= jnp.log(self.high - x)
        lower, upper = self._knees(x.dtype)
        within = jnp.clip(t, lower, upper)
        beyond = jnp.clip(t - within, -0.99 * SOFT, 0.99 * SOFT)
        return within - jnp.sign(beyond) * SOFT * jnp.log1p(-jnp.abs(beyond) / SOFT)

    @property
    def _is_finite(self) -> bool:
        return isfinite(self.low) and isfinite(self.high)

    def _levelled(self, z: jax.Array) -> tuple[jax.Array, jax.Array]:
        """t at z, and log dt / dz."""
        lower, upper = self._knees(z.dtype)
        above, below = jnp.maximum(z - upper, 0) / SOFT, jnp.maximum(lower - z, 0) / SOFT
        t = jnp.clip(z, lower, upper) + SOFT * (jnp.exp(-below) - jnp.exp(-above))
        return t, -above - below

    def _knees(self, dtype: np.dtype) -> tuple[float, float]:
        """The z below and above which the map levels off."""
        if not (isfinite(self.low) or isfinite(self.high)):
            return -np.inf, np.inf
        width = self.high - self.low if self._is_finite else 1.0
        return SOFT - _reach(self.low, width, dtype), _reach(self.high, width, dtype) - SOFT


def inside(x: jax.Array, low: float, high: float) -> jax.Array:
    """x moved to the nearest float in the open interval (low, high), should rounding have put it on an edge."""
    low_edge, high_edge = (np.asarray(end, x.dtype) for end in (low, high))
    # Next to 0 are numbers that XLA rounds to it.
    smallest = np.finfo(x.dtype).tiny
    first = smallest if low == 0 else np.nextafter(low_edge, high_edge)
    last = -smallest if high == 0 else np.nextafter(high_edge, low_edge)
    return jnp.clip(x, first, last)


def _reach(edge: float, width: float, dtype: np.dtype) -> float:
    """The |t| towards an edge, in either direction, where a float gives out; at least twice `SOFT`."""
    numbers = jnp.finfo(dtype)
    # At 1/eps and eps floats lose what is added to them, while high powers of them, as in a log pmf, are still floats.
    reach = -log(float(numbers.eps))
    if isfinite(edge) and edge != 0:
        reach = min(reach, log(width) - log(EDGE * float(numbers.eps) * abs(edge)))
    return max(reach, 2 * SOFT)
