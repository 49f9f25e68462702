"""The nodes of a quadrature rule over the population, and means over them with their estimated errors."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from inference.numerics.mass_finder import Region
from inference.numerics.trapezoid import Rule, refine
from inference.programs.integrand import Integrand
from models import Counts, Hyperprior

MOST_DOUBLINGS = 2  # how often the nodes in each direction may be doubled, for a function with sharp bends


@dataclass(frozen=True, eq=False)
class Nodes:
    """A quadrature rule over the population.

    Args:
        integrand: the posterior density that is integrated.
        region: where its mass is, from `locate`.
        rule: the nodes.
        refit: function of a hyperprior and counts that returns their exact posterior; defined at the top level of a
            module, so that it can be pickled.
    """

    integrand: Integrand
    region: Region
    rule: Rule
    refit: Callable[[Hyperprior, Counts], Any]

    @property
    def finest(self) -> int:
        """The largest factor by which `average` may multiply the number of nodes."""
        return 4**MOST_DOUBLINGS

    def expectation(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mean of any function of the population, and its estimated absolute error.

        Args:
            values: the function at each node, shape (N,) or (N, columns).

        Returns:
            Mean and error, scalars or shape (columns,).
        """
        grid = np.reshape(values, self.rule.inner.shape + np.shape(values)[1:])
        mean, errors = self.rule.expectation(grid), self.rule.expectation_error(grid)
        return mean, errors[0] + errors[1] + self.integrand.rounding * np.abs(mean)

    def average(
        self, function: Callable[[np.ndarray, np.ndarray], np.ndarray], tolerance: float
    ) -> tuple[np.ndarray, np.ndarray]:
        """Mean of functions of (a, b) that have sharper bends than the density; the nodes are refined as needed.

        Args:
            function: of a and b, each of shape (N, 1), to shape (N, columns).
            tolerance: refinement stops when no error is larger than this, and in any case after the nodes in each
                direction have been doubled twice.

        Returns:
            Mean and estimated absolute error, each of shape (columns,). The error is at least the change that the last
            doubling made.
        """
        rule, doublings, before = self.rule, 0, None
        while True:
            population = self.integrand.population(rule.outer[:, None], rule.inner)
            values = function(*(population[name].reshape(-1, 1) for name in ("a", "b")))
            grid = values.reshape(*rule.inner.shape, -1)
            mean, errors = rule.expectation(grid), rule.expectation_error(grid)
            error = errors[0] + errors[1] + self.integrand.rounding * np.abs(mean)
            if before is not None:
                error = np.maximum(error, np.abs(mean - before))
            if doublings == MOST_DOUBLINGS or np.max(error) <= tolerance:
                return mean, error
            rule, doublings, before = refine(self.integrand.plane(), self.region, rule), doublings + 1, mean
