"""The nodes of a quadrature rule over the population, and means over them with their estimated errors."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from inference.numerics.conditionals import Conditionals
from inference.numerics.distribution_function import Distribution
from inference.numerics.mass_finder import Region, locate
from inference.numerics.trapezoid import Rule, integrate, refine
from inference.programs.integrand import Integrand
from models import Hyperprior, Observations

DROP_OF_TAILS = 48.0  # nats: distribution functions cover the density down to this far below its peak; e^-48 = 1e-21
DECAYED = -26.0  # nats from the peak: with a lower integrand at the nodes' border, the part outside is negligible
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
    refit: Callable[[Hyperprior, Observations], Any]

    @property
    def finest(self) -> int:
        """The largest factor by which `average` may multiply the number of nodes."""
        return 4**MOST_DOUBLINGS

    @property
    def rounding(self) -> float:
        """About the largest rounding error of the log density."""
        return self.integrand.rounding

    def expectation(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mean of any function of the population, and its estimated absolute error.

        Args:
            values: the function at each node, shape (N,) or (N, columns).

        Returns:
            Mean and error, scalars or shape (columns,).
        """
        mean, error = self.on_nodes(values)
        return mean, error + self.integrand.rounding * np.abs(mean)

    def on_nodes(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """As `expectation`, but the error is that of the finite number of nodes alone."""
        grid = np.reshape(values, self.rule.inner.shape + np.shape(values)[1:])
        mean, errors = self.rule.expectation(grid), self.rule.expectation_error(grid)
        return mean, errors[0] + errors[1]

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

    @property
    def log_total(self) -> float:
        """log of the integral of the density."""
        return self.rule.log_total

    @property
    def log_total_error(self) -> float:
        """Estimated error of `log_total` from the finite number of nodes."""
        return sum(self.rule.log_total_error())

    @property
    def border_height(self) -> float:
        """The largest log density on the border of the nodes, in nats relative to its peak."""
        return self.rule.border_height()

    @property
    def weights(self) -> np.ndarray:
        """The share of each node in the integral, shape (N,)."""
        return self.rule.weights.ravel()

    def divided_by(self, log_p: np.ndarray) -> "Nodes":
        """The nodes of the density divided by a function of the population.

        Args:
            log_p: log of the function at each node, shape (N,).

        Returns:
            The same nodes with other weights.
        """
        rule = self.rule
        log_density = rule.log_density - log_p.reshape(rule.inner.shape)
        return replace(self, rule=Rule(rule.outer, rule.inner, log_density))

    def sparser(self, start: int, stride: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Every `stride`-th row and column of the nodes, from `start`.

        Returns:
            a, b and the weights there, each of shape (nodes,).
        """
        taken, rule = np.s_[start::stride, start::stride], self.rule
        population = self.integrand.population(rule.outer[:, None], rule.inner)
        a, b = (population[name][taken].ravel() for name in ("a", "b"))
        return a, b, rule.weights[taken].ravel()

    def integral(
        self, function: Callable[[Mapping[str, np.ndarray]], np.ndarray], draws: Mapping[str, np.ndarray]
    ) -> tuple[float, float]:
        """Mean of a function that may be large far out, on these nodes or, if they do not suffice, on its own nodes.

        Args:
            function: of the population's numbers by name, each of one shape, to that shape.
            draws: these numbers at the nodes, each of shape (N,).

        Returns:
            Mean and estimated absolute error.

        Raises:
            QuadratureError: if the mean does not exist or does not converge.
        """
        rule, shape = self.rule, self.rule.inner.shape
        values = function({name: np.reshape(each, shape) for name, each in draws.items()})
        size = float(rule.expectation(np.abs(values)))
        if size == 0:
            return 0.0, 0.0
        with np.errstate(divide="ignore"):
            covered = rule.border_height(np.log(np.abs(values))) < DECAYED
        tolerance = 10 * self.integrand.tolerance
        if not covered or max(rule.expectation_error(values)) > tolerance * size:
            # The function may be large where the posterior has almost no mass: place nodes there too.
            integrand = self.integrand

            def log_emphasis(u: np.ndarray, v: np.ndarray) -> np.ndarray:
                return np.log1p(np.abs(function(integrand.population(u, v))) / size)

            plane = replace(integrand.plane(), log_emphasis=log_emphasis)
            rule, population = integrate(
                plane, locate(plane), evaluate=integrand.evaluate, monitor=function, tolerance=tolerance
            )
            values = function(population)
        mean, errors = rule.expectation(values), rule.expectation_error(values)
        return float(mean), float(errors[0] + errors[1] + self.rounding * size)

    def distribution(self, name: str) -> Distribution:
        """The distribution of an address of the hyperprior, or of "a", "b", "mu" or "lam".

        Raises:
            QuadratureError: if the quantity is not monotone along the inner address.
        """
        return Distribution(self._conditionals, lambda u, v: self.integrand.population(u, v)[name])

    @cached_property
    def _conditionals(self) -> Conditionals:
        plane = replace(self.integrand.plane(), drop=DROP_OF_TAILS)
        return Conditionals(refine(plane, locate(plane), self.rule))
