"""The model that the chapter's programs would learn: a rate theta is drawn, and taken for the log-odds of a bento."""

from typing import NamedTuple

import numpy as np
from scipy.special import betaln, expit
from scipy.stats import binom

from models import Counts

NODES = 60  # Gauss-Legendre, for a and for b
STEPS, REACH = 801, 4.2  # of the double exponential rule for theta: its density may be infinite at 0 and 1


class ReadAsLogOdds(NamedTuple):
    """Exact answers under the box from 0.5 to 20."""

    log_evidence: float
    rate: float  # E[a] / (E[a] + E[b])
    students: dict[str, float]  # E[theta_i], by name


def read_as_log_odds(counts: Counts) -> ReadAsLogOdds:
    """theta_i ~ Beta(a, b), k_i ~ Binomial(n_i, 1 / (1 + e^-theta_i)), by quadrature over theta_i and (a, b)."""
    points, width = np.polynomial.legendre.leggauss(NODES)
    points = 0.5 + 19.5 * (points + 1) / 2
    a, b = np.meshgrid(points, points, indexing="ij")
    prior = np.outer(width, width) / 4
    t, step = np.linspace(-REACH, REACH, STEPS, retstep=True)
    log_odds = np.pi * np.sinh(t)
    log_theta, log_other = -np.logaddexp(0, -log_odds), -np.logaddexp(0, log_odds)
    theta = np.exp(log_theta)
    log_density = a[..., None] * log_theta + b[..., None] * log_other - betaln(a, b)[..., None]
    mass = np.exp(log_density) * np.pi * np.cosh(t) * step  # d theta = theta (1 - theta) d log_odds
    likelihood, students = np.ones_like(a), {}
    for name, k, n in zip(counts.names or (), counts.k, counts.n, strict=True):
        p = binom.pmf(k, n, expit(theta))
        marginal = mass @ p
        likelihood *= marginal
        students[name] = mass @ (p * theta) / marginal
    evidence = np.sum(prior * likelihood)
    weights = prior * likelihood / evidence
    mean_a, mean_b = np.sum(weights * a), np.sum(weights * b)
    means = {name: float(np.sum(weights * rate)) for name, rate in students.items()}
    return ReadAsLogOdds(float(np.log(evidence)), float(mean_a / (mean_a + mean_b)), means)
