"""The result of every algorithm: weighted draws of the population, with one method for each question."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import jax
import numpy as np
import polars as pl
from numpy.typing import ArrayLike
from scipy.special import logsumexp

from inference.draws.best_population import log_best_weight
from inference.draws.highest_likelihood import highest_log_likelihood
from inference.draws.more_data import all_counts, log_more
from inference.draws.summary import summary_html, summary_line, summary_table
from inference.draws.verdict import verdict
from inference.draws.weighted import WeightedDraws, check_probability
from inference.programs.populations import trials_kept
from inference.questions.above import above
from inference.questions.evaluate import HeldOut, evaluate
from inference.questions.learned_prior import learned_prior
from inference.questions.leave_one_out import leave_one_out
from inference.questions.predict import predict
from inference.questions.predictive_checks import PredictiveChecks, predictive_checks
from inference.questions.ranking import Best, pairwise, ranking
from inference.questions.shrinkage import shrinkage_table
from inference.questions.to_arviz import to_arviz
from inference.questions.two_groups.contrast import contrast
from models import Counts, Observations
from models.numerics.arithmetic import methods_in_own_arithmetic

if TYPE_CHECKING:
    from xarray import DataTree


ANEW = "learn the population anew from all counts, posterior.learned_from"


@methods_in_own_arithmetic
@dataclass(frozen=True, eq=False, repr=False)
class Posterior(WeightedDraws):
    """The posterior of the population given all counts; the rates of students follow by conjugacy.

    It consists of weighted draws, see `WeightedDraws`. Each method calls the function of a module that answers one
    question. A question about students raises a ValueError if the population was learned by students of a program that
    is not the family's, see `classroom`.
    """

    def shrinkage(self, counts: Observations, *, interval: float = 0.9) -> pl.DataFrame:
        """Each student's rate, before and after learning the population.

        Args:
            counts: the students in the table, usually those the population was learned from.
            interval: probability of the central interval (low, high).

        Returns:
            A row per student: name, k, n; raw = k / n (null if n = 0); plug_in = (a* + k) / (a* + b* + n), see the
            method `plug_in` (null if (a*, b*) does not exist); mean, sd, low and high of theta_i with (a, b) integrated
            out; mean_error, the standard error of mean. For other families see
            `inference.questions.any_family.shrinkage`.

        Raises:
            TypeError: if the counts are not of the kind that the hyperprior's family observes.
            ValueError: if `interval` is not between 0 and 1.
        """
        check_probability(interval, "interval")
        return shrinkage_table(self, counts, interval)

    def diagnostics(self) -> pl.DataFrame:
        """Monte Carlo diagnostics: a row per name with mcse (`mean_error`), ess = (sd / mcse)^2 and khat.

        ess is null for a quantity that does not vary.
        """
        rows = [{"name": name, "mcse": self.mean_error(name), "sd": self.sd(name)} for name in self.names]
        return pl.DataFrame(rows, schema={"name": pl.String, "mcse": pl.Float64, "sd": pl.Float64}).select(
            "name",
            "mcse",
            ess=((pl.col("sd") / pl.col("mcse")) ** 2).fill_nan(None),
            khat=pl.lit(self.khat, pl.Float64),
        )

    def to_arviz(
        self, counts: Observations | None = None, *, key: jax.Array | None = None, n_draws: int = 4_000
    ) -> "DataTree":
        """This posterior in ArviZ's format, for `arviz.plot_forest(posterior.to_arviz(counts))` or a NetCDF file.

        Args:
            counts: the students, for theta, log likelihood and predictions; None for the population alone.
            key: JAX random key of the draws made here, `jax.random.key(0)` by default.
            n_draws: number of draws with equal weights that are resampled from weighted draws, and of prior draws;
                chains are kept as they are.

        Returns:
            A DataTree with groups posterior and prior, and, with counts, log_likelihood, posterior_predictive,
            prior_predictive and observed_data; `.to_netcdf("my.nc", engine="h5netcdf")` saves it.
        """
        return to_arviz(self, counts, key=jax.random.key(0) if key is None else key, n_draws=n_draws)

    @cached_property
    def verdict(self) -> str:
        """One line that says whether to trust this posterior and, if not, what to do."""
        return verdict(self)

    def summary(self) -> pl.DataFrame:
        """A row for each of the hyperprior's addresses and a, b, mu, lam: mean, its error, sd, quantiles 5, 50, 95 %.

        In other families the rows after those of the addresses are what the family tells of a population that all
        students share, such as the mean and spread of their rates. A number that does not exist, or cannot be computed
        to the required accuracy, is null: for example E[lam] under `half_cauchy`.
        """
        return summary_table(self)

    def __repr__(self) -> str:
        return summary_line(self, self.verdict)

    def _repr_html_(self) -> str:
        return summary_html(self, self.verdict)

    def above(self, counts: Observations, *thresholds: float) -> pl.DataFrame:
        """P(theta_i > c) for each student and each threshold c: see `inference.questions.above`."""
        return above(self, counts, thresholds)

    def ranking(
        self,
        counts: Observations,
        *,
        key: jax.Array | None = None,
        interval: float = 0.9,
        category: str | None = None,
        best: Best = "highest",
    ) -> pl.DataFrame:
        """Probability of being best and worst, loss of choosing it, and rank: see `inference.questions.ranking`."""
        return ranking(self, counts, key=key, interval=interval, category=category, best=best)

    def pairwise(
        self, counts: Observations, *, key: jax.Array | None = None, category: str | None = None
    ) -> pl.DataFrame:
        """P(theta_i > theta_j) for every two groups: see `inference.questions.ranking`."""
        return pairwise(self, counts, key=key, category=category)

    def contrast(
        self,
        counts: Observations,
        name: str,
        other: str,
        *,
        key: jax.Array | None = None,
        interval: float = 0.9,
        category: str | None = None,
    ) -> pl.DataFrame:
        """The difference and the ratios of the rates of two groups: see `inference.questions.two_groups.contrast`."""
        return contrast(self, counts, name, other, key=key, interval=interval, category=category)

    def predict(
        self,
        counts: Observations | None,
        n: ArrayLike,
        *,
        interval: float = 0.9,
        unseen: Observations | None = None,
    ) -> pl.DataFrame:
        """The count of each group, and of an unseen one, in its next `n` trials: see `inference.predict`."""
        return predict(self, counts, n, interval=interval, unseen=unseen)

    def evaluate(self, counts: Observations, later: Observations) -> HeldOut:
        """How well later counts were predicted, with and without pooling: see `inference.evaluate`."""
        return evaluate(self, counts, later)

    def with_more(self, counts: Observations) -> "Posterior":
        """This posterior given further counts too, by weighing its draws anew.

            w_j p(all counts | population_j) / p(first counts | population_j)

        The draws stay where they are, so this holds for as long as the further counts change little; the verdict says
        when it no longer does. Then learn the population anew, from `posterior.with_more(counts).learned_from`. Draws
        of chains and particle systems are first thinned to as many as are effective; those of `vi` get the weights that
        remove its bias. An exact posterior is computed anew, and so is one by `importance` from `normal_proposal`.

        Args:
            counts: further counts. If these and the first ones have names, the counts of equal names add up; otherwise
                all groups are new.

        Returns:
            The posterior given all counts.

        Raises:
            TypeError: if the counts are not of the kind that the hyperprior's family observes.
            ValueError: if this posterior was not learned from counts by the hyperprior's own family.
            CountsError: if a covariate of a group has changed, or has a new level.
            WeightError: if the further counts have probability zero under all draws.
        """
        return given_more(self, counts)

    def learned_prior(self, counts: Observations) -> pl.DataFrame:
        """The learned population as one Beta or Gamma to take away: see `inference.questions.learned_prior`."""
        return learned_prior(self, counts)

    def leave_one_out(self, counts: Observations, *, pit: bool = True) -> pl.DataFrame:
        """Each group predicted from all other groups: see `inference.questions.leave_one_out`."""
        return leave_one_out(self, counts, pit=pit)

    def predictive_checks(
        self,
        counts: Observations,
        *,
        key: jax.Array,
        n_draws: int = 2_000,
        interval: float = 0.9,
        category: str | None = None,
    ) -> PredictiveChecks:
        """Whether the model would produce rates like those observed: see `inference.questions.predictive_checks`."""
        return predictive_checks(self, counts, key=key, n_draws=n_draws, interval=interval, category=category)


def given_more(posterior: Posterior, more: Observations) -> Posterior:
    """The answer of `Posterior.with_more` for random draws."""
    both = all_counts(posterior, more)
    log_p = log_more(posterior, both)
    before = posterior.nearly_independent()
    kept = before.indices
    log_weights = before.log_weights + log_p[kept]
    log_ratio = float(logsumexp(log_weights) - logsumexp(before.log_weights))
    draws = {name: np.asarray(values)[kept] for name, values in posterior.draws.items()}
    weighed = Posterior.from_weights(
        posterior.hyperprior,
        draws,
        log_weights,
        status=None if posterior.hyperprior.has_one_beta else np.zeros(len(kept), int),
        advice=ANEW,
        learned_from=both,
        has_own_likelihood=True,
        trials=trials_kept(posterior.hyperprior, both.trials),
    )
    of_weights = np.sqrt(max(1 / weighed.ess - 1 / (len(kept) + posterior.weightless), 0.0))
    return replace(
        weighed,
        log_evidence=before.log_evidence + log_ratio,
        log_evidence_error=float(np.hypot(before.hidden_error, of_weights)),
        weightless=posterior.weightless,
        log_best_weight=_log_best_weight(posterior, weighed, both),
        doubt=former_doubt(posterior),
    )


def former_doubt(posterior: Posterior) -> str:
    """Why draws were not to be trusted before they were weighed anew; empty if they were."""
    if not posterior.verdict.startswith("do not trust"):
        return ""
    reason = posterior.verdict.partition(":")[2].partition(";")[0].strip()
    return f"before the further counts, {reason}; {ANEW}"


def _log_best_weight(posterior: Posterior, weighed: Posterior, both: Observations) -> float:
    """Log weight of a draw at the population with the highest likelihood of all counts; -inf where it is not known."""
    if isinstance(both, Counts) and posterior.hyperprior.has_one_beta:
        return log_best_weight(both, weighed)
    is_from_hyperprior = posterior.log_best_weight > -np.inf
    return highest_log_likelihood(both, weighed) if is_from_hyperprior else -np.inf
