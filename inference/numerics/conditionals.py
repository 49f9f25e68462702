"""The distribution of the inner coordinate given the outer one, and of the outer one, from a quadrature rule.

Between the nodes the log density is interpolated by the polynomial through the nearest of them. A distribution function
is summed from the nearer end, so that both tails are accurate relative to their size.
"""

import numpy as np
from numpy.polynomial.legendre import leggauss
from scipy.interpolate import BSpline, RectBivariateSpline, make_interp_spline
from scipy.special import ndtri

from inference.numerics.trapezoid import Rule

HIGHEST_SCORE = 8.5  # largest normal score that is kept; the probability beyond it is less than 1e-17
SCORES = np.linspace(-HIGHEST_SCORE, HIGHEST_SCORE, 69)  # normal scores of the quantiles that are kept
NEGLIGIBLE_ROW = -46.0  # nats below the heaviest row, at which a row is left out: 1e-20
STENCIL = 8  # nodes of an interpolating polynomial
PARTS, GAUSS = 4, 3  # parts of the interval between two nodes, and Gauss points of each part
DEEPEST = -600.0  # nats from the peak of a row; a log density below this is replaced by it, so that it is finite
TINY = 1e-300  # smallest probability, whose normal score is finite
SQRT_2PI = np.sqrt(2 * np.pi)
DEGREE = 5  # of the splines across rows


class Conditionals:
    """Distributions of v given u, and of u, as splines.

        P(v < inner(u, s) | u) = Phi(s),    p(u) = density(u)

    Args:
        rule: converged rule that reaches far enough into the tails, with twice the nodes in each direction that its
            integral needs.
    """

    edges: np.ndarray
    """u at whole-number normal scores of its distribution, and the first and the last u whose rows are kept."""

    def __init__(self, rule: Rule):
        log_row = np.logaddexp.reduce(rule.log_mass, axis=1) - rule.log_total
        kept = np.flatnonzero(log_row > log_row.max() + NEGLIGIBLE_ROW)
        rows = slice(kept[0], kept[-1] + 1)
        self.outer = rule.outer[rows]
        inner, log_density = rule.inner[rows], rule.log_density[rows]
        self.inner = inner[:, :1] + (inner[:, 1:2] - inner[:, :1]) * _positions(log_density)
        step = self.outer[1] - self.outer[0]
        at_scores = self.outer[0] + step * _positions(log_row[None, rows])[0]
        whole = np.abs(SCORES - np.round(SCORES)) < 1e-9
        self.edges = np.unique(np.clip([*self.outer[[0, -1]], *at_scores[whole]], *self.outer[[0, -1]]))
        self._inner = RectBivariateSpline(self.outer, SCORES, self.inner, kx=DEGREE, ky=DEGREE)
        self._log_density: BSpline = make_interp_spline(self.outer, log_row[rows] - np.log(step), k=DEGREE)

    def at(self, u: np.ndarray, score: np.ndarray) -> np.ndarray:
        """v at a normal score of its distribution given u, the shape of both."""
        return self._inner.ev(u, score)

    def density(self, u: np.ndarray) -> np.ndarray:
        """p(u), the shape of u."""
        return np.exp(self._log_density(u))


def _positions(log_density: np.ndarray) -> np.ndarray:
    """Where each row reaches SCORES, as a distance from its first node in steps between nodes.

    Args:
        log_density: at equally spaced nodes, of a density that is negligible at both ends, shape (R, C).

    Returns:
        Positions between 0 and C - 1, shape (R, scores).
    """
    below, above, density = _tails(log_density)
    lower = below < above
    scores = ndtri(np.maximum(np.where(lower, below, above) / below[:, -1:], TINY))
    scores = np.where(lower, scores, -scores)
    after = np.clip([np.searchsorted(score, SCORES) for score in scores], 1, scores.shape[1] - 1)
    low, high = (np.take_along_axis(scores, at, axis=1) for at in (after - 1, after))
    width = np.maximum(high - low, TINY)
    # Cubics with the slopes that the densities give, limited to 3 / width so that the cubics rise.
    with np.errstate(over="ignore", divide="ignore", under="ignore"):
        slopes = [
            np.minimum(
                PARTS * below[:, -1:] * np.exp(-(score**2) / 2) / SQRT_2PI / np.take_along_axis(density, at, axis=1),
                3 / width,
            )
            for score, at in ((low, after - 1), (high, after))
        ]
    x = np.clip((SCORES - low) / width, 0, 1)
    risen = x * x * (3 - 2 * x) + width * x * (1 - x) * (slopes[0] * (1 - x) - slopes[1] * x)
    return (after - 1 + risen) / PARTS


def _tails(log_density: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Integrals of e^f from the first node and to the last, and e^f, at PARTS points per node; each (R, points)."""
    rows, count = log_density.shape
    relative = np.maximum(log_density - log_density.max(axis=1, keepdims=True), DEEPEST)
    first = np.clip(np.arange(count - 1) - (STENCIL // 2 - 1), 0, count - STENCIL)
    windows = np.lib.stride_tricks.sliding_window_view(relative, STENCIL, axis=1)[:, first]
    points, weights = leggauss(GAUSS)
    points = np.concatenate([[0.0], (points + 1) / 2])  # of each part: its beginning and its Gauss points
    within = (np.arange(PARTS)[:, None] + points) / PARTS
    lagrange = np.stack([_lagrange(place + within.ravel()) for place in range(STENCIL - 1)])[
        np.arange(count - 1) - first
    ]
    f = np.einsum("rcj,cgj->rcg", windows, lagrange, optimize=True).reshape(rows, -1, GAUSS + 1)
    with np.errstate(under="ignore"):  # far from the peak e^f is 0
        density = np.exp(f)
        parts = density[:, :, 1:] @ (weights / (2 * PARTS))
        density = np.concatenate([density[:, :, 0], np.exp(relative[:, -1:])], axis=1)
    nothing = np.zeros((rows, 1))
    below = np.concatenate([nothing, np.cumsum(parts, axis=1)], axis=1)
    above = np.concatenate([np.cumsum(parts[:, ::-1], axis=1)[:, ::-1], nothing], axis=1)
    return below, above, density


def _lagrange(x: np.ndarray) -> np.ndarray:
    """The Lagrange polynomials of the nodes 0, 1, ..., STENCIL - 1 at x, shape (points, STENCIL)."""
    nodes = np.arange(STENCIL)
    others = [nodes[nodes != node] for node in nodes]
    return np.stack(
        [np.prod((x[:, None] - o) / (node - o), axis=1) for node, o in zip(nodes, others, strict=True)], axis=1
    )
