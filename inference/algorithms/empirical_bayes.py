"""Empirical Bayes: the population with the highest likelihood, taken as if it were known."""

import warnings

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from models import Counts, CountsError, Hyperprior, Observations, fixed
from models.families.beta_binomial.likelihood import PopulationLikelihood
from models.numerics.arithmetic import own_arithmetic

LOG_ODDS, LOG_LAM = np.linspace(-20, 20, 161), np.linspace(-14, 24, 153)  # grid of starts
NEARLY_INFINITE = 1e14  # a lam so large that all rates are equal: a larger one changes no likelihood of 1e9 trials
ROUNDING = 1e-7  # nats: the likelihood of the best population must be higher than that of a limit by more than this
# Nats: a limit whose likelihood is lower than the highest by less than this is in the 95 % likelihood interval. It is
# half of the 95 % quantile of chi-square with one degree of freedom.
NOT_EXCLUDED = 1.92


class NoMaximumError(ValueError):
    """The likelihood has no maximum: it keeps rising as the population approaches a limit."""


class FlatLikelihoodWarning(UserWarning):
    """The likelihood has a maximum, but it is so flat that the maximum says little."""


@own_arithmetic
def empirical_bayes(counts: Observations) -> Hyperprior:
    """The population Beta(a, b) with the highest likelihood of the counts, as a population that is known.

        (a, b) = arg max sum_i log p(k_i | n_i, a, b)

    `exact(empirical_bayes(counts), counts)` then answers every question. Its intervals are too narrow, because they
    leave out what is not known of (a, b): compare them with those of a hyperprior, such as `mean_concentration()`.

    Args:
        counts: the students' counts.

    Returns:
        `fixed(a, b)`.

    Raises:
        TypeError: if the data are not `Counts`.
        NoMaximumError: if the likelihood is highest in a limit: all rates equal (a + b infinite), all rates 0 or 1 (a +
            b = 0), or a mean of 0 or 1. The message says which.
        CountsError: if there are no trials.

    Warns:
        FlatLikelihoodWarning: if the likelihood at the maximum exceeds that of equal rates by less than 1.92 nats, so
            that the data do not exclude them at the 95 % level.

    References:
        Carlin & Louis (2000), Bayes and Empirical Bayes Methods for Data Analysis, section 3.5: intervals that are too
        narrow.
    """
    if not isinstance(counts, Counts):
        raise TypeError(f"empirical_bayes finds one Beta(a, b) and takes Counts, not {type(counts).__name__}")
    if not counts.n @ counts.multiplicity:
        raise CountsError("there are no trials, so no population has a higher likelihood than another")
    likelihood = PopulationLikelihood(*counts.pairs)
    _refuse_limits(counts)
    a, b = _search(likelihood)
    mean = (counts.k @ counts.multiplicity) / (counts.n @ counts.multiplicity)
    equal = np.array([mean, 1 - mean]) * NEARLY_INFINITE
    above = -float(likelihood.relative_to(equal[:1], equal[1:], (a, b))[0])
    if above <= ROUNDING:
        raise NoMaximumError(
            "the likelihood keeps rising as a + b grows: it is highest if all rates are equal, where there is no "
            "Beta(a, b); learn the population with a hyperprior, such as mean_concentration()"
        )
    if above < NOT_EXCLUDED:
        warnings.warn(
            f"the likelihood of the best population, a = {a:.4g} and b = {b:.4g}, is only {above:.2g} nats above that "
            "of equal rates (a + b infinite): the counts say little about a + b; learn it with a hyperprior",
            FlatLikelihoodWarning,
            stacklevel=3,
        )
    return fixed(a, b)


def _refuse_limits(counts: Counts) -> None:
    """Raise a NoMaximumError if the counts have probability 1 in a limit, or rise towards a + b = 0."""
    has_trials = (counts.multiplicity > 0) & (counts.n > 0)
    none, every = counts.k[has_trials] == 0, counts.k[has_trials] == counts.n[has_trials]
    if none.all() or every.all():
        raise NoMaximumError(
            f"all counts are {'0' if none.all() else 'equal to n'}: the likelihood is highest at a mean of "
            f"{0 if none.all() else 1}, where there is no Beta(a, b); learn the population with a hyperprior"
        )
    if np.all(counts.n[has_trials] == 1):
        raise NoMaximumError("every student has one trial, so the counts say nothing of a + b; use a hyperprior")
    if (none | every).all():
        raise NoMaximumError(
            "every count is 0 or n: the likelihood keeps rising as a + b falls to 0; learn the population with a "
            "hyperprior, such as mean_concentration()"
        )


def _search(likelihood: PopulationLikelihood) -> tuple[float, float]:
    """(a, b) of the highest likelihood: the best point of a grid, and from there a search."""
    centre = likelihood.centre
    log_odds, log_lam = (x.ravel() for x in np.meshgrid(LOG_ODDS, LOG_LAM))
    values = likelihood.relative_to(np.exp(log_lam) * expit(log_odds), np.exp(log_lam) * expit(-log_odds), centre)
    best = int(np.argmax(values))
    reference = _shapes(np.array([log_odds[best], log_lam[best]]))

    def loss(z: np.ndarray) -> tuple[float, np.ndarray]:
        a, b = _shapes(z)
        along_a, along_b = likelihood.slope(a, b)
        mean = a / (a + b)
        gradient = np.array([(b * along_a - a * along_b) * mean, a * along_a + b * along_b])
        return -float(likelihood.relative_to(np.array([a]), np.array([b]), reference)[0]), -gradient

    bounds = [(LOG_ODDS[0], LOG_ODDS[-1]), (LOG_LAM[0], LOG_LAM[-1])]
    start = np.array([log_odds[best], log_lam[best]])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"ftol": 1e-15, "gtol": 1e-10})
    return _shapes(found.x)


def _shapes(z: np.ndarray) -> tuple[float, float]:
    """a and b at the log-odds of the mean and the log of a + b."""
    lam = np.exp(z[1])
    return float(lam * expit(z[0])), float(lam * expit(-z[0]))
