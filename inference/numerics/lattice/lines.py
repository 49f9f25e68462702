"""The lines of a lattice in one direction, with a function along each, and the mass where it is below a number."""

import numpy as np
from scipy.special import sici

from inference.numerics.distribution_function import NOT_MONOTONE, ROUNDING
from inference.numerics.lattice.rule import Function, Lattice
from inference.numerics.trapezoid import QuadratureError

LIGHT = 1e-12  # share of the mass, of a place that is left out of the sums
SAME = 1e-9  # of the range of y: lines along which it differs by less are one line
STENCIL = 8  # places of an interpolating polynomial
BISECTIONS = 40  # of a step between places

# From values at a stencil's places to the coefficients of its polynomial in the distance from the first of them, and to
# its values halfway between two of them
COEFFICIENTS = np.linalg.inv(np.vander(np.arange(STENCIL), increasing=True))
HALFWAY = np.vander(np.arange(STENCIL - 1) + 0.5, STENCIL, increasing=True) @ COEFFICIENTS


class NotMonotoneError(QuadratureError):
    """A function that both rises and falls along a line."""


class Lines:
    """The lines of a lattice in one direction.

    Places are counted from the first node of the lattice: those of nodes are even, the odd ones lie halfway between.

    Args:
        lattice: the rule.
        axis: direction of the lines.
        function: y of points w, shape (N, d), to shape (N,), which rises along every line.
        share: of the mass at points w that is counted, or None for all of it.
        negligible: share of the mass, of a place at which y need not rise.

    Raises:
        NotMonotoneError: if y falls between two places of a line that have mass, also across a gap between two peaks.
    """

    def __init__(self, lattice: Lattice, axis: int, function: Function, share: Function | None, negligible: float):
        mass = self._lay_out(lattice, axis)
        self._low, self._high = ends_of(mass > 0)
        # Between two peaks too, where there is no mass: the places of a line are counted by y.
        line, place = np.nonzero(_between(self._low, self._high, mass.shape[1]))
        w = self._points(lattice, axis, line, place)
        self._y = np.full(mass.shape, np.nan)
        self._y[line, place] = function(w)
        inside = mass > negligible
        self._first, self._last = ends_of(inside)
        self._check_rise(inside)
        if share is not None:
            mass[line, place] *= share(w)
        self._line, self._place = np.nonzero(mass > LIGHT)
        self._mass = mass[self._line, self._place]
        self._merge(inside)

    @property
    def total(self) -> float:
        """The whole mass."""
        return float(self._mass.sum())

    def below(self, y: float) -> float:
        """The mass where the function is smaller than y."""
        return float(self._of_lines(y).sum())

    def error(self, y: float) -> float:
        """Estimated error of `below`, from half of the places on each line.

        The error of the sinc function is e^(-c / step), so it squares when the step is halved.
        """
        whole = self._of_lines(y).sum()
        return float(max(abs(2 * self._of_lines(y, half=half).sum() - whole) for half in (0, 1)) ** 2)

    def error_of_lines(self, y: float, fastest: float) -> float:
        """Estimated error of `below`, from half and a quarter of the lines.

        If half of the lines change the sum by d2 and a quarter by d4, all lines cost about d2^r, r = log d2 / log d4:
        see `trapezoid.error_of_all`.

        Args:
            y: where.
            fastest: the limit of r; 1 if the mass of a line may bend from line to line, because then the changes fall
                by a constant factor only.
        """
        of_lines, error = self._of_lines(y), 0.0
        whole = of_lines.sum()
        for place in self._of_line.T:
            # From each of the 2 or 4 sets of lines, because the change of a single one may be small by chance
            d2, d4 = (
                max(abs(by * of_lines[place % by == start].sum() - whole) for start in range(by)) for by in (2, 4)
            )
            rate = np.log(d2) / np.log(d4) if 0 < d2 < d4 < 0.3 else 1.0
            error += d2 ** np.clip(rate, 1.0, fastest)
        return float(error)

    def _check_rise(self, inside: np.ndarray) -> None:
        steps = np.diff(self._y, axis=1)
        counted = _between(self._first, self._last - 1, steps.shape[1]) & inside.any(axis=1, keepdims=True)
        rounding = ROUNDING * np.abs(self._y[:, 1:]) + SAME * np.ptp(self._y[inside])
        if not np.all((steps >= -rounding)[counted]):
            raise NotMonotoneError(f"{NOT_MONOTONE} any direction that was tried")

    def _lay_out(self, lattice: Lattice, axis: int) -> np.ndarray:
        """The mass at each place of each line, shape (R, 2 C - 1); 0 where there is no node."""
        self._of_line, line = lines_of(lattice, axis)
        log_mass = np.full((len(self._of_line), lattice.sizes[axis]), -np.inf)
        log_mass[line, lattice.index[:, axis]] = lattice.log_mass - lattice.log_total
        mass = np.zeros((len(self._of_line), 2 * lattice.sizes[axis] - 1))
        mass[:, ::2] = np.exp(log_mass) / 2
        first, last = ends_of(mass[:, ::2] > 0)
        line, cell = np.nonzero((mass[:, 2::2] > 0) & (mass[:, :-1:2] > 0))
        enough = last[line] - first[line] >= STENCIL - 1
        line, cell = line[enough], cell[enough]
        begin = _begin(cell, first[line], last[line])
        around = np.take_along_axis(log_mass[line], begin[:, None] + np.arange(STENCIL), axis=1)
        is_whole = np.isfinite(around).all(axis=1)
        halfway = np.einsum("cs,cs->c", np.where(is_whole[:, None], around, 0.0), HALFWAY[cell - begin])
        # Around a gap between two peaks the polynomial is of no use, and there is hardly any mass.
        mean = (log_mass[line, cell] + log_mass[line, cell + 1]) / 2
        mass[line, 2 * cell + 1] = np.exp(np.where(is_whole, halfway, mean)) / 2
        return mass

    def _points(self, lattice: Lattice, axis: int, line: np.ndarray, place: np.ndarray) -> np.ndarray:
        """w at places of lines, shape (N, d)."""
        index = np.insert(self._of_line[line].astype(np.float64), axis, place / 2, axis=1)
        return lattice.box.frame.points(lattice.box.lattice(lattice.sizes, index))

    def _merge(self, inside: np.ndarray) -> None:
        """Make one line of all, if y is the same along all of them."""
        known = np.isfinite(self._y)
        highest, lowest = (side * np.where(known, side * self._y, -np.inf).max(axis=0) for side in (1, -1))
        places = np.flatnonzero(inside.any(axis=0))
        if not np.all((highest - lowest)[places] <= SAME * np.ptp(self._y[inside])):
            return
        self._y, self._of_line = highest[None], np.empty((1, 0), int)
        self._low, self._high = self._low.min()[None], self._high.max()[None]
        self._first, self._last = places[:1], places[-1:]
        mass = np.bincount(self._place, self._mass, inside.shape[1])
        self._place = np.flatnonzero(mass)
        self._mass, self._line = mass[self._place], np.zeros_like(self._place)

    def _of_lines(self, y: float, half: int | None = None) -> np.ndarray:
        """The mass of each line below y, shape (R,); from the even places only (0) or the odd ones (1)."""
        cut = self._cuts(y)
        some = slice(None) if half is None else self._place % 2 == half
        line, step = self._line[some], 1 if half is None else 2
        below = 0.5 + sici(np.pi / step * (cut[line] - self._place[some]))[0] / np.pi
        return np.bincount(line, self._mass[some] * below, len(cut))

    def _cuts(self, y: float) -> np.ndarray:
        """The place on each line where the function is y; infinite where all of its mass is on one side."""
        inside = _between(self._first, self._last, self._y.shape[1])
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


def lines_of(lattice: Lattice, axis: int) -> tuple[np.ndarray, np.ndarray]:
    """The lines in one direction: their index in the others, shape (R, d - 1); and the line of each node, (N,)."""
    others = np.delete(lattice.index, axis, axis=1)
    sizes = tuple(np.delete(lattice.sizes, axis))
    if not sizes:
        return np.empty((1, 0), int), np.zeros(len(others), int)
    codes, line = np.unique(np.ravel_multi_index(tuple(others.T), sizes), return_inverse=True)
    return np.stack(np.unravel_index(codes, sizes), axis=1), line


def _between(first: np.ndarray, last: np.ndarray, places: int) -> np.ndarray:
    """Which places of each line lie between two of them, both included, shape (lines, places)."""
    place = np.arange(places)
    return (first[:, None] <= place) & (place <= last[:, None])


def ends_of(inside: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The first and the last place of each line that is inside."""
    return inside.argmax(axis=1), inside.shape[1] - 1 - inside[:, ::-1].argmax(axis=1)


def _begin(cell: np.ndarray, first: np.ndarray, last: np.ndarray) -> np.ndarray:
    """The first place of the stencil around a cell, between the first and the last place of its line."""
    return np.clip(cell - STENCIL // 2 + 1, first, np.maximum(last - STENCIL + 1, first))
