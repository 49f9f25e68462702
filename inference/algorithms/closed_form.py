"""The course's formula for the weights, in float64 and without GenJAX: all forms of the model are tested against it."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaln, gammaln

from models import Counts
from models.numerics.arithmetic import own_arithmetic


@own_arithmetic
def closed_form(counts: Counts, a: ArrayLike, b: ArrayLike) -> np.ndarray:
    """Log likelihood of the counts of all students given the population.

        log p(k | n, a, b) = sum_i log C(n_i, k_i) + log B(a + k_i, b + (n_i - k_i)) - log B(a, b)

    Args:
        counts: the students' counts.
        a: first shape of the population Beta, positive, any shape.
        b: second shape, positive, broadcasts with `a`.

    Returns:
        Log likelihoods, float64, in the broadcast shape of a and b.

    Raises:
        TypeError: if the data are not `Counts`.

    References:
        Gelman et al. (2013), Bayesian Data Analysis, 3rd ed., eq. 5.8 and appendix A.2.
    """
    if not isinstance(counts, Counts):
        raise TypeError(
            f"closed_form is the likelihood of successes in trials, of Counts, not of {type(counts).__name__}: use "
            "population_weights with marginal(hyperprior)"
        )
    a, b = np.broadcast_arrays(np.asarray(a, np.float64), np.asarray(b, np.float64))
    log_likelihood = np.zeros(a.shape)
    for k, n, students in np.stack([counts.k, counts.n, counts.multiplicity], axis=1).astype(np.float64):
        log_choose = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
        log_likelihood += students * (log_choose + betaln(a + k, b + (n - k)) - betaln(a, b))
    return log_likelihood
