"""The distribution function of any function of a few numbers, and its inverse, from a lattice.

x rises or falls along every line of the lattice in one direction, so that the set x < t cuts each line at one place s.
The integral of the density of a line up to s follows from the same nodes as its whole integral, by the integral of the
sinc function that interpolates it (Stenger 1993, section 4.5):

    P(x < t) = sum_r sum_j w_rj K((s_r(t) - s_rj) / step),    K(y) = 1/2 + Si(pi y) / pi

It needs half the distance between nodes that the whole integral needs. The log density halfway between two nodes is
interpolated by the polynomial through the nearest of them.

If x hardly changes along some lines, because an address is near an end of its support, the mass of a line below t jumps
or bends from line to line. So the mass is shared out among the directions, and each share summed along its own lines:

    1 = sum_i share_i(w),    share_i = |dx / du_i|^p / sum_j |dx / du_j|^p

References:
    Stenger, F. (1993), Numerical Methods Based on Sinc and Analytic Functions, Springer.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from inference.numerics.distribution_function import NOT_MONOTONE, ROUNDING, scale_of
from inference.numerics.lattice.lines import Lines, NotMonotoneError, lines_of
from inference.numerics.lattice.rule import Box, Frame, Function, Lattice
from inference.numerics.trapezoid import QuadratureError

TOLERANCE = 1e-6  # in probability
OF_THREE = 1e-4  # likewise, where x is not a coordinate and depends on three: more lines take a minute
NEGLIGIBLE = 1e-13  # share of the mass, of a node at which x need not be monotone
NEAR = 0.01  # in probability: half-width of the first bracket of a quantile
SOME = (0.03, 0.3, 0.7, 0.97)  # probabilities at which the error is estimated at first
DIFFERENCE = 0.2  # sds: half of the distance over which a slope is measured
NEARBY = (-0.6, -0.25, 0.25, 0.6)  # normal scores away: where else the error is estimated
POWER = 4  # p, of slopes in the shares: a direction along which x changes a third as much has a share of 1 %


def covariance_of(lattice: Lattice) -> np.ndarray:
    """The covariance of w, shape (d, d)."""
    off = lattice.points - lattice.weights @ lattice.points
    return np.einsum("n,ni,nj->ij", lattice.weights, off, off)


def along(lattice: Lattice, slope: np.ndarray) -> Box:
    """A box whose first direction is that in which a function with this slope rises, the others being level.

    Args:
        lattice: the rule, whose mean and covariance are those of the frame.
        slope: of the function, in w, shape (d,).

    Returns:
        The box.
    """
    points = lattice.points
    root = np.linalg.cholesky(covariance_of(lattice))
    first = root.T @ slope
    rotation, _ = np.linalg.qr(np.column_stack([first, np.eye(len(slope))]))
    frame = Frame(lattice.weights @ points, root @ rotation[:, : len(slope)])
    inside = frame.coordinates(points)
    return Box(frame, inside.min(axis=0), inside.max(axis=0), np.ones(len(slope)))


def level(lattice: Lattice) -> Box:
    """A box whose directions are those of the coordinates."""
    frame = Frame(lattice.weights @ lattice.points, np.diag(np.sqrt(np.diag(covariance_of(lattice)))))
    inside = frame.coordinates(lattice.points)
    return Box(frame, inside.min(axis=0), inside.max(axis=0), np.ones(lattice.box.dimension))


def slope_of(lattice: Lattice, x: np.ndarray) -> np.ndarray:
    """The slope of the linear function of w nearest to x at the nodes, on a scale on which x varies smoothly."""
    to_scale, _ = scale_of(x.min(), x.max())
    points, weights, y = lattice.points, lattice.weights, to_scale(x)
    off = points - weights @ points
    return np.linalg.solve(covariance_of(lattice), np.einsum("n,ni,n->i", weights, off, y - weights @ y))


class LatticeDistribution:
    """The distribution of x = function(w), or of a coordinate on another scale.

    Probabilities are right to `tolerance`.

    Args:
        lattice: a converged rule.
        axes: directions of its lines, among which the mass is shared out; those are left out along which the function
            is not monotone.
        function: of points w, shape (N, d), to shape (N,).
        finer: a rule with more lines, or None if there are too many.
        scale: from x to the function's value, and back, if the function is a coordinate; else x is the function.

    Raises:
        NotMonotoneError: if the function is not monotone along any of these directions.
    """

    tolerance: float
    """Largest error of a probability."""

    def __init__(
        self,
        lattice: Lattice,
        axes: Sequence[int],
        function: Function,
        finer: Callable[[Lattice], Lattice | None],
        scale: tuple[Callable[[float], float], Callable[[float], float]] | None = None,
    ):
        self._function, self._finer = function, finer
        self._is_linear, (self._to_line, self._from_line) = scale is not None, scale or (float, float)
        is_hard = scale is None and lattice.box.dimension == 3
        self.tolerance = OF_THREE if is_hard else TOLERANCE
        values = function(lattice.points)
        has_mass = lattice.weights > NEGLIGIBLE
        order = np.argsort(values[has_mass])
        self._in_order, self._cumulative = values[has_mass][order], np.cumsum(lattice.weights[has_mass][order])
        self._to_scale, self._from_scale = scale_of(*self._in_order[[0, -1]])
        sides = {axis: _side(lattice, axis, values) for axis in axes}
        self._sides = {axis: side for axis, side in sides.items() if side}
        if not self._sides:
            raise NotMonotoneError(f"{NOT_MONOTONE} any direction that was tried")
        self._take(lattice)

    @property
    def error(self) -> float:
        """The largest estimated error of some probabilities, from these lines."""
        return max(self._error(self._about(q)) for q in SOME)

    def cdf(self, t: float) -> float:
        """P(x < t).

        Raises:
            ValueError: if t is NaN.
            QuadratureError: if it is not right to `tolerance`.
        """
        if np.isnan(t):
            raise ValueError("P(x < NaN) is not a probability: give a number")
        at = self._to_line(t)
        lowest, highest = self._in_order[[0, -1]]
        if not lowest < at < highest:
            return float(at >= highest)
        y = float(self._to_scale(at))
        self._refine(y)
        return self._below(y)

    def quantile(self, q: float) -> float:
        """The t at which P(x < t) = q, for q strictly between 0 and 1.

        Raises:
            QuadratureError: if it is not right to `tolerance`.
        """
        y = self._at(q)
        while self._refine(y):
            y = self._at(q)
        return float(self._from_line(float(self._from_scale(y))))

    def _take(self, lattice: Lattice) -> None:
        """Use the lines of a lattice."""
        self._lattice, self._parts = lattice, []
        for axis, side in self._sides.items():
            share = None if len(self._sides) == 1 else partial(self._share, axis)
            self._parts.append(
                (side, Lines(lattice, axis, lambda w, side=side: side * self._y_of(w), share, NEGLIGIBLE))
            )

    def _y_of(self, points: np.ndarray) -> np.ndarray:
        """The function on a scale on which it varies smoothly, at points w."""
        with np.errstate(all="ignore"):
            return self._to_scale(self._function(points))

    def _share(self, axis: int, points: np.ndarray) -> np.ndarray:
        """The share of a direction at points w, shape (N,)."""
        box, changes = self._lattice.box, {}
        for each in self._sides:
            step = DIFFERENCE * box.sds[each] * box.frame.scale[:, each]
            with np.errstate(invalid="ignore"):
                changes[each] = np.abs(self._y_of(points + step) - self._y_of(points - step))
        most = np.maximum(np.max(list(changes.values()), axis=0), np.finfo(np.float64).tiny)
        powers = {each: np.nan_to_num((change / most) ** POWER, nan=1.0) for each, change in changes.items()}
        total = np.sum(list(powers.values()), axis=0)
        return np.where(total > 0, powers[axis] / np.where(total > 0, total, 1.0), 1 / len(powers))

    def _below(self, y: float) -> float:
        """P(function < y), on its scale."""
        total = sum(lines.below(y) if side > 0 else lines.total - lines.below(-y) for side, lines in self._parts)
        return float(np.clip(total, 0, 1))

    def _error(self, y: float) -> float:
        """Estimated error of P(function < y): the largest there and nearby, as it may be small by chance."""
        q = float(np.interp(self._from_scale(y), self._in_order, self._cumulative))
        nearby = [y, *(self._about(float(ndtr(ndtri(q) + shift))) for shift in NEARBY)]
        fastest = 1.5 if self._is_linear or len(self._sides) == self._lattice.box.dimension else 1.0
        of_lines = max(
            sum(lines.error_of_lines(side * each, fastest) for side, lines in self._parts) for each in nearby
        )
        return of_lines + sum(lines.error(side * y) for side, lines in self._parts)

    def _about(self, q: float) -> float:
        """The q quantile on its scale, roughly."""
        at = np.searchsorted(self._cumulative, q * self._cumulative[-1])
        return float(self._to_scale(self._in_order[min(int(at), len(self._in_order) - 1)]))

    def _at(self, q: float) -> float:
        """The q quantile on its scale."""

        def off(y: float) -> float:
            return self._below(y) - q

        low, high = self._about(max(q - NEAR, 0.0)), self._about(min(q + NEAR, 1.0))
        if not off(low) < 0 < off(high):
            low, high = (float(self._to_scale(end)) for end in self._in_order[[0, -1]])
            if not off(low) < 0 < off(high):
                return low if off(low) >= 0 else high
        root: Any = brentq(off, low, high, xtol=1e-8 * (high - low), rtol=np.float64(1e-14))
        return float(root)

    def _refine(self, y: float) -> bool:
        """Take more lines until P(function < y) is right; whether any were taken."""
        before = self._lattice
        while (error := self._error(y)) > self.tolerance:
            finer = self._finer(self._lattice)
            if finer is None:
                raise QuadratureError(
                    f"the probability still has an error of {error:.1e}; take draws instead, by rqmc, smc or importance"
                )
            self._take(finer)
        return self._lattice is not before


def _side(lattice: Lattice, axis: int, values: np.ndarray) -> float:
    """1 if the function rises along all lines of a direction, -1 if it falls, else 0; from its values at the nodes."""
    of_line, line = lines_of(lattice, axis)
    x = np.full((len(of_line), lattice.sizes[axis]), np.nan)
    heavy = lattice.weights > NEGLIGIBLE
    x[line[heavy], lattice.index[heavy, axis]] = values[heavy]
    with np.errstate(invalid="ignore"):
        steps = np.diff(x, axis=1)
    known = np.isfinite(steps)
    rounding = ROUNDING * np.abs(x[:, 1:][known])
    return float(np.all(steps[known] >= -rounding)) or -float(np.all(steps[known] <= rounding))
