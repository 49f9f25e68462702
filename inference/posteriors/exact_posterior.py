"""The posterior on the nodes of a quadrature rule: no randomness, and estimated numerical errors."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from inference.draws.more_data import all_counts
from inference.draws.nodes import Nodes
from inference.draws.weighted import check_probability
from inference.numerics.conditionals import Conditionals
from inference.numerics.distribution_function import Distribution
from inference.numerics.mass_finder import locate
from inference.numerics.trapezoid import QuadratureError, integrate, refine
from inference.posteriors.posterior import Posterior
from inference.programs.prepared import as_counts
from models import Observations
from models.numerics.arithmetic import methods_in_own_arithmetic

DROP_OF_TAILS = 48.0  # nats: distribution functions cover the density down to this far below its peak; e^-48 = 1e-21
DECAYED = -26.0  # nats from the peak: with a lower integrand at the nodes' border, the part outside is negligible


@methods_in_own_arithmetic
@dataclass(frozen=True, eq=False, repr=False)
class ExactPosterior(Posterior):
    """The posterior on the nodes of a quadrature rule: its errors are estimated absolute errors, not standard errors.

    Args:
        nodes: the rule.
    """

    nodes: Nodes = field(kw_only=True)
    _moments: dict[tuple[str, int], tuple[float, float]] = field(default_factory=dict, kw_only=True)
    _distributions: dict[str, Distribution] = field(default_factory=dict, kw_only=True)

    @cached_property
    def khat(self) -> float:
        """-inf: nodes of a rule are not draws, so their weights have no tail."""
        return float("-inf")

    @property
    def is_exact(self) -> bool:
        """True: nothing is sampled."""
        return True

    @property
    def ess(self) -> float:
        """Infinite: nothing is sampled."""
        return float("inf")

    def mean(self, name: str) -> float:
        """Posterior mean of "a", "b", "mu", "lam" or an address of the hyperprior.

        Raises:
            QuadratureError: if the mean does not exist or does not converge.
        """
        return self._moment(name, 1)[0]

    def mean_error(self, name: str) -> float:
        """Estimated absolute error of `mean`."""
        return self._moment(name, 1)[1]

    def sd(self, name: str) -> float:
        """Posterior standard deviation.

        Raises:
            QuadratureError: if the standard deviation does not exist or does not converge.
        """
        return float(np.sqrt(self._moment(name, 2)[0]))

    def quantile(self, name: str, q: float) -> float:
        """Posterior quantile, correct to 1e-6 in probability, and to 1e-3 of the tail probability down to 1e-12.

        Raises:
            QuadratureError: if the quantity is not monotone along the inner address.
        """
        check_probability(q)
        return self._distribution(name).quantile(q)

    def probability_below(self, name: str, value: float) -> float:
        """P(x < value) for "a", "b", "mu", "lam" or an address of the hyperprior: the inverse of `quantile`.

        Raises:
            QuadratureError: if the quantity is not monotone along the inner address.
            ValueError: if `value` is NaN.
        """
        return self._distribution(name).cdf(value)

    def _distribution(self, name: str) -> Distribution:
        self.values(name)
        if name not in self._distributions:
            self._distributions[name] = Distribution(
                self._conditionals, lambda u, v: self.nodes.integrand.population(u, v)[name]
            )
        return self._distributions[name]

    @cached_property
    def _conditionals(self) -> Conditionals:
        plane = replace(self.nodes.integrand.plane(), drop=DROP_OF_TAILS)
        return Conditionals(refine(plane, locate(plane), self.nodes.rule))

    def with_more(self, counts: Observations) -> "Posterior":
        """The exact posterior given further counts too: it is computed anew. See `Posterior.with_more`."""
        both = all_counts(self, counts)
        return self.nodes.refit(self.hyperprior, as_counts(self.hyperprior, both))

    def expectation(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Posterior mean of any function of the population, and its estimated absolute error.

        Args:
            values: the function at each node, shape (N,) or (N, columns).

        Returns:
            Mean and error, scalars or shape (columns,).
        """
        return self.nodes.expectation(values)

    def _moment(self, name: str, power: int) -> tuple[float, float]:
        """Mean (power 1) or variance (power 2), and its error."""
        self.values(name)
        if (name, power) not in self._moments:
            centre = 0.0 if power == 1 else self.mean(name)
            try:
                self._moments[name, power] = self._integral(lambda x: (x[name] - centre) ** power)
            except QuadratureError as error:
                moment = {1: "mean", 2: "sd"}[power]
                raise QuadratureError(
                    f"the posterior {moment} of {name} does not exist, or too much of its integral lies far in the "
                    f"tail: {error}; report quantiles instead, or use a hyperprior with bounds"
                ) from None
        return self._moments[name, power]

    def _integral(self, function: Callable[[dict[str, np.ndarray]], np.ndarray]) -> tuple[float, float]:
        """Expectation of a function of the population, on these nodes or, if they do not suffice, on its own nodes."""
        rule, shape = self.nodes.rule, self.nodes.rule.inner.shape
        values = function({name: np.reshape(draws, shape) for name, draws in self.draws.items()})
        size = float(rule.expectation(np.abs(values)))
        if size == 0:
            return 0.0, 0.0
        with np.errstate(divide="ignore"):
            covered = rule.border_height(np.log(np.abs(values))) < DECAYED
        tolerance = 10 * self.nodes.integrand.tolerance
        if not covered or max(rule.expectation_error(values)) > tolerance * size:
            # The function may be large where the posterior has almost no mass: place nodes there too.
            integrand = self.nodes.integrand

            def log_emphasis(u: np.ndarray, v: np.ndarray) -> np.ndarray:
                return np.log1p(np.abs(function(integrand.population(u, v))) / size)

            def monitor(u: np.ndarray, v: np.ndarray) -> np.ndarray:
                return function(integrand.population(u, v))

            plane = replace(integrand.plane(), log_emphasis=log_emphasis)
            rule = integrate(plane, locate(plane), monitor=monitor, tolerance=tolerance)
            values = monitor(rule.outer[:, None], rule.inner)
        mean, errors = rule.expectation(values), rule.expectation_error(values)
        return float(mean), float(errors[0] + errors[1] + self.nodes.integrand.rounding * size)
