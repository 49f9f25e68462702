"""The exact posterior of the population: deterministic quadrature, float64, no randomness."""

from dataclasses import replace

import numpy as np

from inference.algorithms.exact_lattice import MOST_ROUNDING, lattice_posterior
from inference.draws.nodes import Nodes
from inference.draws.verdict import ALTERNATIVE
from inference.numerics.mass_finder import locate
from inference.numerics.trapezoid import QuadratureError, integrate
from inference.posteriors.exact_posterior import ExactPosterior
from inference.posteriors.known_posterior import known_posterior
from inference.programs.integrand import Integrand, outer_address
from inference.programs.prepared import as_counts, check_kind
from models import Counts, Hyperprior, Observations
from models.families.beta_binomial.split_likelihood import SplitLikelihood
from models.hyperpriors.hyperprior_check import address_shapes, check_hyperprior
from models.numerics.arithmetic import own_arithmetic
from models.observations.trials import check_float64
from models.programs.threads import shared

CROSS_CHECK = 1e-6  # in log Z: tolerance of the integral in the other order; the two may differ by ten times this


@own_arithmetic
def exact(hyperprior: Hyperprior, counts: Observations) -> ExactPosterior:
    """The posterior of a population that none, one, two or three numbers describe, by quadrature.

        Z = integral of p(x) p(k | n, population(x)) dx

    Two numbers of one Beta are integrated by nested rules, see `integrate_posterior`, if its mean is monotone in the
    inner one, see `outer_address`. All others are integrated by the trapezoid rule on a lattice, see
    `lattice_posterior`. An address that draws an array counts with each of its elements. Of a population that is known,
    such as `fixed(6, 4)`, nothing is integrated.

    A lattice is refused where it has too few nodes, as on a ridge that is thin and bent. Peaks are looked for from some
    12,000 points; one that fills less than about 1e-4 of the prior's range, and that no path uphill from them meets, is
    not seen.

    Args:
        hyperprior: the prior of the population; its program draws at most three numbers.
        counts: the data of the groups.

    Returns:
        The posterior; its draws are the nodes of the rule, with weights whose sum is Z.

    Raises:
        TypeError: if the data are not of the kind that the hyperprior's family observes.
        KeyError: if the addresses of the hyperprior's program are not those of its support; the message lists both.
        ValueError: if the hyperprior draws more than three numbers, or its program does not match what it declares, see
            `check_hyperprior`.
        QuadratureError: if an integral does not converge, for example because the posterior is improper or has several
            peaks far apart.
    """
    check_kind(hyperprior, counts)
    if not hyperprior.addresses:
        return known_posterior(hyperprior, counts)
    if hyperprior.has_one_beta and len(hyperprior.addresses) == 2:
        check_hyperprior(hyperprior)
        order = _order(hyperprior)
        if order is not None:
            return _nested(hyperprior, as_counts(hyperprior, counts), *order)
    return lattice_posterior(hyperprior, counts, exact)


@shared
def _order(hyperprior: Hyperprior) -> tuple[str, bool] | None:
    """`outer_address`; None if an address draws an array. It depends on the hyperprior alone, so it is found once."""
    return None if any(address_shapes(hyperprior).values()) else outer_address(hyperprior)


def _nested(hyperprior: Hyperprior, counts: Counts, outer: str, order_is_safe: bool) -> ExactPosterior:
    """The posterior of one Beta by nested quadrature over two numbers."""
    check_float64(counts.n)
    likelihood = SplitLikelihood(*counts.pairs)
    if likelihood.rounding > MOST_ROUNDING:
        raise QuadratureError(
            f"with so many trials the log likelihood has a rounding error of {likelihood.rounding:.0e} nats in "
            f"float64; {ALTERNATIVE}"
        )
    integrand = Integrand(hyperprior, likelihood, outer)
    posterior = replace(
        integrate_posterior(integrand, integrand.tolerance), learned_from=counts, has_own_likelihood=True
    )
    if not order_is_safe:
        _check_other_order(integrand, posterior.log_evidence)
    return posterior


def integrate_posterior(integrand: Integrand, tolerance: float) -> ExactPosterior:
    """The posterior of `exact` by one rule, in the integrand's order of integration and without a cross-check.

    Args:
        integrand: hyperprior, likelihood, and the outer address. Its reference is set to the peak of the posterior.
        tolerance: the rule is refined until log Z and E[mu] have no larger error.

    Returns:
        The posterior; its draws are the nodes of the rule.

    Raises:
        QuadratureError: if log Z or E[mu] does not converge.
    """
    region = locate(integrand.plane())
    peak = integrand.population(*(np.array([z]) for z in region.peak))
    integrand.reference = float(peak["a"][0]), float(peak["b"][0])

    rule, population = integrate(
        integrand.plane(), region, evaluate=integrand.evaluate, monitor=lambda x: x["mu"], tolerance=tolerance
    )
    constant, rounding = integrand.likelihood.at(*integrand.reference)
    noise = rule.expectation(integrand.noise(rule.outer[:, None], rule.inner))
    return ExactPosterior(
        hyperprior=integrand.hyperprior,
        draws={name: values.ravel() for name, values in population.items()},
        log_weights=rule.log_mass.ravel() + constant,
        log_evidence=rule.log_total + constant,
        log_evidence_error=sum(rule.log_total_error()) + rounding + integrand.rounding + float(noise),
        nodes=Nodes(integrand, region, rule, exact),
    )


def _check_other_order(integrand: Integrand, log_evidence: float) -> None:
    """Integrate less accurately in the other order, which is unlikely to miss the same mass, and compare log Z."""
    tolerance = max(CROSS_CHECK, 10 * integrand.tolerance)
    swapped = Integrand(integrand.hyperprior, integrand.likelihood, integrand.inner.address)
    other = integrate_posterior(swapped, tolerance)
    difference = abs(other.log_evidence - log_evidence)
    if difference > 10 * tolerance:
        raise QuadratureError(
            f"log Z differs by {difference:.1e} between the two orders of integration: the posterior has several peaks "
            "or is not smooth; write the hyperprior in terms of the mean mu and the concentration lam"
        )
