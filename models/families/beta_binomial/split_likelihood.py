"""The likelihood of the population, accurate in float64 for any number of trials.

Sums of logs of rising factorials are as large as the number of trials: for 10^12 trials, float64 leaves four digits
after the point. But they cancel to a few nats per student. The beta-binomial pmf gives these without cancellation, at a
cost for each student. So the longest records are taken one by one, and all the others together.
"""

import numpy as np

from models.families.beta_binomial.likelihood import PopulationLikelihood
from models.families.beta_binomial.pmf_batches import log_pmf

LONG = 2**17  # trials, above which a record may be taken by itself
# Records taken by themselves, which cost time: at most the first number if the others can be summed without a loss of
# digits, else at most the second.
FEW_LONG, MOST_LONG = 64, 1024
SUMMED_TRIALS = 1e9  # trials in all that can be summed without a noticeable loss of digits
SUMMED_ERROR = 9e-16  # rounding error, per summed trial, of the differences of log likelihoods that matter: 4 eps
PMF_ERROR = 5e-14  # error of the log probability of one record of any length


class SplitLikelihood:
    """log p(k | n, a, b) of all students together, in float64.

    Args:
        k: successes, in increasing order of n, shape (pairs,).
        n: trials, shape (pairs,).
        multiplicity: how many students have each (k, n), shape (pairs,).
    """

    def __init__(self, k: np.ndarray, n: np.ndarray, multiplicity: np.ndarray):
        k, n, multiplicity = (np.asarray(x, np.float64) for x in (k, n, multiplicity))
        short = int(np.searchsorted(n, LONG, side="right"))
        harmless = int(np.searchsorted(np.cumsum(multiplicity * n), SUMMED_TRIALS, side="right"))
        first = max(short, min(harmless, len(n) - FEW_LONG), len(n) - MOST_LONG)
        # A record of 0 successes in 0 trials is added, so that there is at least one.
        self._summed = PopulationLikelihood(*(np.append(column[:first], 0.0) for column in (k, n, multiplicity)))
        self._k, self._n, self._times = k[first:], n[first:], multiplicity[first:]
        self._successes, self.trials = float(multiplicity @ k), float(multiplicity @ n)

    @property
    def centre(self) -> tuple[float, float]:
        """A population with roughly the mean of the counts, to be the first reference."""
        mean = (self._successes + 0.5) / (self.trials + 1)
        return mean, 1 - mean

    @property
    def rounding(self) -> float:
        """Estimated rounding error of a difference between log likelihoods."""
        return SUMMED_ERROR * self._summed.trials + PMF_ERROR * float(self._times.sum())

    def at(self, a: float, b: float) -> tuple[float, float]:
        """log p(k | n, a, b), with all its constants.

        Args:
            a: first shape of the population Beta, positive.
            b: second shape, positive.

        Returns:
            The log likelihood, binomial coefficients included, and its rounding error.
        """
        value, error = self._summed.at(a, b)
        return value + float(self._of_long(np.array([a]), np.array([b]))[0]), error + PMF_ERROR * float(
            self._times.sum()
        )

    def relative_to(self, a: np.ndarray, b: np.ndarray, reference: tuple[float, float]) -> np.ndarray:
        """log p(k | n, a, b) - log p(k | n, a0, b0).

        Args:
            a: first shape, positive, any shape.
            b: second shape, of the same shape.
            reference: the population (a0, b0).

        Returns:
            Differences of log likelihoods, the shape of `a`.
        """
        difference = self._summed.relative_to(a, b, reference)
        if len(self._n):
            at_reference = self._of_long(*(np.array([x]) for x in reference))
            difference += (self._of_long(a.ravel(), b.ravel()) - at_reference).reshape(a.shape)
        return difference

    def _of_long(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """The log likelihood of the records that are taken by themselves, shape (N,)."""
        return log_pmf(self._k, self._n, a[:, None], b[:, None]) @ self._times
