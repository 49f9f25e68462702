"""Exact comparison of rates: integrals over the rates of all groups given the population, then over the population."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.polynomial.legendre import leggauss, legint, legvander
from scipy.special import digamma, log_expit, polygamma

from inference.draws.lattice_nodes import LatticeNodes
from inference.draws.nodes import Nodes

COARSE, FINE = 4, 2  # strides: every 4th or every 2nd row and column of the quadrature's nodes is used
TOLERANCE = 1e-6  # in probability: if the coarse stride has a larger error, the fine stride is used
NEGLIGIBLE = 1e-9  # total weight of the populations that are left out
PANEL = 2.0  # width of a panel, in units of the narrowest density's scale there, see `_panels`
NODES = 12  # Gauss-Legendre nodes in a panel
NORMAL_TAIL = 8.0  # in sds of the log-odds: farther from the mean a normal tail is negligible
EXPONENTIAL_TAIL = 25.0  # in e-folds: farther from the mean an exponential tail is negligible
TINY = 1e-300  # lower bound of a distribution function, so that its logarithm is finite
# Largest a + b used, in pseudo-trials: above this a group's own counts change a probability by less than 1e-6.
MOST_CONCENTRATED = 1e12

GAUSS, GAUSS_WEIGHTS = leggauss(NODES)
# Matrix from values at the nodes to the integrals of their interpolant from -1 to each node, by Legendre polynomials.
INTEGRATE = legvander(GAUSS, NODES) @ legint(np.eye(NODES), lbnd=-1) @ np.linalg.inv(legvander(GAUSS, NODES - 1))


class RateComparison(NamedTuple):
    """How the rates of groups compare, for one group of each different (k, n); also used for the errors of these.

    Args:
        best: probability that the group's rate is the largest of all, shape (pairs,).
        worst: probability that it is the smallest, shape (pairs,).
        above: P(theta_p > theta_q) of two groups with these counts, shape (pairs, pairs); 1/2 on the diagonal.
    """

    best: np.ndarray
    worst: np.ndarray
    above: np.ndarray


def compare_rates(
    nodes: Nodes | LatticeNodes, pairs: np.ndarray, times: np.ndarray
) -> tuple[RateComparison, RateComparison]:
    """How the rates of groups compare, computed by quadrature without random draws.

    Given the population, rates are independent. With f and F the density and the distribution function of log-odds,

        P(i is best) = integral of f_i prod_{j != i} F_j,    P(theta_i > theta_j) = integral of f_i F_j.

    These are averaged over two interleaved sets of the quadrature's nodes. Each set alone is a trapezoid rule, so half
    of the difference between the two bounds the error of their mean. The error of the integrals over the log-odds is
    added: it is how far the probabilities are from the sums that they must have.

    Args:
        nodes: the quadrature nodes of the exact posterior.
        pairs: the different (k, n), shape (2, pairs).
        times: how many groups have each (k, n), shape (pairs,).

    Returns:
        The probabilities and their estimated absolute errors.
    """
    k, n = pairs.astype(np.float64)
    probabilities, errors = _at_stride(nodes, COARSE, k, n, times)
    if max(error.max() for error in errors) > TOLERANCE:
        probabilities, errors = _at_stride(nodes, FINE, k, n, times)
    return probabilities, _with_sums(probabilities, errors, times)


def compare_under_known(
    a: float, b: float, pairs: np.ndarray, times: np.ndarray
) -> tuple[RateComparison, RateComparison]:
    """How the rates of groups compare if the population is Beta(a, b): see `compare_rates`.

    Args:
        a: first shape of the population.
        b: second shape.
        pairs: the different (k, n), shape (2, pairs).
        times: how many groups have each (k, n), shape (pairs,).

    Returns:
        The probabilities and their estimated absolute errors: how far they are from the sums that they must have.
    """
    k, n = pairs.astype(np.float64)
    scale = min(1.0, MOST_CONCENTRATED / (a + b))
    probabilities = _compare_given_population(scale * a + k, scale * b + (n - k), times)
    nothing = RateComparison(*map(np.zeros_like, probabilities))
    return probabilities, _with_sums(probabilities, nothing, times)


def _with_sums(probabilities: RateComparison, errors: RateComparison, times: np.ndarray) -> RateComparison:
    """The errors, with how far the probabilities are from the sums that they must have."""
    best, worst = (abs(times @ probability - 1) for probability in (probabilities.best, probabilities.worst))
    of_two = np.abs(probabilities.above + probabilities.above.T - 1)
    return RateComparison(errors.best + best, errors.worst + worst, errors.above + of_two)


def _at_stride(
    nodes: Nodes | LatticeNodes, stride: int, k: np.ndarray, n: np.ndarray, times: np.ndarray
) -> tuple[RateComparison, RateComparison]:
    """The mean of two interleaved rules, and half of their largest difference: a single one may be small by chance."""
    first, second = (_over_populations(nodes, start, stride, k, n, times) for start in (0, stride // 2))
    both = list(zip(first, second, strict=True))
    return RateComparison(*((x + y) / 2 for x, y in both)), RateComparison(
        *(np.full_like(x, np.abs(x - y).max() / 2) for x, y in both)
    )


def _over_populations(
    nodes: Nodes | LatticeNodes, start: int, stride: int, k: np.ndarray, n: np.ndarray, times: np.ndarray
) -> RateComparison:
    """The mean over every `stride`-th of the nodes in each direction, from `start`."""
    a, b, weights = nodes.sparser(start, stride)
    ranked = np.argsort(weights)[::-1]
    kept = ranked[: np.searchsorted(np.cumsum(weights[ranked]), (1 - NEGLIGIBLE) * weights.sum()) + 1]
    weights = weights / weights[kept].sum()
    sums = [np.zeros(len(k)), np.zeros(len(k)), np.zeros((len(k), len(k)))]
    for j in kept:
        scale = min(1.0, MOST_CONCENTRATED / (a[j] + b[j]))
        for total, given in zip(
            sums, _compare_given_population(scale * a[j] + k, scale * b[j] + (n - k), times), strict=True
        ):
            total += weights[j] * given
    return RateComparison(*sums)


def _compare_given_population(alpha: np.ndarray, beta: np.ndarray, times: np.ndarray) -> RateComparison:
    """The probabilities given the population: theta ~ Beta(alpha, beta), both of shape (pairs,)."""
    edges = _panels(alpha, beta)
    centres, halves = (edges[1:] + edges[:-1]) / 2, np.diff(edges) / 2
    x = (centres[:, None] + halves[:, None] * GAUSS).ravel()
    log_density = alpha[:, None] * log_expit(x) + beta[:, None] * log_expit(-x)
    density = np.exp(log_density - log_density.max(axis=1, keepdims=True))
    steps = (halves[:, None] * GAUSS_WEIGHTS).ravel()
    density /= (density @ steps)[:, None]
    # Distribution function: the sum over all earlier panels plus the integral of the interpolant in this panel.
    in_panels = density.reshape(len(alpha), len(halves), NODES) * halves[:, None]
    whole = in_panels @ GAUSS_WEIGHTS
    before = np.cumsum(whole, axis=1) - whole
    below = (before[:, :, None] + in_panels @ INTEGRATE.T).reshape(density.shape)
    log_below, log_above = (np.log(np.maximum(function, TINY)) for function in (below, 1 - below))
    mass = density * steps
    best = np.sum(mass * np.exp(times @ log_below - log_below), axis=1)
    worst = np.sum(mass * np.exp(times @ log_above - log_above), axis=1)
    return RateComparison(best, worst, mass @ below.T)


def _panels(alpha: np.ndarray, beta: np.ndarray) -> np.ndarray:
    """Edges of panels in log-odds; each panel is `PANEL` times as wide as the scale of the narrowest density there.

    The log-odds of Beta(alpha, beta) have mean psi(alpha) - psi(beta) and variance psi'(alpha) + psi'(beta), and tails
    e^(alpha x) and e^(-beta x). Away from its mean, a density's scale grows with the distance.
    """
    mean, sd = digamma(alpha) - digamma(beta), np.sqrt(polygamma(1, alpha) + polygamma(1, beta))
    at = float(np.min(mean - np.maximum(NORMAL_TAIL * sd, EXPONENTIAL_TAIL / alpha)))
    end = float(np.max(mean + np.maximum(NORMAL_TAIL * sd, EXPONENTIAL_TAIL / beta)))
    edges = [at]
    while at < end:
        at += PANEL * float(np.min(np.hypot(sd, (at - mean) / 4)))
        edges.append(at)
    return np.array(edges)
