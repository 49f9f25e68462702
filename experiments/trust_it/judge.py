"""An answer is right if each of its numbers is within five of its own errors of the exact one."""

from typing import NamedTuple

import numpy as np

from inference import Posterior
from inference.posteriors.exact_posterior import ExactPosterior
from inference.questions.shrinkage import moments
from models import Counts

MOST_ERRORS_OFF = 5.0  # of its own that a right number may be off
ROUNDINGS = 2.0  # of the draws' float type, in a mean: of a, and of a + b
# A log density of a class: what `models.families.beta_binomial.tally` promises of it, and the roundings of its terms,
# which are all negative.
LOG_DENSITY_ERROR = {np.dtype(np.float32): 1e-3, np.dtype(np.float64): 1e-9}
TERM_ROUNDINGS = 4.0


class Check(NamedTuple):
    """One number of an answer.

    Args:
        found: the number.
        error: its own error, as the method reports it.
        truth: the exact number.
        allowed: the error of the exact number, combined with the rounding in the draws' float type.
    """

    found: float
    error: float
    truth: float
    allowed: float

    @property
    def distance(self) -> float:
        """Distance from the exact number, in errors; infinite if there is no error that could explain it."""
        off, error = abs(self.found - self.truth), float(np.hypot(self.error, self.allowed))
        if not np.isfinite(off) or not np.isfinite(error):
            return float("inf")
        return 0.0 if off == 0 else float(np.divide(off, error)) if error > 0 else float("inf")


class Truth(NamedTuple):
    """The exact numbers of a data set, each with its error."""

    mu: tuple[float, float]
    log_evidence: tuple[float, float]
    median_lam: float
    k: np.ndarray  # successes of the two students
    n: np.ndarray  # trials of the two students
    theta: tuple[np.ndarray, np.ndarray]


def truth_of(exact: ExactPosterior, counts: Counts) -> Truth:
    """The exact values of the numbers that every method is asked for.

    Args:
        exact: the exact posterior.
        counts: the counts it was learned from.

    Returns:
        E[mu], log Z, the median of lam, and E[theta] of the students with the fewest and the most trials.
    """
    two = [int(np.argmin(np.where(counts.n > 0, counts.n, counts.n.max() + 1))), int(np.argmax(counts.n))]
    k, n = counts.k[two].astype(np.float64), counts.n[two].astype(np.float64)
    mean, error, _ = moments(exact, k, n)
    return Truth(
        mu=(exact.mean("mu"), exact.mean_error("mu")),
        log_evidence=(exact.log_evidence, exact.log_evidence_error),
        median_lam=exact.quantile("lam", 0.5),
        k=k,
        n=n,
        theta=(mean, error),
    )


def checks(posterior: Posterior, truth: Truth) -> dict[str, Check]:
    """Compare a posterior with the exact one.

    Args:
        posterior: by any method.
        truth: the exact numbers.

    Returns:
        Checks by name: E[mu]; log Z, unless the method has none; P(lam < the exact median of lam), which should be 1/2;
        and E[theta] of the students with the fewest and the most trials.
    """
    dtype = np.asarray(posterior.draws["a"]).dtype
    eps = float(np.finfo(dtype).eps)
    found = {"mu": Check(posterior.mean("mu"), posterior.mean_error("mu"), truth.mu[0], _allowed(*truth.mu, eps))}
    if not np.isnan(posterior.log_evidence):
        log_z, error = truth.log_evidence
        allowed = float(np.hypot(error, LOG_DENSITY_ERROR[dtype] + TERM_ROUNDINGS * eps * abs(log_z)))
        found["log Z"] = Check(posterior.log_evidence, posterior.log_evidence_error, log_z, allowed)
    below = np.asarray(posterior.draws["lam"], np.float64) < truth.median_lam
    mean, error = posterior.expectation(below.astype(np.float64))
    # If all draws were on one side, their own error would be 0; so the error of as many independent draws is allowed.
    found["median lam"] = Check(float(mean), float(error), 0.5, float(np.sqrt(0.25 / len(below))))
    means, errors, _ = moments(posterior, truth.k, truth.n)
    for i, student in enumerate(("fewest", "most")):
        allowed = _allowed(float(truth.theta[0][i]), float(truth.theta[1][i]), eps)
        found[f"theta, {student}"] = Check(float(means[i]), float(errors[i]), float(truth.theta[0][i]), allowed)
    return found


def _allowed(value: float, error: float, eps: float) -> float:
    return float(np.hypot(error, ROUNDINGS * eps * abs(value)))
