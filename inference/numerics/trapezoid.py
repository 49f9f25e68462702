"""Integrals over a plane of a smooth positive function that falls off in every direction.

The integrand is e^f(u, v) times other functions, u and v unconstrained. On the intervals that `zoom_rows` has found
it is negligible at both ends, so the trapezoid rule converges exponentially (Trefethen & Weideman 2014): along each row
of v, and over the rows. The nodes are refined until fewer of them in either direction would have been enough.

References:
    Trefethen, L. N. & Weideman, J. A. C. (2014), The exponentially convergent trapezoidal rule, SIAM Review 56(3).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from inference.numerics.mass_finder import Plane, Region
from inference.numerics.row_nodes import Evaluate, RowNodes, place_nodes
from models.numerics.sums import average

NEGLIGIBLE = 16.0  # nats below the peak at which a cut-off end costs less than 1e-7 of the integral
FIRST_NODES = (41, 41)  # rows and columns of the first rule
MAX_NODES = 500_000  # nodes of the largest rule that is tried
MAX_NOISE = 1e-6  # largest accepted rounding error of an integral, relative to it
DOUBLED = 1.5  # a rule that needs more than this times its nodes gets twice as many, because it keeps those it has

Monitor = Callable[[Mapping[str, np.ndarray]], np.ndarray]


class QuadratureError(RuntimeError):
    """An integral that does not exist, or could not be computed to the required accuracy."""


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

    @cached_property
    def log_mass(self) -> np.ndarray:
        """log of e^f du dv at each node, shape (R, C). The ends need no factor 1/2: e^f is negligible there."""
        step_outer = self.outer[1] - self.outer[0]
        step_inner = self.inner[:, 1] - self.inner[:, 0]
        return self.log_density + (np.log(step_outer) + np.log(step_inner))[:, None]

    @cached_property
    def log_total(self) -> float:
        """log of the integral of e^f."""
        highest = float(self.log_mass.max())
        return highest + float(np.log(np.sum(np.exp(self.log_mass - highest))))

    @cached_property
    def weights(self) -> np.ndarray:
        """The share of each node in the integral, shape (R, C)."""
        return np.exp(self.log_mass - self.log_total)

    def log_total_error(self) -> tuple[float, float]:
        """Estimated error of the log integral from the finite number of rows, and from that of columns."""
        return self._errors(lambda rule, rows, columns: rule.log_total)

    def expectation(self, values: np.ndarray) -> np.ndarray:
        """Integral of e^f x values over that of e^f, for values of shape (R, C, ...)."""
        if not self.weights.all():  # there a function may be 0 / 0
            empty = self.weights == 0
            values = np.where(empty.reshape(empty.shape + (1,) * (values.ndim - 2)), 0.0, values)
        return average(self.weights.ravel(), values.reshape(-1, *values.shape[2:]))

    def expectation_error(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Estimated error of an expectation from the finite number of rows, and from that of columns."""
        size = np.maximum(self.expectation(np.abs(values)), np.finfo(np.float64).tiny)
        errors = self._errors(lambda rule, rows, columns: rule.expectation(values[::rows, ::columns]) / size)
        return errors[0] * size, errors[1] * size

    @cached_property
    def _thinned(self) -> dict[tuple[int, int], "Rule"]:
        """The rules with every 2nd or 4th row only, and those with every 2nd or 4th column."""
        return {
            (rows, columns): Rule(
                self.outer[::rows], self.inner[::rows, ::columns], self.log_density[::rows, ::columns]
            )
            for rows, columns in ((2, 1), (4, 1), (1, 2), (1, 4))
        }

    def _errors(self, result: Callable[["Rule", int, int], Any]) -> tuple[Any, Any]:
        """Error in each direction, from what thinning the nodes by 2 and by 4 changes.

        See `error_of_all`.
        """
        whole = result(self, 1, 1)
        found = {strides: result(rule, *strides) for strides, rule in self._thinned.items()}
        errors = [
            error_of_all(np.abs(found[halved] - whole), np.abs(found[quartered] - found[halved]))
            for halved, quartered in (((2, 1), (4, 1)), ((1, 2), (1, 4)))
        ]
        return errors[0], errors[1]

    def __getstate__(self) -> dict[str, Any]:
        """Its nodes, without what is computed from them."""
        return {name: self.__dict__[name] for name in ("outer", "inner", "log_density")}

    def border_height(self, log_emphasis: np.ndarray | float = 0.0) -> float:
        """The largest f (plus an emphasis) on the border of the nodes, in nats relative to its peak; at most 0."""
        height = self.log_density + log_emphasis
        border = max(height[0].max(), height[-1].max(), height[:, 0].max(), height[:, -1].max())
        return float(border - height.max())


def integrate(
    plane: Plane, region: Region, *, evaluate: Evaluate, monitor: Monitor, tolerance: float
) -> tuple[Rule, Mapping[str, np.ndarray]]:
    """The rule on which the log integral of e^f and an expectation have converged.

    Args:
        plane: the integral.
        region: where its mass is, from `locate`.
        evaluate: what returns f and other numbers.
        monitor: function of these numbers whose expectation must converge too, to within `tolerance` times that of its
            size.
        tolerance: the largest accepted error of both; where rounding noise is larger, up to MAX_NOISE, the noise.

    Returns:
        The rule, and the other numbers at its nodes.

    Raises:
        QuadratureError: if e^(f + g) does not fall off within the limits, or if the rule does not converge.
    """
    nodes = _nodes(plane, region, *FIRST_NODES, evaluate)
    while True:
        rule, values = _rule(plane, nodes), monitor(nodes.numbers)
        size = np.maximum(rule.expectation(np.abs(values)), np.finfo(np.float64).tiny)
        errors = [
            max(of_total, float(of_values / size))
            for of_total, of_values in zip(rule.log_total_error(), rule.expectation_error(values), strict=True)
        ]
        noise = 0.0 if plane.noise is None else float(rule.expectation(plane.noise(rule.outer[:, None], rule.inner)))
        if max(errors) <= max(tolerance, min(noise, MAX_NOISE)):
            return rule, nodes.numbers
        sizes = rule.inner.shape
        rows, columns = (next_size(n, error, tolerance) for n, error in zip(sizes, errors, strict=True))
        if rows * columns > MAX_NODES:
            raise QuadratureError(
                f"the integral still has an error of {max(errors):.1e} with {rule.log_density.size} nodes: the density "
                "jumps or bends inside its support, where the support should be split, or it has mass so close to a "
                "nonzero edge that float64 rounds it to the edge"
            )
        if columns == sizes[1] and rows > DOUBLED * sizes[0]:
            nodes = nodes.with_rows_between(plane, evaluate)
        else:
            nodes = _nodes(plane, region, rows, columns, evaluate)


def refine(plane: Plane, region: Region, rule: Rule) -> Rule:
    """A rule with twice the nodes in each direction.

    Args:
        plane: the integral.
        region: where its mass is.
        rule: a rule on it.

    Returns:
        The rule with 2R - 1 rows and 2C - 1 columns.
    """
    rows, columns = rule.inner.shape
    return _rule(
        plane, _nodes(plane, region, 2 * rows - 1, 2 * columns - 1, lambda u, v: (plane.log_density(u, v), {}))
    )


def error_of_all(d2: np.ndarray, d4: np.ndarray) -> np.ndarray:
    """The error of a trapezoid rule if thinning its nodes by 2 changes the result by d2, and by 4 by d4 more.

    The error of the trapezoid rule is e^(-c / step), so it squares when the step is halved: all nodes cost about d2^r,
    r = log d2 / log d4. r is limited to 1.5; where the errors are not seen to fall in this way, the estimate is d2.

    Args:
        d2: absolute changes, of any shape.
        d4: the same shape.

    Returns:
        Errors, the same shape.
    """
    d2 = np.maximum(d2, np.finfo(np.float64).tiny)
    falling = (d2 < 1e-2) & (d4 < 0.3) & (d2 < d4)
    rate = np.where(falling, np.log(d2) / np.log(np.where(falling, d4, 0.5)), 1.0)
    return d2 ** np.clip(rate, 1.0, 1.5)


def next_size(nodes: int, error: float, tolerance: float) -> int:
    """Nodes for an error below the tolerance, if it is e^(-c nodes): 1 more than a multiple of 4, at most doubled.

    Args:
        nodes: now, in one direction.
        error: their error.
        tolerance: the largest accepted one.

    Returns:
        How many nodes to try.
    """
    if error <= tolerance:
        return nodes
    factor = 2.0 if error > 0.1 else np.clip(1.1 * np.log(tolerance) / np.log(error), 1.2, 2.0)
    return 4 * int(np.ceil((nodes - 1) * factor / 4)) + 1


def _nodes(plane: Plane, region: Region, rows: int, columns: int, evaluate: Evaluate) -> RowNodes:
    return place_nodes(plane, region.brackets, np.linspace(*region.outer, rows), columns, evaluate)


def _rule(plane: Plane, nodes: RowNodes) -> Rule:
    """The rule of some nodes, after a check of the log density there."""
    rule = Rule(nodes.outer, nodes.inner, nodes.log_density)
    if np.isnan(rule.log_density).any():
        raise QuadratureError("the density is NaN inside its support: check the hyperprior's program")
    with np.errstate(all="ignore"):
        emphasis = plane.emphasis(rule.outer[:, None], rule.inner)
    _check_decay(plane, rule, rule.log_density + emphasis)
    return rule


def _check_decay(plane: Plane, rule: Rule, height: np.ndarray) -> None:
    """Raise an error if the mass is not negligible where the limits stopped the nodes."""
    if not np.isfinite(height.max()):
        raise QuadratureError("the density is 0 or infinite everywhere: check the hyperprior's program and its support")
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
            raise QuadratureError(
                f"the integrand does not fall off towards the {end}, so the integral may not exist: use a hyperprior "
                "that falls off there"
            )
