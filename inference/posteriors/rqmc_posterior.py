"""Points of independent scrambles of a Sobol sequence; how much the scrambles differ gives the standard errors."""

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import numpy as np
from scipy.special import logsumexp

from inference.draws.independent import effective_sample_size
from inference.draws.more_data import all_counts, log_more
from inference.draws.verdict import LARGEST_ERROR, LOWEST_ESS, caveats
from inference.draws.weightless import weightless_sentences
from inference.posteriors.posterior import ANEW, Posterior, former_doubt
from inference.programs.populations import PopulationDraws, trials_kept, usable_of
from inference.programs.shapes import are_representable
from models import Hyperprior, Observations
from models.numerics.arithmetic import methods_in_own_arithmetic
from models.numerics.sums import average, weighted

LEAST_SHARE = 0.05  # smallest trusted ESS, as a share of the points
NEGLIGIBLE = 2.0**-53  # share of the weight of all points that all those have together that are left out
MOST_MISSED = 0.1  # nats: largest trusted amount by which log Z of the pilot is above that of the scrambles
LEAST_EFFECTIVE_SHARE = 0.9  # smallest trusted share of effective scrambles, 1 / sum W_r^2 divided by their number


@methods_in_own_arithmetic
@dataclass(frozen=True, eq=False, repr=False)
class RqmcPosterior(Posterior):
    """The weighted points of R scrambles, one scramble after the other.

    With w_rj the weights, of sum 1, and m the posterior mean of f, the sums s_r = R sum_j w_rj (f_rj - m) of scrambles
    are independent, so that

        standard error of m = sd_r(s_r) / sqrt(R),

    which holds although the points of a scramble depend on each other (the delta method for a ratio of means).

    Args:
        scramble: which scramble each point belongs to, 0, 1, ..., in ascending order, shape (N,).
        n_scrambles: R.
        n_points: number of points of each scramble, with those that were left out.
        pilot_log_evidence: log Z by the points of the pilot, which no scramble has; NaN after `with_more`.
        pilot_shares: share of ESS in each round of the pilot.
    """

    scramble: np.ndarray
    n_scrambles: int
    n_points: int
    pilot_log_evidence: float
    pilot_shares: np.ndarray

    @classmethod
    def from_scrambles(
        cls,
        hyperprior: Hyperprior,
        drawn: PopulationDraws,
        log_weights: np.ndarray,
        *,
        n_scrambles: int,
        pilot_log_evidence: float,
        pilot_shares: np.ndarray,
    ) -> "RqmcPosterior":
        """The posterior of the points of all scrambles, one scramble after the other.

        Args:
            hyperprior: the prior of the population.
            drawn: the populations at the points.
            log_weights: log p(z, k) / q(z), shape (N,).
            n_scrambles: number of scrambles, each with the same number of points.
            pilot_log_evidence: as of the class.
            pilot_shares: likewise.

        Returns:
            The posterior without the points that floats cannot hold, and without those whose weights are rounded off in
            every sum.

        Raises:
            WeightError: if a weight is NaN or +inf, or if all are zero.
        """
        is_kept = is_held(drawn, log_weights)
        weightless = int(np.sum(~is_kept))
        n_points = len(log_weights) // n_scrambles
        total = logsumexp(log_weights[is_kept]) if is_kept.any() else np.nan
        if np.isfinite(total):  # else the weights are refused below
            # Far out in the mixture's tails are populations that float32 cannot hold.
            is_kept &= log_weights - total > np.log(NEGLIGIBLE / len(log_weights))
        draws = {name: np.asarray(values)[is_kept] for name, values in drawn.draws.items()}
        status = None if drawn.status is None else np.asarray(drawn.status)[is_kept]
        base = Posterior.from_weights(hyperprior, draws, log_weights[is_kept], status=status)
        scramble = np.repeat(np.arange(n_scrambles), n_points)[is_kept]
        log_evidence, error = _evidence(base.log_weights, scramble, n_scrambles, n_points)
        return cls(
            hyperprior=hyperprior,
            draws=base.draws,
            log_weights=base.log_weights,
            log_evidence=log_evidence,
            log_evidence_error=error,
            weightless=weightless,
            scramble=scramble,
            n_scrambles=n_scrambles,
            n_points=n_points,
            pilot_log_evidence=pilot_log_evidence,
            pilot_shares=pilot_shares,
        )

    @property
    def scramble_log_evidence(self) -> np.ndarray:
        """log Z_r, shape (scrambles,)."""
        return _of_scrambles(self.log_weights, self.scramble, self.n_scrambles) - np.log(self.n_points)

    def expectation(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Posterior mean of any function of the population, and its standard error across scrambles.

        Args:
            values: the function at each point, shape (N,) or (N, columns).

        Returns:
            Mean and standard error, scalars or shape (columns,).
        """
        values = np.asarray(values, np.float64)
        mean = average(self.weights, values)
        ends = np.searchsorted(self.scramble, np.arange(self.n_scrambles + 1))
        sums = [
            self.n_scrambles * weighted(self.weights[start:end], values[start:end] - mean)
            for start, end in pairwise(ends)
        ]
        return mean, np.std(sums, axis=0, ddof=1) / np.sqrt(self.n_scrambles)

    @property
    def ess_share(self) -> float:
        """The effective sample size as a share of the points."""
        return self.ess / (self.n_scrambles * self.n_points)

    def with_more(self, counts: Observations) -> "RqmcPosterior":
        """The same points, weighed by all counts; see `Posterior.with_more`. The scrambles give the errors again."""
        both = all_counts(self, counts)
        log_weights = self.log_weights + log_more(self, both)
        log_evidence, error = _evidence(log_weights, self.scramble, self.n_scrambles, self.n_points)
        return replace(
            self,
            log_weights=log_weights,
            log_evidence=log_evidence,
            log_evidence_error=error,
            learned_from=both,
            trials=trials_kept(self.hyperprior, both.trials),
            pilot_log_evidence=float("nan"),
            doubt=former_doubt(self),
        )

    @cached_property
    def verdict(self) -> str:
        """One line that says whether to trust this posterior and, if not, what to do.

        The share of ESS shows how well the proposal fits, and bounds how much a single point can move an answer. If
        the proposal covers a part of the posterior badly, few points there have large weights, and the Z_r differ. If
        it does not cover it at all, only log Z of the pilot shows it, whose points come from wider proposals too. What
        no point has come near cannot be seen: a peak so narrow that neither the pilot's points nor the paths uphill
        from them meet it.
        """
        share, effective = self.ess_share, effective_sample_size(self.scramble_log_evidence)
        size = self.n_scrambles * self.n_points
        advice = ANEW if np.isnan(self.pilot_log_evidence) else "take more points or another key, or use smc"
        if self.doubt:
            first = f"do not trust: {self.doubt}"
        elif not (share >= LEAST_SHARE and self.ess >= LOWEST_ESS):
            first = (
                f"do not trust: ESS is {share:.1%} of {size} points, and {LEAST_SHARE:.0%} and at least {LOWEST_ESS} "
                f"are needed; {advice}"
            )
        elif not effective >= LEAST_EFFECTIVE_SHARE * self.n_scrambles:
            first = (
                f"do not trust: log Z differs so much between scrambles that only {effective:.1f} of "
                f"{self.n_scrambles} are effective; {advice}"
            )
        elif self.pilot_log_evidence - self.log_evidence > MOST_MISSED:
            first = (
                f"do not trust: the points miss mass that the search for peaks has seen, log Z is lower by "
                f"{self.pilot_log_evidence - self.log_evidence:.2g}; {advice}"
            )
        elif not self._largest_error <= LARGEST_ERROR:
            first = f"do not trust: a mean has an error of {self._largest_error:.2g} posterior sds; {advice}"
        else:
            first = (
                f"trust: ESS is {share:.0%} of {size} points, and means have errors up to "
                f"{self._largest_error:.0e} sd by {self.n_scrambles} scrambles"
            )
        return "; ".join([first, *weightless_sentences(self), *caveats(self)])

    @property
    def _largest_error(self) -> float:
        """The largest standard error of a mean, in posterior sds, or of log Z."""
        of_means = [self.mean_error(name) / self.sd(name) for name in self.varying]
        return float(np.max([*of_means, self.log_evidence_error]))  # NaN if one of them is


def is_held(drawn: PopulationDraws, log_weights: np.ndarray) -> np.ndarray:
    """Which populations floating point can hold, shape (N,).

    Args:
        drawn: the populations.
        log_weights: their log weights, shape (N,).

    Returns:
        Booleans.

    Raises:
        WeightError: if a parameter of a population is negative or not a number.
    """
    if drawn.status is not None:
        return usable_of(np.asarray(drawn.status))
    return are_representable({name: np.asarray(values) for name, values in drawn.draws.items()}, log_weights)


def _of_scrambles(log_weights: np.ndarray, scramble: np.ndarray, n_scrambles: int) -> np.ndarray:
    """log sum_j w_rj, shape (scrambles,)."""
    with np.errstate(divide="ignore"):  # a scramble without weight
        largest = np.max(log_weights)
        return largest + np.log(np.bincount(scramble, np.exp(log_weights - largest), n_scrambles))


def _evidence(log_weights: np.ndarray, scramble: np.ndarray, n_scrambles: int, n_points: int) -> tuple[float, float]:
    """log Z, and its standard error across scrambles."""
    each = _of_scrambles(log_weights, scramble, n_scrambles) - np.log(n_points)
    log_mean = float(logsumexp(each) - np.log(n_scrambles))
    return log_mean, float(np.std(np.exp(each - log_mean), ddof=1) / np.sqrt(n_scrambles))
