"""Finds a frame and a box in it that hold the mass of a density, and the rule on it that has converged."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from inference.numerics.lattice.peaks import Peaks
from inference.numerics.lattice.rule import Box, Frame, Function, Lattice, every_index
from inference.numerics.mass_finder import SETTLED
from inference.numerics.trapezoid import NEGLIGIBLE, QuadratureError, next_size

DROP = 37.0  # nats below the peak that are kept: at the border of the nodes the density has fallen by at least 33
NOWHERE = "the density is 0 or infinite everywhere: check the hyperprior's program and its support"
GRID = {1: 65, 2: 25, 3: 17}  # nodes in each direction of a pass, by the number of dimensions
COARSE_STEP = 1.1  # sds between the nodes of a first rule, which says where a finer one needs nodes
FINE_STEP = 0.75  # sds between the nodes of the first rule whose errors are estimated
FEWEST, MOST = 17, 257  # nodes of these in each direction
MAX_NODES = 2_000_000  # nodes of the largest rule that is tried, at which the density is evaluated
MAX_CELLS = 16_000_000  # nodes of its whole box, near and far
# The error of a smooth density falls below the tolerance within a few rules. That of one with a bend falls slowly, and
# by chance the estimate for one of many is too small: from this rule on, one must also agree with the one before it.
MANY_RULES = 5
MAX_PASSES = 60  # passes after which the search for a box ends in any case
MOST_FRAMES = 3  # frames that are tried after the first
NO_SMALLER = 0.1  # in the log of the volume: a frame whose box is not smaller by more is not used
REACH = 9.5  # in sds of a peak: how far the first box reaches; a normal density has fallen by 45 nats there
NARROWEST = 1e-12  # smallest sd in a frame, relative to the largest
LIGHTEST = -25.0  # nats: a peak whose mass is smaller, relative to the largest, has no say in the first box


@dataclass(frozen=True)
class Integral:
    """A density on R^d and what is known of it.

    Args:
        names: the coordinates' names, for messages.
        lower: w of each coordinate below which its address no longer moves towards its lower end, shape (d,).
        upper: likewise above, shape (d,).
        log_density: f of points w, shape (N, d), to shape (N,).
        function: that is to be integrated, of points w, or None. The nodes cover the mass of e^(f + g) too, where
            g = log(1 + |function| / size); their weights come from f alone.
        size: of the function where most of the mass of e^f is.
    """

    names: tuple[str, ...]
    lower: np.ndarray
    upper: np.ndarray
    log_density: Function
    function: Function | None = None
    size: float = 1.0

    def heights(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """f, f + g and the function at points (N, d), each of shape (N,); the function is 0 where there is no density.

        f + g is -inf where it is NaN, because a program may overflow far out.
        """
        with np.errstate(all="ignore"):
            f = self.log_density(points)
            values, has_density = np.zeros_like(f), f > -np.inf
            if self.function is not None and has_density.any():
                values[has_density] = self.function(points[has_density])
            height = f if self.function is None else f + np.log1p(np.abs(values) / self.size)
        return f, np.where(np.isnan(height), -np.inf, height), values


def first_box(peaks: Peaks) -> Box:
    """A box around peaks, each taken as normal: in the frame of the normal mixture's mean and covariance."""
    mass = np.exp(peaks.log_mass - peaks.log_mass.max())
    heavy = peaks.log_mass - peaks.log_mass.max() > LIGHTEST
    share = mass / mass.sum()
    centre = share @ peaks.position
    off = peaks.position - centre
    covariance = np.einsum("p,pij->ij", share, peaks.covariance + np.einsum("pi,pj->pij", off, off))
    frame = Frame(centre, _root(covariance))
    position = frame.coordinates(peaks.position[heavy])
    inverse = np.linalg.inv(frame.scale)
    sds = np.sqrt(np.einsum("ij,pjk,ik->pi", inverse, peaks.covariance[heavy], inverse))
    low, high = (position - REACH * sds).min(axis=0), (position + REACH * sds).max(axis=0)
    return Box(frame, low, high, np.ones_like(low))


def find_box(integral: Integral, box: Box, *, keep_frame: bool = False) -> Box:
    """The box in which e^(f + g) is less than DROP nats below its peak, in a frame of its own moments.

    Args:
        integral: the density.
        box: where to begin.
        keep_frame: whether the frame stays as it is.

    Returns:
        The box.
    """
    box, points, weights = _settle(integral, box)
    for _ in range(0 if keep_frame else MOST_FRAMES):
        mean = weights @ points
        covariance = np.einsum("n,ni,nj->ij", weights, points - mean, points - mean)
        frame = Frame(box.frame.points(mean[None])[0], box.frame.scale @ _root(covariance))
        inside = frame.coordinates(box.frame.points(points[weights > 0]))
        margin = (inside.max(axis=0) - inside.min(axis=0)) / GRID[box.dimension]
        other = replace(box, frame=frame, low=inside.min(axis=0) - margin, high=inside.max(axis=0) + margin)
        other, *of_other = _settle(integral, other)
        if _log_volume(other) > _log_volume(box) - NO_SMALLER:
            break
        box, (points, weights) = other, of_other
    return box


def _settle(integral: Integral, box: Box) -> tuple[Box, np.ndarray, np.ndarray]:
    """The box in its frame; the coordinates u of points in it, and their shares of the mass, 0 if negligible."""
    d = box.dimension
    index = every_index((GRID[d],) * d)
    peak, passes = -np.inf, 0
    while True:
        u = box.lattice((GRID[d],) * d, index)
        height = integral.heights(box.frame.points(u))[1]
        highest = height.max()
        if not np.isfinite(highest):
            raise QuadratureError(NOWHERE)
        peak, passes = max(peak, highest), passes + 1
        # If an earlier peak fell between the nodes of this pass, at least the highest of them is kept.
        kept = height >= min(peak - DROP, highest)
        first, last = index[kept].min(axis=0), index[kept].max(axis=0)
        width = box.high - box.low
        step = width / (GRID[d] - 1)
        grow_low, grow_high = first == 0, last == GRID[d] - 1
        low = np.where(grow_low, box.low - width / 2, box.low + step * np.maximum(first - 1, 0))
        high = np.where(grow_high, box.high + width / 2, box.low + step * np.minimum(last + 1, GRID[d] - 1))
        shrank = high - low <= SETTLED * width
        box = replace(box, low=low, high=high)
        if passes == MAX_PASSES or not (grow_low | grow_high | shrank).any():
            break
    weights = np.where(kept, np.exp(height - highest), 0.0)
    weights /= weights.sum()
    # An sd of less than half a step cannot be seen on these nodes.
    sds = np.maximum(np.sqrt(weights @ (u - weights @ u) ** 2), step / 2)
    return replace(box, sds=sds), u, weights


def _log_volume(box: Box) -> float:
    return float(np.sum(np.log(box.high - box.low))) + box.frame.log_volume


def _root(covariance: np.ndarray) -> np.ndarray:
    """The lower triangular root of a covariance, even if it is singular."""
    size = np.trace(covariance) / len(covariance)
    return np.linalg.cholesky(covariance + NARROWEST * size * np.eye(len(covariance)))


def integrate(integral: Integral, box: Box, *, monitor: Callable[[Lattice], np.ndarray], tolerance: float) -> Lattice:
    """The rule on which the log integral of e^f and some expectations have converged.

    Args:
        integral: the density.
        box: where its mass is, from `find_box`.
        monitor: values at the nodes, shape (N, functions), whose expectations must converge too, to within `tolerance`
            times that of their sizes.
        tolerance: the largest accepted error.

    Returns:
        The rule.

    Raises:
        QuadratureError: if e^(f + g) does not fall off towards an end of a coordinate, or the rule does not converge.
    """
    lattice = on_lattice(integral, box, _sizes(box, COARSE_STEP))
    sizes = _sizes(box, FINE_STEP)
    before, rules = np.zeros(0), 0
    while True:
        rules += 1
        lattice = on_lattice(integral, box, sizes, lattice)
        values = monitor(lattice)
        size = np.maximum(lattice.expectation(np.abs(values)), np.finfo(np.float64).tiny)
        of_values = (lattice.expectation_errors(values) / size).max(axis=1)
        errors = np.maximum(lattice.log_total_errors(), of_values)
        # The size is that of this rule in both: it is a mean of |w|, which bends, so it converges slowly itself.
        results, scale = np.append(lattice.expectation(values), lattice.log_total), np.append(size, 1.0)
        changed = np.max(np.abs(results - before) / scale) if len(before) else np.inf
        before = results
        if errors.max() <= tolerance and (rules < MANY_RULES or changed <= tolerance):
            return lattice
        if errors.max() <= tolerance:
            errors = np.full_like(errors, changed)
        sizes = tuple(next_size(n, error, tolerance) for n, error in zip(sizes, errors, strict=True))
        evaluated = len(lattice.index) * (np.prod(sizes) / np.prod(lattice.sizes))  # about
        if evaluated > MAX_NODES or np.prod(sizes) > MAX_CELLS:
            raise QuadratureError(
                f"the integral still has an error of {errors.max():.1e} with {len(lattice.index)} nodes: the "
                "density jumps or bends inside its support, where the support should be split, or its mass is in parts "
                "that are too narrow for the nodes; use rqmc, smc or importance"
            )


def _sizes(box: Box, step: float) -> tuple[int, ...]:
    """Nodes in each direction so that neighbours are so many sds apart: 1 more than a multiple of 4."""
    nodes = np.clip((box.high - box.low) / (step * box.sds), FEWEST, MOST)
    return tuple(1 + 4 * int(np.ceil((n - 1) / 4)) for n in nodes)


def on_lattice(integral: Integral, box: Box, sizes: tuple[int, ...], coarser: Lattice | None = None) -> Lattice:
    """The rule with so many nodes in each direction.

    Args:
        integral: the density.
        box: the box.
        sizes: nodes in each direction.
        coarser: a rule on the same box; if given, the density is not evaluated far from its nodes.

    Returns:
        The rule.

    Raises:
        QuadratureError: if e^(f + g) is not negligible where a coordinate no longer moves.
    """
    index = every_index(sizes) if coarser is None else coarser.near(sizes)
    points = box.frame.points(box.lattice(sizes, index))
    f, height, values = integral.heights(points)
    if not np.isfinite(height.max()):
        raise QuadratureError(NOWHERE)
    for i, name in enumerate(integral.names):
        for end, beyond in (("lower", points[:, i] <= integral.lower[i]), ("upper", points[:, i] >= integral.upper[i])):
            if height[beyond].max(initial=-np.inf) > height.max() - NEGLIGIBLE:
                raise QuadratureError(
                    f"the integrand does not fall off towards the {end} end of {name}, so the integral may not exist: "
                    "use a hyperprior that falls off there"
                )
    return Lattice.of_heights(box, sizes, index, f, height, values)


def refined(integral: Integral, lattice: Lattice) -> Lattice:
    """The rule with half the distance between nodes in each direction."""
    return on_lattice(integral, lattice.box, tuple(2 * n - 1 for n in lattice.sizes), lattice)
