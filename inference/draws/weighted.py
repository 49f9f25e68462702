"""Weighted draws of the population: their weights, and means, quantiles and errors of functions of the population."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any, Self

import numpy as np
from scipy.special import logsumexp

from inference.draws.groups_asked import groups_asked, no_answer_about_students
from inference.draws.independent import IndependentDraws, effective_sample_size
from inference.draws.lattice_nodes import LatticeNodes
from inference.draws.named_draws import NamedDraws
from inference.draws.names import names_of
from inference.draws.nodes import Nodes
from inference.numerics.pareto_smoothing import pareto_smoothed
from inference.numerics.weighted_quantile import weighted_quantile
from inference.programs.populations import usable_of
from inference.programs.shapes import are_representable, refuse_unusable, usable_draws
from models import Hyperprior, Observations
from models.hyperpriors.hyperprior import population_at
from models.numerics.arithmetic import methods_in_own_arithmetic
from models.numerics.sums import average


@methods_in_own_arithmetic
@dataclass(frozen=True, eq=False, repr=False)
class WeightedDraws(NamedDraws):
    """Weighted draws of the population given the counts of all students.

    Args:
        hyperprior: the prior of the population.
        draws: values of each of the hyperprior's own addresses, (N,) or (N, ...) if it draws an array; and, each (N,),
            of a, b, mu = a / (a + b), lam = a + b, or of what the family tells of a population that all students share.
        log_weights: log w_j, shape (N,); any constant may be added to all of them.
        log_evidence: log Z = log p(counts).
        log_evidence_error: standard error of log Z, sqrt(1 / ESS - 1 / N).
        advice: what to do if there are too few draws, for the verdict; if empty, to take more, or use exact if it
            applies.
        weightless: number of further draws whose a or b is too close to 0 or infinity for floating point, see
            `have_valid_weight`. Their weight is zero. They are not among the N, but log Z is a mean over them too.
        log_best_weight: log weight that a draw at the population with the highest likelihood would have, see
            `best_population`; -inf if it was not computed.
        nodes: the quadrature rule whose nodes these are, if they are not random draws.
        trials: the trials of the students that the population was learned from, if each of them has a population.
        learned_from: the counts that the population was learned from, or whose trials it was.
        doubt: why it is not to be trusted, whatever its weights are; empty if there is no such reason.
        has_own_likelihood: whether it was learned from these counts, by students of the hyperprior's family.
        has_family_students: False if it was learned by students of another program, about whom the family says nothing.
    """

    log_weights: np.ndarray
    log_evidence: float
    log_evidence_error: float
    advice: str = field(default="", kw_only=True)
    weightless: int = field(default=0, kw_only=True)
    log_best_weight: float = field(default=float("-inf"), kw_only=True)
    nodes: Nodes | LatticeNodes | None = field(default=None, kw_only=True)
    trials: Any = field(default=None, kw_only=True)
    learned_from: Observations | None = field(default=None, kw_only=True)
    doubt: str = field(default="", kw_only=True)
    has_own_likelihood: bool = field(default=False, kw_only=True)
    has_family_students: bool = field(default=True, kw_only=True)

    @classmethod
    def from_weights(
        cls,
        hyperprior: Hyperprior,
        draws: Mapping[str, np.ndarray],
        log_weights: np.ndarray,
        *,
        status: np.ndarray | None = None,
        **others: Any,
    ) -> Self:
        """Posterior from draws and their importance weights w_j = p(counts, draw_j) / q(draw_j).

        Args:
            hyperprior: the prior of the population.
            draws: the hyperprior's own addresses, and a and b, each of shape (N,); see `PopulationDraws`.
            log_weights: log w_j, shape (N,); ignored where a or b is too close to 0 or infinity for floating point, see
                `have_valid_weight`.
            status: of each draw, if the population is not one Beta, see `PopulationDraws`.
            others: optionally `advice`, `log_best_weight`, `trials`, and what follows them.

        Returns:
            The posterior without the ignored draws; log Z ~ log mean_j w_j counts their weights as zeros.

        Raises:
            WeightError: if a weight is NaN or +inf, if all are zero, or if an a or b is negative or not a number.
        """
        log_weights = np.asarray(log_weights, np.float64)
        size = log_weights.size
        kept = are_representable(draws, log_weights) if status is None else usable_of(np.asarray(status))
        if not kept.all():
            draws, log_weights = {name: values[kept] for name, values in draws.items()}, log_weights[kept]
        draws = usable_draws(draws) if hyperprior.has_one_beta else dict(draws)
        refuse_unusable(log_weights)
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
        """Pickle the public fields only; a copy computes the rest again."""
        given = {each.name: getattr(self, each.name) for each in fields(self) if not each.name.startswith("_")}
        return _rebuild, (type(self), given)

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
        return float(average(self.weights, self.values(name)))

    def mean_error(self, name: str) -> float:
        """Standard error of `mean`, sqrt(sum_j w_j^2 (x_j - mean)^2) (Owen 2013, eq. 9.9)."""
        return float(self.expectation(self.values(name))[1])

    def sd(self, name: str) -> float:
        """Posterior standard deviation sqrt(sum_j w_j (x_j - mean)^2)."""
        return float(np.sqrt(average(self.weights, (self.values(name) - self.mean(name)) ** 2)))

    def quantile(self, name: str, q: float) -> float:
        """Posterior quantile: the smallest draw at which the weighted distribution function reaches q in (0, 1)."""
        check_probability(q)
        return float(weighted_quantile(self.values(name), self.weights, q))

    def quantile_error(self, name: str) -> float:
        """Standard error of the median in probability: that of the posterior probability of what lies below it."""
        return float(self.expectation(np.asarray(self.values(name) <= self.quantile(name, 0.5), np.float64))[1])

    def expectation(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Posterior mean of any function of the population, and its standard error.

        Args:
            values: the function at each draw, shape (N,) or (N, columns).

        Returns:
            Mean and standard error, scalars or shape (columns,).
        """
        weights = self.weights
        mean = average(weights, values)
        # Multiply by the weight before squaring: where the weight is zero, a square could overflow float64.
        return mean, np.sqrt(np.sum((weights * (values - mean).T) ** 2, axis=-1))

    def plug_in(self, trials: Any = None) -> tuple[Any, ...]:
        """The course's point estimate (a*, b*), at the posterior mean of the hyperprior's own addresses.

        Args:
            trials: whose populations are asked for, if each student has one; by default those that it was learned from.

        Returns:
            The family's parameters there.
        """
        trials = self.own_trials if trials is None else trials
        return population_at(self.hyperprior, self.of_each_address(self.mean), trials)

    def of_each_address(self, number: Callable[[str], float]) -> dict[str, Any]:
        """A value for each of the hyperprior's addresses, in the shape of its draws.

        Args:
            number: function from a name, such as "mu" or "eta[0]", to a number, such as `mean`.

        Returns: the values by address.
        """
        values = {}
        for address in self.hyperprior.addresses:
            shape = np.shape(self.draws[address])[1:]
            numbers = [number(name) for name in names_of(address, shape)]
            values[address] = np.reshape(numbers, shape) if shape else numbers[0]
        return values

    def average(
        self, function: Callable[[np.ndarray, np.ndarray], np.ndarray], tolerance: float
    ) -> tuple[np.ndarray, np.ndarray]:
        """Posterior mean of functions of (a, b), with the error of `expectation`; refines quadrature nodes as needed.

        Args:
            function: of a and b, each of shape (N, 1), to shape (N, columns).
            tolerance: the nodes of a quadrature rule are refined until no error is larger than this.

        Returns:
            Mean and error, shape (columns,).
        """
        if self.nodes is not None:
            return self.nodes.average(function, tolerance)
        return self.expectation(function(*self.population_shapes))

    @property
    def is_exact(self) -> bool:
        """Whether nothing is sampled: the draws are nodes of a quadrature rule, or the one population that is known."""
        return self.nodes is not None

    @property
    def own_trials(self) -> Any:
        """The trials of the students that it was learned from; None if they are not known, or do not matter."""
        if self.trials is None and self.learned_from is not None and not self.hyperprior.is_shared:
            return self.learned_from.trials_of_rows
        return self.trials

    def as_learned(self, counts: Observations) -> Observations:
        """Groups to ask about, after the checks of `groups_asked`, with its codes for covariates that are text."""
        self.check_students()
        return groups_asked(self, self.log_weights, self.learned_from, counts)

    def check_students(self) -> None:
        """Raise a ValueError if it was learned by students about whom the hyperprior's family says nothing."""
        if not self.has_family_students:
            raise no_answer_about_students(self.hyperprior.family)

    def nearly_independent(self) -> IndependentDraws:
        """Draws that can be weighed further."""
        size = len(self.log_weights)
        return IndependentDraws(np.arange(size), self.log_weights, self.log_evidence, 0.0)

    @property
    def n_chains(self) -> int:
        """Number of Markov chains; 1 for weighted draws."""
        return 1

    @cached_property
    def khat(self) -> float:
        """Shape of the tail of the weights: above 0.7 no estimate can be trusted, see `pareto_smoothed`."""
        return pareto_smoothed(self.log_weights)[1]


def _rebuild(kind: type[WeightedDraws], given: Mapping[str, Any]) -> WeightedDraws:
    return kind(**given)


def check_probability(q: float, name: str = "q") -> None:
    """Raise a ValueError unless 0 < q < 1."""
    if not 0 < q < 1:
        raise ValueError(f"{name} must lie strictly between 0 and 1, not {q}")
