"""A mixture of normals fitted to weighted points by expectation-maximisation, to propose from."""

from collections.abc import Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from genjax import categorical, normal
from genjax.core import Distribution, distribution
from jax.scipy.special import logsumexp
from scipy.special import softmax

from models.numerics.sums import weighted

COMPONENTS = 8  # normals that are fitted
STEPS = 15  # steps of expectation-maximisation
COMPONENT_WIDENING = 1.2  # factor on each component's spread, so that its tails are not below those of the points
WIDEST = 2.0  # spread of one more, wide component, in spreads of all points
WIDE_SHARE = 0.1  # weight of the wide component, which covers what the others have missed
LEAST_SHARE = 1e-3  # share of the covariance of all points, added to each component's, so that none collapses


class NormalMixture(NamedTuple):
    """sum_k w_k Normal(mean_k, L_k L_k'), a JAX pytree whose shapes do not depend on the points.

    Args:
        log_weights: log w_k, shape (components,).
        means: shape (components, d).
        scale_trils: L_k, lower triangular, shape (components, d, d).
        whiteners: their inverses.
    """

    log_weights: jax.Array | np.ndarray
    means: jax.Array | np.ndarray
    scale_trils: jax.Array | np.ndarray
    whiteners: jax.Array | np.ndarray


def join_mixtures(mixtures: Sequence[NormalMixture]) -> NormalMixture:
    """One mixture of several, each with the same weight."""
    log_weights, *others = (np.concatenate(fields) for fields in zip(*mixtures, strict=True))
    return NormalMixture(log_weights - np.log(len(mixtures)), *others)


def fit_mixture(z: np.ndarray, weights: np.ndarray) -> NormalMixture:
    """Fit a mixture of normals to weighted points, and add a wide component.

    Args:
        z: points, shape (N, d).
        weights: weights of the points, with sum 1, shape (N,).

    Returns:
        The mixture of COMPONENTS + 1 normals, float64.

    References:
        Cappé, Douc, Guillin, Marin & Robert (2008), Adaptive importance sampling in general mixture classes, eq. 13-15.
    """
    mean = weighted(weights, z)
    everywhere = np.diag(np.maximum(z.var(axis=0), np.finfo(np.float64).tiny))
    covariance = _covariance(z - mean, weights) + LEAST_SHARE * everywhere
    means = _spread_out(z, weights, covariance)
    covariances = np.repeat(covariance[None] / COMPONENTS, COMPONENTS, axis=0)
    shares = np.full(COMPONENTS, 1 / COMPONENTS)
    for _ in range(STEPS):
        log_density = np.stack([_log_normal(z, m, c) for m, c in zip(means, covariances, strict=True)], axis=1)
        responsibility = weights[:, None] * softmax(log_density + np.log(shares), axis=1)
        # At least eps, so that an empty component does not divide by 0.
        shares = np.maximum(responsibility.sum(axis=0), np.finfo(np.float64).eps)
        means = np.einsum("jk,ji->ki", responsibility, z) / shares[:, None]
        covariances = np.stack(
            [_covariance(z - m, r / s) for m, r, s in zip(means, responsibility.T, shares, strict=True)]
        )
        covariances += LEAST_SHARE * covariance
        shares /= shares.sum()
    wide = WIDEST * np.linalg.cholesky(covariance)
    scale_trils = np.concatenate([COMPONENT_WIDENING * np.linalg.cholesky(covariances), wide[None]])
    return NormalMixture(
        np.log(np.append((1 - WIDE_SHARE) * shares, WIDE_SHARE)),
        np.append(means, mean[None], axis=0),
        scale_trils,
        np.linalg.inv(scale_trils),
    )


def _spread_out(z: np.ndarray, weights: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    """Points with equal weight between them, along the direction of the largest variance, shape (COMPONENTS, d)."""
    along = np.einsum("ji,i->j", z, np.linalg.eigh(covariance)[1][:, -1])
    order = np.argsort(along, kind="stable")
    cumulative = np.cumsum(weights[order])
    middles = (np.arange(COMPONENTS) + 0.5) / COMPONENTS * cumulative[-1]
    return z[order[np.minimum(np.searchsorted(cumulative, middles), len(order) - 1)]]


def _covariance(deviations: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return np.einsum("j,ji,jk->ik", weights, deviations, deviations)


def _log_normal(z: np.ndarray, mean: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    """log Normal(z; mean, covariance) of points (N, d), up to a constant that depends on d only."""
    scale_tril = np.linalg.cholesky(covariance)
    standard = np.einsum("ji,ki->jk", z - mean, np.linalg.inv(scale_tril))
    return -np.sum(standard**2, axis=1) / 2 - np.sum(np.log(np.diag(scale_tril)))


def _sample(log_weights: jax.Array, means: jax.Array, scale_trils: jax.Array, whiteners: jax.Array) -> jax.Array:
    component = categorical.sample(log_weights)
    return means[component] + scale_trils[component] @ jnp.stack([normal.sample(0.0, 1.0) for _ in means[0]])


def _log_density(
    z: jax.Array, log_weights: jax.Array, means: jax.Array, scale_trils: jax.Array, whiteners: jax.Array
) -> jax.Array:
    standard = jnp.sum(whiteners * (z - means)[:, None, :], axis=-1)
    log_scale = jnp.sum(jnp.log(jnp.diagonal(scale_trils, axis1=1, axis2=2)), axis=1)
    return logsumexp(log_weights + jnp.sum(jax.scipy.stats.norm.logpdf(standard), axis=1) - log_scale)


mixture_of_normals: Distribution[jax.Array] = distribution(_sample, _log_density, name="mixture_of_normals")
"""z ~ sum_k w_k Normal(mean_k, L_k L_k'), given the fields of a `NormalMixture`."""
