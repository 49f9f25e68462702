"""The peaks of a density of a few numbers, by Newton steps from many points at once, without its derivatives.

A call of a compiled program takes as long for one point as for two thousand. So the height, slope and curvature at all
points come from one call, at 3^d places around each of them, and the lengths of all steps from another.
"""

from collections.abc import Callable
from itertools import product
from typing import NamedTuple

import numpy as np

STARTS = 64  # cells into which points are divided; the highest point of each is a start
MOST_STEPS = 40  # a climb that has not arrived then is given up
LENGTHS = np.array([0.03, 0.1, 0.3, 0.6, 1.0, 1.5, 3.0])  # of a step, in units of Newton's
LONGEST = 30.0  # longest step of Newton, in widths of the stencil
# A peak is found where Newton's step is shorter than ARRIVED sds, which the width of the stencil may move it, and the
# square of the stencil's width, in sds given the other coordinates, lies between these.
ARRIVED, WIDTHS = 0.5, (0.1, 2.5)
SAME = 2.0  # sds: peaks that are nearer to one another are the same

Function = Callable[[np.ndarray], np.ndarray]


class Peaks(NamedTuple):
    """Peaks of a log density, the highest first.

    Args:
        position: shape (peaks, d).
        height: of the log density, shape (peaks,).
        covariance: the inverse of the negative second derivatives there, shape (peaks, d, d).
    """

    position: np.ndarray
    height: np.ndarray
    covariance: np.ndarray

    @property
    def log_mass(self) -> np.ndarray:
        """log of the integral of the normal density with this peak (Laplace), shape (peaks,)."""
        d = self.position.shape[1]
        return self.height + d / 2 * np.log(2 * np.pi) + np.linalg.slogdet(self.covariance)[1] / 2


def find_peaks(log_density: Function, points: np.ndarray, height: np.ndarray) -> Peaks:
    """The peaks that are reached by climbing from the highest of some points in each of many places.

    Args:
        log_density: of points (N, d) to shape (N,); -inf or NaN where there is no density.
        points: shape (N, d).
        height: the log density there, shape (N,).

    Returns:
        The peaks, each once; none if no climb arrives.
    """
    points, height = points[np.isfinite(height)], height[np.isfinite(height)]
    d = points.shape[1]
    stencil = np.array(list(product((-1.0, 0.0, 1.0), repeat=d)))
    widths = np.maximum(np.std(points, axis=0), 1e-3) / 4 if len(points) > 1 else np.ones(d)
    at = points[_starts(points, height)]
    width = np.tile(widths, (len(at), 1))
    found = []
    for _ in range(MOST_STEPS):
        around = _heights(log_density, at[:, None] + width[:, None] * stencil)
        slope, curvature = _derivatives(around)
        eigenvalues, vectors = np.linalg.eigh(-curvature)
        along = np.einsum("sij,si->sj", vectors, slope)
        newton = np.einsum("sij,sj->si", vectors, along / np.maximum(np.abs(eigenvalues), 1e-8))
        own = -np.einsum("sii->si", curvature)
        is_peak = np.all(eigenvalues > 0, axis=1) & np.all((WIDTHS[0] < own) & (own < WIDTHS[1]), axis=1)
        decrement = np.sum(along**2 / np.maximum(np.abs(eigenvalues), 1e-8), axis=1)
        arrived = is_peak & (decrement < ARRIVED**2)
        centre = len(stencil) // 2
        for s in np.flatnonzero(arrived):
            scale = np.diag(width[s])
            covariance = scale @ np.linalg.inv(-curvature[s]) @ scale
            found.append((at[s] + width[s] * newton[s], around[s, centre], covariance))
        # Newton's direction, and that of the highest place of the stencil
        newton *= np.minimum(1, LONGEST / np.maximum(np.linalg.norm(newton, axis=1), 1e-300))[:, None]
        highest = stencil[around.argmax(axis=1)]
        steps = np.concatenate([LENGTHS[:, None] * newton[:, None], LENGTHS[:, None] * highest[:, None]], axis=1)
        steps = np.concatenate([steps, np.zeros_like(steps[:, :1])], axis=1)
        heights = _heights(log_density, at[:, None] + width[:, None] * steps)
        best = heights.argmax(axis=1)
        at = at + width * steps[np.arange(len(at)), best]
        # A stencil about one sd wide, given the other coordinates
        with np.errstate(invalid="ignore", divide="ignore"):
            change = np.where(own > 0, 1 / np.sqrt(own), 2.0)
        change = np.where(np.isfinite(change), np.clip(change, 1 / 8, 2.0), 0.5)
        width = np.minimum(width * change, 8 * widths)
        at, width = _different(at[~arrived], width[~arrived], heights.max(axis=1)[~arrived])
        if not len(at):
            break
    return _each_once(found, d)


def _starts(points: np.ndarray, height: np.ndarray) -> np.ndarray:
    """Indices of the highest point in each of STARTS cells of as many points, made by halving along the widest axis."""
    cells = [np.arange(len(points))]
    while len(cells) < STARTS:
        halves = []
        for cell in cells:
            axis = np.argmax(np.ptp(points[cell], axis=0))
            cell = cell[np.argsort(points[cell, axis], kind="stable")]
            halves += [half for half in np.array_split(cell, 2) if len(half)]
        if len(halves) == len(cells):
            break
        cells = halves
    return np.array([cell[np.argmax(height[cell])] for cell in cells])


def _heights(log_density: Function, points: np.ndarray) -> np.ndarray:
    """The log density at points (starts, places, d), -inf where it is NaN."""
    heights = log_density(points.reshape(-1, points.shape[-1])).reshape(points.shape[:-1])
    return np.where(np.isnan(heights), -np.inf, heights)


def _derivatives(around: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Slope (starts, d) and second derivatives (starts, d, d) in widths of the stencil, from its heights."""
    d = round(np.log(around.shape[1]) / np.log(3))
    cube = around.reshape(-1, *[3] * d)

    def at(*places: tuple[int, int]) -> np.ndarray:
        index = [1] * d
        for axis, place in places:
            index[axis] += place
        return cube[:, *index]

    slope, curvature = np.empty((len(cube), d)), np.empty((len(cube), d, d))
    with np.errstate(invalid="ignore"):  # inf - inf where there is no density
        for i in range(d):
            slope[:, i] = (at((i, 1)) - at((i, -1))) / 2
            curvature[:, i, i] = at((i, 1)) + at((i, -1)) - 2 * at()
            for j in range(i):
                mixed = at((i, 1), (j, 1)) + at((i, -1), (j, -1)) - at((i, 1), (j, -1)) - at((i, -1), (j, 1))
                curvature[:, i, j] = curvature[:, j, i] = mixed / 4
    bad = ~(np.isfinite(slope).all(axis=1) & np.isfinite(curvature).all(axis=(1, 2)))
    slope[bad], curvature[bad] = 0.0, -16.0 * np.eye(d)  # only the highest place counts, and the stencil shrinks
    return slope, curvature


def _different(at: np.ndarray, width: np.ndarray, height: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The climbs without those that have met a higher one, within a hundredth of its stencil."""
    order = np.argsort(-height, kind="stable")
    kept: list[int] = []
    for s in order:
        if np.isfinite(height[s]) and all(np.max(np.abs(at[s] - at[t]) / width[t]) > 1e-2 for t in kept):
            kept.append(int(s))
    return at[kept], width[kept]


def _each_once(found: list[tuple[np.ndarray, float, np.ndarray]], d: int) -> Peaks:
    kept: list[tuple[np.ndarray, float, np.ndarray]] = []
    for peak in sorted(found, key=lambda peak: -peak[1]):
        if all((peak[0] - x) @ np.linalg.solve(c, peak[0] - x) > SAME**2 for x, _, c in kept):
            kept.append(peak)
    if not kept:
        return Peaks(np.empty((0, d)), np.empty(0), np.empty((0, d, d)))
    position, height, covariance = map(np.array, zip(*kept, strict=True))
    return Peaks(position, height, covariance)
