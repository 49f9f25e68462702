"""The trapezoid rule in one, two or three dimensions, on a lattice of points in a frame of its own.

A smooth function that is negligible at the border of the lattice is integrated to an error that falls exponentially
with the number of nodes in each direction (Trefethen & Weideman 2014).

References:
    Trefethen, L. N. & Weideman, J. A. C. (2014), The exponentially convergent trapezoidal rule, SIAM Review 56(3).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from inference.numerics.trapezoid import error_of_all
from models.numerics.sums import average

Function = Callable[[np.ndarray], np.ndarray]

DROPPED = 40.0  # nats below the peak, at which a node is dropped: e^-40 = 4e-18
TINY = np.finfo(np.float64).tiny


@dataclass(frozen=True)
class Frame:
    """Coordinates u of points w = centre + scale u.

    Args:
        centre: shape (d,).
        scale: shape (d, d), invertible.
    """

    centre: np.ndarray
    scale: np.ndarray

    def points(self, u: np.ndarray) -> np.ndarray:
        """w of u, both of shape (N, d)."""
        return self.centre + np.einsum("ij,nj->ni", self.scale, u)

    def coordinates(self, points: np.ndarray) -> np.ndarray:
        """u of w, both of shape (N, d)."""
        return np.linalg.solve(self.scale, (points - self.centre).T).T

    @property
    def log_volume(self) -> float:
        """log |det scale|."""
        return float(np.linalg.slogdet(self.scale)[1])


@dataclass(frozen=True)
class Box:
    """A box in the coordinates u of a frame.

    Args:
        frame: the frame.
        low: lower ends, shape (d,).
        high: upper ends, shape (d,).
        sds: standard deviation of the mass in each direction, roughly, shape (d,).
    """

    frame: Frame
    low: np.ndarray
    high: np.ndarray
    sds: np.ndarray

    @property
    def dimension(self) -> int:
        """d."""
        return len(self.low)

    def lattice(self, sizes: tuple[int, ...], index: np.ndarray) -> np.ndarray:
        """The points u at an index (N, d) of the lattice of this box with so many nodes in each direction."""
        return self.low + (self.high - self.low) * (index / (np.array(sizes) - 1))

    def contains(self, points: np.ndarray) -> np.ndarray:
        """Which points w, shape (N, d), lie inside it, shape (N,)."""
        u = self.frame.coordinates(points)
        return np.all((self.low <= u) & (u <= self.high), axis=1)


def every_index(sizes: tuple[int, ...]) -> np.ndarray:
    """The index of each node of a lattice, shape (nodes, d), the last one changing fastest."""
    return np.stack(np.unravel_index(np.arange(np.prod(sizes)), sizes), axis=1)


@dataclass(frozen=True, eq=False)
class Lattice:
    """Nodes of the trapezoid rule; those that are dropped have a negligible weight.

    Args:
        box: the box whose lattice it is.
        sizes: nodes in each direction, each 1 more than a multiple of 4.
        index: which nodes are kept, shape (N, d).
        log_density: f there, shape (N,).
        values: of the function that is to be integrated, shape (N,).
        border: indices into the kept nodes, of those with a neighbour that is not kept.
    """

    box: Box
    sizes: tuple[int, ...]
    index: np.ndarray
    log_density: np.ndarray
    values: np.ndarray
    border: np.ndarray

    @staticmethod
    def of_heights(
        box: Box,
        sizes: tuple[int, ...],
        index: np.ndarray,
        log_density: np.ndarray,
        height: np.ndarray,
        values: np.ndarray,
    ) -> "Lattice":
        """The nodes that matter.

        Args:
            box: the box.
            sizes: nodes in each direction.
            index: of the nodes at which the density was evaluated, shape (M, d); it is negligible at all others.
            log_density: f there, shape (M,).
            height: what decides which nodes are kept, such as f or f plus an emphasis, shape (M,).
            values: of the function that is to be integrated, shape (M,).
        """
        has_mass = (height > height.max() - DROPPED) & (log_density > -np.inf)
        index = index[has_mass]
        kept = np.zeros(tuple(n + 2 for n in sizes), bool)
        kept[tuple(index.T + 1)] = True
        surrounded = kept.copy()
        for axis in range(len(sizes)):
            surrounded &= np.roll(kept, 1, axis) & np.roll(kept, -1, axis)
        border = np.flatnonzero(~surrounded[tuple(index.T + 1)])
        return Lattice(box, sizes, index, log_density[has_mass], values[has_mass], border)

    @property
    def points(self) -> np.ndarray:
        """w of each node, shape (N, d)."""
        return self.box.frame.points(self.box.lattice(self.sizes, self.index))

    @property
    def steps(self) -> np.ndarray:
        """Distance between neighbours in each direction of u, shape (d,)."""
        return (self.box.high - self.box.low) / (np.array(self.sizes) - 1)

    @property
    def log_cell(self) -> float:
        """log of the volume of w that a node stands for."""
        return float(np.sum(np.log(self.steps))) + self.box.frame.log_volume

    @property
    def log_mass(self) -> np.ndarray:
        """log of e^f dw at each node, shape (N,). The ends need no factor 1/2: e^f is negligible there."""
        return self.log_density + self.log_cell

    @cached_property
    def log_total(self) -> float:
        """log of the integral of e^f."""
        log_mass = self.log_mass
        highest = float(log_mass.max())
        return highest + float(np.log(np.sum(np.exp(log_mass - highest))))

    @cached_property
    def weights(self) -> np.ndarray:
        """The share of each node in the integral, shape (N,)."""
        return np.exp(self.log_mass - self.log_total)

    def reweighed(self, log_factor: np.ndarray) -> "Lattice":
        """The rule for e^(f + factor), for a factor at each node, shape (N,)."""
        return replace(self, log_density=self.log_density + log_factor)

    def log_total_errors(self) -> np.ndarray:
        """Estimated error of the log integral from the finite number of nodes in each direction, shape (d,)."""
        weights = self.weights
        return self._errors(lambda nodes, times: np.log(times * np.sum(weights[nodes])), 0.0)

    def expectation(self, values: np.ndarray) -> np.ndarray:
        """Integral of e^f x values over that of e^f, for values of shape (N, ...)."""
        return average(self.weights, self._finite(values))

    def expectation_errors(self, values: np.ndarray) -> np.ndarray:
        """Estimated error of an expectation from the finite number of nodes in each direction, shape (d, ...)."""
        values, weights = self._finite(values), self.weights
        size = np.maximum(average(weights, np.abs(values)), TINY)
        relative = values / size

        def mean(nodes: np.ndarray, times: float) -> np.ndarray:
            some = weights[nodes]
            return average(some / some.sum(), relative[nodes])

        return self._errors(mean, average(weights, relative)) * size

    def border_height(self, log_emphasis: np.ndarray | float = 0.0) -> float:
        """The largest f (plus an emphasis) at the border of the kept nodes, in nats relative to its peak; at most 0."""
        height = self.log_density + log_emphasis
        return float(height[self.border].max() - height.max())

    def near(self, sizes: tuple[int, ...]) -> np.ndarray:
        """The index of each node of a finer lattice on the same box that lies near a kept node, shape (nodes, d).

        Args:
            sizes: of the finer lattice.
        """
        kept = np.zeros(tuple(n + 2 for n in self.sizes), bool)
        kept[tuple(self.index.T + 1)] = True
        for axis in range(len(sizes)):
            kept = kept | np.roll(kept, 1, axis) | np.roll(kept, -1, axis)
        own = tuple(
            1 + np.rint(np.arange(n) * ((old - 1) / (n - 1))).astype(int)
            for n, old in zip(sizes, self.sizes, strict=True)
        )
        return np.stack(np.nonzero(kept[np.ix_(*own)]), axis=1)

    def covers(self, points: np.ndarray) -> np.ndarray:
        """Of which points w, shape (N, d), the nearest node of the box is kept, shape (N,)."""
        kept = np.zeros(self.sizes, bool)
        kept[tuple(self.index.T)] = True
        last = np.array(self.sizes) - 1
        share = (self.box.frame.coordinates(points) - self.box.low) / (self.box.high - self.box.low)
        nearest = np.rint(np.clip(share, 0, 1) * last).astype(int)
        return self.box.contains(points) & kept[tuple(nearest.T)]

    def every(self, start: int, stride: int) -> np.ndarray:
        """Which kept nodes belong to the lattice of every `stride`-th node in each direction, from `start`, (N,)."""
        return np.all(self.index % stride == start % stride, axis=1)

    def _finite(self, values: np.ndarray) -> np.ndarray:
        """The values, 0 where the weight is 0: there a function may be 0 / 0."""
        empty = self.weights == 0
        return np.where(empty.reshape(empty.shape + (1,) * (values.ndim - 1)), 0.0, values)

    def _errors(self, result: Callable[[np.ndarray, float], Any], whole: Any) -> np.ndarray:
        """Error in each direction, from what thinning the nodes by 2 and by 4 changes: see `trapezoid.Rule`."""
        errors = []
        for axis in range(len(self.sizes)):
            thinned = [np.flatnonzero(self.index[:, axis] % by == 0) for by in (2, 4)]
            if not all(map(len, thinned)):  # the nodes of narrow peaks may all lie between those that are left
                errors.append(np.full(np.shape(whole), np.inf))
                continue
            halved, quartered = (result(nodes, by) for nodes, by in zip(thinned, (2, 4), strict=True))
            errors.append(error_of_all(np.abs(halved - whole), np.abs(quartered - halved)))
        return np.array(errors)
