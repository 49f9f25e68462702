"""Integrals over a line, of many integrands at once: Gauss-Legendre panels where the mass is."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.special import logsumexp

LINE = (-340.0, 340.0)  # a logit or a logarithm: e^-340 is still a float64, and so is its square
DROP = 60.0  # nats below the peak that are left out: a mean may be large where there is hardly any mass
POINTS = 65  # of a pass that looks for the mass
SETTLED = 0.5  # share of its interval: when all rows keep more than this, the search ends
PANELS, ORDER = 40, 20  # nodes of the rule
FEW_PANELS = 32  # in each of two directions


class Line(NamedTuple):
    """Nodes of an integral of e^f, and log Z; with rows if there are several integrands.

    Args:
        z: nodes, shape (..., nodes).
        weights: shares of the nodes in the integral, shape (..., nodes).
        log_total: log Z, shape (...).
    """

    z: np.ndarray
    weights: np.ndarray
    log_total: np.ndarray

    def mean(self, values: np.ndarray) -> np.ndarray:
        """The mean of a function under e^f / Z, shape (...)."""
        return np.sum(self.weights * values, axis=-1)


def integrate_line(
    log_f: Callable[[np.ndarray], np.ndarray],
    low: float | np.ndarray = LINE[0],
    high: float | np.ndarray = LINE[1],
    panels: int = PANELS,
) -> Line:
    """The integral of e^f from low to high, where f has one peak.

    Args:
        log_f: f, of an array of shape (..., points).
        low: lower end, a number or shape (...).
        high: upper end.
        panels: of equal length, in each of which there are ORDER nodes.

    Returns:
        The nodes and log Z.
    """
    first, last = np.asarray(low, float)[..., None], np.asarray(high, float)[..., None]
    while True:
        z = first + (last - first) * np.linspace(0, 1, POINTS)
        height = log_f(z)
        kept = height > np.max(height, axis=-1, keepdims=True) - DROP
        left, right = kept.argmax(axis=-1)[..., None], POINTS - 1 - kept[..., ::-1].argmax(axis=-1)[..., None]
        if np.all(right - left > SETTLED * (POINTS - 1)):
            break
        first = np.take_along_axis(z, np.maximum(left - 1, 0), axis=-1)
        last = np.take_along_axis(z, np.minimum(right + 1, POINTS - 1), axis=-1)
    nodes, weights = np.polynomial.legendre.leggauss(ORDER)
    inside = ((np.arange(panels)[:, None] + (nodes + 1) / 2) / panels).ravel()
    z = first + (last - first) * inside
    log_mass = log_f(z) + np.log(np.tile(weights, panels) / (2 * panels) * (last - first))
    log_total = logsumexp(log_mass, axis=-1)
    return Line(z, np.exp(log_mass - log_total[..., None]), log_total)


def integrate_plane(
    log_f: Callable[[np.ndarray, np.ndarray], np.ndarray],
    outer: tuple[float, float] = LINE,
    inner: tuple[float, float] = LINE,
    panels: int = FEW_PANELS,
) -> tuple[Line, Line]:
    """The integral of e^f over a rectangle, where f has one peak along each line of constant u.

    Args:
        log_f: f(u, v), of arrays that broadcast.
        outer: ends of u.
        inner: ends of v.
        panels: in each direction.

    Returns:
        The line of u, whose log_total is log Z, and at each of its nodes the line of v.
    """

    def rows(u: np.ndarray) -> Line:
        each = (np.broadcast_to(end, u.shape) for end in inner)
        return integrate_line(lambda v: log_f(u[..., None], v), *each, panels=panels)

    line = integrate_line(lambda u: rows(u).log_total, *outer, panels=panels)
    return line, rows(line.z)
