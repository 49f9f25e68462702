"""Means and variances of the difference, the ratio and the odds ratio of two independent Betas, in closed form."""

import numpy as np
from scipy.special import digamma, polygamma

from inference.numerics.contrasts.beta_contrasts import Contrast, TwoRates

Moments = tuple[np.ndarray, np.ndarray]
"""Mean and variance, each of shape (populations,)."""


def contrast_moments(rates: TwoRates, contrast: Contrast) -> Moments:
    """Mean and variance of a contrast in each population.

    Of independent X and Y, E[XY] = E[X] E[Y] and Var[XY] = Var[X] Var[Y] + Var[X] E[Y]^2 + E[X]^2 Var[Y].

    Args:
        rates: the two rates.
        contrast: "difference", "ratio" or "odds ratio".

    Returns:
        Mean and variance; meaningless where they do not exist, see `moments_that_exist`.
    """
    if contrast == "difference":
        (mean, variance), (other, of_other) = _rate(rates.a, rates.b), _rate(rates.other_a, rates.other_b)
        return mean - other, variance + of_other
    if contrast == "ratio":
        return _product(_rate(rates.a, rates.b), _inverse(rates.other_a, rates.other_b))
    return _product(_odds(rates.a, rates.b), _odds(rates.other_b, rates.other_a))


def search_moments(rates: TwoRates, contrast: Contrast) -> Moments:
    """Mean and variance of the difference, or of the logarithm of a ratio, which always exist: where to search.

    Args:
        rates: the two rates.
        contrast: "difference", "ratio" or "odds ratio".

    Returns:
        Mean and variance.
    """
    if contrast == "difference":
        return contrast_moments(rates, contrast)
    a, b, other_a, other_b = rates
    of_a, of_b, of_other_a, of_other_b = ((digamma(x), polygamma(1, x)) for x in rates)
    if contrast == "ratio":
        total, of_total = digamma(a + b), polygamma(1, a + b)
        other, of_other = digamma(other_a + other_b), polygamma(1, other_a + other_b)
        return of_a[0] - total - (of_other_a[0] - other), of_a[1] - of_total + of_other_a[1] - of_other
    mean = of_a[0] - of_b[0] - (of_other_a[0] - of_other_b[0])
    return mean, of_a[1] + of_b[1] + of_other_a[1] + of_other_b[1]


def moments_that_exist(contrast: Contrast, k: np.ndarray, failures: np.ndarray) -> int:
    """How many of mean and variance a contrast has: none, the mean, or both.

    E[theta^-m] of a Beta exists if its first shape is larger than m.

    Args:
        contrast: the contrast.
        k: successes of both groups, with the smallest first shape that a population may come near to, shape (2,).
        failures: failures of both, with the smallest second shape.

    Returns:
        0, 1 or 2.
    """
    if contrast == "difference":
        return 2
    fewest = k[1] if contrast == "ratio" else min(k[1], failures[0])
    return 2 if fewest >= 2 else 1 if fewest >= 1 else 0


def _rate(alpha: np.ndarray, beta: np.ndarray) -> Moments:
    total = alpha + beta
    return alpha / total, alpha / total * (beta / total) / (total + 1)


def _inverse(alpha: np.ndarray, beta: np.ndarray) -> Moments:
    """Of 1 / theta."""
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = (alpha + beta - 1) / (alpha - 1)
        return mean, beta * mean / (alpha - 1) / (alpha - 2)


def _odds(alpha: np.ndarray, beta: np.ndarray) -> Moments:
    """Of theta / (1 - theta)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = alpha / (beta - 1)
        return mean, mean * ((alpha + beta - 1) / (beta - 1)) / (beta - 2)


def _product(x: Moments, y: Moments) -> Moments:
    (mean, variance), (other, of_other) = x, y
    with np.errstate(invalid="ignore"):  # where they do not exist
        return mean * other, variance * of_other + variance * other**2 + mean**2 * of_other
