"""The powers of the likelihood that lead from a hyperprior to a posterior, and the moves at each power."""

from typing import NamedTuple

import numpy as np
from scipy.special import logsumexp

from inference.draws.independent import effective_sample_size
from inference.numerics.normal_mixture import NormalMixture, fit_mixture, join_mixtures
from inference.programs.shapes import WeightError
from models.numerics.sums import weighted

SMALLEST_INCREMENT = 1e-30  # smallest increment of the exponent, relative to the distance from the exponent to 1
HALVINGS = 40  # bisection steps for the logarithm of an increment
# Share of the unweighted variance that is added to the covariance, so that a few possible particles still move in all
# directions.
VARIANCE_FLOOR = 1e-6


class Level(NamedTuple):
    """One step from p(z) p(k | z)^(exponent - increment) to p(z) p(k | z)^exponent."""

    increment: float
    exponent: float
    scale_tril: np.ndarray  # L, lower triangular, L L' = covariance of z, (d, d)
    step_size: float  # step size of the local moves, in units of L
    proposal: NormalMixture  # proposal of the independent moves


class Levels:
    """The levels, adapted to particles on their way from the hyperprior to the posterior.

    Args:
        target_ess: effective sample size at each level, as a share of the particles that are possible.
        target_acceptance: acceptance probability that the moves should have.
    """

    def __init__(self, target_ess: float, target_acceptance: float):
        self.sequence: list[Level] = []
        self._target_ess, self._target_acceptance = target_ess, target_acceptance
        self._step_size = 1.0

    def looking_ahead(self) -> list[Level]:
        """The levels found; each also proposes from the mixtures fitted at the next level and at the last one.

        As the exponent grows, the mass may move to another region of far smaller prior probability. The first particles
        that arrive there have the largest weights, but are too few to get a component of the mixture fitted then. If
        particles propose from where the mass will be, the right number of them are there in time.
        """
        own = [level.proposal for level in self.sequence]
        return [
            level._replace(proposal=join_mixtures([here, following, own[-1]]))
            for level, here, following in zip(self.sequence, own, [*own[1:], own[-1]], strict=True)
        ]

    def next(self, z: np.ndarray, log_likelihood: np.ndarray) -> Level:
        """The next level for particles z, shape (N, d), with log p(k | z), shape (N,).

        Raises:
            WeightError: if the counts have probability zero under all particles.
        """
        before = self.sequence[-1].exponent if self.sequence else 0.0
        increment = next_increment(log_likelihood, 1 - before, self._target_ess)
        exponent = 1.0 if increment == 1 - before else before + increment
        weights = np.exp(increment * log_likelihood - logsumexp(increment * log_likelihood))
        deviations = z - weighted(weights, z)
        covariance = np.einsum("j,ji,jk->ik", weights, deviations, deviations) + VARIANCE_FLOOR * np.diag(z.var(axis=0))
        own = fit_mixture(z, weights)
        level = Level(increment, exponent, np.linalg.cholesky(covariance), self._step_size, own)
        self.sequence.append(level)
        return level._replace(proposal=join_mixtures([own] * 3))  # shaped as in `looking_ahead`

    def learn(self, acceptance: float) -> None:
        """Take longer steps at the next level if the acceptance is above its target, else shorter ones."""
        self._step_size *= float(np.exp(acceptance - self._target_acceptance))


def next_increment(log_likelihood: np.ndarray, most: float, target_ess: float) -> float:
    """The increment of the exponent at which the effective sample size is the target.

    Args:
        log_likelihood: log likelihood of each particle, shape (N,); -inf if it is not possible.
        most: largest increment.
        target_ess: effective sample size, as a share of the particles that are possible.

    Returns:
        The increment, found by bisection of its logarithm; `most` if its effective sample size is at least the target.

    Raises:
        WeightError: if the counts have probability zero under all particles.
    """
    target = target_ess * np.sum(log_likelihood > -np.inf)
    if target == 0:
        raise WeightError("every weight is zero: the counts have probability zero under all particles")
    if effective_sample_size(most * log_likelihood) >= target:
        return most
    low, high = np.log(SMALLEST_INCREMENT), 0.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        is_reached = effective_sample_size(most * np.exp(middle) * log_likelihood) >= target
        low, high = (middle, high) if is_reached else (low, middle)
    return float(most * np.exp(low))
