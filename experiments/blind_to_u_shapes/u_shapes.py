"""The exact probability of a U-shaped population, one with a < 1 and b < 1: before the counts and after them."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from experiments.methods.learned import Estimate
from inference import Posterior, closed_form
from models import Counts, Hyperprior

NODES, FEWER_NODES = 64, 48  # Gauss-Legendre, on each axis; the likelihood of a few students is smooth and wide there
NOTHING = Counts([0], [0])


class Nodes(NamedTuple):
    """Populations over a < 1, b < 1, and the prior mass of each, shape (nodes,)."""

    a: np.ndarray
    b: np.ndarray
    mass: np.ndarray


def u_shape_probability(hyperprior: Hyperprior, counts: Counts = NOTHING, log_evidence: float = 0.0) -> Estimate:
    """Probability of a U-shaped population, under `box` or `mean_concentration`.

        P(a < 1, b < 1 | k) = (1 / Z) integral over a < 1, b < 1 of p(a, b) p(k | n, a, b) da db

    Args:
        hyperprior: a `box`, or a `mean_concentration` with mu in (0, 1).
        counts: of a few students; by default none, which gives the prior probability.
        log_evidence: log Z of these counts.

    Returns:
        The probability; its error is the change from fewer nodes.

    Raises:
        ValueError: if the hyperprior is another one.
    """
    probability, rougher = (
        float(nodes.mass @ np.exp(closed_form(counts, nodes.a, nodes.b) - log_evidence))
        for nodes in (_u_shapes(hyperprior.support, number) for number in (NODES, FEWER_NODES))
    )
    return Estimate(probability, abs(probability - rougher))


def u_shape_share(posterior: Posterior) -> Estimate:
    """Probability of a U-shaped population from weighted draws, with its standard error."""
    share, error = posterior.expectation((posterior.draws["a"] < 1) & (posterior.draws["b"] < 1))
    return Estimate(float(share), float(error))


def u_shape_estimates(posterior: Posterior, u_shape: Estimate) -> dict[str, Estimate]:
    """What a posterior shows of U-shapes: E[lam], the probability of a U-shape, and log Z, each with its error."""
    return {
        "E[lam]": Estimate(posterior.mean("lam"), posterior.mean_error("lam")),
        "P(U-shape)": u_shape,
        "log Z": Estimate(posterior.log_evidence, posterior.log_evidence_error),
    }


def _u_shapes(support: Mapping[str, tuple[float, float]], number: int) -> Nodes:
    if set(support) == {"a", "b"}:
        low, high = support["a"]
        points, width = _rule(low, 1.0, number)
        a, b = np.meshgrid(points, points, indexing="ij")
        return Nodes(a.ravel(), b.ravel(), np.outer(width, width).ravel() / (high - low) ** 2)
    if set(support) == {"mu", "lam"} and support["mu"] == (0.0, 1.0):
        # U-shapes have any mu if lam < 1, and mu between 1 - 1 / lam and 1 / lam if 1 < lam < 2.
        low, high = np.log(support["lam"])
        parts = [_strip(low, 0.0, number), _strip(max(low, 0.0), np.log(2.0), number)]
        a, b, mass = (np.concatenate(columns) for columns in zip(*parts, strict=True))
        return Nodes(a, b, mass / (high - low))
    raise ValueError("U-shapes are found under box, and under mean_concentration with mu in (0, 1)")


def _strip(low: float, high: float, number: int) -> Nodes:
    """U-shapes with log lam between low and high, mass d(log lam) d(mu); none if low > high."""
    log_lam, along = _rule(low, high, number)
    centred, across = _rule(-0.5, 0.5, number)
    lam, width = np.exp(log_lam), np.minimum(1.0, 2 * np.exp(-log_lam) - 1)
    mu = 0.5 + np.outer(width, centred)
    return Nodes(
        (lam[:, None] * mu).ravel(), (lam[:, None] * (1 - mu)).ravel(), np.outer(along * width, across).ravel()
    )


def _rule(low: float, high: float, number: int) -> tuple[np.ndarray, np.ndarray]:
    """Gauss-Legendre nodes and weights between low and high; none if low >= high."""
    if low >= high:
        return np.empty(0), np.empty(0)
    points, weights = np.polynomial.legendre.leggauss(number)
    return (low + high) / 2 + (high - low) / 2 * points, (high - low) / 2 * weights
