"""The population in numbers that exist under every hyperprior, each with its error."""

import numpy as np

from experiments.methods.learned import Estimate
from inference import Posterior


def population_estimates(posterior: Posterior) -> dict[str, Estimate]:
    """Location and width of the population, in numbers that have a posterior mean, or a median.

    E[lam] depends on the hyperprior's upper bound, and does not exist without one. The median of lam does exist, and so
    does the mean of the population's own standard deviation,

        sd(theta | a, b) = sqrt(mu (1 - mu) / (lam + 1)).

    Args:
        posterior: posterior of the population.

    Returns:
        E[mu], E[sd of theta], the median of lam, and log Z.
    """
    a, b = (np.asarray(posterior.draws[name], np.float64) for name in ("a", "b"))
    lam = a + b
    means, errors = posterior.expectation(np.stack([a / lam, np.sqrt(a / lam * (b / lam) / (lam + 1))], axis=1))
    return {
        "E[mu]": Estimate(float(means[0]), float(errors[0])),
        "E[sd of theta]": Estimate(float(means[1]), float(errors[1])),
        "median of lam": median(posterior, "lam"),
        "log Z": Estimate(posterior.log_evidence, posterior.log_evidence_error),
    }


def event_estimates(posterior: Posterior) -> dict[str, Estimate]:
    """Location and width of a population of rates of events, in numbers that few and unequal groups determine.

    Args:
        posterior: posterior of the population, of `gamma_poissons`.

    Returns:
        The median of its mean; the median of its shape, where the hyperprior draws it; and log Z.
    """
    found = {f"median of {name}": median(posterior, name) for name in ("mean", "shape") if name in posterior.names}
    return found | {"log Z": Estimate(posterior.log_evidence, posterior.log_evidence_error)}


def median(posterior: Posterior, name: str) -> Estimate:
    """Posterior median and its standard error.

    If e is the standard error of P(x <= median), that of the median is half the distance between the quantiles at
    1/2 - e and 1/2 + e.

    Args:
        posterior: posterior of the population.
        name: "a", "b", "mu", "lam" or an address of the hyperprior.

    Returns:
        The median, and its standard error: 0 for an exact posterior, whose quantiles are right to 1e-6.

    References:
        Woodruff (1952), Confidence intervals for medians and other position measures, JASA 47.
    """
    value = posterior.quantile(name, 0.5)
    if posterior.nodes is not None:
        return Estimate(value, 0.0)
    below = np.asarray(posterior.draws[name] <= value, np.float64)
    off = min(float(posterior.expectation(below)[1]), 0.499)
    ends = [posterior.quantile(name, 0.5 + side * off) if off > 0 else value for side in (-1, 1)]
    return Estimate(value, (ends[1] - ends[0]) / 2)
