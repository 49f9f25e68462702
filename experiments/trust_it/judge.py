"""An answer is right if each of its numbers is within five of its own errors of the exact one."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from inference import Posterior
from inference.questions.shrinkage import group_means, moments
from models import Observations

MOST_ERRORS_OFF = 5.0  # of its own that a right number may be off
ROUNDINGS = 2.0  # of the draws' float type, in a mean: of a, and of a + b
# A log density of a class: what `models.families.beta_binomial.tally` promises of it, and the roundings of its terms,
# which are all negative.
LOG_DENSITY_ERROR = {np.dtype(np.float32): 1e-3, np.dtype(np.float64): 1e-9}
TERM_ROUNDINGS = 4.0
LOG_MARGINAL_ERROR = {np.dtype(np.float32): 2e-5, np.dtype(np.float64): 1e-12}  # promised of a group, in other families


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
    """The exact numbers of a data set, each with its error.

    Args:
        means: posterior mean and its error, by name.
        log_evidence: log Z and its error.
        medians: posterior median and its error in probability, by name.
        groups: the groups with the least and the most data.
        rates: E[theta] of these two and their errors; each with a row for each, of its categories if there are several.
        density_error: what the log density of all groups is promised to, by float type.
    """

    means: Mapping[str, tuple[float, float]]
    log_evidence: tuple[float, float]
    medians: Mapping[str, tuple[float, float]]
    groups: Observations
    rates: tuple[np.ndarray, np.ndarray]
    density_error: Mapping[np.dtype, float]


def truth_of(
    reference: Posterior, counts: Observations, means: Sequence[str] = ("mu",), medians: Sequence[str] = ("lam",)
) -> Truth:
    """The values of the numbers that every method is asked for.

    Args:
        reference: the exact posterior, or one whose errors are far smaller than those of the methods.
        counts: the data it was learned from.
        means: names of the numbers whose mean is asked for.
        medians: names of those whose median is.

    Returns:
        These, log Z, and E[theta] of the groups with the least and the most data.
    """
    design, is_one_beta = counts.design_values, reference.hyperprior.has_one_beta
    two = [int(np.argmin(np.where(design > 0, design, design.max() + 1))), int(np.argmax(design))]
    groups = counts.taken(two)
    per_group = {float_type: len(counts) * error for float_type, error in LOG_MARGINAL_ERROR.items()}
    return Truth(
        means={name: (reference.mean(name), reference.mean_error(name)) for name in means},
        log_evidence=(reference.log_evidence, reference.log_evidence_error),
        medians={name: _median(reference, name) for name in medians},
        groups=groups,
        rates=_rates(reference, groups),
        density_error=LOG_DENSITY_ERROR if is_one_beta else per_group,
    )


def checks(posterior: Posterior, truth: Truth) -> dict[str, Check]:
    """Compare a posterior with the exact one.

    Args:
        posterior: by any method.
        truth: the exact numbers.

    Returns:
        Checks by name: the means, such as E[mu]; log Z, unless the method has none; P(x < the exact median of x), which
        should be 1/2, for each x that has a median, such as lam; and E[theta] of the groups with the least and the most
        data, by category if there are several.
    """
    dtype = np.asarray(posterior.draws[posterior.hyperprior.addresses[0]]).dtype
    eps = float(np.finfo(dtype).eps)
    found = {
        name: Check(posterior.mean(name), posterior.mean_error(name), value, _allowed(value, error, eps))
        for name, (value, error) in truth.means.items()
    }
    if not np.isnan(posterior.log_evidence):
        log_z, error = truth.log_evidence
        allowed = float(np.hypot(error, truth.density_error[dtype] + TERM_ROUNDINGS * eps * abs(log_z)))
        found["log Z"] = Check(posterior.log_evidence, posterior.log_evidence_error, log_z, allowed)
    for name, (median, median_error) in truth.medians.items():
        below = np.asarray(posterior.values(name), np.float64) < median
        mean, error = posterior.expectation(below.astype(np.float64))
        # If all draws were on one side, their own error would be 0; so that of as many independent draws is allowed.
        allowed = float(np.hypot(median_error, np.sqrt(0.25 / len(below))))
        found[f"median {name}"] = Check(float(mean), float(error), 0.5, allowed)
    return found | _rate_checks(truth, _rates(posterior, truth.groups), eps)


def _rate_checks(truth: Truth, rates: tuple[np.ndarray, np.ndarray], eps: float) -> dict[str, Check]:
    """Checks of E[theta] of the two groups."""
    found = {}
    for row, group in enumerate(("fewest", "most")):
        each = zip(*(values[row] for values in (*rates, *truth.rates)), strict=True)
        for category, (mean, error, value, off) in enumerate(each):
            of = f" {category + 1}" if rates[0].shape[1] > 1 else ""
            found[f"theta{of}, {group}"] = Check(float(mean), float(error), float(value), _allowed(value, off, eps))
    return found


def _rates(posterior: Posterior, groups: Observations) -> tuple[np.ndarray, np.ndarray]:
    """E[theta] and its error, shape (groups, categories)."""
    if posterior.hyperprior.has_one_beta:
        mean, error, _ = moments(posterior, groups.k.astype(np.float64), groups.design_values.astype(np.float64))
    else:
        mean, error = group_means(posterior, groups)
    return mean.reshape(len(groups), -1), error.reshape(len(groups), -1)


def _median(reference: Posterior, name: str) -> tuple[float, float]:
    """The median, and its error in probability: that of a quadrature rule is negligible."""
    median = reference.quantile(name, 0.5)
    if reference.is_exact:
        return median, 0.0
    below = np.asarray(reference.values(name), np.float64) < median
    mean, error = reference.expectation(below.astype(np.float64))
    return median, float(np.hypot(mean - 0.5, error))


def _allowed(value: float, error: float, eps: float) -> float:
    return float(np.hypot(error, ROUNDINGS * eps * abs(value)))
