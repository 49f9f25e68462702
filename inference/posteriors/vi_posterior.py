"""Draws from a normal approximation of the posterior of the population, with an estimate of its bias."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy.special import logsumexp

from inference.draws.independent import IndependentDraws
from inference.draws.verdict import caveats
from inference.draws.weightless import loss_sentence, weightless_sentences
from inference.numerics.pareto_smoothing import HIGHEST_KHAT, pareto_smoothed
from inference.posteriors.posterior import Posterior
from models import Hyperprior
from models.numerics.arithmetic import methods_in_own_arithmetic
from models.numerics.sums import weighted

PROPOSAL_WIDENING = 1.4  # factor of q's spread when q is used as a proposal: the q with the highest bound is too narrow
MOST_BIAS = 0.05  # in posterior sds: largest trusted bias of a mean


@methods_in_own_arithmetic
@dataclass(frozen=True, eq=False, repr=False)
class ViPosterior(Posterior):
    """Unweighted draws from q, the best normal in probit coordinates. log_evidence is a lower bound of log Z.

    The means are biased. Weights p(z, k) / q(z), Pareto-smoothed, remove the bias as far as q covers the posterior. The
    difference between the unweighted and the weighted mean estimates the bias, and is a part of every error given here.

    Args:
        log_ratios: log p(z, k) - log q(z) of the draws, shape (N,).
        mean_z: mean of q, shape (d,), in the order of the hyperprior's addresses and their elements.
        scale_tril: L, lower triangular, shape (d, d); the covariance of q is L L'.
    """

    log_ratios: np.ndarray
    mean_z: np.ndarray
    scale_tril: np.ndarray

    @classmethod
    def from_ratios(
        cls,
        hyperprior: Hyperprior,
        draws: Mapping[str, np.ndarray],
        log_ratios: np.ndarray,
        *,
        status: np.ndarray | None = None,
        mean: np.ndarray,
        scale_tril: np.ndarray,
        **others: Any,
    ) -> "ViPosterior":
        """The posterior, with the lower bound E_q[log p(z, k) - log q(z)] and its estimated distance from log Z.

        Args:
            hyperprior: the prior of the population.
            draws: draws from q, as in `from_weights`.
            log_ratios: log p(z, k) - log q(z), shape (N,).
            mean: mean of q, shape (d,).
            scale_tril: L of q, shape (d, d).
            status: likewise.
            others: as in `from_weights`.

        Returns:
            The posterior.
        """
        weighted_draws = Posterior.from_weights(hyperprior, draws, log_ratios, status=status)
        log_ratios = weighted_draws.log_weights
        bound = float(np.mean(log_ratios))
        gap = weighted_draws.log_evidence - bound
        monte_carlo = float(np.std(log_ratios)) / np.sqrt(len(log_ratios))
        return cls(
            hyperprior=hyperprior,
            draws=weighted_draws.draws,
            log_weights=np.zeros(len(log_ratios)),
            log_evidence=bound,
            log_evidence_error=float(np.hypot(np.hypot(gap, monte_carlo), weighted_draws.log_evidence_error)),
            log_ratios=log_ratios,
            mean_z=mean,
            scale_tril=scale_tril,
            weightless=weighted_draws.weightless,
            **others,
        )

    @cached_property
    def khat(self) -> float:
        """Shape of the tail of the weights p(z, k) / q(z), see `pareto_smoothed`: above 0.7 the bias is unknown."""
        return self._smoothed[1]

    @property
    def proposal_args(self) -> tuple[np.ndarray, np.ndarray]:
        """Arguments of `normal_proposal(hyperprior)` that make a widened q the proposal of `importance`."""
        return self.mean_z, PROPOSAL_WIDENING * self.scale_tril

    @property
    def ess(self) -> float:
        """Effective sample size, the smallest over all names; limited by the bias, so more draws hardly increase it."""
        return float(min((self.sd(name) / self.mean_error(name)) ** 2 for name in self.varying))

    def nearly_independent(self) -> IndependentDraws:
        """All draws from q, with the weights p(z, k) / q(z) that remove its bias, and log Z by these weights.

        How far the bound lies below log Z is part of the error: where q is a poor fit, the weights do not show it all.
        """
        size = len(self.log_ratios)
        log_evidence = float(logsumexp(self.log_ratios) - np.log(size))
        return IndependentDraws(np.arange(size), self.log_ratios, log_evidence, self.log_evidence_error)

    def bias(self, name: str) -> float:
        """Estimated bias of `mean(name)`: the mean under q minus the mean of its weighted draws."""
        return self.mean(name) - float(weighted(np.exp(self._smoothed[0]), self.values(name)))

    def expectation(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mean of any function of the population under q, and its error: Monte Carlo error and estimated bias.

        Args:
            values: the function at each draw, shape (N,) or (N, columns).

        Returns:
            Mean and error, scalars or shape (columns,).
        """
        mean = np.mean(values, axis=0)
        weights = np.exp(self._smoothed[0])
        corrected = weighted(weights, values)
        # The correction has an error too: a bias smaller than that cannot be seen.
        of_correction = np.sqrt(weighted(weights**2, (values - corrected) ** 2))
        return mean, np.hypot(mean - corrected, np.hypot(of_correction, np.std(values, axis=0) / np.sqrt(len(values))))

    @cached_property
    def verdict(self) -> str:
        """One line that says whether to trust this posterior and, if not, what to do."""
        share = {name: abs(self.bias(name)) / self.sd(name) for name in self.varying}
        worst = max(share, key=lambda name: share[name])
        bias = f"E[{worst}] is off by about {share[worst]:.2f} posterior sd, k-hat {self.khat:.2f}"
        if lost := loss_sentence(self):
            first = f"{lost}; {bias}"
        elif self.khat < HIGHEST_KHAT and share[worst] < MOST_BIAS:
            first = f"trust: the posterior is close to a normal; {bias}"
        else:
            first = (
                f"do not trust: the posterior is not close to a normal: {bias}; less than {MOST_BIAS} sd and a k-hat "
                f"below {HIGHEST_KHAT} are required; use the normal as a proposal: "
                "importance(..., proposal=normal_proposal(hyperprior), proposal_args=posterior.proposal_args)"
            )
        return "; ".join([first, *weightless_sentences(self), *caveats(self)])

    @cached_property
    def _smoothed(self) -> tuple[np.ndarray, float]:
        return pareto_smoothed(self.log_ratios)
