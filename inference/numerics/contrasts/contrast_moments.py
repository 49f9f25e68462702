"""Means and variances of the difference, the ratio and the odds ratio of two independent Betas, in closed form."""

import numpy as np
from scipy.special import digamma, polygamma

from inference.numerics.contrasts.beta_contrasts import Contrast, TwoRates

Moments = tuple[np.ndarray, np.ndarray]
"""Mean and variance, each of shape (populations,)."""


def contrast_moments(a: np.ndarray, b: np.ndarray, k: np.ndarray, failures: np.ndarray, contrast: Contrast) -> Moments:
    """Mean and variance of a contrast in each population.

    Of independent X and Y, E[XY] = E[X] E[Y] and Var[XY] = Var[X] Var[Y] + Var[X] E[Y]^2 + E[X]^2 Var[Y].

    Args:
        a: first shapes of the populations, shape (populations,). E[1 / theta] of one success has the divisor a, so that
            shapes and counts are not added before: of a tiny a nothing would be left.
        b: second shapes, the same shape.
        k: successes of both groups, shape (2,).
        failures: failures of both, shape (2,).
        contrast: "difference", "ratio" or "odds ratio".

    Returns:
        Mean and variance; meaningless where they do not exist, see `moments_that_exist`.
    """
    if contrast == "difference":
        (mean, variance), (other, of_other) = (_rate(a + k[i], b + failures[i]) for i in (0, 1))
        return mean - other, variance + of_other
    if contrast == "ratio":
        return _product(_rate(a + k[0], b + failures[0]), _inverse(a, b, k[1], failures[1]))
    return _product(_odds(a, b, k[0], failures[0]), _odds(b, a, failures[1], k[1]))


def search_moments(rates: TwoRates, contrast: Contrast) -> Moments:
    """Mean and variance of the difference, or of the logarithm of a ratio, which always exist: where to search.

    Args:
        rates: the two rates.
        contrast: "difference", "ratio" or "odds ratio".

    Returns:
        Mean and variance.
    """
    a, b, other_a, other_b = rates
    if contrast == "difference":
        (mean, variance), (other, of_other) = _rate(a, b), _rate(other_a, other_b)
        return mean - other, variance + of_other
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


def _inverse(a: np.ndarray, b: np.ndarray, k: float, failures: float) -> Moments:
    """Of 1 / theta, where theta ~ Beta(a + k, b + failures)."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        mean = (a + b + (k + failures - 1)) / (a + (k - 1))
        return mean, (b + failures) * mean / (a + (k - 1)) / (a + (k - 2))


def _odds(a: np.ndarray, b: np.ndarray, k: float, failures: float) -> Moments:
    """Of theta / (1 - theta)."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        mean = (a + k) / (b + (failures - 1))
        return mean, mean * ((a + b + (k + failures - 1)) / (b + (failures - 1))) / (b + (failures - 2))


def _product(x: Moments, y: Moments) -> Moments:
    (mean, variance), (other, of_other) = x, y
    with np.errstate(invalid="ignore", over="ignore"):  # where they do not exist
        return mean * other, variance * of_other + variance * other**2 + mean**2 * of_other
