"""What every algorithm returns: weighted draws of the population, and how far they can be trusted."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any

import jax
import numpy as np
import polars as pl
from scipy.special import logsumexp

from inference.draws.summary import summary_html, summary_line, summary_table
from inference.draws.verdict import verdict
from inference.numerics.pareto_smoothing import pareto_smoothed
from inference.programs.shapes import WeightError, held_by_floats, usable_draws
from inference.questions.questions import Questions
from inference.questions.shrinkage import shrinkage_table
from models import Counts, Hyperprior
from models.hyperpriors.hyperprior import population_at
from models.numerics.arithmetic import methods_in_own_arithmetic
from models.numerics.sums import average

if TYPE_CHECKING:
    from xarray import DataTree


@methods_in_own_arithmetic
@dataclass(frozen=True, eq=False, repr=False)
class Posterior(Questions):
    """Weighted draws of the population (a, b) given everybody's counts; students follow by conjugacy.

    Args:
        hyperprior: what was believed before the counts.
        draws: values of each of the hyperprior's own addresses and of a, b, mu = a / (a + b), lam = a + b, each (N,).
        log_weights: log w_j, shape (N,); any constant may be added to all of them.
        log_evidence: log Z = log p(counts).
        log_evidence_error: standard error of log Z, sqrt(1 / ESS - 1 / N).
        advice: what to do should the draws turn out too few, for the verdict.
        weightless: further draws, whose a or b floats do not hold, see `are_weighed`. They weigh nothing and are not
            among the N, but among those that log Z is a mean over.
        log_best_weight: what a draw would weigh that explains the counts best, see `best_population`; -inf where that
            was not asked.
    """

    hyperprior: Hyperprior
    draws: Mapping[str, np.ndarray]
    log_weights: np.ndarray
    log_evidence: float
    log_evidence_error: float
    advice: str = field(default="take more draws, or use exact", kw_only=True)
    weightless: int = field(default=0, kw_only=True)
    log_best_weight: float = field(default=float("-inf"), kw_only=True)

    @classmethod
    def from_weights(
        cls, hyperprior: Hyperprior, draws: Mapping[str, np.ndarray], log_weights: np.ndarray, **others: Any
    ) -> "Posterior":
        """Posterior from draws and their importance weights w_j = p(counts, draw_j) / q(draw_j).

        Args:
            hyperprior: what was believed before the counts.
            draws: the hyperprior's own addresses, and a and b, each of shape (N,).
            log_weights: log w_j, shape (N,); of no matter where floats do not hold a or b, see `are_weighed`.
            others: `advice` and `log_best_weight`, perhaps.

        Returns:
            The posterior, with log Z ~ log mean_j w_j, without those draws.

        Raises:
            WeightError: if a weight is NaN or +inf, if all are zero, or if an a or b is negative or no number.
        """
        log_weights = np.asarray(log_weights, np.float64)
        size, held = log_weights.size, held_by_floats(draws, log_weights)
        if not held.all():
            draws, log_weights = {name: values[held] for name, values in draws.items()}, log_weights[held]
        draws = usable_draws(draws)
        _refuse_unusable(log_weights)
        return cls(
            hyperprior=hyperprior,
            draws=draws,
            log_weights=log_weights,
            log_evidence=float(logsumexp(log_weights) - np.log(size)),
            log_evidence_error=float(np.sqrt(max(1 / effective_sample_size(log_weights) - 1 / size, 0.0))),
            weightless=size - log_weights.size,
            **others,
        )

    def __reduce__(self) -> tuple[Any, ...]:
        """Its fields; a copy computes anew what is computed from them."""
        given = {each.name: getattr(self, each.name) for each in fields(self) if not each.name.startswith("_")}
        return _made, (type(self), given)

    @cached_property
    def weights(self) -> np.ndarray:
        """Normalised weights w_j / sum w, shape (N,), read-only."""
        weights = np.exp(self.log_weights - logsumexp(self.log_weights))
        weights.flags.writeable = False
        return weights

    @property
    def ess(self) -> float:
        """Effective sample size (sum w)^2 / sum w^2 (Kong, Liu & Wong 1994)."""
        return effective_sample_size(self.log_weights)

    def mean(self, name: str) -> float:
        """Posterior mean sum_j w_j x_j of "a", "b", "mu", "lam" or an address of the hyperprior."""
        return float(average(self.weights, self._draws(name)))

    def mean_error(self, name: str) -> float:
        """Standard error of `mean`, sqrt(sum_j w_j^2 (x_j - mean)^2) (Owen 2013, eq. 9.9)."""
        return float(self.expectation(self._draws(name))[1])

    def sd(self, name: str) -> float:
        """Posterior standard deviation sqrt(sum_j w_j (x_j - mean)^2)."""
        return float(np.sqrt(average(self.weights, (self._draws(name) - self.mean(name)) ** 2)))

    def quantile(self, name: str, q: float) -> float:
        """Posterior quantile: the smallest draw at which the weighted distribution function reaches q in (0, 1)."""
        check_probability(q)
        draws = self._draws(name)
        order = np.argsort(draws)
        cumulative = np.cumsum(self.weights[order])
        return float(draws[order][min(np.searchsorted(cumulative, q * cumulative[-1]), len(order) - 1)])

    def expectation(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Posterior mean of any function of the population, and its standard error.

        Args:
            values: the function at each draw, shape (N,) or (N, columns).

        Returns:
            Mean and standard error, scalars or shape (columns,).
        """
        weights = self.weights
        mean = average(weights, values)
        # Weighed before they are squared: where there is no weight a function may be as large as float64 holds.
        return mean, np.sqrt(np.sum((weights * (values - mean).T) ** 2, axis=-1))

    def plug_in(self) -> tuple[float, float]:
        """(a*, b*) at the posterior mean of the hyperprior's own addresses: the course's point estimate."""
        return population_at(self.hyperprior, {address: self.mean(address) for address in self.hyperprior.addresses})

    def shrinkage(self, counts: Counts, *, interval: float = 0.9) -> pl.DataFrame:
        """Each student's rate, before and after learning the population.

        Args:
            counts: the students to report, usually those the population was learned from.
            interval: probability of the central interval (low, high).

        Returns:
            A row per student: name, k, n; raw = k / n (null if n = 0); plug_in = (a* + k) / (a* + b* + n), see
            `plug_in` (null if that mean does not exist); mean, sd, low and high of theta_i with (a, b) integrated out;
            mean_error, the standard error of mean.

        Raises:
            ValueError: if `interval` is not between 0 and 1.
        """
        check_probability(interval, "interval")
        return shrinkage_table(self, counts, interval)

    @property
    def n_chains(self) -> int:
        """Number of Markov chains; 1 for draws that are weighted instead."""
        return 1

    @cached_property
    def khat(self) -> float:
        """Shape of the tail of the weights: above 0.7 no estimate is to be trusted, see `pareto_smoothed`."""
        return pareto_smoothed(self.log_weights)[1]

    def diagnostics(self) -> pl.DataFrame:
        """How far each name is to be trusted: a row with its mcse (`mean_error`), ess = (sd / mcse)^2 and khat.

        ess is null where nothing varies.
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
        """This posterior as ArviZ's plots take it, `arviz.plot_forest(posterior.to_arviz(counts))`, or NetCDF has it.

        Args:
            counts: the students, for theta, log likelihood and predictions; None for the population alone.
            key: JAX random key of the draws that this takes, `jax.random.key(0)` by default.
            n_draws: of equal weight, from draws that are weighted; chains are kept as they are.

        Returns:
            A DataTree with groups posterior and prior, and, with counts, log_likelihood, posterior_predictive,
            prior_predictive and observed_data; `.to_netcdf("my.nc", engine="h5netcdf")` saves it.
        """
        from inference.questions.to_arviz import to_arviz  # here, because that is about posteriors

        return to_arviz(self, counts, key=jax.random.key(0) if key is None else key, n_draws=n_draws)

    @property
    def verdict(self) -> str:
        """One line on whether to trust this posterior and, if not, what to do."""
        return verdict(self)

    def summary(self) -> pl.DataFrame:
        """A row for each of the hyperprior's addresses and a, b, mu, lam: mean, its error, sd, 5 %, 50 %, 95 %.

        A mean or an sd that does not exist is null, as E[lam] is under `half_cauchy`.
        """
        return summary_table(self)

    def __repr__(self) -> str:
        return summary_line(self)

    def _repr_html_(self) -> str:
        return summary_html(self)

    def _draws(self, name: str) -> np.ndarray:
        if name not in self.draws:
            raise KeyError(f"no {name!r} in this posterior; it has {', '.join(self.draws)}")
        return np.asarray(self.draws[name], np.float64)


def _made(kind: type[Posterior], given: Mapping[str, Any]) -> Posterior:
    return kind(**given)


def effective_sample_size(log_weights: np.ndarray) -> float:
    """(sum w)^2 / sum w^2 of unnormalised log weights, shape (N,); between 1 and N."""
    return float(np.exp(2 * logsumexp(log_weights) - logsumexp(2 * log_weights)))


def varying(posterior: Posterior) -> list[str]:
    """The names whose errors say how good the draws are: not an a, b, mu or lam that the hyperprior has fixed."""
    own = posterior.hyperprior.addresses
    return [name for name, draws in posterior.draws.items() if name in own or np.ptp(draws) > 0]


def check_probability(q: float, name: str = "q") -> None:
    """Raise a ValueError unless 0 < q < 1."""
    if not 0 < q < 1:
        raise ValueError(f"{name} must lie strictly between 0 and 1, not {q}")


def _refuse_unusable(log_weights: np.ndarray) -> None:
    wrong = int(np.sum(np.isnan(log_weights) | (log_weights == np.inf)))
    if wrong:
        raise WeightError(
            f"{wrong} of {log_weights.size} weights are NaN or infinite: a density of the hyperprior or of the "
            "proposal is, at what it has drawn"
        )
    if np.all(log_weights == -np.inf):
        raise WeightError("no particle explains the counts: every weight is zero under this hyperprior")
