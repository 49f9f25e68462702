"""The difference, the ratio and the odds ratio of two independent rates, each with a Beta: distribution functions.

Given the population the two rates are independent, so that with f and F the density and the distribution function,

    P(contrast <= c) = integral of f_2(y) F_1(g(y, c)) dy,

where g(y, c) is the first rate at which the contrast is c if the second rate is y.
"""

from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np
from numpy.polynomial.legendre import leggauss
from scipy.special import expit, log_expit, logit

from inference.numerics.betas.beta_log_odds import MOST_CONCENTRATED, log_density, mean_and_sd
from inference.numerics.betas.beta_mixtures import beta_cdf

Contrast = Literal["difference", "ratio", "odds ratio"]
GAUSS, WEIGHTS = leggauss(12)
PANEL = 2.0  # width of a panel, in units of the smallest scale there, see `_edges`
NORMAL_TAIL, EXPONENTIAL_TAIL = 8.0, 25.0  # in sds and in e-folds: beyond both, a tail of f_2 is negligible
NARROWEST_STEP, WIDEST_STEP = 1e-7, 0.25  # in log-odds: the scale that is assumed of F_1 where it rises
KINK = 1e-6  # in log-odds: smallest scale at the y beyond which F_1 is 1
NEGLIGIBLE = 1e-13  # mass, as a share of all, at which F_1 is not computed
TINY, EPSILON = 1e-300, 2.0**-53  # distances from 0 and from 1 that are not rounded away


class TwoRates(NamedTuple):
    """Shapes of the Betas of two rates, for each of some populations; each of shape (populations,).

    Args:
        a: first shape of the first rate.
        b: second shape of the first rate.
        other_a: first shape of the second rate.
        other_b: second shape of the second rate.
    """

    a: np.ndarray
    b: np.ndarray
    other_a: np.ndarray
    other_b: np.ndarray

    def exchanged(self) -> "TwoRates":
        """The second rate first."""
        return TwoRates(self.other_a, self.other_b, self.a, self.b)


def two_rates(a: np.ndarray, b: np.ndarray, k: np.ndarray, n: np.ndarray) -> TwoRates:
    """The rates of two groups given their counts, in each of some populations.

    Args:
        a: first shapes of the populations, shape (populations,).
        b: second shapes, shape (populations,).
        k: successes of both groups, shape (2,).
        n: trials of both, shape (2,).

    Returns:
        Their shapes.
    """
    scale = np.minimum(1.0, MOST_CONCENTRATED / (a + b))
    a, b = scale * a, scale * b
    return TwoRates(a + k[0], b + (n - k)[0], a + k[1], b + (n - k)[1])


def contrast_cdf(rates: TwoRates, contrast: Contrast, at: float) -> np.ndarray:
    """P(contrast <= at) in each population.

    Args:
        rates: the two rates, theta_1 and theta_2.
        contrast: "difference", theta_1 - theta_2; "ratio", theta_1 / theta_2; or "odds ratio".
        at: a number, positive for the two ratios.

    Returns:
        Probabilities, shape (populations,).
    """
    if contrast == "difference" and at < 0:
        return 1 - contrast_cdf(rates.exchanged(), contrast, -at)
    if contrast != "difference" and at > 1:
        return 1 - contrast_cdf(rates.exchanged(), contrast, 1 / at)
    if contrast == "difference" and at >= 1:
        return np.ones_like(rates.a)
    # Now g(0) >= 0, and only that of a difference reaches 1 before y does.
    first, kink = _FIRST[contrast](at), logit(1 - at) if contrast == "difference" and at > 0 else np.inf
    edges = _edges(rates, *_where_it_rises(rates, contrast, at), kink)
    halves = np.diff(edges, axis=0) / 2
    x = (edges[:-1] + halves)[:, None] + halves[:, None] * GAUSS[:, None]
    mass = np.exp(log_density(rates.other_a, rates.other_b, x)) * halves[:, None] * WEIGHTS[:, None]
    mass = mass.reshape(-1, len(rates.a))
    shown = mass > NEGLIGIBLE * np.sum(mass, axis=0)
    a, b = (np.broadcast_to(shape, mass.shape)[shown] for shape in (rates.a, rates.b))
    below = np.zeros_like(mass)
    below[shown] = beta_cdf(a[None], b[None], first(x.reshape(mass.shape)[shown]))[0]
    return np.sum(mass * below, axis=0) / np.sum(mass, axis=0)


def _difference(at: float) -> Callable[[np.ndarray], np.ndarray]:
    def first(x: np.ndarray) -> np.ndarray:
        if at == 0:
            return x  # whose sigmoid may round to 0 or 1
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(expit(-x) > at, np.log(expit(x) + at) - np.log(expit(-x) - at), np.inf)

    return first


def _ratio(at: float) -> Callable[[np.ndarray], np.ndarray]:
    def first(x: np.ndarray) -> np.ndarray:
        with np.errstate(divide="ignore"):  # of equal rates that round to 1
            return np.log(at) + log_expit(x) - np.log((1 - at) + at * expit(-x))

    return first


def _odds_ratio(at: float) -> Callable[[np.ndarray], np.ndarray]:
    return lambda x: x + np.log(at)


# From a value of the contrast to a function from the log-odds of the second rate to those of the first.
_FIRST = {"difference": _difference, "ratio": _ratio, "odds ratio": _odds_ratio}


def _where_it_rises(rates: TwoRates, contrast: Contrast, at: float) -> tuple[np.ndarray, np.ndarray]:
    """The log-odds of y at which F_1(g(y)) is about 1/2, and the scale on which it rises there."""
    centre, sd = mean_and_sd(rates.a, rates.b)
    if contrast == "odds ratio":
        return centre - np.log(at), sd
    slope = at if contrast == "ratio" else 1.0
    mean, width = expit(centre), np.minimum(0.5, expit(centre) * expit(-centre) * sd / slope)
    # Where it rises at one of the ends of y, or beyond it, that is felt within its width of the end.
    y = mean / slope if contrast == "ratio" else mean - at
    y, width = np.clip(y, np.maximum(width, TINY), 1 - np.maximum(width, EPSILON)), np.maximum(width, TINY)
    # Where the first rate is all but known, F_1 is a step, which a panel of this width contains.
    return logit(y), np.clip(width / (y * (1 - y)), NARROWEST_STEP, WIDEST_STEP)


def _edges(rates: TwoRates, rise: np.ndarray, scale: np.ndarray, kink: float) -> np.ndarray:
    """Edges of panels in the log-odds of y, shape (panels + 1, populations).

    Each panel is `PANEL` times as wide as the smallest scale there: that of f_2, that on which F_1 rises, and the
    distance from the kink, at which a panel ends. Away from its centre a scale grows with the distance.
    """
    mean, sd = mean_and_sd(rates.other_a, rates.other_b)
    at = mean - np.maximum(NORMAL_TAIL * sd, EXPONENTIAL_TAIL / rates.other_a)
    end = mean + np.maximum(NORMAL_TAIL * sd, EXPONENTIAL_TAIL / rates.other_b)
    edges = [at]
    while np.any(at < end):
        smallest = np.minimum(np.hypot(sd, (at - mean) / 4), np.hypot(scale, (at - rise) / 4))
        smallest = np.minimum(smallest, np.hypot(1.0, at / 4))  # that of a rate as a function of its log-odds
        if np.isfinite(kink):
            smallest = np.minimum(smallest, np.maximum(KINK, np.abs(at - kink) / 4))
        following = at + PANEL * smallest
        at = np.minimum(end, np.where((at < kink) & (following > kink), kink, following))
        edges.append(at)
    return np.array(edges)
