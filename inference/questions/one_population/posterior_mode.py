"""The mode of the posterior of the population, on a scale that treats both of its parameters alike."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize

from inference.draws.weighted import WeightedDraws
from inference.numerics.weighted_quantile import weighted_quantile
from inference.questions.one_population.log_parameters import coordinates, has_density, log_parameters, own_values
from models import Counts, Events, Observations
from models.families.beta_binomial.likelihood import PopulationLikelihood
from models.families.gamma_poisson.likelihood import EventsLikelihood
from models.hyperpriors.hyperprior import population_at

STARTS = np.array([0.02, 0.2, 0.5, 0.8, 0.98])  # quantiles of each address, among whose pairs the best is the start
AT_BOUND = 13.0  # logits, or logs: this near to a bound is at the bound, a millionth of the interval's width
LARGEST_SLOPE = 1e-4  # nats per unit of z: a search that ends with a larger slope has found no mode
MOST_STEPS = 500
NEWTON_STEPS = 2
STEP, FLATTEST = 1e-3, 1e-6  # in z: step of the second derivatives, and the least that they are at a mode, in nats

LogLikelihood = Callable[[np.ndarray], tuple[float, np.ndarray]]


class NoModeError(ValueError):
    """There is no density of which to find the mode, or no mode was found."""


class PosteriorMode(NamedTuple):
    """The population where the posterior density of the logs of its parameters is highest.

    Args:
        parameters: a and b, or shape and rate.
        at_bound: which bound of the hyperprior it lies at, such as "the upper bound of lam, 100"; otherwise empty.
    """

    parameters: tuple[float, float]
    at_bound: str


def posterior_mode(posterior: WeightedDraws, counts: Observations) -> PosteriorMode:
    """The mode of p(log a, log b | counts).

    A mode depends on the scale. The density of (log a, log b) is also that of (logit mu, log lam), because the
    determinant between the two is 1; and of the Gamma that of (log mean, log shape). With it a mode inside the
    hyperprior's bounds exists wherever the posterior falls off on these scales.

    Args:
        posterior: posterior of the population; its draws are used only to begin the search.
        counts: `Counts` or `Events` that it was learned from.

    Returns:
        The mode.

    Raises:
        NoModeError: if the hyperprior does not draw two numbers, so that (a, b) has no density, or if the search does
            not end at a mode.
    """
    hyperprior = posterior.hyperprior
    if not has_density(hyperprior):
        raise NoModeError("the hyperprior does not draw two numbers, so its parameters have no density")
    each = (weighted_quantile(posterior.values(name), posterior.weights, STARTS) for name in hyperprior.addresses)
    starts = coordinates(hyperprior, np.stack([x.ravel() for x in np.meshgrid(*each)], axis=1))
    found, likelihood = log_parameters(hyperprior, starts), _likelihood(counts, None)
    best = int(np.nanargmax(found.log_density + [likelihood(y)[0] for y in found.values]))
    likelihood = _likelihood(counts, found.values[best])  # anew: near the start its differences keep their digits

    def loss(z: np.ndarray) -> tuple[float, np.ndarray]:
        at = log_parameters(hyperprior, z[None])
        value, slope = likelihood(at.values[0])
        height, along = at.log_density[0] + value, at.slopes[0, 0] + slope @ at.slopes[0, 1:]
        usable = np.isfinite(height) and np.all(np.isfinite(along))
        return (-height, -along) if usable else (1e30, np.zeros(2))

    with np.errstate(all="ignore"):  # far out, where a parameter may be 0 or infinite
        z = minimize(loss, starts[best], jac=True, method="BFGS", options={"gtol": 1e-9, "maxiter": MOST_STEPS}).x
        at_bound = _bound(posterior, z)
        for _ in range(NEWTON_STEPS if not at_bound else 0):  # the search ends where the height no longer changes
            bends = np.array([loss(z + step)[1] - loss(z - step)[1] for step in STEP * np.eye(2)]) / (2 * STEP)
            if not np.linalg.eigvalsh((bends + bends.T) / 2)[0] > FLATTEST:
                raise NoModeError("the density has no single highest point: it is flat, or rises, in one direction")
            z = z - np.linalg.solve(bends, loss(z)[1])
        slope = loss(z)[1]
    if not np.all(np.abs(slope) < LARGEST_SLOPE):
        raise NoModeError("the search for the mode did not end, so there may be none")
    first, second = map(float, np.exp(log_parameters(hyperprior, z[None]).values[0]))
    return PosteriorMode((first, second), at_bound)


def _bound(posterior: WeightedDraws, z: np.ndarray) -> str:
    """The bound of an address that a point lies at, unless a parameter is 0 or infinite there."""
    hyperprior = posterior.hyperprior
    own = own_values(hyperprior, z)
    for (address, ends), each in zip(hyperprior.support.items(), z, strict=True):
        if abs(each) < AT_BOUND:
            continue
        side = int(each > 0)
        parameters = np.array(population_at(hyperprior, own | {address: ends[side]})) if np.isfinite(ends[side]) else 0
        if np.all((parameters > 0) & np.isfinite(parameters)):
            return f"the {('lower', 'upper')[side]} bound of {address}, {ends[side]:g}"
    return ""


def _likelihood(counts: Observations, reference: np.ndarray | None) -> LogLikelihood:
    """The log likelihood of the logs of both parameters, apart from a constant, and its slope.

    Args:
        counts: the counts.
        reference: logs of the parameters of a population near which differences keep their digits; None for any.

    Returns:
        Function of the logs.
    """
    if isinstance(counts, Counts):
        of_trials = PopulationLikelihood(*counts.pairs)
        a0, b0 = of_trials.centre if reference is None else map(float, np.exp(reference))

        def of_beta(y: np.ndarray) -> tuple[float, np.ndarray]:
            a, b = np.exp(y)
            value = of_trials.relative_to(np.array([a]), np.array([b]), (a0, b0))[0]
            return float(value), np.array([a, b]) * of_trials.slope(a, b)

        return of_beta
    if isinstance(counts, Events):
        rows = counts.multiplicity > 0
        of_events = EventsLikelihood(counts.k[rows], counts.exposure[rows], counts.multiplicity[rows])

        def of_gamma(y: np.ndarray) -> tuple[float, np.ndarray]:
            shape, rate = np.exp(y)
            along_mean, along_shape = of_events.slope(shape / rate, shape)
            return of_events.above_equal(shape / rate, shape), np.array([along_mean + along_shape, -along_mean])

        return of_gamma
    raise NoModeError(f"there is no mode of one Beta or one Gamma for {type(counts).__name__}")
