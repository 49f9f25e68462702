"""Finds where a function of two coordinates has its mass, however concentrated, by zooming in row by row.

For every outer u the interval of v that holds the mass of its row is found by zooming in on it. The highest point of
each row and the width of its interval then say which u hold the mass. A ridge, however thin and curved, is
followed because every row has its own interval. If the function is unimodal in v for every u, no row is missed.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

DROP = 33.0  # nats below the peak that are kept: e^-33 = 5e-15
GRID = 21  # points of a pass
FIRST_GRID = 61  # points of the first pass, which covers the whole plane
SETTLED = 0.6  # share of its interval: a pass that keeps more than this ends the zoom
REACH, FAR_REACH = 0.5, 2.0  # of the interval: by how much it grows at an end, near and far from the peak
MAX_PASSES = 60  # passes after which a zoom ends in any case

Function = Callable[[np.ndarray, np.ndarray], np.ndarray]
Limits = tuple[float, float]


@dataclass(frozen=True)
class Plane:
    """The coordinates of an integral, and the log density that says where its mass is.

    Args:
        names: names of the outer and the inner coordinate, for messages.
        outer_limits: limits of u, outside which the density cannot be evaluated.
        inner_limits: limits of v, likewise.
        log_density: f(u, v) of arrays that broadcast.
        log_emphasis: g(u, v) >= 0, or None. The nodes cover the mass of e^(f + g), so that a function as large as e^g
            can be integrated; their weights come from f alone.
        noise: relative rounding error of e^f, a function of (u, v); None if it is negligible.
        drop: nats; the nodes cover what is less than this below the peak, of each row and of the whole plane.
    """

    names: tuple[str, str]
    outer_limits: Limits
    inner_limits: Limits
    log_density: Function
    log_emphasis: Function | None = None
    noise: Function | None = None
    drop: float = field(default_factory=lambda: DROP)

    def height(self, u: np.ndarray, v: np.ndarray) -> np.ndarray:
        """f + g; -inf where it is NaN, because a program may overflow far out, where there is no mass."""
        with np.errstate(all="ignore"):
            value = self.log_density(u, v) + self.emphasis(u, v)
        return np.where(np.isnan(value), -np.inf, value)

    def emphasis(self, u: np.ndarray, v: np.ndarray) -> np.ndarray:
        """g(u, v), or 0."""
        return np.zeros(1) if self.log_emphasis is None else self.log_emphasis(u, v)


@dataclass(frozen=True)
class Brackets:
    """Where to begin the zoom of a row: around the intervals of the rows on either side of it."""

    outer: np.ndarray
    low: np.ndarray
    high: np.ndarray

    def at(self, outer: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Lower and upper ends for rows u, each of shape (R,), wide enough for a zoom to begin with."""
        after = np.clip(np.searchsorted(self.outer, outer), 0, len(self.outer) - 1)
        before = np.clip(after - 1, 0, None)
        return np.minimum(self.low[before], self.low[after]), np.maximum(self.high[before], self.high[after])

    def near(self, outer: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Lower and upper ends for rows u, each of shape (R,), where those of the rows change evenly."""
        return np.interp(outer, self.outer, self.low), np.interp(outer, self.outer, self.high)


@dataclass(frozen=True)
class Region:
    """Where the mass of a function of the plane is.

    Args:
        outer: the interval of u.
        brackets: intervals of v for some u in it.
        peak: (u, v) near the largest value.
    """

    outer: Limits
    brackets: Brackets
    peak: tuple[float, float]


def locate(plane: Plane) -> Region:
    """Zoom in on the mass of e^(f + g).

    Args:
        plane: the integral.

    Returns:
        The interval of u, and intervals of v along it.
    """
    outer = np.linspace(*plane.outer_limits, FIRST_GRID)
    lowest, highest = (np.full(FIRST_GRID, limit) for limit in plane.inner_limits)
    brackets, profile = _rows(plane, outer, lowest, highest, FIRST_GRID)
    bottom, top = plane.outer_limits
    for _ in range(MAX_PASSES):
        kept = np.flatnonzero(profile >= profile.max() - plane.drop)
        bottom, top, grew = _narrow(outer, kept[0], kept[-1], plane.outer_limits)
        if not grew and top - bottom > SETTLED * (outer[-1] - outer[0]):
            break
        outer = np.linspace(bottom, top, GRID)
        low, high = brackets.at(outer)
        brackets, profile = _rows(plane, outer, low, high, GRID)
    best = profile.argmax()
    peak = float(outer[best]), float(brackets.low[best] + brackets.high[best]) / 2
    return Region((bottom, top), brackets, peak)


def _rows(plane: Plane, outer: np.ndarray, low: np.ndarray, high: np.ndarray, grid: int) -> tuple[Brackets, np.ndarray]:
    """The interval of v of each row, and roughly the log of its mass, shape (R,)."""
    low, high, peak = zoom_rows(plane, outer, low, high, grid)
    with np.errstate(divide="ignore"):
        return Brackets(outer, low, high), peak + np.log(high - low)


def _narrow(points: np.ndarray, first: int, last: int, limits: Limits) -> tuple[float, float, bool]:
    """The interval around the kept points, or beyond them where the outermost one is kept; whether it grew."""
    low, high = points[max(first - 1, 0)], points[min(last + 1, len(points) - 1)]
    reach = (points[-1] - points[0]) / 2
    grew = False
    if first == 0 and points[0] > limits[0]:
        low, grew = max(limits[0], points[0] - reach), True
    if last == len(points) - 1 and points[-1] < limits[1]:
        high, grew = min(limits[1], points[-1] + reach), True
    return low, high, grew


def zoom_rows(
    plane: Plane, outer: np.ndarray, low: np.ndarray, high: np.ndarray, grid: int = GRID
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The interval of v of each row that holds its mass.

    A pass looks at some points of the interval and keeps those within `drop` of the highest, and one more on either
    side. Where an outermost point is kept the interval grows instead.

    Args:
        plane: the integral.
        outer: u of each row, shape (R,).
        low: lower end of the interval to begin with, shape (R,).
        high: its upper end, shape (R,).
        grid: points of the first pass.

    Returns:
        Lower and upper ends, and the largest height found, each of shape (R,).
    """
    low, high, peak = low.copy(), high.copy(), np.full(len(outer), -np.inf)
    active = np.arange(len(outer))  # rows that have not settled
    points = spread(low, high, grid)
    for _ in range(MAX_PASSES):
        heights = plane.height(outer[active, None], points)
        highest = heights.max(axis=1)
        peak[active] = np.maximum(peak[active], highest)
        # A row whose earlier peak fell between the points of this pass keeps at least its highest point.
        low[active], high[active], settled = _narrowed(
            plane, points, heights, np.minimum(peak[active] - plane.drop, highest)
        )
        active = active[~settled]
        if not len(active):
            break
        points = spread(low[active], high[active], GRID)
    return low, high, peak


def are_covered(plane: Plane, points: np.ndarray, heights: np.ndarray) -> np.ndarray:
    """Whether the points of a row cover its mass and not much more, so that a zoom would end with them.

    Args:
        plane: the integral.
        points: v, equally spaced in each row, shape (R, C).
        heights: f + g there, the same shape.

    Returns:
        Booleans, shape (R,).
    """
    return _narrowed(plane, points, heights, heights.max(axis=1) - plane.drop)[2]


def _narrowed(
    plane: Plane, points: np.ndarray, heights: np.ndarray, least: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The next interval of each row, around its points that are at least so high, and whether it is the last one."""
    limits, final = plane.inner_limits, points.shape[1] - 1
    kept = heights >= least[:, None]
    first, last = kept.argmax(axis=1), final - kept[:, ::-1].argmax(axis=1)
    left, right, row = points[:, 0], points[:, -1], np.arange(len(points))
    width = right - left
    grow_left, grow_right = (first == 0) & (left > limits[0]), (last == final) & (right < limits[1])
    inside_left, inside_right = points[row, np.maximum(first - 1, 0)], points[row, np.minimum(last + 1, final)]
    # Where few points are kept, at an end, the peak is far outside: the interval must become wider, not only move.
    reach = np.where(2 * (last - first) < final, FAR_REACH, REACH) * width
    low = np.where(grow_left, np.maximum(limits[0], left - reach), inside_left)
    high = np.where(grow_right, np.minimum(limits[1], right + reach), inside_right)
    return low, high, ~(grow_left | grow_right | (high - low <= SETTLED * width))


def spread(low: np.ndarray, high: np.ndarray, grid: int) -> np.ndarray:
    """Equally spaced points of each interval, its ends included, shape (R, grid)."""
    points = low[:, None] + (high - low)[:, None] * np.linspace(0, 1, grid)
    points[:, -1] = high  # exactly, because it may be a limit
    return points
