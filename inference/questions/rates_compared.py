"""Exact comparison of rates: integrals over the rates of all groups given the population, then over the population."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.polynomial.legendre import leggauss, legint, legvander
from scipy.special import expit, log_expit

from inference.draws.lattice_nodes import LatticeNodes
from inference.draws.nodes import Nodes
from inference.numerics.betas.beta_log_odds import MOST_CONCENTRATED, log_density, mean_and_sd

COARSE, FINE = 4, 2  # strides: every 4th or every 2nd row and column of the quadrature's nodes is used
TOLERANCE = 1e-6  # in probability: if the coarse stride has a larger error, the fine stride is used
NEGLIGIBLE = 1e-9  # total weight of the populations that are left out
PANEL = 2.0  # width of a panel, in units of the narrowest density's scale there, see `_panels`
NODES = 12  # Gauss-Legendre nodes in a panel
NORMAL_TAIL = 8.0  # in sds of the log-odds: farther from the mean a normal tail is negligible
EXPONENTIAL_TAIL = 25.0  # in e-folds: farther from the mean an exponential tail is negligible
TINY = 1e-300  # lower bound of a distribution function, so that its logarithm is finite
CANCELLING = 1e6  # a + b from which the log density of large shapes is taken relative to its mode, so that 1e-10 holds

GAUSS, GAUSS_WEIGHTS = leggauss(NODES)
# Matrix from values at the nodes to the integrals of their interpolant from -1 to each node, by Legendre polynomials.
INTEGRATE = legvander(GAUSS, NODES) @ legint(np.eye(NODES), lbnd=-1) @ np.linalg.inv(legvander(GAUSS, NODES - 1))


class RateComparison(NamedTuple):
    """How the rates of groups compare, for one group of each different (k, n); also used for the errors of these.

    Args:
        best: probability that the group's rate is the largest of all, shape (pairs,).
        worst: probability that it is the smallest, shape (pairs,).
        above: P(theta_p > theta_q) of two groups with these counts, shape (pairs, pairs); 1/2 on the diagonal.
        loss_as_best: expected loss of choosing the group as the best, E[max_j theta_j - theta_i], shape (pairs,).
        loss_as_worst: expected loss of choosing it as the worst, E[theta_i - min_j theta_j], shape (pairs,).
    """

    best: np.ndarray
    worst: np.ndarray
    above: np.ndarray
    loss_as_best: np.ndarray
    loss_as_worst: np.ndarray


def compare_rates(
    nodes: Nodes | LatticeNodes, pairs: np.ndarray, times: np.ndarray
) -> tuple[RateComparison, RateComparison]:
    """How the rates of groups compare, computed by quadrature without random draws.

    Given the population, rates are independent. With f and F the density and the distribution function of log-odds,

        P(i is best) = integral of f_i prod_{j != i} F_j,    P(theta_i > theta_j) = integral of f_i F_j,
        E[max_j theta_j - theta_i] = integral of F_i (1 - prod_{j != i} F_j) dtheta.

    The last one adds up positive numbers alone, so that a small loss keeps its digits.

    These are averaged over two interleaved sets of the quadrature's nodes. Each set alone is a trapezoid rule, so half
    of the difference between the two bounds the error of their mean. The error of the integrals over the log-odds is
    added: it is how far the probabilities are from the sums that they must have, and the losses from the differences.

    Args:
        nodes: the quadrature nodes of the exact posterior.
        pairs: the different (k, n), shape (2, pairs).
        times: how many groups have each (k, n), shape (pairs,).

    Returns:
        The probabilities and losses, and their estimated absolute errors.
    """
    k, n = pairs.astype(np.float64)
    found, errors = _at_stride(nodes, COARSE, k, n, times)
    largest = [1.0, 1.0, 1.0, found.loss_as_best.max(), found.loss_as_worst.max()]
    if any(error.max() > TOLERANCE * size for error, size in zip(errors, largest, strict=True)):
        return _at_stride(nodes, FINE, k, n, times)
    return found, errors


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
        The probabilities and losses, and their estimated absolute errors: how far they are from the sums and the
        differences that they must have.
    """
    k, n = pairs.astype(np.float64)
    scale = min(1.0, MOST_CONCENTRATED / (a + b))
    alpha, beta = scale * a + k, scale * b + (n - k)
    found = _compare_given_population(alpha, beta, times)
    return found, _inconsistency(found, alpha / (alpha + beta), times)


def _inconsistency(found: RateComparison, means: np.ndarray, times: np.ndarray) -> RateComparison:
    """How far the probabilities are from the sums that they must have, and the losses from those of all groups alike.

    E[max_j theta_j] = loss_as_best_i + E[theta_i] is the same for every i, and so is E[min_j theta_j].
    """
    best, worst = (np.full(len(means), abs(times @ chances - 1)) for chances in (found.best, found.worst))
    of_two = np.abs(found.above + found.above.T - 1)
    highest, lowest = means + found.loss_as_best, means - found.loss_as_worst
    return RateComparison(best, worst, of_two, *(np.full(len(means), np.ptp(x)) for x in (highest, lowest)))


def _at_stride(
    nodes: Nodes | LatticeNodes, stride: int, k: np.ndarray, n: np.ndarray, times: np.ndarray
) -> tuple[RateComparison, RateComparison]:
    """The mean of two interleaved rules, and its error.

    The error is half of the rules' largest difference, because a single one may be small by chance, and what is
    inconsistent in the mean.
    """
    (first, of_first), (second, of_second) = (
        _over_populations(nodes, start, stride, k, n, times) for start in (0, stride // 2)
    )
    found = RateComparison(*((x + y) / 2 for x, y in zip(first, second, strict=True)))
    between = (np.abs(x - y).max() / 2 for x, y in zip(first, second, strict=True))
    inconsistent = _inconsistency(found, (of_first + of_second) / 2, times)
    return found, RateComparison(*(x + error for x, error in zip(inconsistent, between, strict=True)))


def _over_populations(
    nodes: Nodes | LatticeNodes, start: int, stride: int, k: np.ndarray, n: np.ndarray, times: np.ndarray
) -> tuple[RateComparison, np.ndarray]:
    """The mean over every `stride`-th of the nodes in each direction, from `start`; and the mean of each rate."""
    a, b, weights = nodes.sparser(start, stride)
    ranked = np.argsort(weights)[::-1]
    kept = ranked[: np.searchsorted(np.cumsum(weights[ranked]), (1 - NEGLIGIBLE) * weights.sum()) + 1]
    weights = weights / weights[kept].sum()
    one = np.zeros(len(k))
    sums, means = RateComparison(one, one, np.zeros((len(k), len(k))), one, one), one
    for j in kept:
        scale = min(1.0, MOST_CONCENTRATED / (a[j] + b[j]))
        alpha, beta = scale * a[j] + k, scale * b[j] + (n - k)
        given = _compare_given_population(alpha, beta, times)
        sums = RateComparison(*(total + weights[j] * value for total, value in zip(sums, given, strict=True)))
        means = means + weights[j] * alpha / (alpha + beta)
    return sums, means


def _compare_given_population(alpha: np.ndarray, beta: np.ndarray, times: np.ndarray) -> RateComparison:
    """What is compared, given the population: theta ~ Beta(alpha, beta), both of shape (pairs,)."""
    edges = _panels(alpha, beta)
    centres, halves = (edges[1:] + edges[:-1]) / 2, np.diff(edges) / 2
    x = (centres[:, None] + halves[:, None] * GAUSS).ravel()
    if (alpha + beta).max() > CANCELLING:
        log_p = log_density(alpha[:, None], beta[:, None], x)
    else:
        log_p = alpha[:, None] * log_expit(x) + beta[:, None] * log_expit(-x)
    density = np.exp(log_p - log_p.max(axis=1, keepdims=True))
    steps = (halves[:, None] * GAUSS_WEIGHTS).ravel()
    density /= (density @ steps)[:, None]
    # Distribution function: the sum over all earlier panels plus the integral of the interpolant in this panel.
    in_panels = density.reshape(len(alpha), len(halves), NODES) * halves[:, None]
    whole = in_panels @ GAUSS_WEIGHTS
    before = np.cumsum(whole, axis=1) - whole
    below = (before[:, :, None] + in_panels @ INTEGRATE.T).reshape(density.shape)
    log_below, log_above = (np.log(np.maximum(function, TINY)) for function in (below, 1 - below))
    mass, dtheta = density * steps, expit(x) * expit(-x) * steps
    # The logarithms of the probabilities that all other groups lie below, and that all of them lie above.
    all_below, all_above = times @ log_below - log_below, times @ log_above - log_above
    best, worst = np.sum(mass * np.exp(all_below), axis=1), np.sum(mass * np.exp(all_above), axis=1)
    loss_as_best, loss_as_worst = (below * -np.expm1(all_below)) @ dtheta, ((1 - below) * -np.expm1(all_above)) @ dtheta
    return RateComparison(best, worst, mass @ below.T, loss_as_best, loss_as_worst)


def _panels(alpha: np.ndarray, beta: np.ndarray) -> np.ndarray:
    """Edges of panels in log-odds; each panel is `PANEL` times as wide as the scale of the narrowest density there.

    The log-odds of Beta(alpha, beta) have mean psi(alpha) - psi(beta) and variance psi'(alpha) + psi'(beta), and tails
    e^(alpha x) and e^(-beta x). Away from its mean, a density's scale grows with the distance. So does that of
    dtheta / dx, the logistic density, which is 1 at x = 0.
    """
    mean, sd = mean_and_sd(alpha, beta)
    centres, scales = np.append(mean, 0.0), np.append(sd, 1.0)
    at = float(np.min(mean - np.maximum(NORMAL_TAIL * sd, EXPONENTIAL_TAIL / alpha)))
    end = float(np.max(mean + np.maximum(NORMAL_TAIL * sd, EXPONENTIAL_TAIL / beta)))
    edges = [at]
    while at < end:
        at += PANEL * float(np.min(np.hypot(scales, (at - centres) / 4)))
        edges.append(at)
    return np.array(edges)
