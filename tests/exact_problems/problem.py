"""A hyperprior, data, and what is known of the posterior without `exact`, or from `exact` of fewer numbers."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from inference.posteriors.exact_posterior import ExactPosterior
from models import Hyperprior, Observations


class Problem(NamedTuple):
    """What `exact(hyperprior, data)` must find.

    Args:
        hyperprior: of the numbers that are integrated over.
        data: of its family.
        log_evidence: log Z.
        means: posterior means by address.
        error: of the reference itself: of log Z, and of the means relative to max(1, |mean|).
    """

    hyperprior: Hyperprior
    data: Observations
    log_evidence: float
    means: Mapping[str, float]
    error: float = 1e-9


def reference_error(posterior: ExactPosterior, means: Iterable[str]) -> float:
    """The error that a posterior of fewer numbers believes it has, ten times, as in the battery of those."""
    believed = [posterior.log_evidence_error]
    believed += [posterior.mean_error(name) / max(1, abs(posterior.mean(name))) for name in means]
    return 1e-9 + 10 * max(believed)
