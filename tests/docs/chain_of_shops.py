"""Chapter 19's chain over the mean phi and the log concentration of its shops, in many copies at once."""

from functools import cache
from typing import NamedTuple

import numpy as np

from inference import closed_form
from models import Counts

STEP_OF_PHI, STEP_OF_LOG_KAPPA = 0.04, 0.25  # the course's
CHAINS, SWEEPS = 200, 300


class Walk(NamedTuple):
    """Every phi, shape (sweeps, chains), and the share of proposals that were accepted."""

    phi: np.ndarray
    acceptance: float


@cache
def walk(counts: Counts, start: float) -> Walk:
    """Random-walk Metropolis, flat in phi and in log kappa, from a given phi and kappa = 5."""
    rng = np.random.default_rng(0)

    def log_likelihood(phi: np.ndarray, log_kappa: np.ndarray) -> np.ndarray:
        kappa = np.exp(log_kappa)
        return closed_form(counts, kappa * phi, kappa * (1 - phi))

    phi, log_kappa = np.full(CHAINS, start), np.full(CHAINS, np.log(5.0))
    current, walked, accepted = log_likelihood(phi, log_kappa), [], 0.0
    for _ in range(SWEEPS):
        next_phi = phi + STEP_OF_PHI * rng.normal(size=CHAINS)
        next_log_kappa = log_kappa + STEP_OF_LOG_KAPPA * rng.normal(size=CHAINS)
        inside = (next_phi > 0) & (next_phi < 1)
        proposed = log_likelihood(np.where(inside, next_phi, 0.5), next_log_kappa)
        accept = inside & (np.log(rng.uniform(size=CHAINS)) < proposed - current)
        phi, log_kappa = np.where(accept, next_phi, phi), np.where(accept, next_log_kappa, log_kappa)
        current = np.where(accept, proposed, current)
        walked.append(phi)
        accepted += accept.mean() / SWEEPS
    return Walk(np.array(walked), accepted)
