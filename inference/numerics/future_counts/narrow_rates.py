"""Betas so narrow that a future count tells little of where in one the rate is: three points of each stand for it."""

from typing import NamedTuple

import numpy as np
from numpy.polynomial import chebyshev
from scipy.special import betainc, expit, logit

from inference.numerics.betas.beta_mixtures import Populations, Students

NARROW = 1e3  # a + b per future trial, from which on a Beta is narrow
NEARLY_NORMAL = 1e4  # least shape of a Beta whose fifth moment is that of a Gamma with the same skewness
POINTS_ERROR = 1e-9  # of the distribution function: (sd of theta / sd of K / n)^6 = NARROW^-3, times at most 1
NODES = 12  # of each panel on which points are moved to nodes: right to 1e-12

_AT = chebyshev.chebpts1(NODES)
_TO_WEIGHTS = np.linalg.inv(chebyshev.chebvander(_AT, NODES - 1))


class RatePoints(NamedTuple):
    """A discrete distribution of a rate.

    Args:
        log_odds: shape (Q,).
        masses: shape (Q,); a few may be slightly negative.
    """

    log_odds: np.ndarray
    masses: np.ndarray

    def count_cdf(self, n: float, x: float) -> float:
        """Sum of the masses times P(K <= x | theta), for 0 <= x < n."""
        return float(np.sum(self.masses * (1 - betainc(x + 1, n - x, expit(self.log_odds)))))


def are_narrow(a: np.ndarray, b: np.ndarray, n: float) -> np.ndarray:
    """Which Betas are narrow for a count in n trials."""
    return (a + b > NARROW * n) & (np.minimum(a, b) > NEARLY_NORMAL)


def rate_points(populations: Populations, student: Students, n: float) -> RatePoints:
    """Points that stand for Betas that are all narrow for a count in n trials.

    P(K <= x | theta) is a smooth function of theta, at a scale of the sd of K / n. Each Beta is replaced by the three
    points of its Gauss rule, which has its moments; and many points by nodes of panels that are one sd wide, with the
    masses that give the same expectation to every polynomial.

    Args:
        populations: narrow ones.
        student: one, shape (1,).
        n: future trials.

    Returns:
        The points; their masses have the sum of the weights.
    """
    a, b = (shape[:, 0] for shape in populations.shapes(student))
    total = a + b
    mean, sd = a / total, np.sqrt(a * (b / total) / (total * (total + 1)))
    skewness = 2 * (b - a) / (total + 2) * np.sqrt((total + 1) / a / b)
    nodes, masses = _three_points(skewness)
    log_odds = logit(mean[:, None] + sd[:, None] * nodes).ravel()
    masses = (populations.weights[:, None] * masses).ravel()
    return _on_panels(log_odds, masses, 2 / np.sqrt(n))


def _three_points(skewness: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Gauss's rule of standardised, nearly normal distributions: nodes and masses, shape (J, 3).

    It is the eigensystem of the Jacobi matrix (Golub & Welsch 1969), here that of a Gamma with this skewness.
    """
    matrix = np.zeros((len(skewness), 3, 3))
    matrix[:, 1, 1], matrix[:, 2, 2] = skewness, 2 * skewness
    matrix[:, 0, 1] = matrix[:, 1, 0] = 1.0
    matrix[:, 1, 2] = matrix[:, 2, 1] = np.sqrt(2.0)
    nodes, vectors = np.linalg.eigh(matrix)
    return nodes, vectors[:, 0, :] ** 2


def _on_panels(log_odds: np.ndarray, masses: np.ndarray, width: float) -> RatePoints:
    """The points moved to Chebyshev nodes of panels of this width, if these are fewer."""
    panel = np.floor(log_odds / width)
    panels, which = np.unique(panel, return_inverse=True)
    if NODES * len(panels) >= len(log_odds):
        return RatePoints(log_odds, masses)
    basis = chebyshev.chebvander(2 * (log_odds / width - panel) - 1, NODES - 1) @ _TO_WEIGHTS
    moved = np.zeros((len(panels), NODES))
    np.add.at(moved, which, masses[:, None] * basis)
    return RatePoints((width * (panels[:, None] + (1 + _AT) / 2)).ravel(), moved.ravel())
