"""The result of every algorithm: weighted draws of the population, with one method for each question."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import jax
import polars as pl
from numpy.typing import ArrayLike

from inference.draws.summary import summary_html, summary_line, summary_table
from inference.draws.verdict import verdict
from inference.draws.weighted import WeightedDraws, check_probability
from inference.questions.above import above
from inference.questions.evaluate import HeldOut, evaluate
from inference.questions.leave_one_out import leave_one_out
from inference.questions.predict import predict
from inference.questions.predictive_checks import PredictiveChecks, predictive_checks
from inference.questions.ranking import pairwise, ranking
from inference.questions.shrinkage import shrinkage_table
from inference.questions.to_arviz import to_arviz
from models import Counts
from models.numerics.arithmetic import methods_in_own_arithmetic

if TYPE_CHECKING:
    from xarray import DataTree


@methods_in_own_arithmetic
@dataclass(frozen=True, eq=False, repr=False)
class Posterior(WeightedDraws):
    """The posterior of the population (a, b) given all counts; the rates of students follow by conjugacy.

    It consists of weighted draws, see `WeightedDraws`. Each method calls the function of a module that answers one
    question.
    """

    def shrinkage(self, counts: Counts, *, interval: float = 0.9) -> pl.DataFrame:
        """Each student's rate, before and after learning the population.

        Args:
            counts: the students in the table, usually those the population was learned from.
            interval: probability of the central interval (low, high).

        Returns:
            A row per student: name, k, n; raw = k / n (null if n = 0); plug_in = (a* + k) / (a* + b* + n), see the
            method `plug_in` (null if (a*, b*) does not exist); mean, sd, low and high of theta_i with (a, b) integrated
            out; mean_error, the standard error of mean.

        Raises:
            ValueError: if `interval` is not between 0 and 1.
        """
        check_probability(interval, "interval")
        return shrinkage_table(self, counts, interval)

    def diagnostics(self) -> pl.DataFrame:
        """Monte Carlo diagnostics: a row per name with mcse (`mean_error`), ess = (sd / mcse)^2 and khat.

        ess is null for a quantity that does not vary.
        """
        rows = [{"name": name, "mcse": self.mean_error(name), "sd": self.sd(name)} for name in self.draws]
        return pl.DataFrame(rows).select(
            "name",
            "mcse",
            ess=((pl.col("sd") / pl.col("mcse")) ** 2).fill_nan(None),
            khat=pl.lit(self.khat, pl.Float64),
        )

    def to_arviz(
        self, counts: Counts | None = None, *, key: jax.Array | None = None, n_draws: int = 4_000
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

    @property
    def verdict(self) -> str:
        """One line that says whether to trust this posterior and, if not, what to do."""
        return verdict(self)

    def summary(self) -> pl.DataFrame:
        """A row for each of the hyperprior's addresses and a, b, mu, lam: mean, its error, sd, quantiles 5, 50, 95 %.

        A mean or an sd that does not exist is null, for example E[lam] under `half_cauchy`.
        """
        return summary_table(self)

    def __repr__(self) -> str:
        return summary_line(self, self.verdict)

    def _repr_html_(self) -> str:
        return summary_html(self, self.verdict)

    def above(self, counts: Counts, *thresholds: float) -> pl.DataFrame:
        """P(theta_i > c) for each student and each threshold c: see `inference.questions.above`."""
        return above(self, counts, thresholds)

    def ranking(self, counts: Counts, *, key: jax.Array | None = None, interval: float = 0.9) -> pl.DataFrame:
        """Each group's probability of being best and worst, and its rank: see `inference.questions.ranking`."""
        return ranking(self, counts, key=key, interval=interval)

    def pairwise(self, counts: Counts, *, key: jax.Array | None = None) -> pl.DataFrame:
        """P(theta_i > theta_j) for every two groups: see `inference.questions.ranking`."""
        return pairwise(self, counts, key=key)

    def predict(self, counts: Counts | None, n: ArrayLike, *, interval: float = 0.9) -> pl.DataFrame:
        """The count of each group, and of an unseen one, in its next `n` trials: see `inference.predict`."""
        return predict(self, counts, n, interval=interval)

    def evaluate(self, counts: Counts, later: Counts) -> HeldOut:
        """How well later counts were predicted, with and without pooling: see `inference.evaluate`."""
        return evaluate(self, counts, later)

    def leave_one_out(self, counts: Counts, *, pit: bool = True) -> pl.DataFrame:
        """Each group predicted from all other groups: see `inference.questions.leave_one_out`."""
        return leave_one_out(self, counts, pit=pit)

    def predictive_checks(self, counts: Counts, *, key: jax.Array, n_draws: int = 2_000) -> PredictiveChecks:
        """Whether the model would produce rates like those observed: see `inference.questions.predictive_checks`."""
        return predictive_checks(self, counts, key=key, n_draws=n_draws)
