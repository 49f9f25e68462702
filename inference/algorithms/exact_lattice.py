"""The exact posterior of a population of any family that is described by one, two or three numbers."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import scipy

from inference.draws.lattice_nodes import LatticeNodes, coordinates
from inference.draws.names import names_of
from inference.numerics.lattice.box import Integral, find_box, first_box, integrate
from inference.numerics.lattice.peaks import Peaks, find_peaks
from inference.numerics.lattice.rule import Lattice
from inference.numerics.trapezoid import QuadratureError
from inference.posteriors.exact_posterior import ExactPosterior
from inference.programs.lattice_integrand import LatticeIntegrand
from inference.programs.populations import MOST_NUMBERS, trials_kept
from inference.programs.posterior_density import PosteriorDensity
from models import Hyperprior, Observations

MOST_ROUNDING = 1.0  # nats: with a larger rounding error of the log density nothing can be integrated
SEARCHED = 13  # log2 of the number of points at which mass outside the box is looked for
SEARCHED_BEYOND = 0.25  # share of the range of prior draws by which the points reach beyond it
MISSED = 1e-9  # share of the mass that may be outside the box, or in a peak between the nodes
RESOLVED = 0.5  # in steps between nodes: a peak with a smaller sd lies between them


def lattice_posterior(
    hyperprior: Hyperprior, counts: Observations, refit: Callable[[Hyperprior, Observations], Any]
) -> ExactPosterior:
    """The posterior of the population on a lattice over the numbers that its hyperprior draws.

    Args:
        hyperprior: the prior of the population, of one, two or three numbers.
        counts: the data of the groups.
        refit: `exact`, for the nodes.

    Returns:
        The posterior; its draws are the nodes of the rule.

    Raises:
        ValueError: if the hyperprior draws more than three numbers.
        QuadratureError: if the integral does not exist or does not converge, or mass was found outside the lattice.
    """
    density = PosteriorDensity(hyperprior, counts)
    if density.dimension > MOST_NUMBERS:
        raise ValueError(
            f"exact integrates over at most {MOST_NUMBERS} numbers, but this hyperprior draws {density.dimension}: "
            f"{', '.join(_names(density))}; use rqmc, smc or importance"
        )
    if density.rounding > MOST_ROUNDING:
        raise QuadratureError(
            f"with so many groups the log density has a rounding error of {density.rounding:.0e} nats in float64; "
            "use importance or smc with `marginal`, in x64"
        )
    return integrate_on_lattice(LatticeIntegrand(density, _names(density)), refit)


def integrate_on_lattice(
    integrand: LatticeIntegrand, refit: Callable[[Hyperprior, Observations], Any]
) -> ExactPosterior:
    """As `lattice_posterior`, of a density that has been checked."""
    density = integrand.density
    rule, missed = _rule(integrand)
    border = float(np.exp(rule.border_height()))
    return ExactPosterior(
        hyperprior=density.hyperprior,
        draws=integrand.population(rule.points),
        log_weights=rule.log_mass,
        log_evidence=rule.log_total,
        log_evidence_error=float(rule.log_total_errors().sum()) + integrand.rounding + border + missed,
        trials=trials_kept(density.hyperprior, density.given.trials),
        learned_from=density.counts,
        has_own_likelihood=True,
        nodes=LatticeNodes(integrand, rule, refit),
    )


def _names(density: PosteriorDensity) -> tuple[str, ...]:
    each = zip(density.hyperprior.addresses, density.given.shapes, strict=True)
    return tuple(name for address, shape in each for name in names_of(address, shape))


def _rule(integrand: LatticeIntegrand) -> tuple[Lattice, float]:
    """The rule, and an upper bound of the share of the mass that it misses."""
    integral = integrand.integral()
    drawn = integrand.prior_points()
    searched = _search(integral, drawn)
    points = np.concatenate([drawn, searched.points])
    height = np.concatenate([integral.heights(drawn)[1], searched.height])
    if not np.isfinite(height.max()):
        raise QuadratureError("the density is 0 or infinite everywhere: check the hyperprior's program and its support")
    peaks = find_peaks(lambda w: integral.heights(w)[1], points, height)
    if not len(peaks.height):
        peaks = _spread_of(points, height)
    rule = integrate(
        integral,
        find_box(integral, first_box(peaks)),
        monitor=coordinates,
        tolerance=integrand.tolerance,
    )
    return rule, _missed(rule, peaks, searched)


class Searched(NamedTuple):
    """Points at which mass outside a box is looked for, the height there, and the log of the volume of each."""

    points: np.ndarray
    height: np.ndarray
    log_cell: float


def _search(integral: Integral, drawn: np.ndarray) -> Searched:
    """Sobol points of a box around draws of the hyperprior."""
    low, high = drawn.min(axis=0), drawn.max(axis=0)
    width = (1 + 2 * SEARCHED_BEYOND) * (high - low)
    sobol = scipy.stats.qmc.Sobol(len(low), rng=0)  # SciPy imports its `stats` here, which takes long
    points = low - SEARCHED_BEYOND * (high - low) + width * sobol.random_base2(SEARCHED)
    return Searched(points, integral.heights(points)[1], float(np.log(width).sum() - SEARCHED * np.log(2)))


def _spread_of(points: np.ndarray, height: np.ndarray) -> Peaks:
    """Of a density without a peak: one as wide as the highest points."""
    kept = points[np.argsort(height)[-len(points) // 16 :]]
    covariance = np.atleast_2d(np.cov(kept.T)) + 1e-6 * np.eye(points.shape[1])
    return Peaks(kept[-1:], np.array([height.max()]), covariance[None])


def _missed(rule: Lattice, peaks: Peaks, searched: Searched) -> float:
    """The share of the mass in peaks that the nodes do not resolve, and where there is no node.

    Raises:
        QuadratureError: if it is more than MISSED.
    """
    inverse = np.linalg.inv(rule.box.frame.scale)
    narrowest = np.array([np.linalg.eigvalsh(cov)[0] for cov in _in_steps(inverse, peaks.covariance, rule.steps)])
    unresolved = ~rule.covers(peaks.position) | (narrowest < RESOLVED**2)
    outside = ~rule.covers(searched.points)
    share = sum(
        np.exp(np.minimum(log_mass - rule.log_total, 0.0)).sum()
        for log_mass in (peaks.log_mass[unresolved], searched.height[outside] + searched.log_cell)
    )
    if share > MISSED:
        raise QuadratureError(
            "the posterior has several peaks, and the nodes of one lattice cannot resolve all of them: use rqmc "
            "(inference.rqmc), smc or importance"
        )
    return float(share)


def _in_steps(inverse: np.ndarray, covariance: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """Covariances of w in steps between nodes, shape (peaks, d, d)."""
    to_steps = inverse / steps[:, None]
    return np.einsum("ij,pjk,lk->pil", to_steps, covariance, to_steps)
