"""A mixture of Student-t distributions: fitted to weighted points, its density, and its map from the unit cube."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.special import gammaincinv, gammaln, logsumexp, ndtri, softmax

from models.numerics.sums import weighted

DEGREES = 5.0  # degrees of freedom of every component
STEPS = 25  # steps of expectation-maximisation
PRIOR_POINTS = 5.0  # points, for each of d + 1, that the spread of all components counts for in that of each
LEAST_SPREAD = 1e-4  # share of the covariance of all points, added to each component's, so that none collapses


class StudentTMixture(NamedTuple):
    """sum_k w_k t(z; mean_k, L_k L_k'), each t in d dimensions with DEGREES degrees of freedom.

        t(z) ~ (1 + |L^-1 (z - mean)|^2 / DEGREES)^(-(DEGREES + d) / 2)

    falls off as a power of |z|. A posterior density in unconstrained coordinates falls off exponentially: a uniform
    number on an interval has the logistic density, of tails e^-|z|, and a likelihood only makes them lighter. So the
    ratio of a posterior to the mixture is bounded, which holds for no mixture of normals.

    Args:
        log_shares: log w_k, shape (components,).
        means: shape (components, d).
        scale_trils: L_k, lower triangular, shape (components, d, d).
    """

    log_shares: np.ndarray
    means: np.ndarray
    scale_trils: np.ndarray

    def log_density(self, z: np.ndarray) -> np.ndarray:
        """log density at points z, shape (N, d); shape (N,)."""
        return np.asarray(logsumexp(_log_joint(self, z)[0], axis=1))

    def of_cube(self, u: np.ndarray) -> np.ndarray:
        """Points of the mixture from points of the unit cube: uniform points in, draws of the mixture out.

        The first coordinate chooses the component. Where it lies within the component's part of (0, 1) is uniform too,
        and gives the chi-square number; the others give normal ones. So points that fill the cube evenly give each
        component its share of them, and fill each component evenly.

        Args:
            u: points strictly inside the cube, shape (N, d + 1).

        Returns:
            z = mean + L x sqrt(DEGREES / chi2), shape (N, d).
        """
        ends = np.cumsum(np.exp(self.log_shares - logsumexp(self.log_shares)))[:-1]
        component = np.searchsorted(ends, u[:, 0], side="right")
        starts, widths = np.append(0.0, ends), np.diff(ends, prepend=0.0, append=1.0)
        # Rounding may put a point on the end of its part, where chi-square is 0 or infinite.
        within = np.clip((u[:, 0] - starts[component]) / widths[component], *OPEN)
        half_chi2 = gammaincinv(DEGREES / 2, within)
        x = ndtri(u[:, 1:]) * np.sqrt(DEGREES / 2 / half_chi2)[:, None]
        return self.means[component] + np.einsum("nij,nj->ni", self.scale_trils[component], x)


OPEN = (2.0**-53, 1 - 2.0**-53)  # the floats next to 0 and 1 that a point of the cube may have


def join(mixtures: Sequence[StudentTMixture], shares: Sequence[float]) -> StudentTMixture:
    """One mixture of several, with these shares."""
    log_shares = [
        mixture.log_shares - logsumexp(mixture.log_shares) + np.log(share)
        for mixture, share in zip(mixtures, shares, strict=True)
    ]
    return StudentTMixture(
        np.concatenate(log_shares),
        np.concatenate([mixture.means for mixture in mixtures]),
        np.concatenate([mixture.scale_trils for mixture in mixtures]),
    )


def one_t(z: np.ndarray, weights: np.ndarray, spread: float = 1.0) -> StudentTMixture:
    """One t with the mean of weighted points, and `spread` times their standard deviations."""
    mean, covariance = moments(z, weights)
    scale_tril = spread * np.sqrt((DEGREES - 2) / DEGREES) * np.linalg.cholesky(covariance)
    return StudentTMixture(np.zeros(1), mean[None], scale_tril[None])


def moments(z: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and covariance of points (N, d) with weights, of sum 1, (N,); the covariance has an inverse."""
    mean = weighted(weights, z)
    tiny = LEAST_SPREAD * np.maximum(z.var(axis=0), np.finfo(np.float64).tiny)
    return mean, _products(z - mean, weights) + np.diag(tiny)


def fit(z: np.ndarray, components: int, effective: float, rng: np.random.Generator) -> StudentTMixture:
    """The mixture of the highest posterior density near a random start, by expectation-maximisation.

    The start is that of k-means++: each next mean is a point, with a probability in proportion to its squared distance
    from the nearest mean so far. So a peak that is far from the others gets a component at once.

    Args:
        z: points of equal weight, shape (N, d).
        components: number of components.
        effective: how many independent points these are worth.
        rng: chooses the start.

    Returns:
        The mixture.

    References:
        Peel & McLachlan (2000), Robust mixture modelling using the t distribution, eqs. 16-21. Cappé, Douc, Guillin,
        Marin & Robert (2008), Adaptive importance sampling in general mixture classes, section 4. Arthur &
        Vassilvitskii (2007), k-means++: the advantages of careful seeding.
    """
    size, dimension = z.shape
    covariance = moments(z, np.full(size, 1 / size))[1]
    whitener = np.linalg.inv(np.linalg.cholesky(covariance))
    means = z[_spread_out(np.einsum("ij,nj->ni", whitener, z), components, rng)]
    mixture = StudentTMixture(
        np.full(components, -np.log(components)),
        means,
        np.repeat(np.linalg.cholesky(covariance / components)[None], components, axis=0),
    )
    for _ in range(STEPS):
        log_joint, distance = _log_joint(mixture, z)
        responsibility = softmax(log_joint, axis=1)
        # A point far out in a t counts less for its mean and spread than one near the centre.
        nearness = responsibility * (DEGREES + dimension) / (DEGREES + distance)
        # At least eps, so that an empty component does not divide by 0.
        shares = np.maximum(responsibility.sum(axis=0), np.finfo(np.float64).eps)
        near = np.maximum(nearness.sum(axis=0), np.finfo(np.float64).eps)
        means = np.einsum("nk,ni->ki", nearness, z) / near[:, None]
        scales = np.stack(
            [_products(z - m, each / share) for m, each, share in zip(means, nearness.T, shares, strict=True)]
        )
        # A component of few effective points takes after the others, else it would collapse around the heaviest.
        own, others = effective * shares / size, PRIOR_POINTS * (dimension + 1)
        part = (own / (own + others))[:, None, None]
        scales = part * scales + (1 - part) * weighted(shares / size, scales)
        scale_trils = np.linalg.cholesky(scales + LEAST_SPREAD * covariance)
        mixture = StudentTMixture(np.log(shares / shares.sum()), means, scale_trils)
    return mixture


def _spread_out(z: np.ndarray, number: int, rng: np.random.Generator) -> list[int]:
    """The indices of points that are far from each other, as k-means++ takes them."""
    chosen = [int(rng.integers(len(z)))]
    nearest = np.full(len(z), np.inf)
    for _ in range(number - 1):
        nearest = np.minimum(nearest, np.sum((z - z[chosen[-1]]) ** 2, axis=1))
        cumulative = np.cumsum(nearest)
        chosen.append(int(min(np.searchsorted(cumulative, rng.random() * cumulative[-1]), len(z) - 1)))
    return chosen


def _log_joint(mixture: StudentTMixture, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """log w_k t_k(z) and |L_k^-1 (z - mean_k)|^2, each of shape (N, components)."""
    dimension = z.shape[1]
    whiteners = np.linalg.inv(mixture.scale_trils)
    distance = np.stack(
        [
            np.sum(np.einsum("ij,nj->ni", whitener, z - mean) ** 2, axis=1)
            for mean, whitener in zip(mixture.means, whiteners, strict=True)
        ],
        axis=1,
    )
    log_scale = np.sum(np.log(np.diagonal(mixture.scale_trils, axis1=1, axis2=2)), axis=1)
    constant = gammaln((DEGREES + dimension) / 2) - gammaln(DEGREES / 2) - dimension / 2 * np.log(DEGREES * np.pi)
    log_t = constant - log_scale - (DEGREES + dimension) / 2 * np.log1p(distance / DEGREES)
    return mixture.log_shares + log_t, distance


def _products(deviations: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return np.einsum("ni,nj->ij", weights[:, None] * deviations, deviations)
