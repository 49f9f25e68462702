"""How many independent draws the draws of a posterior are worth, and which of them are nearly independent."""

from typing import NamedTuple

import numpy as np
from scipy.special import logsumexp


class IndependentDraws(NamedTuple):
    """Draws of a posterior that are nearly independent.

    Args:
        indices: which of its draws, shape (draws,).
        log_weights: their log weights, shape (draws,).
        log_evidence: log Z.
        hidden_error: standard error of log Z that the weights do not show.
    """

    indices: np.ndarray
    log_weights: np.ndarray
    log_evidence: float
    hidden_error: float


def effective_sample_size(log_weights: np.ndarray) -> float:
    """(sum w)^2 / sum w^2 of unnormalised log weights, shape (N,); between 1 and N."""
    return float(np.exp(2 * logsumexp(log_weights) - logsumexp(2 * log_weights)))
