"""The population with the highest likelihood of the counts, if there is one."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from models import Counts, CountsError, Events, Observations
from models.families.beta_binomial.likelihood import PopulationLikelihood
from models.families.gamma_poisson.likelihood import EventsLikelihood

LOG_ODDS, LOG_LAM = np.linspace(-20, 20, 161), np.linspace(-14, 24, 153)  # grid of starts
LOG_SHAPE = np.linspace(-14, 24, 39)  # the same of rates of events
FARTHEST = 20.0  # largest log ratio of the mean of the best population to events / exposure
NEARLY_INFINITE = 1e14  # a lam so large that all rates are equal: a larger one changes no likelihood of 1e9 trials
ROUNDING = 1e-7  # nats: the likelihood of the best population must be higher than that of a limit by more than this
# Nats: a limit whose likelihood is lower than the highest by less than this is in the 95 % likelihood interval. It is
# half of the 95 % quantile of chi-square with one degree of freedom.
NOT_EXCLUDED = 1.92


class NoMaximumError(ValueError):
    """The likelihood has no maximum: it keeps rising as the population approaches a limit."""


class MostLikely(NamedTuple):
    """The population with the highest likelihood.

    Args:
        parameters: a and b, or shape and rate.
        doubt: a sentence, if the likelihood is so flat that the maximum says little; otherwise empty.
    """

    parameters: tuple[float, float]
    doubt: str


def most_likely(counts: Observations) -> MostLikely:
    """The Beta(a, b) of successes, or the Gamma(shape, rate) of events, with the highest likelihood.

        arg max sum_i log p(k_i | n_i, a, b)

    Args:
        counts: `Counts` or `Events` of all groups.

    Returns:
        The population.

    Raises:
        TypeError: if the data are of another kind.
        NoMaximumError: if the likelihood is highest in a limit: all rates equal, all rates 0 or 1, or a mean of 0 or 1.
            The message says which.
        CountsError: if there are no trials, or no exposure.
    """
    if isinstance(counts, Counts):
        return _of_trials(counts)
    if isinstance(counts, Events):
        return _of_events(counts)
    raise TypeError(
        f"empirical_bayes finds one Beta(a, b) or one Gamma(shape, rate): it takes Counts or Events, not "
        f"{type(counts).__name__}"
    )


def _of_trials(counts: Counts) -> MostLikely:
    if not counts.n @ counts.multiplicity:
        raise CountsError("there are no trials, so no population has a higher likelihood than another")
    likelihood = PopulationLikelihood(*counts.pairs)
    _refuse_limits(counts)
    a, b = _search_beta(likelihood)
    mean = (counts.k @ counts.multiplicity) / (counts.n @ counts.multiplicity)
    equal = np.array([mean, 1 - mean]) * NEARLY_INFINITE
    above = -float(likelihood.relative_to(equal[:1], equal[1:], (a, b))[0])
    if above <= ROUNDING:
        raise NoMaximumError(
            "the likelihood keeps rising as a + b grows: it is highest if all rates are equal, where there is no "
            "Beta(a, b); learn the population with a hyperprior, such as mean_concentration()"
        )
    return MostLikely((a, b), _doubt(above, f"a = {a:.4g} and b = {b:.4g}", "a + b"))


def _of_events(counts: Events) -> MostLikely:
    rows = counts.multiplicity > 0
    likelihood = EventsLikelihood(counts.k[rows], counts.exposure[rows], counts.multiplicity[rows])
    if not likelihood.exposure:
        raise CountsError("there is no exposure, so no population has a higher likelihood than another")
    if not likelihood.events:
        raise NoMaximumError(
            "all counts are 0: the likelihood is highest at a mean of 0, where there is no Gamma(shape, rate); learn "
            "the population with a hyperprior"
        )
    mean, shape = _search_gamma(likelihood)
    above = likelihood.above_equal(mean, shape)
    if above <= ROUNDING:
        raise NoMaximumError(
            "the likelihood keeps rising as the shape grows: it is highest if all rates are equal, where there is no "
            "Gamma(shape, rate); learn the population with a hyperprior, such as mean_shape()"
        )
    rate = shape / mean
    return MostLikely((shape, rate), _doubt(above, f"shape = {shape:.4g} and rate = {rate:.4g}", "the shape"))


def _doubt(above: float, best: str, infinite: str) -> str:
    """What is said of a maximum that is higher by so many nats than the likelihood of equal rates."""
    if above >= NOT_EXCLUDED:
        return ""
    return (
        f"the likelihood of the best population, {best}, is only {above:.2g} nats above that of equal rates "
        f"({infinite} infinite): the counts say little about {infinite}; learn it with a hyperprior"
    )


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


def _search_beta(likelihood: PopulationLikelihood) -> tuple[float, float]:
    """(a, b) of the highest likelihood: the best point of a grid, and from there a search."""
    centre = likelihood.centre
    log_odds, log_lam = (x.ravel() for x in np.meshgrid(LOG_ODDS, LOG_LAM))
    values = likelihood.relative_to(np.exp(log_lam) * expit(log_odds), np.exp(log_lam) * expit(-log_odds), centre)
    best = int(np.argmax(values))
    start = np.array([log_odds[best], log_lam[best]])
    reference = _shapes(start)

    def loss(z: np.ndarray) -> tuple[float, np.ndarray]:
        a, b = _shapes(z)
        along_a, along_b = likelihood.slope(a, b)
        mean = a / (a + b)
        gradient = np.array([(b * along_a - a * along_b) * mean, a * along_a + b * along_b])
        return -float(likelihood.relative_to(np.array([a]), np.array([b]), reference)[0]), -gradient

    return _shapes(_lowest(loss, start, [(LOG_ODDS[0], LOG_ODDS[-1]), (LOG_LAM[0], LOG_LAM[-1])]))


def _search_gamma(likelihood: EventsLikelihood) -> tuple[float, float]:
    """Mean and shape of the highest likelihood: the best of several shapes with the mean of all, then a search."""
    log_mean = np.log(likelihood.events / likelihood.exposure)
    heights = [likelihood.above_equal(np.exp(log_mean), np.exp(log_shape)) for log_shape in LOG_SHAPE]
    start = np.array([log_mean, LOG_SHAPE[int(np.argmax(heights))]])

    def loss(z: np.ndarray) -> tuple[float, np.ndarray]:
        return -likelihood.above_equal(*np.exp(z)), -np.array(likelihood.slope(*np.exp(z)))

    mean, shape = np.exp(
        _lowest(loss, start, [(log_mean - FARTHEST, log_mean + FARTHEST), (LOG_SHAPE[0], LOG_SHAPE[-1])])
    )
    return float(mean), float(shape)


def _lowest(
    loss: Callable[[np.ndarray], tuple[float, np.ndarray]], start: np.ndarray, bounds: list[tuple[float, float]]
) -> np.ndarray:
    exact = {"ftol": 1e-15, "gtol": 1e-10}
    return minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options=exact).x


def _shapes(z: np.ndarray) -> tuple[float, float]:
    """a and b at the log-odds of the mean and the log of a + b."""
    lam = np.exp(z[1])
    return float(lam * expit(z[0])), float(lam * expit(-z[0]))
