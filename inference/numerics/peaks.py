"""The peaks of a log density in any dimension, by its gradients; `lattice.peaks` needs none, in up to three numbers."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

MOST_STEPS = 100  # steps of each search
CLOSE_ENOUGH = 1e-5  # nats: a search ends when a Newton step would gain less
ENOUGH_GAIN = 1e-4  # share of the gain that the slope promises, which a step must have (Nocedal & Wright 2006, eq. 3.4)
LONGEST = 3.0  # longest step, in coordinates in which a uniform number has an sd of 1.8
SHORTER = 0.25  # factor of a step that gained too little
DIFFERENCE = 1e-3  # step of the differences that give the second derivatives
FLATTEST = 1e-2  # least curvature of a peak: a normal there would have an sd of 10
NEAR = 1.0  # in sds of the higher peak: two ends of searches closer than this are one peak

Slope = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]


class Peaks(NamedTuple):
    """Peaks of a log density, the one of the largest mass first.

    Args:
        z: where they are, shape (peaks, d).
        covariances: inverse of minus the second derivatives there, shape (peaks, d, d).
        log_masses: log of the integral of the normal that fits each (Laplace's approximation), shape (peaks,).
    """

    z: np.ndarray
    covariances: np.ndarray
    log_masses: np.ndarray


def find_peaks(log_density_and_slope: Slope, starts: np.ndarray, most: int) -> Peaks:
    """The peaks that searches uphill end at.

    Args:
        log_density_and_slope: function of points (N, d) that returns log densities (N,) and their gradients (N, d).
        starts: where the searches start, shape (starts, d).
        most: the largest number of peaks to return.

    Returns:
        The peaks.
    """
    z, value = climb(log_density_and_slope, starts)
    z, value = z[np.isfinite(value)], value[np.isfinite(value)]
    order = np.argsort(-value, kind="stable")
    z, value = z[order], value[order]
    precisions = _precisions(log_density_and_slope, z)
    log_masses = value + z.shape[1] / 2 * np.log(2 * np.pi) - np.linalg.slogdet(precisions)[1] / 2
    kept: list[int] = []
    for i in range(len(z)):
        away = z[i] - z[kept]
        if all(np.einsum("ki,kij,kj->k", away, precisions[kept], away) > NEAR**2):
            kept.append(i)
    heaviest = [kept[i] for i in np.argsort(-log_masses[kept], kind="stable")[:most]]
    return Peaks(z[heaviest], np.linalg.inv(precisions[heaviest]), log_masses[heaviest])


def climb(log_density_and_slope: Slope, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The ends of searches uphill by BFGS, each at its own pace, and their log densities.

    Args:
        log_density_and_slope: as of `find_peaks`.
        z: where they start, shape (N, d).

    Returns:
        The ends (N, d), and their log densities (N,); -inf where the start has none.

    References:
        Nocedal & Wright (2006), Numerical optimization, algorithm 6.1.
    """
    size, dimension = z.shape
    value, slope = log_density_and_slope(z)
    inverse = np.repeat(np.eye(dimension)[None], size, axis=0)  # of minus the second derivatives, approximately
    factor = np.ones(size)
    moving = np.isfinite(value) & np.all(np.isfinite(slope), axis=1)
    for _ in range(MOST_STEPS):
        step = np.einsum("nij,nj->ni", inverse, np.where(moving[:, None], slope, 0.0))
        gain = np.sum(np.where(moving[:, None], slope, 0.0) * step, axis=1)
        moving &= (gain > 2 * CLOSE_ENOUGH) & (factor > 1e-10)
        if not moving.any():
            break
        length = np.sqrt(np.sum(step**2, axis=1))
        shortened = factor * np.minimum(1.0, LONGEST / np.maximum(length, np.finfo(np.float64).tiny))
        change = np.where(moving[:, None], shortened[:, None] * step, 0.0)
        new_value, new_slope = log_density_and_slope(z + change)
        is_better = moving & (new_value >= value + ENOUGH_GAIN * shortened * gain)
        is_better &= np.all(np.isfinite(new_slope), axis=1)
        factor = np.where(is_better, 1.0, SHORTER * factor)
        bend = np.where(is_better[:, None], slope - new_slope, 0.0)
        inverse = _updated(inverse, change, bend)
        z = np.where(is_better[:, None], z + change, z)
        value, slope = np.where(is_better, new_value, value), np.where(is_better[:, None], new_slope, slope)
    return z, value


def _updated(inverse: np.ndarray, change: np.ndarray, bend: np.ndarray) -> np.ndarray:
    """The inverses (N, d, d) after steps along which the slopes fell by `bend`; unchanged where they did not fall."""
    product = np.sum(change * bend, axis=1)
    falls = product > 1e-12
    rho = np.where(falls, 1 / np.where(falls, product, 1.0), 0.0)[:, None, None]
    left = np.eye(change.shape[1]) - rho * np.einsum("ni,nj->nij", change, bend)
    inverse = np.einsum("nij,njk,nlk->nil", left, inverse, left)
    return inverse + rho * np.einsum("ni,nj->nij", change, change)


def _precisions(log_density_and_slope: Slope, z: np.ndarray) -> np.ndarray:
    """Minus the second derivatives at points (N, d), shape (N, d, d), with eigenvalues of at least FLATTEST."""
    size, dimension = z.shape
    steps = DIFFERENCE * np.concatenate([np.eye(dimension), -np.eye(dimension)])
    slopes = log_density_and_slope((z[:, None] + steps).reshape(-1, dimension))[1].reshape(
        size, 2, dimension, dimension
    )
    bends = np.nan_to_num((slopes[:, 1] - slopes[:, 0]) / (2 * DIFFERENCE), posinf=0.0, neginf=0.0)
    values, vectors = np.linalg.eigh((bends + np.swapaxes(bends, 1, 2)) / 2)
    return np.einsum("nij,nj,nkj->nik", vectors, np.maximum(values, FLATTEST), vectors)
