"""Who is above whom, exactly: integrals over everybody's rate at once, given the population, and then over that."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.polynomial.legendre import leggauss, legint, legvander
from scipy.special import digamma, log_expit, polygamma

from inference.draws.nodes import Nodes

COARSE, FINE = 4, 2  # strides over the quadrature's rows and columns, whose populations are taken
TOLERANCE = 1e-6  # error of a probability that is let pass by the coarse stride
NEGLIGIBLE = 1e-9  # weight of the populations left out
PANEL = 2.0  # widths of the narrowest rate around
NODES = 12  # a panel
FAR = 8.0  # sd of log-odds beyond which there is nothing of a normal,
TAIL = 25.0  # and e-folds, of an exponential
TINY = 1e-300  # a distribution function whose logarithm is taken
MOST_CONCENTRATED = 1e12  # pseudo-trials: beyond it nobody's counts tell them from anybody, but for 1 in 10^6

GAUSS, GAUSS_WEIGHTS = leggauss(NODES)
# From values at the nodes to the integrals of their interpolant from -1 to each node, by Legendre polynomials.
INTEGRATE = legvander(GAUSS, NODES) @ legint(np.eye(NODES), lbnd=-1) @ np.linalg.inv(legvander(GAUSS, NODES - 1))


class Order(NamedTuple):
    """How the rates of groups compare, one of each different (k, n), with the believed absolute errors.

    Args:
        best: probability that the group's rate is the largest of all, shape (pairs,).
        worst: that it is the smallest, shape (pairs,).
        above: P(theta_p > theta_q) of two groups with these counts, shape (pairs, pairs); 1/2 on the diagonal.
    """

    best: np.ndarray
    worst: np.ndarray
    above: np.ndarray


def order(nodes: Nodes, pairs: np.ndarray, times: np.ndarray) -> tuple[Order, Order]:
    """How the rates of groups compare, without drawing any.

    Given the population, rates are independent: with f and F the density and the distribution function of log-odds,

        P(i is best) = integral of f_i prod_{j != i} F_j,    P(theta_i > theta_j) = integral of f_i F_j.

    These are averaged over two interleaved sets of the quadrature's nodes. Each alone is a trapezoid rule, so that
    half of the difference bounds the error of their mean. To this comes what the integrals over x are off by, as seen
    from what they must add up to.

    Args:
        nodes: of the exact posterior.
        pairs: the different (k, n), shape (2, pairs).
        times: how many groups have each, shape (pairs,).

    Returns:
        The answers and their errors.
    """
    k, n = pairs.astype(np.float64)
    found, errors = _at_stride(nodes, COARSE, k, n, times)
    if max(error.max() for error in errors) > TOLERANCE:
        found, errors = _at_stride(nodes, FINE, k, n, times)
    best, worst = (abs(times @ probability - 1) for probability in (found.best, found.worst))
    of_two = np.abs(found.above + found.above.T - 1)
    return found, Order(errors.best + best, errors.worst + worst, errors.above + of_two)


def _at_stride(nodes: Nodes, stride: int, k: np.ndarray, n: np.ndarray, times: np.ndarray) -> tuple[Order, Order]:
    """The mean of two interleaved rules, and half of their largest difference, for that of one may be small by luck."""
    first, second = (_over_populations(nodes, start, stride, k, n, times) for start in (0, stride // 2))
    both = list(zip(first, second, strict=True))
    return Order(*((x + y) / 2 for x, y in both)), Order(*(np.full_like(x, np.abs(x - y).max() / 2) for x, y in both))


def _over_populations(nodes: Nodes, start: int, stride: int, k: np.ndarray, n: np.ndarray, times: np.ndarray) -> Order:
    """The mean over every so many rows and columns of the nodes."""
    taken, rule = np.s_[start::stride, start::stride], nodes.rule
    population = nodes.integrand.population(rule.outer[:, None], rule.inner)
    a, b = (population[name][taken].ravel() for name in ("a", "b"))
    weights = np.exp(rule.log_mass[taken] - rule.log_total).ravel()
    ranked = np.argsort(weights)[::-1]
    kept = ranked[: np.searchsorted(np.cumsum(weights[ranked]), (1 - NEGLIGIBLE) * weights.sum()) + 1]
    weights = weights / weights[kept].sum()
    sums = [np.zeros(len(k)), np.zeros(len(k)), np.zeros((len(k), len(k)))]
    for j in kept:
        scale = min(1.0, MOST_CONCENTRATED / (a[j] + b[j]))
        for total, given in zip(sums, _given(scale * a[j] + k, scale * b[j] + (n - k), times), strict=True):
            total += weights[j] * given
    return Order(*sums)


def _given(alpha: np.ndarray, beta: np.ndarray, times: np.ndarray) -> Order:
    """The same given the population: theta ~ Beta(alpha, beta), each shape (pairs,)."""
    edges = _panels(alpha, beta)
    centres, halves = (edges[1:] + edges[:-1]) / 2, np.diff(edges) / 2
    x = (centres[:, None] + halves[:, None] * GAUSS).ravel()
    log_density = alpha[:, None] * log_expit(x) + beta[:, None] * log_expit(-x)
    density = np.exp(log_density - log_density.max(axis=1, keepdims=True))
    steps = (halves[:, None] * GAUSS_WEIGHTS).ravel()
    density /= (density @ steps)[:, None]
    # The distribution function: the panels before, and the integral of the interpolant in this one.
    in_panels = density.reshape(len(alpha), len(halves), NODES) * halves[:, None]
    whole = in_panels @ GAUSS_WEIGHTS
    before = np.cumsum(whole, axis=1) - whole
    below = (before[:, :, None] + in_panels @ INTEGRATE.T).reshape(density.shape)
    log_below, log_above = (np.log(np.maximum(function, TINY)) for function in (below, 1 - below))
    mass = density * steps
    best = np.sum(mass * np.exp(times @ log_below - log_below), axis=1)
    worst = np.sum(mass * np.exp(times @ log_above - log_above), axis=1)
    return Order(best, worst, mass @ below.T)


def _panels(alpha: np.ndarray, beta: np.ndarray) -> np.ndarray:
    """Edges of panels in log-odds, as wide as the narrowest rate that is there.

    The log-odds of Beta(alpha, beta) have mean psi(alpha) - psi(beta) and variance psi'(alpha) + psi'(beta), and tails
    e^(alpha x) and e^(-beta x). Away from its mean, a density's scale grows with the distance.
    """
    mean, sd = digamma(alpha) - digamma(beta), np.sqrt(polygamma(1, alpha) + polygamma(1, beta))
    at = float(np.min(mean - np.maximum(FAR * sd, TAIL / alpha)))
    end = float(np.max(mean + np.maximum(FAR * sd, TAIL / beta)))
    edges = [at]
    while at < end:
        at += PANEL * float(np.min(np.hypot(sd, (at - mean) / 4)))
        edges.append(at)
    return np.array(edges)
