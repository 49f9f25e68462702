"""The exact posterior of the population: deterministic quadrature, float64, no randomness."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from inference.draws.verdict import ALTERNATIVE
from inference.numerics.conditionals import Conditionals
from inference.numerics.distribution_function import Distribution
from inference.numerics.mass_finder import Region, locate
from inference.numerics.trapezoid import QuadratureError, Rule, integrate, refined
from inference.posteriors.posterior import Posterior, check_probability
from inference.programs.integrand import Integrand, outer_address
from models import Counts, Hyperprior
from models.families.beta_binomial.split_likelihood import SplitLikelihood
from models.hyperpriors.hyperprior_check import check_hyperprior
from models.numerics.arithmetic import methods_in_own_arithmetic, own_arithmetic
from models.observations.counts import check_float64

CROSS_CHECK = 1e-6  # the same in the other order of integration
MOST_DOUBLINGS = 2  # of the nodes in each direction, for functions that bend sharply
MOST_ROUNDING = 1.0  # nats of a log likelihood, beyond which there is nothing to integrate
DROP_OF_TAILS = 48.0  # nats below the peak that distribution functions are built on: e^-48 = 1e-21
DECAYED = -26.0  # nats at the border of the nodes, below which what lies beyond does not count


@own_arithmetic
def exact(hyperprior: Hyperprior, counts: Counts) -> "ExactPosterior":
    """The posterior of the population, by nested quadrature over the two addresses of the hyperprior.

        Z = integral of p(x, y) p(k | n, a(x, y), b(x, y)) dx dy

    Args:
        hyperprior: what is believed of (a, b); a program with two addresses.
        counts: the students' counts.

    Returns:
        The posterior; its draws are the nodes of the rule, with weights whose sum is Z.

    Raises:
        KeyError: if the hyperprior's program has not the addresses of its support; lists both.
        ValueError: if the hyperprior has not two addresses, or is not what it says, see `check_hyperprior`.
        QuadratureError: if log Z or E[mu] does not converge, for example because the posterior is improper.
    """
    if len(hyperprior.addresses) != 2:
        raise ValueError(
            f"exact integrates over two addresses, and this hyperprior has {len(hyperprior.addresses)}: "
            f"{', '.join(hyperprior.addresses)}; write its program with two, or use importance"
        )
    check_hyperprior(hyperprior)
    check_float64(counts.n)
    likelihood = SplitLikelihood(*counts.pairs)
    if likelihood.rounding > MOST_ROUNDING:
        raise QuadratureError(
            f"the log likelihood of so many trials is known to {likelihood.rounding:.0e} nats only, in float64; "
            f"{ALTERNATIVE}"
        )
    outer, order_is_safe = outer_address(hyperprior)
    integrand = Integrand(hyperprior, likelihood, outer)
    posterior = _integrated(integrand, integrand.tolerance)
    if not order_is_safe:
        _check_other_order(posterior)
    return posterior


@methods_in_own_arithmetic
@dataclass(frozen=True, eq=False, repr=False)
class ExactPosterior(Posterior):
    """The posterior on the nodes of a quadrature rule: its errors are believed absolute errors, not standard errors.

    Args:
        integrand: what is integrated.
        region: where it is.
        rule: the nodes.
    """

    integrand: Integrand
    region: Region
    rule: Rule
    _moments: dict[tuple[str, int], tuple[float, float]] = field(default_factory=dict)
    _distributions: dict[str, Distribution] = field(default_factory=dict)

    @cached_property
    def khat(self) -> float:
        """-inf: nodes of a rule are not draws, whose weights could have a tail."""
        return float("-inf")

    @property
    def ess(self) -> float:
        """Infinite: nothing is sampled."""
        return float("inf")

    def mean(self, name: str) -> float:
        """Posterior mean of "a", "b", "mu", "lam" or an address of the hyperprior.

        Raises:
            QuadratureError: if it does not exist or does not converge.
        """
        return self._moment(name, 1)[0]

    def mean_error(self, name: str) -> float:
        """Believed absolute error of `mean`."""
        return self._moment(name, 1)[1]

    def sd(self, name: str) -> float:
        """Posterior standard deviation.

        Raises:
            QuadratureError: if it does not exist or does not converge.
        """
        return float(np.sqrt(self._moment(name, 2)[0]))

    def quantile(self, name: str, q: float) -> float:
        """Posterior quantile, to 1e-6 in probability, and to 1e-3 of the tail down to 1e-12.

        Raises:
            QuadratureError: if the quantity does not rise or fall throughout along the inner address.
        """
        check_probability(q)
        return self._distribution(name).quantile(q)

    def probability_below(self, name: str, value: float) -> float:
        """P(x < value) of "a", "b", "mu", "lam" or an address of the hyperprior: what `quantile` inverts.

        Raises:
            QuadratureError: if the quantity does not rise or fall throughout along the inner address.
            ValueError: if `value` is NaN.
        """
        return self._distribution(name).cdf(value)

    def _distribution(self, name: str) -> Distribution:
        self._draws(name)
        if name not in self._distributions:
            self._distributions[name] = Distribution(
                self._conditionals, lambda u, v: self.integrand.population(u, v)[name]
            )
        return self._distributions[name]

    @cached_property
    def _conditionals(self) -> Conditionals:
        plane = replace(self.integrand.plane(), drop=DROP_OF_TAILS)
        return Conditionals(refined(plane, locate(plane), self.rule))

    def expectation(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Posterior mean of any function of the population, and its believed absolute error.

        Args:
            values: the function at each node, shape (N,) or (N, columns).

        Returns:
            Mean and error, scalars or shape (columns,).
        """
        grid = np.reshape(values, self.rule.inner.shape + np.shape(values)[1:])
        mean, errors = self.rule.expectation(grid), self.rule.expectation_error(grid)
        return mean, errors[0] + errors[1] + self.integrand.rounding * np.abs(mean)

    def refined_expectation(
        self, function: Callable[[np.ndarray, np.ndarray], np.ndarray], enough: float
    ) -> tuple[np.ndarray, np.ndarray]:
        """Posterior mean of functions of (a, b) that bend more sharply than the density, on nodes as fine as they need.

        Args:
            function: of a and b, each of shape (N, 1), to shape (N, columns).
            enough: the error at which to stop; after two doublings of the nodes in each direction it is let pass.

        Returns:
            Mean and believed absolute error, at least what the last doubling changed, shape (columns,).
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
            if doublings == MOST_DOUBLINGS or np.max(error) <= enough:
                return mean, error
            rule, doublings, before = refined(self.integrand.plane(), self.region, rule), doublings + 1, mean

    def _moment(self, name: str, power: int) -> tuple[float, float]:
        """Mean (power 1) or variance (power 2), and its error."""
        self._draws(name)
        if (name, power) not in self._moments:
            centre = 0.0 if power == 1 else self.mean(name)
            try:
                self._moments[name, power] = self._integral(lambda x: (x[name] - centre) ** power)
            except QuadratureError as error:
                moment = {1: "mean", 2: "sd"}[power]
                raise QuadratureError(
                    f"the posterior {moment} of {name} does not exist, or too much of it is too far out: {error}; "
                    "report quantiles instead, or bound the hyperprior"
                ) from None
        return self._moments[name, power]

    def _integral(self, function: Callable[[dict[str, np.ndarray]], np.ndarray]) -> tuple[float, float]:
        """Expectation of a function of the population, on these nodes or, where they are too few, on its own."""
        rule, shape = self.rule, self.rule.inner.shape
        values = function({name: np.reshape(draws, shape) for name, draws in self.draws.items()})
        size = float(rule.expectation(np.abs(values)))
        if size == 0:
            return 0.0, 0.0
        with np.errstate(divide="ignore"):
            covered = rule.edges(np.log(np.abs(values))) < DECAYED
        tolerance = 10 * self.integrand.tolerance
        if not covered or max(rule.expectation_error(values)) > tolerance * size:
            # The function itself may weigh regions that hold none of the posterior's mass: locate it there too.
            integrand = self.integrand

            def log_emphasis(u: np.ndarray, v: np.ndarray) -> np.ndarray:
                return np.log1p(np.abs(function(integrand.population(u, v))) / size)

            def monitor(u: np.ndarray, v: np.ndarray) -> np.ndarray:
                return function(integrand.population(u, v))

            plane = replace(integrand.plane(), log_emphasis=log_emphasis)
            rule = integrate(plane, locate(plane), monitor=monitor, tolerance=tolerance)
            values = monitor(rule.outer[:, None], rule.inner)
        mean, errors = rule.expectation(values), rule.expectation_error(values)
        return float(mean), float(errors[0] + errors[1] + self.integrand.rounding * size)


def _integrated(integrand: Integrand, tolerance: float) -> ExactPosterior:
    region = locate(integrand.plane())
    peak = integrand.population(*(np.array([z]) for z in region.peak))
    integrand.reference = float(peak["a"][0]), float(peak["b"][0])

    def mu(u: np.ndarray, v: np.ndarray) -> np.ndarray:
        return integrand.population(u, v)["mu"]

    rule = integrate(integrand.plane(), region, monitor=mu, tolerance=tolerance)
    draws = {name: x.ravel() for name, x in integrand.population(rule.outer[:, None], rule.inner).items()}
    constant, rounding = integrand.likelihood.at(*integrand.reference)
    noise = rule.expectation(integrand.noise(rule.outer[:, None], rule.inner))
    return ExactPosterior(
        hyperprior=integrand.hyperprior,
        draws=draws,
        log_weights=rule.log_mass.ravel() + constant,
        log_evidence=rule.log_total + constant,
        log_evidence_error=sum(rule.log_total_error()) + rounding + integrand.rounding + float(noise),
        integrand=integrand,
        region=region,
        rule=rule,
    )


def _check_other_order(posterior: ExactPosterior) -> None:
    """Integrate in the other order too, roughly: where one has missed mass, the other is unlikely to miss the same."""
    integrand = posterior.integrand
    tolerance = max(CROSS_CHECK, 10 * integrand.tolerance)
    other = _integrated(Integrand(integrand.hyperprior, integrand.likelihood, integrand.inner.address), tolerance)
    difference = abs(other.log_evidence - posterior.log_evidence)
    if difference > 10 * tolerance:
        raise QuadratureError(
            f"log Z differs by {difference:.1e} with the order of integration: the posterior has several peaks or is "
            "not smooth; write the hyperprior in terms of the mean mu and the concentration lam"
        )
