"""Each student predicted from all the others, exactly."""

import numpy as np

from experiments.learning import Estimate
from inference import ExactPosterior, exact
from models import Counts


def leave_one_out(posterior: ExactPosterior, counts: Counts) -> list[Estimate]:
    """Log predictive probability of each student's count given all the others'.

    log p(k_i | k_-i) = log Z(k) - log Z(k_-i), the student left out being one without trials

    Args:
        posterior: exact, of everybody.
        counts: everybody.

    Returns:
        The logarithms, each with its believed error.
    """
    others = 1 - np.eye(len(counts), dtype=int)
    without = [exact(posterior.hyperprior, Counts(counts.k * kept, counts.n * kept)) for kept in others]
    return [
        Estimate(posterior.log_evidence - rest.log_evidence, posterior.log_evidence_error + rest.log_evidence_error)
        for rest in without
    ]
