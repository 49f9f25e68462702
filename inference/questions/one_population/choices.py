"""The populations that may stand for a whole posterior: its mean, median and mode, and the highest likelihood."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from inference.draws.tail import moment_exists
from inference.draws.weighted import WeightedDraws
from inference.numerics.pareto_smoothing import HIGHEST_KHAT, pareto_smoothed
from inference.numerics.trapezoid import QuadratureError
from inference.questions.one_population.most_likely import NoMaximumError, most_likely
from inference.questions.one_population.posterior_mode import NoModeError, posterior_mode
from models import CountsError, Observations, gamma_poissons

MOST_OFF = 0.49  # largest error of a median, in probability, at which 1/2 -+ error are still probabilities

Numbers = Mapping[str, np.ndarray]


class Choice(NamedTuple):
    """One population chosen to stand for the whole posterior.

    Args:
        parameters: a and b, or shape and rate; None if this choice does not exist.
        errors: their standard errors, or numerical ones.
        note: why it does not exist, or what is to be known of it; empty if there is nothing.
    """

    parameters: tuple[float, float] | None = None
    errors: tuple[float, float] | None = None
    note: str = ""


def choices(posterior: WeightedDraws, counts: Observations) -> dict[str, Choice]:
    """All choices by name: see `learned_prior`.

    Args:
        posterior: posterior of one Beta, or of one Gamma, of all groups.
        counts: the groups that it was learned from, if it does not say.

    Returns:
        The choices.
    """
    learned_from = counts if posterior.learned_from is None else posterior.learned_from
    return {
        "posterior mean": _means(posterior),
        "posterior median": _medians(posterior),
        "posterior mode": _mode(posterior, learned_from),
        "empirical Bayes": _empirical_bayes(learned_from),
    }


def is_of_gamma(posterior: WeightedDraws) -> bool:
    """Whether the population is a Gamma, of rates of events."""
    return posterior.hyperprior.family is gamma_poissons


def _parameters(is_gamma: bool) -> dict[str, Callable[[Numbers], np.ndarray]]:
    """Both parameters as functions of the numbers in a posterior; those of a Gamma from its mean and its sd."""
    if is_gamma:
        return {
            "shape": lambda x: (x["mean"] / x["spread"]) ** 2,
            "rate": lambda x: x["mean"] / x["spread"] ** 2,
        }
    return {"a": lambda x: x["a"], "b": lambda x: x["b"]}


def _means(posterior: WeightedDraws) -> Choice:
    draws = {name: posterior.values(name) for name in posterior.names}
    means, errors = [], []
    for name, function in _parameters(is_of_gamma(posterior)).items():
        if not moment_exists(posterior.hyperprior, name, 1):
            return Choice(note=f"E[{name}] does not exist, whatever the counts are: the hyperprior's tail is too heavy")
        values = function(draws)
        if posterior.nodes is not None:
            try:
                mean, error = posterior.nodes.integral(function, draws)
            except QuadratureError as reason:
                return Choice(note=f"E[{name}] does not exist, or lies too far in the tail: {reason}")
        else:
            khat = -np.inf if posterior.is_exact else pareto_smoothed(posterior.log_weights + np.log(values))[1]
            if khat > HIGHEST_KHAT:
                return Choice(note=f"the draws do not determine E[{name}], or it does not exist: k-hat {khat:.2f}")
            mean, error = map(float, posterior.expectation(values))
        means.append(mean)
        errors.append(error)
    return Choice((means[0], means[1]), (errors[0], errors[1]))


def _medians(posterior: WeightedDraws) -> Choice:
    names = ("mean", "shape") if is_of_gamma(posterior) else ("mu", "lam")
    if not set(names) <= set(posterior.names):
        return Choice(note=f"the hyperprior does not draw the {names[1]}, so its median is not known")
    try:
        medians = [posterior.quantile(name, 0.5) for name in names]
        slopes = [_slope_of_median(posterior, name, median) for name, median in zip(names, medians, strict=True)]
    except QuadratureError as reason:
        return Choice(note=f"the medians could not be computed: {reason}")
    (mean, second), is_gamma = medians, is_of_gamma(posterior)
    parameters = (second, second / mean) if is_gamma else (second * mean, second * (1 - mean))
    # What the parameters change by if the medians do, and by these how far they are off.
    by_medians = [[0, 1], [-second / mean**2, 1 / mean]] if is_gamma else [[second, mean], [-second, 1 - mean]]
    if posterior.is_exact:
        errors = np.abs(by_medians) @ np.abs(slopes)[:, 0]
    else:
        errors = posterior.expectation(np.transpose(np.array(by_medians) @ np.array(slopes)))[1]
    return Choice(parameters, (float(errors[0]), float(errors[1])))


def _slope_of_median(posterior: WeightedDraws, name: str, median: float) -> np.ndarray:
    """How far each draw moves the median, shape (N,), by Woodruff's method; of an exact posterior its error.

    A draw below the median moves it by -(1/2) / p(median), and one above it by (1/2) / p(median). The density there
    comes from the quantiles at 1/2 -+ e, where e is the error of the median in probability.

    References:
        Woodruff (1952), Confidence intervals for medians and other position measures, JASA 47.
    """
    error = min(posterior.quantile_error(name), MOST_OFF)
    if error == 0:
        return np.zeros_like(posterior.weights)
    ends = [posterior.quantile(name, 0.5 + side * error) for side in (-1, 1)]
    if posterior.is_exact:
        return np.full_like(posterior.weights, (ends[1] - ends[0]) / 2)
    return (0.5 - (posterior.values(name) <= median)) * (ends[1] - ends[0]) / (2 * error)


def _mode(posterior: WeightedDraws, counts: Observations) -> Choice:
    if not posterior.hyperprior.addresses:
        return Choice(_known(posterior), (0.0, 0.0), "the population is known")
    try:
        mode = posterior_mode(posterior, counts)
    except NoModeError as reason:
        return Choice(note=f"there is none: {reason}")
    return Choice(mode.parameters, note=f"it lies at {mode.at_bound}" if mode.at_bound else "")


def _known(posterior: WeightedDraws) -> tuple[float, float]:
    draws = {name: posterior.values(name) for name in posterior.names}
    first, second = (float(function(draws)[0]) for function in _parameters(is_of_gamma(posterior)).values())
    return first, second


def _empirical_bayes(counts: Observations) -> Choice:
    try:
        found = most_likely(counts)
    except (NoMaximumError, CountsError) as reason:
        return Choice(note=f"there is none: {reason}")
    return Choice(found.parameters, note=found.doubt)
