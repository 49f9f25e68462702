"""Draws from a normal distribution of the population, and how far it is from the posterior."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from inference.draws.verdict import edges
from inference.draws.weighted import varying
from inference.draws.weightless import counted, too_many
from inference.numerics.pareto_smoothing import HIGHEST_KHAT, pareto_smoothed
from inference.posteriors.posterior import Posterior
from models import Hyperprior
from models.numerics.arithmetic import methods_in_own_arithmetic
from models.numerics.sums import weighted

WIDENING = 1.4  # of the fitted spread, when it is proposed from: the bound is highest for a q that is too narrow
MOST_BIAS = 0.05  # of a posterior sd


@methods_in_own_arithmetic
@dataclass(frozen=True, eq=False, repr=False)
class ViPosterior(Posterior):
    """Unweighted draws from q, the best normal in probit coordinates. log_evidence is a lower bound of log Z.

    The answer is biased. Weighing the draws by p(z, k) / q(z), Pareto-smoothed, takes the bias away, so far as q
    covers the posterior; the difference that makes is an estimate of the bias, and part of every error given here.

    Args:
        log_ratios: log p(z, k) - log q(z) of the draws, shape (N,).
        mean_z: mean of q, shape (d,), in the order of the hyperprior's addresses.
        frame: lower triangular, with the covariance frame frame' of q, shape (d, d).
    """

    log_ratios: np.ndarray
    mean_z: np.ndarray
    frame: np.ndarray

    @classmethod
    def from_ratios(
        cls,
        hyperprior: Hyperprior,
        draws: Mapping[str, np.ndarray],
        log_ratios: np.ndarray,
        *,
        mean: np.ndarray,
        frame: np.ndarray,
    ) -> "ViPosterior":
        """The posterior, with the bound E_q[log p(z, k) - log q(z)] and how far it believes log Z to be.

        Args:
            hyperprior: what was believed before the counts.
            draws: from q, each of shape (N,).
            log_ratios: log p(z, k) - log q(z), shape (N,).
            mean: of q.
            frame: of q.

        Returns:
            The posterior.
        """
        weighed = Posterior.from_weights(hyperprior, draws, log_ratios)
        log_ratios = weighed.log_weights
        bound = float(np.mean(log_ratios))
        gap = weighed.log_evidence - bound
        monte_carlo = float(np.std(log_ratios)) / np.sqrt(len(log_ratios))
        return cls(
            hyperprior=hyperprior,
            draws=weighed.draws,
            log_weights=np.zeros(len(log_ratios)),
            log_evidence=bound,
            log_evidence_error=float(np.hypot(np.hypot(gap, monte_carlo), weighed.log_evidence_error)),
            log_ratios=log_ratios,
            mean_z=mean,
            frame=frame,
            weightless=weighed.weightless,
        )

    @cached_property
    def khat(self) -> float:
        """Shape of the tail of the weights p(z, k) / q(z), see `pareto_smoothed`: above 0.7 the bias is unknown."""
        return self._smoothed[1]

    @property
    def proposal_args(self) -> tuple[np.ndarray, np.ndarray]:
        """What `normal_proposal(hyperprior)` takes, with q widened, to make of q a proposal for `importance`."""
        return self.mean_z, WIDENING * self.frame

    @property
    def ess(self) -> float:
        """Draws that would know the worst of all names as well; the bias counts, so that more draws hardly help."""
        return float(min((self.sd(name) / self.mean_error(name)) ** 2 for name in varying(self)))

    def bias(self, name: str) -> float:
        """Estimated error of `mean(name)`: the mean over q less that over its weighed draws."""
        return self.mean(name) - float(weighted(np.exp(self._smoothed[0]), self._draws(name)))

    def expectation(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mean of any function of the population under q, and its error: that of Monte Carlo and the estimated bias.

        Args:
            values: the function at each draw, shape (N,) or (N, columns).

        Returns:
            Mean and error, scalars or shape (columns,).
        """
        mean = np.mean(values, axis=0)
        weighed = np.exp(self._smoothed[0])
        corrected = weighted(weighed, values)
        # The correction has an error too, and says nothing below it.
        of_correction = np.sqrt(weighted(weighed**2, (values - corrected) ** 2))
        return mean, np.hypot(mean - corrected, np.hypot(of_correction, np.std(values, axis=0) / np.sqrt(len(values))))

    @property
    def verdict(self) -> str:
        """One line on whether to trust this posterior and, if not, what to do."""
        share = {name: abs(self.bias(name)) / self.sd(name) for name in varying(self)}
        worst = max(share, key=lambda name: share[name])
        seen = f"E[{worst}] is off by about {share[worst]:.2f} posterior sd, k-hat {self.khat:.2f}"
        if lost := too_many(self):
            first = f"{lost}; {seen}"
        elif self.khat < HIGHEST_KHAT and share[worst] < MOST_BIAS:
            first = f"trust: the normal that is closest to the posterior; {seen}"
        else:
            first = (
                f"do not trust: a normal is not this posterior, {seen}, where it takes less than {MOST_BIAS} sd and a "
                f"k-hat below {HIGHEST_KHAT}; propose from it, "
                "importance(..., proposal=normal_proposal(hyperprior), proposal_args=posterior.proposal_args)"
            )
        return "; ".join([first, *counted(self), *edges(self)])

    @cached_property
    def _smoothed(self) -> tuple[np.ndarray, float]:
        return pareto_smoothed(self.log_ratios)
