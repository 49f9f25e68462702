"""The nodes of a lattice over the population, and means over them with their estimated errors."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from inference.draws.names import elements_of
from inference.draws.nodes import DECAYED
from inference.numerics.distribution_function import NOT_MONOTONE
from inference.numerics.lattice.box import find_box, integrate, refined
from inference.numerics.lattice.distribution import (
    LatticeDistribution,
    NotMonotoneError,
    along,
    level,
    slope_of,
)
from inference.numerics.lattice.rule import Box, Lattice
from inference.numerics.trapezoid import QuadratureError
from inference.programs.lattice_integrand import LatticeIntegrand
from models import Hyperprior, Observations

MOST_DOUBLINGS = {1: 3, 2: 2, 3: 1}  # how often the nodes in each direction may be doubled, by the number of addresses
SAME_MASS = 1e-6  # nats: by how much two rules of one density may differ
MOST_KEPT = 2_000_000  # nodes of a rule for a distribution


@dataclass(frozen=True, eq=False)
class LatticeNodes:
    """The trapezoid rule over the one, two or three numbers that a hyperprior draws.

    Args:
        integrand: the posterior density that is integrated.
        rule: the nodes.
        refit: function of a hyperprior and counts that returns their exact posterior; defined at the top level of a
            module, so that it can be pickled.
    """

    integrand: LatticeIntegrand
    rule: Lattice
    refit: Callable[[Hyperprior, Observations], Any]

    @property
    def finest(self) -> int:
        """The largest factor by which `average` may multiply the number of nodes."""
        d = self.rule.box.dimension
        return 2 ** (d * MOST_DOUBLINGS[d])

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
        return self._expectation(self.rule, np.asarray(values, np.float64))

    def on_nodes(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """As `expectation`, but the error is that of the finite number of nodes alone."""
        values = np.asarray(values, np.float64)
        return self.rule.expectation(values), self.rule.expectation_errors(values).sum(axis=0)

    def average(
        self, function: Callable[[np.ndarray, np.ndarray], np.ndarray], tolerance: float
    ) -> tuple[np.ndarray, np.ndarray]:
        """Mean of functions of (a, b) that have sharper bends than the density: see `Nodes.average`."""
        rule, doublings, before = self.rule, 0, None
        while True:
            population = self.integrand.population(rule.points)
            values = function(*(population[name].reshape(-1, 1) for name in ("a", "b")))
            mean, error = self._expectation(rule, values)
            if before is not None:
                error = np.maximum(error, np.abs(mean - before))
            if doublings == MOST_DOUBLINGS[rule.box.dimension] or np.max(error) <= tolerance:
                return mean, error
            rule, doublings, before = refined(self.integrand.integral(), rule), doublings + 1, mean

    @property
    def log_total(self) -> float:
        """log of the integral of the density."""
        return self.rule.log_total

    @property
    def log_total_error(self) -> float:
        """Estimated error of `log_total` from the finite number of nodes."""
        return float(self.rule.log_total_errors().sum())

    @property
    def border_height(self) -> float:
        """The largest log density on the border of the nodes, in nats relative to its peak."""
        return self.rule.border_height()

    @property
    def weights(self) -> np.ndarray:
        """The share of each node in the integral, shape (N,)."""
        return self.rule.weights

    def divided_by(self, log_p: np.ndarray) -> "LatticeNodes":
        """The nodes of the density divided by a function of the population.

        Args:
            log_p: log of the function at each node, shape (N,).

        Returns:
            The same nodes with other weights.
        """
        return replace(self, rule=self.rule.reweighed(-log_p))

    def sparser(self, start: int, stride: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Every `stride`-th node in each direction, from `start`, of a population that is one Beta.

        Returns:
            a, b and the weights there, each of shape (nodes,).
        """
        taken = self.rule.every(start, stride)
        population = self.integrand.population(self.rule.points[taken])
        return population["a"], population["b"], self.rule.weights[taken]

    def integral(
        self, function: Callable[[Mapping[str, np.ndarray]], np.ndarray], draws: Mapping[str, np.ndarray]
    ) -> tuple[float, float]:
        """Mean of a function that may be large far out, on these nodes or, if they do not suffice, on its own nodes.

        Args:
            function: of the population's numbers by name, each of shape (N,), to shape (N,).
            draws: these numbers at the nodes.

        Returns:
            Mean and estimated absolute error.

        Raises:
            QuadratureError: if the mean does not exist or does not converge.
        """
        rule = self.rule
        values = function(draws)
        size = float(rule.expectation(np.abs(values)))
        if size == 0:
            return 0.0, 0.0
        with np.errstate(divide="ignore"):
            covered = rule.border_height(np.log(np.abs(values))) < DECAYED
        tolerance = 10 * self.integrand.tolerance
        if not covered or np.max(rule.expectation_errors(values)) > tolerance * size:
            # The function may be large where the posterior has almost no mass: place nodes there too.
            whole = replace(
                self.integrand.integral(), function=lambda points: function(self._numbers(points)), size=size
            )
            rule = integrate(
                whole, find_box(whole, rule.box), monitor=lambda lattice: lattice.values[:, None], tolerance=tolerance
            )
            self._check_same_mass(rule)
            values = rule.values
        mean, errors = rule.expectation(values), rule.expectation_errors(values)
        return float(mean), float(errors.sum() + self.rounding * size)

    def distribution(self, name: str) -> LatticeDistribution:
        """The distribution of one of the population's numbers.

        Raises:
            QuadratureError: if the number is not monotone in any direction that was tried.
        """

        integrand, d, own = self.integrand, self.rule.box.dimension, self.integrand.names
        if name in own:
            # Its coordinate, which changes evenly along each line
            scale = partial(integrand.to_line, name), partial(integrand.from_line, name)

            def function(points: np.ndarray) -> np.ndarray:
                return points[:, own.index(name)]
        else:
            scale = None

            def function(points: np.ndarray) -> np.ndarray:
                return self._numbers(points)[name]

        slope = slope_of(self.rule, function(self.rule.points))
        steepest = np.argsort(-np.abs(self.rule.box.frame.scale.T @ slope), kind="stable").tolist()
        every = list(range(d))
        own_direction = (lambda: along(self.rule, slope)), [0]
        tries: list[tuple[Callable[[], Box] | None, list[int]]] = [(None, [axis]) for axis in steepest]
        if name in own:
            tries.append(own_direction)
        elif d > 1:
            tries = [(None, every), (lambda: level(self.rule), every), *tries, own_direction]
        failure: QuadratureError = QuadratureError(f"{NOT_MONOTONE} any direction that was tried")
        best: LatticeDistribution | None = None
        for box, axes in tries:
            rule = self.rule if box is None else self._in_box(box())
            try:
                found = LatticeDistribution(rule, axes, function, self._finer, scale)
            except NotMonotoneError as error:
                failure = error
                continue
            if found.error <= found.tolerance:
                return found
            if best is None or found.error < best.error:
                best = found
        if best is None:
            raise failure
        return best

    def _in_box(self, box: Box) -> Lattice:
        """A rule in the frame of a box."""
        integral = self.integrand.integral()
        rule = integrate(
            integral,
            find_box(integral, box, keep_frame=True),
            monitor=coordinates,
            tolerance=self.integrand.tolerance,
        )
        self._check_same_mass(rule)
        return rule

    def _check_same_mass(self, rule: Lattice) -> None:
        """Raise a QuadratureError if another rule of the same density has missed a peak, or found one."""
        if abs(rule.log_total - self.rule.log_total) > SAME_MASS:
            raise QuadratureError(
                "two lattices differ in how much mass they find, because the posterior has several peaks: use rqmc "
                "(inference.rqmc), smc or importance"
            )

    def _finer(self, lattice: Lattice) -> Lattice | None:
        """A rule with twice the nodes in each direction, or None if there are too many."""
        too_many = 2**lattice.box.dimension * len(lattice.index) > MOST_KEPT
        return None if too_many else refined(self.integrand.integral(), lattice)

    def _numbers(self, points: np.ndarray) -> dict[str, np.ndarray]:
        """The population's numbers by name at points w, each of shape (N,)."""
        return elements_of(self.integrand.population(points), leading=1)

    def _expectation(self, rule: Lattice, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        mean, errors = rule.expectation(values), rule.expectation_errors(values)
        return mean, errors.sum(axis=0) + self.rounding * np.abs(mean)


def coordinates(lattice: Lattice) -> np.ndarray:
    """u at the nodes of a rule, shape (N, d): what its errors are estimated by, besides the integral."""
    return lattice.box.lattice(lattice.sizes, lattice.index)
