"""The distribution function of any function of a few numbers, and its inverse, from a lattice.

x rises or falls along every line of the lattice in one direction, so that the set x < t cuts each line at one place s.
The integral of the density of a line up to s follows from the same nodes as its whole integral, by the integral of the
sinc function that interpolates it (Stenger 1993, section 4.5):

    P(x < t) = sum_r sum_j w_rj K((s_r(t) - s_rj) / step),    K(y) = 1/2 + Si(pi y) / pi

It needs half the distance between nodes that the whole integral needs. The log density halfway between two nodes is
interpolated by the polynomial through the nearest of them.

References:
    Stenger, F. (1993), Numerical Methods Based on Sinc and Analytic Functions, Springer.
"""

from collections.abc import Callable

import numpy as np
from scipy.optimize import brentq
from scipy.special import sici

from inference.numerics.distribution_function import NOT_MONOTONE, ROUNDING, scale_of
from inference.numerics.lattice.rule import Box, Frame, Function, Lattice
from inference.numerics.trapezoid import QuadratureError, error_of_all

TOLERANCE = 1e-6  # in probability
NEGLIGIBLE = 1e-13  # share of the mass, of a node at which x need not be monotone
LIGHT = 1e-12  # share of the mass, of a node that is left out of the sums
SAME = 1e-9  # of the range of x: lines along which it differs by less are one line
STENCIL = 8  # nodes of an interpolating polynomial
BISECTIONS = 40
NEAR = 0.01  # in probability: half-width of the first bracket of a quantile
LOWEST = -60.0  # log of the mass of a place that has none
SOME = (0.1, 0.5, 0.9)  # probabilities at which the error is estimated at first

# From values at a stencil's places to the coefficients of its polynomial in the distance from the first of them, and to
# its values halfway between two of them
COEFFICIENTS = np.linalg.inv(np.vander(np.arange(STENCIL), increasing=True))
HALFWAY = np.vander(np.arange(STENCIL - 1) + 0.5, STENCIL, increasing=True) @ COEFFICIENTS


class NotMonotoneError(QuadratureError):
    """A function that both rises and falls along a line."""


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


def slope_of(lattice: Lattice, x: np.ndarray) -> np.ndarray:
    """The slope of the linear function of w nearest to x at the nodes, on a scale on which x varies smoothly."""
    to_scale, _ = scale_of(x.min(), x.max())
    points, weights, y = lattice.points, lattice.weights, to_scale(x)
    off = points - weights @ points
    return np.linalg.solve(covariance_of(lattice), np.einsum("n,ni,n->i", weights, off, y - weights @ y))


class LatticeDistribution:
    """The distribution of x = from_line(function(w)).

    Probabilities are right to TOLERANCE.

    Args:
        lattice: a converged rule.
        axis: direction of its lines, along which the function must be monotone.
        function: of points w, shape (N, d), to shape (N,).
        finer: a rule with more lines, or None if there are too many.
        to_line: from x to the function's value, if it is another scale of x.
        from_line: its inverse.

    Raises:
        NotMonotoneError: if the function is not monotone along a line.
    """

    def __init__(
        self,
        lattice: Lattice,
        axis: int,
        function: Function,
        finer: Callable[[Lattice], Lattice | None],
        to_line: Callable[[float], float] = float,
        from_line: Callable[[float], float] = float,
    ):
        self._lattice, self._axis, self._function, self._finer = lattice, axis, function, finer
        self._to_line, self._from_line = to_line, from_line
        self._lines = Lines(lattice, axis, function)

    @property
    def error(self) -> float:
        """The largest estimated error of some probabilities, from these lines."""
        return max(self._lines.error(self._lines.about(q)) for q in SOME)

    def cdf(self, t: float) -> float:
        """P(x < t).

        Raises:
            ValueError: if t is NaN.
            QuadratureError: if it is not right to TOLERANCE.
        """
        if np.isnan(t):
            raise ValueError("P(x < NaN) is not a probability: give a number")
        at = self._to_line(t)
        self._refine(at)
        return self._lines.below(at)

    def quantile(self, q: float) -> float:
        """The t at which P(x < t) = q, for q strictly between 0 and 1.

        Raises:
            QuadratureError: if it is not right to TOLERANCE.
        """
        at = self._lines.quantile(q)
        while self._refine(at):
            at = self._lines.quantile(q)
        return self._from_line(at)

    def _refine(self, at: float) -> bool:
        """Take more lines until P(function < at) is right; whether any were taken."""
        lines = self._lines
        while (error := self._lines.error(at)) > TOLERANCE:
            finer = self._finer(self._lattice)
            if finer is None:
                raise QuadratureError(
                    f"the probability still has an error of {error:.1e}; take draws instead, by rqmc, smc or importance"
                )
            self._lattice, self._lines = finer, Lines(finer, self._axis, self._function)
        return lines is not self._lines


class Lines:
    """The lines of a lattice in one direction, with the mass and x along each of them.

    Places are counted from the first node of the lattice: those of nodes are even, the odd ones lie halfway between.

    Args:
        lattice: the rule.
        axis: direction of the lines.
        function: x of points w, shape (N, d), to shape (N,).

    Raises:
        NotMonotoneError: if x is not monotone along a line.
    """

    def __init__(self, lattice: Lattice, axis: int, function: Function):
        mass = self._lay_out(lattice, axis)
        x = np.full(mass.shape, np.nan)
        line, place = np.nonzero(mass > 0)
        w = self._points(lattice, axis, line, place)
        x[line, place] = function(w)
        inside = mass > NEGLIGIBLE
        self._side = _direction(x, inside)
        of_mass = x[inside]
        self._ends = of_mass.min(), of_mass.max()
        self._to_scale, self._from_scale = scale_of(*self._ends)
        with np.errstate(all="ignore"):
            self._y = self._side * self._to_scale(np.where(mass > 0, x, self._ends[1]))
        self._first, self._last = _ends_of(inside)
        self._low, self._high = _ends_of(mass > 0)
        self._line, self._place = np.nonzero(mass > LIGHT)
        self._mass = mass[self._line, self._place]
        self._merge(mass, inside)
        order = np.argsort(of_mass)
        self._in_order, self._below = of_mass[order], np.cumsum(mass[inside][order])

    def about(self, q: float) -> float:
        """The q quantile, roughly."""
        at = np.searchsorted(self._below, q * self._below[-1])
        return float(self._in_order[min(int(at), len(self._below) - 1)])

    def below(self, t: float) -> float:
        """P(x < t)."""
        return float(np.clip(self._of_lines(t).sum(), 0, 1))

    def error(self, t: float) -> float:
        """Estimated error of P(x < t): from half of the places on each line, and from half and a quarter of the lines."""
        of_lines = self._of_lines(t)
        whole = of_lines.sum()
        # The error of the sinc function is e^(-c / step), so it squares when the step is halved.
        error = max(abs(2 * self._of_lines(t, half=half).sum() - whole) for half in (0, 1)) ** 2
        for place in self._of_line.T:
            # From each of the 2 or 4 sets of lines, because the change of a single one may be small by chance
            of_2, of_4 = (
                max(abs(by * of_lines[place % by == start].sum() - whole) for start in range(by)) for by in (2, 4)
            )
            error += float(error_of_all(np.array(of_2), np.array(of_4), most=2.0))
        return float(error)

    def quantile(self, q: float) -> float:
        """The t at which P(x < t) = q."""
        scale = self._to_scale

        def off(y: float) -> float:
            return self.below(float(self._from_scale(y))) - q

        low, high = (float(scale(self.about(np.clip(q + side * NEAR, 0, 1)))) for side in (-1, 1))
        if not off(low) < 0 < off(high):
            low, high = (float(scale(end)) for end in self._ends)
            if not off(low) < 0 < off(high):
                return float(self._from_scale(low if off(low) >= 0 else high))
        return float(self._from_scale(brentq(off, low, high, xtol=1e-8 * (high - low), rtol=np.float64(1e-14))))

    def _lay_out(self, lattice: Lattice, axis: int) -> np.ndarray:
        """The mass at each place of each line, shape (R, 2 C - 1); 0 where there is no node."""
        index, sizes = lattice.index, list(lattice.sizes)
        others = np.delete(index, axis, axis=1)
        del sizes[axis]
        code = np.ravel_multi_index(tuple(others.T), tuple(sizes)) if sizes else np.zeros(len(index), int)
        codes, line = np.unique(code, return_inverse=True)
        self._of_line = np.stack(np.unravel_index(codes, tuple(sizes)), axis=1) if sizes else np.empty((1, 0), int)
        log_mass = np.full((len(codes), lattice.sizes[axis]), -np.inf)
        log_mass[line, index[:, axis]] = lattice.log_mass - lattice.log_total
        mass = np.zeros((len(codes), 2 * lattice.sizes[axis] - 1))
        mass[:, ::2] = np.exp(log_mass) / 2
        first, last = _ends_of(mass[:, ::2] > 0)
        line, cell = np.nonzero((mass[:, 2::2] > 0) & (mass[:, :-1:2] > 0))
        enough = last[line] - first[line] >= STENCIL - 1
        line, cell = line[enough], cell[enough]
        begin = _begin(cell, first[line], last[line])
        around = np.take_along_axis(log_mass[line], begin[:, None] + np.arange(STENCIL), axis=1)
        halfway = np.einsum("cs,cs->c", np.maximum(around, LOWEST), HALFWAY[cell - begin])
        # Around a gap between two peaks the polynomial is of no use, and there is hardly any mass.
        mean = (log_mass[line, cell] + log_mass[line, cell + 1]) / 2
        mass[line, 2 * cell + 1] = np.exp(np.where(np.isfinite(around).all(axis=1), halfway, mean)) / 2
        return mass

    def _points(self, lattice: Lattice, axis: int, line: np.ndarray, place: np.ndarray) -> np.ndarray:
        """w at places of lines, shape (N, d)."""
        index = np.insert(self._of_line[line].astype(np.float64), axis, place / 2, axis=1)
        return lattice.box.frame.points(lattice.box.lattice(lattice.sizes, index))

    def _merge(self, mass: np.ndarray, inside: np.ndarray) -> None:
        """Make one line of all, if x is the same along all of them."""
        highest, lowest = (side * np.where(mass > 0, side * self._y, -np.inf).max(axis=0) for side in (1, -1))
        places = np.flatnonzero(inside.any(axis=0))
        with np.errstate(invalid="ignore"):  # inf - inf where there is no mass
            off = (highest - lowest)[places]
        if not np.all(off <= SAME * np.ptp(self._y[inside])):
            return
        self._y, self._of_line = highest[None], np.empty((1, 0), int)
        self._low, self._high = self._low.min()[None], self._high.max()[None]
        self._first, self._last = places[:1], places[-1:]
        self._mass = np.bincount(self._place, self._mass, mass.shape[1])
        self._place = np.flatnonzero(self._mass)
        self._mass = self._mass[self._place]
        self._line = np.zeros_like(self._place)

    def _of_lines(self, t: float, half: int | None = None) -> np.ndarray:
        """The mass of each line below t, shape (R,); from the even places only (0) or the odd ones (1)."""
        cut = self._cuts(t)
        some = slice(None) if half is None else self._place % 2 == half
        line, step = self._line[some], 1 if half is None else 2
        below = 0.5 + self._side * sici(np.pi / step * (cut[line] - self._place[some]))[0] / np.pi
        return np.bincount(line, self._mass[some] * below, len(cut))

    def _cuts(self, t: float) -> np.ndarray:
        """The place on each line where x = t; infinite where all of its mass is on one side."""
        lowest, highest = self._ends
        if not lowest < t < highest:
            return np.full(len(self._y), self._side * (np.inf if t >= highest else -np.inf))
        y = self._side * float(self._to_scale(t))
        place = np.arange(self._y.shape[1])
        inside = (self._first[:, None] <= place) & (place <= self._last[:, None])
        passed = np.sum(inside & (self._y < y), axis=1)
        cell = self._first + passed - 1
        cuts = np.where(passed == 0, -np.inf, np.inf)
        line = np.flatnonzero((passed > 0) & (cell < self._last))
        cell = cell[line]
        begin = np.minimum(_begin(cell, self._low[line], self._high[line]), self._y.shape[1] - STENCIL)
        stencil = np.take_along_axis(self._y[line], begin[:, None] + np.arange(STENCIL), axis=1)
        polynomial = np.einsum("ls,cs->lc", stencil, COEFFICIENTS)
        low = (cell - begin).astype(np.float64)
        high = low + 1
        for _ in range(BISECTIONS):
            middle = (low + high) / 2
            value = np.zeros_like(middle)
            for coefficient in polynomial.T[::-1]:
                value = value * middle + coefficient
            low, high = np.where(value < y, middle, low), np.where(value < y, high, middle)
        cuts[line] = begin + (low + high) / 2
        return cuts


def _direction(x: np.ndarray, inside: np.ndarray) -> float:
    """1 if x rises along all lines, -1 if it falls, where it is inside."""
    both = inside[:, 1:] & inside[:, :-1]
    with np.errstate(invalid="ignore"):
        steps = np.where(both, np.diff(x, axis=1), 0.0)
    rounding = ROUNDING * np.abs(np.where(both, x[:, 1:], 0.0))
    if np.all(steps >= -rounding):
        return 1.0
    if np.all(steps <= rounding):
        return -1.0
    raise NotMonotoneError(f"{NOT_MONOTONE} any direction that was tried")


def _ends_of(inside: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The first and the last place of each line that is inside."""
    return inside.argmax(axis=1), inside.shape[1] - 1 - inside[:, ::-1].argmax(axis=1)


def _begin(cell: np.ndarray, first: np.ndarray, last: np.ndarray) -> np.ndarray:
    """The first place of the stencil around a cell, between the first and the last place of its line."""
    return np.clip(cell - STENCIL // 2 + 1, first, np.maximum(last - STENCIL + 1, first))
