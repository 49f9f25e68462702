"""Draws of several independent particle systems, whose disagreement is the error of what they say together."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import softmax

from inference.draws.verdict import edges, verdict
from inference.draws.weighted import effective_sample_size, varying
from inference.numerics.pareto_smoothing import pareto_smoothed
from inference.posteriors.posterior import Posterior
from models.numerics.arithmetic import methods_in_own_arithmetic
from models.numerics.sums import average, weighted

LEAST_COUNTING = 0.5  # of the islands


@methods_in_own_arithmetic
@dataclass(frozen=True, eq=False, repr=False)
class SmcPosterior(Posterior):
    """Particles of I islands, one island after the other; all of one weigh the same, its estimate Z_i of the evidence.

    With W_i = Z_i / sum Z and m_i the mean of a function over island i, the posterior mean is m = sum W_i m_i, and

        standard error of m = sqrt(I / (I - 1) sum W_i^2 (m_i - m)^2),

    which holds whatever resampling and moves have made particles of one island depend on each other.

    Args:
        island_log_evidence: log Z_i, shape (islands,).
        exponents: of the likelihood at each level, the last one 1.
        acceptance: mean acceptance of the moves at each level.
    """

    island_log_evidence: np.ndarray
    exponents: np.ndarray
    acceptance: np.ndarray

    @property
    def ess(self) -> float:
        """Effective sample size of the worst of all names: (sd / mean_error)^2, the draws that would know as much."""
        return float(min((self.sd(name) / self.mean_error(name)) ** 2 for name in varying(self)))

    @cached_property
    def khat(self) -> float:
        """Shape of the tail of the islands' weights Z_i, see `pareto_smoothed`."""
        return pareto_smoothed(self.island_log_evidence)[1]

    @property
    def verdict(self) -> str:
        """One line on whether to trust this posterior and, if not, what to do.

        Each island's Z_i is unbiased, but where few of them find where the mass is, most are too small and the mean of
        all is one of a few. With W_i = Z_i / sum Z, 1 / sum W_i^2 islands count. If fewer than half do, their standard
        deviation exceeds their mean, and is then, of so few, no error to be trusted.
        """
        islands = len(self.island_log_evidence)
        counting = effective_sample_size(self.island_log_evidence)
        if counting >= LEAST_COUNTING * islands:
            return verdict(self)
        first = (
            f"do not trust: log Z differs so much between islands that {counting:.1f} of {islands} count; take more "
            "particles, a higher target_ess, or exact"
        )
        return "; ".join([first, *edges(self)])

    def expectation(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Posterior mean of any function of the population, and its standard error across islands.

        Args:
            values: the function at each draw, shape (N,) or (N, columns).

        Returns:
            Mean and standard error, scalars or shape (columns,).
        """
        islands = len(self.island_log_evidence)
        means = np.mean(np.reshape(values, (islands, -1, *np.shape(values)[1:])), axis=1)
        weights = softmax(self.island_log_evidence)
        mean = average(weights, means)
        return mean, np.sqrt(islands / (islands - 1) * weighted(weights**2, (means - mean) ** 2))
