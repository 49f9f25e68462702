"""Unconstrained coordinates for the addresses of a hyperprior, so that every integrand decays at both ends."""

from dataclasses import dataclass

import numpy as np

LARGEST_T = 340.0  # largest |t|: the square of e^340 does not overflow float64
LARGEST_T_TO_EDGE = 45.0  # largest |t| towards an edge at 1: e^-45 is far less than the spacing of float64 there


@dataclass(frozen=True)
class Coordinate:
    """One address x on its open support (low, high), as a function of an unconstrained z.

        finite           x = low + (high - low) / (1 + e^-t)     t is the logit
        half-infinite    x = low + e^t, or x = high - e^-t       t is the log
        infinite         x = sinh t                              linear near 0, logarithmic in the tails

    with t = 2 sinh z: a density that is cut off at an edge, or has a heavy tail, falls off like e^-ct in t and so
    within a few units of z (the double exponential formula of Takahasi & Mori 1974).

    Args:
        address: name of the address.
        low: lower end of its support, or -inf.
        high: upper end of its support, or inf.
    """

    address: str
    low: float
    high: float

    @property
    def limits(self) -> tuple[float, float]:
        """The z between which x is a float64 inside its support and not on its edge."""
        unit = self.high - self.low if self._is_finite else 1.0
        lower, upper = (
            LARGEST_T_TO_EDGE + max(0.0, np.log(unit) - np.log(abs(edge)))
            if np.isfinite(edge) and edge != 0
            else LARGEST_T
            for edge in (self.low, self.high)
        )
        return float(np.arcsinh(-lower / 2)), float(np.arcsinh(upper / 2))

    def value(self, z: np.ndarray) -> np.ndarray:
        """x at z, strictly inside the support even where rounding would put it on the edge."""
        t = 2 * np.sinh(z)
        if self._is_finite:
            # From the nearer end, so that the distance to it keeps its digits.
            distance = (self.high - self.low) * _expit_of_minus(np.abs(t))
            x = np.where(t < 0, self.low + distance, self.high - distance)
        elif np.isfinite(self.low):
            x = self.low + np.exp(t)
        elif np.isfinite(self.high):
            x = self.high - np.exp(-t)
        else:
            x = np.sinh(t)
        return np.clip(x, np.nextafter(self.low, np.inf), np.nextafter(self.high, -np.inf))

    def log_jacobian(self, z: np.ndarray) -> np.ndarray:
        """log dx / dz."""
        return self._log_slope(2 * np.sinh(z)) + np.log(2 * np.cosh(z))

    def rounding(self, z: np.ndarray) -> np.ndarray:
        """Relative error of the distance from x to an edge that comes from x being a float64; at most 1."""
        t = 2 * np.sinh(z)
        if self._is_finite:
            width = self.high - self.low
            nearer = width * _expit_of_minus(np.abs(t))
            distances = np.where(t < 0, nearer, width - nearer), np.where(t < 0, width - nearer, nearer)
        else:
            distances = np.exp(t), np.exp(-t)
        error = np.zeros_like(t)
        for edge, distance in zip((self.low, self.high), distances, strict=True):
            if np.isfinite(edge):
                error = np.maximum(error, np.finfo(np.float64).eps * abs(edge) / distance)
        return np.minimum(error, 1.0)

    @property
    def _is_finite(self) -> bool:
        return bool(np.isfinite(self.low) and np.isfinite(self.high))

    def _log_slope(self, t: np.ndarray) -> np.ndarray:
        """log dx / dt."""
        if self._is_finite:
            size = np.abs(t)
            return np.log(self.high - self.low) - size - 2 * np.log1p(np.exp(-size))
        if np.isfinite(self.low):
            return t
        if np.isfinite(self.high):
            return -t
        return np.logaddexp(t, -t) - np.log(2.0)


def _expit_of_minus(size: np.ndarray) -> np.ndarray:
    """1 / (1 + e^size) for size >= 0, which cannot overflow."""
    small = np.exp(-size)
    return small / (1 + small)
