"""Empirical Bayes: the population with the highest likelihood, taken as if it were known."""

import warnings

from inference.questions.one_population.most_likely import NoMaximumError, most_likely
from models import Events, Hyperprior, Observations, fixed, gamma_poissons
from models.numerics.arithmetic import own_arithmetic

__all__ = ["FlatLikelihoodWarning", "NoMaximumError", "empirical_bayes"]


class FlatLikelihoodWarning(UserWarning):
    """The likelihood has a maximum, but it is so flat that the maximum says little."""


@own_arithmetic
def empirical_bayes(counts: Observations) -> Hyperprior:
    """The population with the highest likelihood of the counts, as a population that is known.

        (a, b) = arg max sum_i log p(k_i | n_i, a, b)

    Of `Counts` it is a Beta(a, b), of `Events` a Gamma(shape, rate). `exact(empirical_bayes(counts), counts)` then
    answers every question. Its intervals are too narrow, because they leave out what is not known of the population:
    compare them with those of a hyperprior, such as `mean_concentration()` or `mean_shape()`.

    Args:
        counts: the counts of all groups.

    Returns:
        `fixed(a, b)`, or `fixed(shape, rate, family=gamma_poissons)`.

    Raises:
        TypeError: if the data are not `Counts` or `Events`.
        NoMaximumError: if the likelihood is highest in a limit: all rates equal (a + b, or the shape, infinite), all
            rates 0 or 1 (a + b = 0), or a mean of 0 or 1. The message says which.
        CountsError: if there are no trials, or no exposure.

    Warns:
        FlatLikelihoodWarning: if the likelihood at the maximum exceeds that of equal rates by less than 1.92 nats, so
            that the data do not exclude them at the 95 % level.

    References:
        Carlin & Louis (2000), Bayes and Empirical Bayes Methods for Data Analysis, section 3.5: intervals that are too
        narrow.
    """
    found = most_likely(counts)
    if found.doubt:
        warnings.warn(found.doubt, FlatLikelihoodWarning, stacklevel=3)
    return fixed(*found.parameters, family=gamma_poissons) if isinstance(counts, Events) else fixed(*found.parameters)
