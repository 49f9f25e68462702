"""Which means do not exist, whatever the counts are: what the hyperprior's own tail says.

Where lam = a + b grows and mu = a / (a + b) stays, all groups have the rate mu, and the likelihood tends to a positive
number. It may be e^-1000000, so that no node of a quadrature rule comes near; the integral is infinite all the same.
"""

from collections.abc import Iterator
from itertools import product
from math import inf

import numpy as np

from inference.programs.integrand import assess_population
from models import Hyperprior
from models.hyperpriors.hyperprior_check import address_shapes
from models.programs.threads import shared

AT = np.array([30.0, 40.0, 50.0, 60.0])  # log of how far out; e^60 = 1e26
INSIDE = 0.4, 0.3  # a place on a finite support, and on the scale of an infinite one
SLIGHT = 1e-6  # a smaller slope, or change of it, is rounding


def moment_exists(hyperprior: Hyperprior, name: str, power: int) -> bool:
    """Whether E[x^power] may exist for x one of "a", "b", "mu", "lam" or an address.

    The addresses go to the ends of their supports, alone or together, in such ways that log lam grows and mu stays. In
    the logarithm t of how far out they are, the integral of p(t) x^power is infinite if log p(t) + power log x does not
    fall, and log p(t) is not concave there: the tail of a log-normal falls later.

    Args:
        hyperprior: the prior of the population.
        name: what x is.
        power: 1 for the mean, 2 for the variance.

    Returns:
        False if it does not exist, given any counts. True if this is not seen, also of a hyperprior that does not have
        one Beta and two numbers.
    """
    return all(density + power * _slope_of(slopes, name) < -SLIGHT for density, slopes in _tails(hyperprior))


def _slope_of(slopes: dict[str, float], name: str) -> float:
    return slopes.get(name, -inf)


@shared
def _tails(hyperprior: Hyperprior) -> tuple[tuple[float, dict[str, float]], ...]:
    """Of each way to a population without spread: the slopes of log p(t), and of the log of each number."""
    if not hyperprior.has_one_beta or not hyperprior.is_shared or len(hyperprior.addresses) != 2:
        return ()
    if any(address_shapes(hyperprior).values()):
        return ()
    found = []
    for ways in product(*(_ways(*hyperprior.support[address]) for address in hyperprior.addresses)):
        own = {address: way[0] for address, way in zip(hyperprior.addresses, ways, strict=True)}
        with np.errstate(all="ignore"):
            log_density, a, b = assess_population(hyperprior, own)
            log_density = log_density + ways[0][1] + ways[1][1]
            numbers = {"a": a, "b": b, "mu": a / (a + b), "lam": a + b} | own
            slopes = {each: np.diff(np.log(np.abs(x))) / np.diff(AT) for each, x in numbers.items()}
            of_density = np.diff(log_density) / np.diff(AT)
            of_odds = np.diff(np.log(a) - np.log(b)) / np.diff(AT)
        stays = np.all(np.abs(of_odds) < SLIGHT) and np.all(slopes["lam"] > SLIGHT)
        if stays and np.all(np.isfinite(of_density)) and np.all(np.diff(of_density) > -SLIGHT):
            found.append((float(of_density[-1]), {each: float(slope[-1]) for each, slope in slopes.items()}))
    return tuple(found)


def _ways(low: float, high: float) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Values of an address that stay, or go to 0 or to infinity; and log |dx / dt|."""
    stays = low + INSIDE[0] * (high - low) if high - low < inf else _inside(low, high)
    yield np.full_like(AT, stays), np.zeros_like(AT)
    if low == -inf and high == inf:  # such as log lam
        yield AT, np.zeros_like(AT)
        yield -AT, np.zeros_like(AT)
        return
    if low >= 0 and high == inf:
        yield np.exp(AT), AT
    if low == 0:
        yield np.exp(-AT), -AT


def _inside(low: float, high: float) -> float:
    """A place on an infinite support."""
    return low + INSIDE[1] if low > -inf else high - INSIDE[1] if high < inf else INSIDE[1]
