"""Draws of several Markov chains, with errors, effective sample size and convergence diagnostics from ArviZ."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from inference.draws.independent import IndependentDraws
from inference.draws.verdict import LOWEST_ESS, caveats
from inference.posteriors.posterior import Posterior
from inference.programs.populations import exact_applies
from models.numerics.arithmetic import methods_in_own_arithmetic

HIGHEST_RHAT = 1.01  # largest trusted R-hat (Vehtari et al. 2021)
# Largest trusted share of divergent transitions. A transition diverges where the density bends more sharply than a step
# can follow; about as many draws may be missing there. A share of 2 in 1,000 moves a probability by less than its
# standard error at an ESS of 100 to 10,000, so up to this share only R-hat and ESS are used. The value was chosen on
# runs of `trust-it`, in which no answer of NUTS was wrong.
LARGEST_DIVERGENT_SHARE = 0.002


@methods_in_own_arithmetic
@dataclass(frozen=True, eq=False, repr=False)
class McmcPosterior(Posterior):
    """Unweighted draws of several chains, one chain after the other. MCMC does not estimate log Z, which is NaN.

    Args:
        algorithm: name of the chains' kernel.
        acceptance: mean acceptance probability of each chain after warm-up, shape (chains,).
        divergences: divergent transitions of each chain after warm-up, shape (chains,).
    """

    algorithm: str
    acceptance: np.ndarray
    divergences: np.ndarray

    @property
    def n_chains(self) -> int:
        """Number of chains."""
        return len(self.acceptance)

    def chains(self, name: str) -> np.ndarray:
        """Draws of "a", "b", "mu", "lam" or an address of the hyperprior, shape (chains, draws)."""
        return self.values(name).reshape(self.n_chains, -1)

    @property
    def ess(self) -> float:
        """Bulk effective sample size, the smallest over all names."""
        return self._diagnostics[0]

    def nearly_independent(self) -> IndependentDraws:
        """As many draws as the smaller of both effective sample sizes, evenly spaced, with equal weights."""
        size = len(self.log_weights)
        kept = int(np.clip(np.nan_to_num(min(self.ess, self.tail_ess)), 1, size))
        indices = ((np.arange(kept) + 0.5) * (size / kept)).astype(int)
        return IndependentDraws(indices, np.zeros(kept), self.log_evidence, self.log_evidence_error)

    @property
    def tail_ess(self) -> float:
        """Effective sample size of the 5 % and 95 % quantiles, the smallest over all names."""
        return self._diagnostics[1]

    @property
    def rhat(self) -> float:
        """Rank-normalised split R-hat, the largest over all names; infinite or NaN if no chain ever moved."""
        return self._diagnostics[2]

    @cached_property
    def khat(self) -> float:
        """-inf: draws of a chain are not weighted."""
        return float("-inf")

    def diagnostics(self) -> pl.DataFrame:
        """ArviZ's diagnostics of each name.

        Returns:
            A row per name: mcse, the Monte Carlo standard error of the mean; ess_bulk and ess_tail (of the 5 % and 95 %
            quantiles), effective sample sizes; rhat, rank-normalised and split; these three are null if nothing varies.
            And over all chains: acceptance, the mean, and divergences, the sum.
        """
        from arviz_stats.base.array import array_stats  # here, because importing it takes seconds

        arviz: Any = array_stats
        every = np.stack([self.chains(name) for name in self.names])
        errors = {"name": list(self.names), "mcse": [self.mean_error(name) for name in self.names]}
        with np.errstate(divide="ignore", invalid="ignore"):  # for a quantity that never moves
            diagnostics = {
                "ess_bulk": arviz.ess(every, method="bulk"),
                "ess_tail": arviz.ess(every, method="tail", prob=(0.05, 0.95)),
                "rhat": arviz.rhat(every),
            }
        return (
            pl.DataFrame(errors | diagnostics)
            .with_columns(pl.col(*diagnostics).fill_nan(None))
            .with_columns(
                acceptance=pl.lit(float(np.mean(self.acceptance))), divergences=pl.lit(int(np.sum(self.divergences)))
            )
        )

    def expectation(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Posterior mean of any function of the population, and its Monte Carlo standard error.

        Args:
            values: the function at each draw, shape (N,) or (N, columns).

        Returns:
            Mean and standard error, scalars or shape (columns,); NaN if no chain ever moved.
        """
        from arviz_stats.base.array import array_stats  # here, because importing it takes seconds

        by_chain = np.moveaxis(np.reshape(values, (self.n_chains, -1, *np.shape(values)[1:])), (0, 1), (-2, -1))
        with np.errstate(divide="ignore", invalid="ignore"):
            error: Any = array_stats.mcse(by_chain, method="mean")
        # For values that are the same in every draw ArviZ returns either 0 or NaN.
        moved = any(np.ptp(self.draws[address]) > 0 for address in self.hyperprior.addresses)
        return np.mean(values, axis=0), np.where(np.ptp(values, axis=0) > 0, error, 0.0 if moved else np.nan)

    @cached_property
    def verdict(self) -> str:
        """One line that says whether to trust this posterior and, if not, what to do.

        The chains must agree (R-hat below 1.01), and their bulk and tail ESS must both be at least 100 per chain. The
        tail ESS shows that chains in a funnel were hardly ever in its wide end.

        References:
            Vehtari, Gelman, Simpson, Carpenter & Bürkner (2021), Rank-normalization, folding, and localization,
            Bayesian Analysis 16(2), section 4.
        """
        return "; ".join([self._convergence(), *caveats(self)])

    def _convergence(self) -> str:
        chains = f"{self.n_chains} {self.algorithm} chains of {len(self.log_weights) // self.n_chains} draws"
        summary = f"R-hat {self.rhat:.3f}, bulk ESS {self.ess:.0f}, tail ESS {self.tail_ess:.0f} in {chains}"
        diverged = int(self.divergences.sum())
        if diverged > 0:
            summary = f"{diverged} divergent transition{'s' if diverged > 1 else ''}, {summary}"
        if diverged > LARGEST_DIVERGENT_SHARE * len(self.log_weights):
            exact = " or exact" if exact_applies(self.hyperprior, self.own_trials) else ""
            return f"do not trust: {summary}; use a longer warm-up, or smc{exact}"
        # The condition is negated so that NaN is not trusted.
        if not (self.rhat < HIGHEST_RHAT and min(self.ess, self.tail_ess) >= LOWEST_ESS * self.n_chains):
            return f"do not trust: {summary}; take more draws and a longer warm-up, or use algorithm='nuts'"
        return f"trust: {summary}"

    @cached_property
    def _diagnostics(self) -> tuple[float, float, float]:
        """Bulk ESS, tail ESS and R-hat."""
        from arviz_stats.base.array import array_stats  # here, because importing it takes seconds

        arviz: Any = array_stats
        every = np.stack([self.chains(name) for name in self.varying])
        with np.errstate(divide="ignore", invalid="ignore"):  # for a quantity that never moves
            bulk, tail = arviz.ess(every), arviz.ess(every, method="tail", prob=(0.05, 0.95))
            return float(np.min(bulk)), float(np.min(tail)), float(np.max(arviz.rhat(every)))
