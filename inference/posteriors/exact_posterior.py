"""The posterior on the nodes of a quadrature rule: no randomness, and estimated numerical errors."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from inference.draws.lattice_nodes import LatticeNodes
from inference.draws.more_data import all_counts
from inference.draws.nodes import Nodes
from inference.draws.tail import moment_exists
from inference.draws.weighted import check_probability
from inference.numerics.distribution_function import Distribution
from inference.numerics.lattice.distribution import LatticeDistribution
from inference.numerics.trapezoid import QuadratureError
from inference.posteriors.posterior import Posterior
from models import Observations
from models.numerics.arithmetic import methods_in_own_arithmetic

CONSTANT = 8 * np.finfo(np.float64).eps  # relative range of a number that differs between nodes by rounding only


@methods_in_own_arithmetic
@dataclass(frozen=True, eq=False, repr=False)
class ExactPosterior(Posterior):
    """The posterior on the nodes of a quadrature rule: its errors are estimated absolute errors, not standard errors.

    Args:
        nodes: the rule.
    """

    nodes: Nodes | LatticeNodes = field(kw_only=True)
    _moments: dict[tuple[str, int], tuple[float, float]] = field(default_factory=dict, kw_only=True)
    _distributions: dict[str, Distribution | LatticeDistribution] = field(default_factory=dict, kw_only=True)

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
        """Posterior mean of a number in `names`, such as an address of the hyperprior, or "a", "b", "mu" or "lam".

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
        """Posterior quantile, correct to `quantile_error` in probability.

        For two numbers of one Beta, its tail probability is correct to 1e-3 of itself, down to 1e-12.

        Raises:
            QuadratureError: if the quantity is not monotone along the rows or lines of the nodes.
        """
        check_probability(q)
        return self._distribution(name).quantile(q)

    def quantile_error(self, name: str) -> float:
        """About the largest error of `quantile` and `probability_below`, in probability: 1e-6, or 1e-4.

        It is 1e-4 where the hyperprior draws three numbers and the name is not one of them, such as lam.
        """
        return self._distribution(name).tolerance

    def probability_below(self, name: str, value: float) -> float:
        """P(x < value) for "a", "b", "mu", "lam" or an address of the hyperprior: the inverse of `quantile`.

        Raises:
            QuadratureError: if the quantity is not monotone along the rows or lines of the nodes.
            ValueError: if `value` is NaN.
        """
        return self._distribution(name).cdf(value)

    def _distribution(self, name: str) -> Distribution | LatticeDistribution:
        self.values(name)
        if name not in self._distributions:
            self._distributions[name] = self.nodes.distribution(name)
        return self._distributions[name]

    def with_more(self, counts: Observations) -> "Posterior":
        """The exact posterior given further counts too: it is computed anew. See `Posterior.with_more`."""
        both = all_counts(self, counts)
        return self.nodes.refit(self.hyperprior, both)

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
        if power == 2 and np.ptp(self.values(name)) <= CONSTANT * np.max(np.abs(self.values(name))):
            return 0.0, 0.0  # a number that the hyperprior keeps constant
        if (name, power) not in self._moments:
            centre = 0.0 if power == 1 else self.mean(name)
            moment = {1: "mean", 2: "sd"}[power]
            advice = "report quantiles instead, or use a hyperprior with bounds"
            if not moment_exists(self.hyperprior, name, power):
                raise QuadratureError(
                    f"the posterior {moment} of {name} does not exist, whatever the counts are: the hyperprior's tail "
                    f"is too heavy; {advice}"
                )
            try:
                self._moments[name, power] = self.nodes.integral(lambda x: (x[name] - centre) ** power, self._elements)
            except QuadratureError as error:
                raise QuadratureError(
                    f"the posterior {moment} of {name} does not exist, or too much of its integral lies far in the "
                    f"tail: {error}; {advice}"
                ) from None
        return self._moments[name, power]
