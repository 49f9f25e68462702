"""Draws of several independent particle systems; how much they differ gives the standard error of their mean."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import softmax

from inference.draws.independent import IndependentDraws, effective_sample_size
from inference.draws.verdict import caveats, verdict
from inference.numerics.pareto_smoothing import pareto_smoothed
from inference.posteriors.posterior import Posterior
from inference.programs.populations import exact_applies
from models.numerics.arithmetic import methods_in_own_arithmetic
from models.numerics.sums import average, weighted

LEAST_EFFECTIVE_SHARE = 0.5  # smallest trusted share of effective islands, 1 / sum W_i^2 divided by their number


@methods_in_own_arithmetic
@dataclass(frozen=True, eq=False, repr=False)
class SmcPosterior(Posterior):
    """Particles of I islands, one island after the other; the weight of a particle is its island's evidence Z_i.

    With W_i = Z_i / sum Z and m_i the mean of a function over island i, the posterior mean is m = sum W_i m_i, and

        standard error of m = sqrt(I / (I - 1) sum W_i^2 (m_i - m)^2),

    which holds although resampling and moves make the particles of one island depend on each other.

    Args:
        island_log_evidence: log Z_i, shape (islands,).
        exponents: exponent of the likelihood at each level, the last one 1, shape (levels,).
        acceptance: mean acceptance probability of the moves at each level, shape (levels,).
    """

    island_log_evidence: np.ndarray
    exponents: np.ndarray
    acceptance: np.ndarray

    @property
    def ess(self) -> float:
        """Effective sample size, the smallest over all names: (sd / mean_error)^2, a number of independent draws."""
        return float(min((self.sd(name) / self.mean_error(name)) ** 2 for name in self.varying))

    def nearly_independent(self) -> IndependentDraws:
        """As many particles as are effective, evenly spaced over the islands, with the weights of their islands."""
        size = len(self.log_weights)
        kept = int(np.clip(np.nan_to_num(self.ess), 1, size))
        indices = ((np.arange(kept) + 0.5) * (size / kept)).astype(int)
        log_weights = self.log_weights[indices]
        return IndependentDraws(indices, log_weights, self.log_evidence, self.log_evidence_error)

    @cached_property
    def khat(self) -> float:
        """Shape of the tail of the islands' weights Z_i, see `pareto_smoothed`."""
        return pareto_smoothed(self.island_log_evidence)[1]

    @cached_property
    def verdict(self) -> str:
        """One line that says whether to trust this posterior and, if not, what to do.

        Each Z_i is unbiased. But if only a few islands find the mass, most Z_i are too small, and the mean of all
        depends on those few. With W_i = Z_i / sum Z, the effective number of islands is 1 / sum W_i^2. If it is less
        than half of the islands, the standard deviation of the Z_i exceeds their mean, and a standard error from so
        few effective islands cannot be trusted.
        """
        islands = len(self.island_log_evidence)
        effective = effective_sample_size(self.island_log_evidence)
        if effective >= LEAST_EFFECTIVE_SHARE * islands:
            return verdict(self)
        exact = exact_applies(self.hyperprior, self.own_trials)
        first = (
            f"do not trust: log Z differs so much between islands that only {effective:.1f} of {islands} are "
            f"effective; use more particles{', a higher target_ess, or exact' if exact else ' or a higher target_ess'}"
        )
        return "; ".join([first, *caveats(self)])

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
