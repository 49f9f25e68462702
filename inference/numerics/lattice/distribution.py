"""The distribution function of any function of a few numbers, and its inverse, from a lattice.

x rises or falls along every line of the lattice in its first direction, so that the set x < t cuts each line at one
place s. The integral of the density of a line up to s follows from the same nodes as its whole integral, by the integral
of the sinc function that interpolates it (Stenger 1993, section 4.5):

    P(x < t) = sum_r sum_j w_rj K((s_r(t) - s_rj) / step),    K(y) = 1/2 + Si(pi y) / pi

References:
    Stenger, F. (1993), Numerical Methods Based on Sinc and Analytic Functions, Springer.
"""

from collections.abc import Callable

import numpy as np
from scipy.optimize import brentq
from scipy.special import sici

from inference.numerics.distribution_function import NOT_MONOTONE, ROUNDING, scale_of
from inference.numerics.lattice.rule import Box, Frame, Lattice
from inference.numerics.trapezoid import QuadratureError, error_of_all

Function = Callable[[np.ndarray], np.ndarray]

TOLERANCE = 1e-6  # in probability
NEGLIGIBLE = 1e-13  # share of the mass, of a line that is left out, and of a node at which x need not be monotone
SAME = 1e-9  # of the range of x: lines along which it differs by less are one line
STENCIL = 8  # nodes of the polynomial that interpolates x
MARGIN = 4  # nodes beyond those with mass, at which x is known too
BISECTIONS = 40
NEAR = 0.02  # in probability: half-width of the first bracket of a quantile

# From x at the nodes of a stencil to the coefficients of its polynomial in the distance from the first of them
COEFFICIENTS = np.linalg.inv(np.vander(np.arange(STENCIL), increasing=True))


class NotMonotoneError(QuadratureError):
    """A function that both rises and falls along a line."""


def along(lattice: Lattice, slope: np.ndarray) -> Box:
    """A box whose first direction is that in which a function with this slope rises, the others being level.

    Args:
        lattice: the rule, whose mean and covariance are those of the frame.
        slope: of the function, in w, shape (d,).

    Returns:
        The box.
    """
    points, weights = lattice.points, lattice.weights
    mean = weights @ points
    root = np.linalg.cholesky(np.einsum("n,ni,nj->ij", weights, points - mean, points - mean))
    first = root.T @ slope
    rotation, _ = np.linalg.qr(np.column_stack([first, np.eye(len(slope))]))
    rotation = rotation[:, : len(slope)]
    rotation[:, 0] *= np.sign(rotation[:, 0] @ first)
    frame = Frame(mean, root @ rotation)
    inside = frame.coordinates(points)
    return Box(frame, inside.min(axis=0), inside.max(axis=0), np.ones(len(slope)))


def slope_of(lattice: Lattice, x: np.ndarray) -> np.ndarray:
    """The slope of the linear function of w that is nearest to x at the nodes, on a scale on which x varies smoothly."""
    to_scale, _ = scale_of(x.min(), x.max())
    points, weights = lattice.points, lattice.weights
    y = to_scale(x)
    off = points - weights @ points
    covariance = np.einsum("n,ni,nj->ij", weights, off, off)
    return np.linalg.solve(covariance, np.einsum("n,ni,n->i", weights, off, y - weights @ y))


class LatticeDistribution:
    """The distribution of x = function(w).

    Probabilities are right to TOLERANCE.

    Args:
        lattice: a converged rule, with twice the nodes in its first direction that its integral needs.
        function: of points w, shape (N, d), to shape (N,); monotone along every line in the first direction.
        finer: a rule with more lines, or None if there are too many.

    Raises:
        NotMonotoneError: if the function is not monotone along a line.
    """

    def __init__(self, lattice: Lattice, function: Function, finer: Callable[[Lattice], Lattice | None]):
        self._lattice, self._function, self._finer = lattice, function, finer
        self._lines = _Lines(lattice, function)

    def cdf(self, t: float) -> float:
        """P(x < t).

        Raises:
            ValueError: if t is NaN.
            QuadratureError: if it is not right to TOLERANCE.
        """
        if np.isnan(t):
            raise ValueError("P(x < NaN) is not a probability: give a number")
        while True:
            below, error = self._lines.below(t), self._lines.error(t)
            if error <= TOLERANCE:
                return below
            finer = self._finer(self._lattice)
            if finer is None:
                raise QuadratureError(f"the probability still has an error of {error:.1e}; use importance or smc")
            self._lattice, self._lines = finer, _Lines(finer, self._function)

    def quantile(self, q: float) -> float:
        """The t at which P(x < t) = q, for q strictly between 0 and 1.

        Raises:
            QuadratureError: if it is not right to TOLERANCE.
        """
        while True:
            lines, t = self._lines, self._lines.quantile(q)
            self.cdf(t)  # with more lines, if these do not suffice
            if lines is self._lines:
                return t


class _Lines:
    """The lines of a lattice in its first direction, with the nodes of each and x there."""

    def __init__(self, lattice: Lattice, function: Function):
        of_line, line = np.unique(lattice.index[:, 1:], axis=0, return_inverse=True)
        line = np.ravel(line)
        shape = len(of_line), lattice.sizes[0]
        weights = np.zeros(shape)
        weights[line, lattice.index[:, 0]] = lattice.weights
        heavy = weights.sum(axis=1) > NEGLIGIBLE
        of_line, self.weights = of_line[heavy], weights[heavy]
        has_mass = self.weights > NEGLIGIBLE
        first, last = has_mass.argmax(axis=1), shape[1] - 1 - has_mass[:, ::-1].argmax(axis=1)
        low, high = int(max(first.min() - MARGIN, 0)), int(min(last.max() + MARGIN, shape[1] - 1))
        self.weights = self.weights[:, low : high + 1] if high - low >= STENCIL else self.weights
        if high - low < STENCIL:
            low, high = 0, shape[1] - 1
        first, last = first - low, last - low
        columns = np.arange(low, high + 1)
        index = np.concatenate(
            [
                np.tile(columns, len(of_line))[:, None],
                np.repeat(of_line, len(columns), axis=0),
            ],
            axis=1,
        )
        x = function(lattice.box.frame.points(lattice.box.lattice(lattice.sizes, index))).reshape(self.weights.shape)
        # Beyond the mass x may be infinite; there it is as at the last node where it is not.
        self.low, self.high = _finite_range(x, first, last)
        self.of_line = of_line
        self._orient(x, first, last)
        self._scale()

    def _orient(self, x: np.ndarray, first: np.ndarray, last: np.ndarray) -> None:
        """Turn lines along which x falls."""
        place = np.arange(x.shape[1])
        inside = (first[:, None] <= place[:-1]) & (place[1:] <= last[:, None])
        with np.errstate(invalid="ignore"):
            steps = np.where(inside, np.diff(x, axis=1), 0.0)
        rounding = ROUNDING * np.abs(np.where(inside, x[:, 1:], 0.0))
        if not np.all(steps >= -rounding):
            if not np.all(steps <= rounding):
                raise NotMonotoneError(f"{NOT_MONOTONE} any direction that was tried")
            x, self.weights = x[:, ::-1], self.weights[:, ::-1]
            width = x.shape[1] - 1
            first, last = width - last, width - first
            self.low, self.high = width - self.high, width - self.low
        self.x, self.first, self.last = x, first, last

    def _scale(self) -> None:
        """x on a scale on which it varies smoothly; one line, if it is the same along all of them."""
        place = np.arange(self.x.shape[1])
        inside = (self.first[:, None] <= place) & (place <= self.last[:, None])
        values = self.x[inside]
        self.ends = values.min(), values.max()
        self.to_scale, self.from_scale = scale_of(*self.ends)
        usable = (self.low[:, None] <= place) & (place <= self.high[:, None])
        with np.errstate(all="ignore"):
            self.y = np.where(usable, self.to_scale(np.where(usable, self.x, values.max())), 0.0)
        off = np.abs(self.y - self.y[self.weights.sum(axis=1).argmax()])
        if np.all(off[inside] <= SAME * np.ptp(self.to_scale(values))):
            heaviest = self.weights.sum(axis=1).argmax()[None]
            self.y, self.low, self.high = self.y[heaviest], self.low[heaviest], self.high[heaviest]
            self.first, self.last = self.first.min()[None], self.last.max()[None]
            self.first, self.last = np.maximum(self.first, self.low), np.minimum(self.last, self.high)
            self.weights = self.weights.sum(axis=0, keepdims=True)
            self.of_line = self.of_line[:1] * 0
        in_order = np.argsort(self.y[self.weights > NEGLIGIBLE])
        self.values = self.y[self.weights > NEGLIGIBLE][in_order]
        self.below_value = np.cumsum(self.weights[self.weights > NEGLIGIBLE][in_order])

    def below(self, t: float) -> float:
        """P(x < t)."""
        return float(np.clip(self._of_lines(t).sum(), 0, 1))

    def error(self, t: float) -> float:
        """Estimated error of P(x < t): from half of the nodes of each line, and from half of the lines."""
        of_lines = self._of_lines(t)
        whole = of_lines.sum()
        halves = [2 * self._of_lines(t, stride=2, start=start).sum() for start in (0, 1)]
        # The error of the sinc function is e^(-c / step), so it squares when the step is halved.
        error = max(abs(half - whole) for half in halves) ** 2
        if len(of_lines) == 1:
            return float(error)
        for axis in self.of_line.T:
            of_2, of_4 = (by * of_lines[axis % by == 0].sum() for by in (2, 4))
            error += float(error_of_all(np.abs(of_2 - whole), np.abs(of_4 - of_2)))
        return float(error)

    def quantile(self, q: float) -> float:
        """The x at which P(x < t) = q."""
        at = np.searchsorted(self.below_value, [q - NEAR, q + NEAR])
        ends = self.values[[0, -1]]
        low, high = self.values[np.minimum(at, len(self.values) - 1)]

        def off(y: float) -> float:
            return self.below(float(self.from_scale(y))) - q

        if off(low) > 0:
            low = ends[0]
        if off(high) < 0:
            high = ends[1]
        if off(low) >= 0 or off(high) <= 0:
            return float(self.from_scale(low if off(low) >= 0 else high))
        return float(self.from_scale(brentq(off, low, high, xtol=1e-14, rtol=1e-12)))

    def _of_lines(self, t: float, stride: int = 1, start: int = 0) -> np.ndarray:
        """The mass of each line below t, from every `stride`-th node, shape (R,)."""
        place = self._cuts(t)
        nodes = np.arange(start, self.weights.shape[1], stride)
        argument = (place[:, None] - nodes) / stride
        return np.sum(self.weights[:, nodes] * (0.5 + sici(np.pi * argument)[0] / np.pi), axis=1)

    def _cuts(self, t: float) -> np.ndarray:
        """Where x = t on each line, in steps from its first node; infinite where all of its mass is on one side."""
        lowest, highest = self.ends
        y = -np.inf if t <= lowest else np.inf if t >= highest else float(self.to_scale(t))
        place = np.arange(self.y.shape[1])
        inside = (self.first[:, None] <= place) & (place <= self.last[:, None])
        passed = np.sum(inside & (self.y < y), axis=1)
        cell = self.first + passed - 1
        cuts = np.where(passed == 0, -np.inf, np.inf)
        cut = np.flatnonzero((passed > 0) & (cell < self.last))
        if not len(cut):
            return cuts
        begin = np.clip(cell[cut] - STENCIL // 2 + 1, self.low[cut], np.maximum(self.high[cut] - STENCIL + 1, 0))
        stencil = np.take_along_axis(self.y[cut], begin[:, None] + np.arange(STENCIL), axis=1)
        polynomial = stencil @ COEFFICIENTS.T
        low = (cell[cut] - begin).astype(np.float64)
        high = low + 1
        for _ in range(BISECTIONS):
            middle = (low + high) / 2
            value = np.zeros_like(middle)
            for coefficient in polynomial.T[::-1]:
                value = value * middle + coefficient
            low, high = np.where(value < y, middle, low), np.where(value < y, high, middle)
        cuts[cut] = begin + (low + high) / 2
        return cuts


def _finite_range(x: np.ndarray, first: np.ndarray, last: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The first and the last place of each line up to which x is finite from its nodes with mass on."""
    place = np.arange(x.shape[1])
    bad = ~np.isfinite(x)
    before = np.where(bad & (place < first[:, None]), place, -1).max(axis=1) + 1
    after = np.where(bad & (place > last[:, None]), place, x.shape[1]).min(axis=1) - 1
    return before, after
