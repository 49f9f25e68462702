"""Integrals over a plane of a positive function that may be concentrated anywhere, by zooming row by row.

The integrand is e^f(u, v) times other functions, u and v unconstrained, and f falls off at both ends of each. For every
outer u the interval of v that holds the mass is found by zooming in on it; the largest f of each row, with the width of
its interval, then says which u hold the mass. A ridge, however thin and curved, is followed because every row has
its own interval. If f is unimodal in v for every u, the mass of a row cannot be missed.

Within its intervals the integrand is smooth and next to nothing at the ends, where the trapezoid rule converges
exponentially (Trefethen & Weideman 2014): it is refined until fewer nodes in either direction would have done.

References:
    Trefethen, L. N. & Weideman, J. A. C. (2014), The exponentially convergent trapezoidal rule, SIAM Review 56(3).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import logsumexp

DROP = 33.0  # nats below the peak that are kept: e^-33 = 5e-15
NEGLIGIBLE = 16.0  # nats below the peak at which a cut-off end costs less than 1e-7 of the integral
GRID = 21  # points of a zooming pass
FIRST_GRID = 61  # of the first one, which sees everything
SETTLED = 0.6  # a pass that keeps more of its interval than this ends the zoom
MAX_PASSES = 60
FIRST_NODES = (33, 33)
MAX_NODES = 2_000_000

Function = Callable[[np.ndarray, np.ndarray], np.ndarray]
Limits = tuple[float, float]


class QuadratureError(RuntimeError):
    """An integral that does not exist, or could not be had to the accuracy asked for."""


@dataclass(frozen=True)
class Rule:
    """Nodes (u_r, v_rc), r one of R rows, c one of C columns, C and R each 1 more than a multiple of 4.

    Args:
        outer: u of each row, equally spaced, shape (R,).
        inner: v, equally spaced in each row, shape (R, C).
        log_density: f at the nodes, shape (R, C).
    """

    outer: np.ndarray
    inner: np.ndarray
    log_density: np.ndarray

    @property
    def log_mass(self) -> np.ndarray:
        """log of e^f du dv at each node, shape (R, C). The ends need no factor 1/2: nothing is there."""
        step_outer = self.outer[1] - self.outer[0]
        step_inner = self.inner[:, 1] - self.inner[:, 0]
        return self.log_density + np.log(step_outer) + np.log(step_inner)[:, None]

    @property
    def log_total(self) -> float:
        """log of the integral of e^f."""
        return float(logsumexp(self.log_mass))

    def log_total_error(self) -> tuple[float, float]:
        """Believed error of the log integral that comes from the number of rows, and of columns."""
        return self._errors(lambda rows, columns: self._thinned(rows, columns).log_total)

    def expectation(self, values: np.ndarray) -> np.ndarray:
        """Integral of e^f x values over that of e^f, for values of shape (R, C, ...)."""
        weights = np.exp(self.log_mass - self.log_total)
        return np.tensordot(weights, values, axes=2)

    def expectation_error(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Believed error of an expectation that comes from the number of rows, and of columns."""
        size = np.maximum(self.expectation(np.abs(values)), np.finfo(np.float64).tiny)
        errors = self._errors(
            lambda rows, columns: self._thinned(rows, columns).expectation(values[::rows, ::columns]) / size
        )
        return errors[0] * size, errors[1] * size

    def _thinned(self, rows: int, columns: int) -> "Rule":
        """The rule of every so many rows and columns."""
        kept = np.s_[::rows, ::columns]
        return Rule(self.outer[::rows], self.inner[kept], self.log_density[kept])

    def _errors(self, result: Callable[[int, int], Any]) -> tuple[Any, Any]:
        """Error in each direction, from what thinning the nodes by 2 and by 4 changes.

        The error of the trapezoid rule is e^(-c / step), so it squares when the step is halved: if thinning by 4 costs
        d4 and by 2 costs d2, all nodes cost about d2^r, r = log d2 / log d4. At most r = 1.5 is believed, and d2
        itself where the errors are not seen to fall that way.
        """
        errors = []
        for rows, columns in ((1, 0), (0, 1)):
            whole, halved, quartered = (result(max(1, s * rows), max(1, s * columns)) for s in (1, 2, 4))
            d2 = np.maximum(np.abs(halved - whole), np.finfo(np.float64).tiny)
            d4 = np.abs(quartered - halved)
            falling = (d2 < 1e-2) & (d4 < 0.3) & (d2 < d4)
            rate = np.where(falling, np.log(d2) / np.log(np.where(falling, d4, 0.5)), 1.0)
            errors.append(d2 ** np.clip(rate, 1.0, 1.5))
        return errors[0], errors[1]

    def edges(self, log_emphasis: np.ndarray | float = 0.0) -> float:
        """How far, in nats, f (plus an emphasis) stays below its peak on the border of the nodes; at most 0."""
        height = self.log_density + log_emphasis
        border = max(height[0].max(), height[-1].max(), height[:, 0].max(), height[:, -1].max())
        return float(border - height.max())


@dataclass(frozen=True)
class Region:
    """Where the mass of a function of the plane is.

    Args:
        outer: the interval of u.
        brackets: intervals of v for some u in it.
        peak: (u, v) near the largest value.
    """

    outer: Limits
    brackets: "_Brackets"
    peak: tuple[float, float]


@dataclass(frozen=True)
class Plane:
    """The coordinates of an integral, and the function that says where it is.

    Args:
        names: names of the outer and the inner coordinate, for messages.
        outer_limits: u beyond which nothing can be evaluated.
        inner_limits: v beyond which nothing can be evaluated.
        log_density: f(u, v) of arrays that broadcast.
        log_emphasis: g(u, v) >= 0 or None: the nodes cover where e^(f + g) is, so that a function as large as e^g can
            be integrated; f is what they weigh.
    """

    names: tuple[str, str]
    outer_limits: Limits
    inner_limits: Limits
    log_density: Function
    log_emphasis: Function | None = None

    def height(self, u: np.ndarray, v: np.ndarray) -> np.ndarray:
        """f + g, -inf where it is not a number: far out, where nothing is, a program may overflow."""
        value = self.log_density(u, v)
        if self.log_emphasis is not None:
            value = value + self.log_emphasis(u, v)
        return np.where(np.isnan(value), -np.inf, value)


def integrate(plane: Plane, region: Region, *, monitor: Function, tolerance: float) -> Rule:
    """The rule on which the log integral of e^f and an expectation have converged.

    Args:
        plane: the integral.
        region: where it is, from `locate`.
        monitor: function of (u, v) whose expectation must converge too, to within `tolerance` of that of its size.
        tolerance: the change of both that is let pass.

    Returns:
        The rule.

    Raises:
        QuadratureError: if e^(f + g) does not fall off within the limits, or if the rule does not converge.
    """
    rows, columns = FIRST_NODES
    while True:
        rule = _rule(plane, region, rows, columns)
        values = monitor(rule.outer[:, None], rule.inner)
        size = np.maximum(rule.expectation(np.abs(values)), np.finfo(np.float64).tiny)
        errors = [
            max(of_total, float(of_monitor / size))
            for of_total, of_monitor in zip(rule.log_total_error(), rule.expectation_error(values), strict=True)
        ]
        if max(errors) <= tolerance:
            return rule
        rows, columns = (_refined(n, error, tolerance) for n, error in zip((rows, columns), errors, strict=True))
        if rows * columns > MAX_NODES:
            raise QuadratureError(
                f"{rule.log_density.size} nodes still leave an error of {max(errors):.1e}: the density jumps or "
                "bends inside its support, where the support should be split, or has mass so close to an edge other "
                "than 0 that float64 cannot tell it from the edge"
            )


def refined(plane: Plane, region: Region, rule: Rule) -> Rule:
    """A rule with twice the nodes in each direction.

    Args:
        plane: the integral.
        region: where it is.
        rule: a rule on it.

    Returns:
        The rule with 2R - 1 rows and 2C - 1 columns.
    """
    rows, columns = rule.inner.shape
    return _rule(plane, region, 2 * rows - 1, 2 * columns - 1)


def _refined(nodes: int, error: float, tolerance: float) -> int:
    """Nodes for an error below the tolerance, if it is e^(-c nodes); 1 more than a multiple of 4, at most doubled."""
    if error <= tolerance:
        return nodes
    factor = 2.0 if error > 0.1 else np.clip(1.1 * np.log(tolerance) / np.log(error), 1.2, 2.0)
    return 4 * int(np.ceil((nodes - 1) * factor / 4)) + 1


def _rule(plane: Plane, region: Region, rows: int, columns: int) -> Rule:
    outer = np.linspace(*region.outer, rows)
    low, high, _ = _zoom_rows(plane.height, outer, *region.brackets.at(outer), plane.inner_limits)
    inner = low[:, None] + (high - low)[:, None] * np.linspace(0, 1, columns)
    rule = Rule(outer, inner, plane.log_density(outer[:, None], inner))
    if np.isnan(rule.log_density).any():
        raise QuadratureError("the density is not a number inside its support: check the program")
    emphasis = 0.0 if plane.log_emphasis is None else plane.log_emphasis(outer[:, None], inner)
    _check_decay(plane, rule, rule.log_density + emphasis)
    return rule


def _check_decay(plane: Plane, rule: Rule, height: np.ndarray) -> None:
    """Raise if there is mass to speak of where the nodes were stopped by the limits."""
    if not np.isfinite(height.max()):
        raise QuadratureError("the density is 0 or infinite everywhere: check the program and its support")
    (outer_name, inner_name), nothing = plane.names, -np.inf
    (bottom, top), (left, right) = plane.outer_limits, plane.inner_limits
    stopped = {
        f"lower end of {outer_name}": height[0].max() if rule.outer[0] <= bottom else nothing,
        f"upper end of {outer_name}": height[-1].max() if rule.outer[-1] >= top else nothing,
        f"lower end of {inner_name}": height[:, 0][rule.inner[:, 0] <= left].max(initial=nothing),
        f"upper end of {inner_name}": height[:, -1][rule.inner[:, -1] >= right].max(initial=nothing),
    }
    for end, value in stopped.items():
        if value > height.max() - NEGLIGIBLE:
            raise QuadratureError(f"the integrand does not fall off towards the {end}")


@dataclass(frozen=True)
class _Brackets:
    """Where to begin the zoom of a row: around the intervals of the rows on either side of it."""

    outer: np.ndarray
    low: np.ndarray
    high: np.ndarray

    def at(self, outer: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        after = np.clip(np.searchsorted(self.outer, outer), 0, len(self.outer) - 1)
        before = np.clip(after - 1, 0, None)
        return np.minimum(self.low[before], self.low[after]), np.maximum(self.high[before], self.high[after])


def locate(plane: Plane) -> Region:
    """Zoom in on the mass of e^(f + g).

    Args:
        plane: the integral.

    Returns:
        The interval of u, and intervals of v along it.
    """
    outer = np.linspace(*plane.outer_limits, FIRST_GRID)
    low, high, peak = _zoom_rows(plane.height, outer, None, None, plane.inner_limits)
    for _ in range(MAX_PASSES):
        brackets = _Brackets(outer, low, high)
        profile = peak + np.log(high - low)  # nearly the mass of the row
        kept = np.flatnonzero(profile >= profile.max() - DROP)
        bottom, top, grew = _narrowed(outer, kept[0], kept[-1], plane.outer_limits)
        best = profile.argmax()
        where = float(outer[best]), float(low[best] + high[best]) / 2
        if not grew and top - bottom > SETTLED * (outer[-1] - outer[0]):
            break
        outer = np.linspace(bottom, top, GRID)
        low, high, peak = _zoom_rows(plane.height, outer, *brackets.at(outer), plane.inner_limits)
    return Region((bottom, top), brackets, where)


def _narrowed(points: np.ndarray, first: int, last: int, limits: Limits) -> tuple[float, float, bool]:
    """The interval around the kept points, or beyond them where the outermost one is kept; whether it grew."""
    low, high = points[max(first - 1, 0)], points[min(last + 1, len(points) - 1)]
    reach = (points[-1] - points[0]) / 2
    grew = False
    if first == 0 and points[0] > limits[0]:
        low, grew = max(limits[0], points[0] - reach), True
    if last == len(points) - 1 and points[-1] < limits[1]:
        high, grew = min(limits[1], points[-1] + reach), True
    return low, high, grew


def _zoom_rows(
    height: Function, outer: np.ndarray, low: np.ndarray | None, high: np.ndarray | None, limits: Limits
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The interval of v of each row that holds its mass.

    Args:
        height: the log of the integrand.
        outer: u of each row, shape (R,).
        low: where to begin, shape (R,); everywhere if None.
        high: shape (R,).
        limits: v beyond which nothing can be evaluated.

    Returns:
        Lower and upper ends, and the largest height found, each of shape (R,).
    """
    if low is None or high is None:
        points = np.broadcast_to(np.linspace(*limits, FIRST_GRID), (len(outer), FIRST_GRID))
        low, high = points[:, 0].copy(), points[:, -1].copy()
    else:
        low, high = low.copy(), high.copy()
        points = _spread(low, high)
    peak = np.full(len(outer), -np.inf)
    active = np.arange(len(outer))
    for _ in range(MAX_PASSES):
        heights = height(outer[active, None], points)
        peak[active] = np.maximum(peak[active], heights.max(axis=1))
        # A row whose earlier peak fell between the points of this pass keeps at least its largest point.
        kept = heights >= np.minimum(peak[active] - DROP, heights.max(axis=1))[:, None]
        first, last = kept.argmax(axis=1), kept.shape[1] - 1 - kept[:, ::-1].argmax(axis=1)
        row = np.arange(len(active))
        new_low = points[row, np.maximum(first - 1, 0)]
        new_high = points[row, np.minimum(last + 1, kept.shape[1] - 1)]
        reach = (points[:, -1] - points[:, 0]) / 2
        grow_low, grow_high = (first == 0) & (points[:, 0] > limits[0]), (last == kept.shape[1] - 1) & (
            points[:, -1] < limits[1]
        )
        new_low = np.where(grow_low, np.maximum(limits[0], points[:, 0] - reach), new_low)
        new_high = np.where(grow_high, np.minimum(limits[1], points[:, -1] + reach), new_high)
        shrank = new_high - new_low <= SETTLED * (points[:, -1] - points[:, 0])
        low[active], high[active] = new_low, new_high
        active = active[grow_low | grow_high | shrank]
        if not len(active):
            break
        points = _spread(low[active], high[active])
    return low, high, peak


def _spread(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    return low[:, None] + (high - low)[:, None] * np.linspace(0, 1, GRID)
