"""A population that is known: one draw that has all the weight, and no error."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from inference.draws.more_data import all_counts, log_more
from inference.draws.weighted import check_probability
from inference.posteriors.exact_posterior import ExactPosterior
from models import Observations
from models.numerics.arithmetic import methods_in_own_arithmetic


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
