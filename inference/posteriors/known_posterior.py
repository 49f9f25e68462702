"""A population that is known: one draw that has all the weight, and no error."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import jax
import numpy as np

from inference.draws.each_group import EachGroup
from inference.draws.more_data import all_counts, log_more
from inference.draws.weighted import WeightedDraws, check_probability
from inference.posteriors.exact_posterior import ExactPosterior
from inference.programs.populations import population_draw, trials_kept
from inference.programs.posterior_density import ACCURACY
from inference.programs.prepared import as_counts
from inference.questions.any_family.given_counts import log_marginal
from models import Counts, Hyperprior, Observations
from models.families.beta_binomial.split_likelihood import SplitLikelihood
from models.hyperpriors.hyperprior import population_at
from models.hyperpriors.hyperprior_check import check_hyperprior
from models.numerics.arithmetic import methods_in_own_arithmetic
from models.numerics.sums import weighted
from models.observations.trials import check_float64


@methods_in_own_arithmetic
@dataclass(frozen=True, eq=False, repr=False)
class KnownPosterior(ExactPosterior):
    """The exact posterior under `fixed(a, b)`: nothing is learned of the population, but the rates follow from counts.

    Args:
        nodes: None, because nothing is integrated.
    """

    nodes: None = field(default=None, kw_only=True)  # pyright: ignore[reportIncompatibleVariableOverride]

    def mean(self, name: str) -> float:
        """The known value."""
        return float(self.values(name)[0])

    def mean_error(self, name: str) -> float:
        """0, because nothing is computed."""
        return 0.0 * self.mean(name)

    def sd(self, name: str) -> float:
        """0, because the population is known."""
        return 0.0 * self.mean(name)

    def quantile(self, name: str, q: float) -> float:
        """The known value, whatever q in (0, 1) is."""
        check_probability(q)
        return float(self.values(name)[0])

    def quantile_error(self, name: str) -> float:
        """0, because nothing is computed."""
        return 0.0 * self.mean(name)

    def probability_below(self, name: str, value: float) -> float:
        """1 if the known value is smaller than `value`, else 0."""
        return float(self.values(name)[0] < value)

    def expectation(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The function at the known population, and its error, 0.

        Args:
            values: the function, shape (1,) or (1, columns).

        Returns:
            Value and 0, scalars or shape (columns,).
        """
        value = np.asarray(values, np.float64)[0]
        return value, np.zeros_like(value)

    def average(
        self, function: Callable[[np.ndarray, np.ndarray], np.ndarray], tolerance: float
    ) -> tuple[np.ndarray, np.ndarray]:
        """Functions of (a, b) at the known population, and their error, 0.

        Args:
            function: of a and b, each of shape (1, 1), to shape (1, columns).
            tolerance: not used.

        Returns:
            Value and 0, shape (columns,).
        """
        return self.expectation(function(*self.population_shapes))

    def with_more(self, counts: Observations) -> "KnownPosterior":
        """The same population, and log Z of all counts. See `Posterior.with_more`."""
        both = all_counts(self, counts)
        log_evidence = self.log_evidence + float(log_more(self, both)[0])
        weights = np.array([log_evidence])
        return replace(self, learned_from=both, log_evidence=log_evidence, log_weights=weights)


def known_posterior(hyperprior: Hyperprior, counts: Observations) -> KnownPosterior:
    """The posterior of a population that is known: log Z is the log likelihood of the counts.

    Args:
        hyperprior: of a program without addresses.
        counts: the data of the groups.

    Returns:
        The posterior, whose one draw has all the weight.
    """
    check_float64(counts.design_values)
    if hyperprior.has_one_beta:
        draws, log_evidence, rounding = _one_beta(hyperprior, as_counts(hyperprior, counts))
    else:
        draws, log_evidence, rounding = _any_family(hyperprior, counts)
    return KnownPosterior(
        hyperprior=hyperprior,
        draws=draws,
        log_weights=np.array([log_evidence]),
        log_evidence=log_evidence,
        log_evidence_error=rounding,
        trials=trials_kept(hyperprior, counts.trials_of_rows),
        learned_from=counts,
        has_own_likelihood=True,
    )


def _one_beta(hyperprior: Hyperprior, counts: Counts) -> tuple[dict[str, np.ndarray], float, float]:
    """The draw, log Z and its rounding error, if the population is one Beta."""
    shapes = population_at(hyperprior, {})
    log_evidence, rounding = SplitLikelihood(*counts.pairs).at(*shapes)
    a, b = (np.array([shape]) for shape in shapes)
    return {"a": a, "b": b, "mu": a / (a + b), "lam": a + b}, log_evidence, rounding


def _any_family(hyperprior: Hyperprior, counts: Observations) -> tuple[dict[str, np.ndarray], float, float]:
    """The draw, log Z and its rounding error, in any family."""
    check_hyperprior(hyperprior, counts.trials_of_rows)
    with jax.enable_x64(True):
        drawn = jax.device_get(population_draw(hyperprior, {}, counts.trials_of_rows))
    draws = {name: np.asarray(value, np.float64)[None] for name, value in drawn.draws.items()}
    one = WeightedDraws(hyperprior, draws, np.zeros(1), np.nan, np.nan, learned_from=counts)
    groups = EachGroup(one, counts)
    log_p = groups.of_table(np.concatenate([values[0] for _, values in groups.values(log_marginal)]))
    log_evidence = float(weighted(counts.multiplicity.astype(np.float64), log_p))
    return draws, log_evidence, ACCURACY * float(np.sum(counts.multiplicity))
