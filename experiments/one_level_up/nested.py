"""The school without draws: each classroom is integrated inside the school, one level up as it is one level down.

Given the school's four numbers the classrooms are independent, so that the integral over 4 + 2 C numbers is one over
four, of a product of C integrals over two:

    Z = int dp(school) prod_c int dp(mu_c, lam_c given the school) prod_i p(k_i given n_i, mu_c, lam_c)

just as, given (mu, lam), the rates of the students are independent. It is computed by quadrature, for any number of
classrooms, and shares no code with `rqmc`.
"""

from functools import cached_property
from typing import NamedTuple

import numpy as np
from scipy.interpolate import make_interp_spline
from scipy.special import log_expit, logsumexp

from experiments.one_level_up.school import CENTRE_SD, LAM_CENTRE, LAM_SPREAD, MU_CENTRE, MU_SPREAD
from inference import closed_form
from models import Counts

FARTHEST = 4.8  # in sds of the prior: the grids of the school's numbers and of standard normals end there
STEP_OF_Z = 0.06  # in sds: between nodes of a classroom's standard normal
RANGE_OF_LOG_ODDS, RANGE_OF_LOG_LAM = (-12.0, 12.0), (-13.0, 17.0)  # beyond, a likelihood is taken as constant
DEGREE = 5  # of the splines that interpolate a classroom's likelihood


class Sizes(NamedTuple):
    """Numbers of nodes: of a centre, of a spread, of a classroom's log-odds of mu, and of its log lam."""

    centre: int
    spread: int
    log_odds: int
    log_lam: int


class Level(NamedTuple):
    """The nodes of one centre and one spread of the school, and what a classroom's number is given them.

    F is the number of pairs of nodes, and X the number of values of the classroom's number at which its likelihood is
    known.
    """

    centre: np.ndarray  # (F,)
    spread: np.ndarray  # (F,)
    mass: np.ndarray  # (F,), prior mass of the pair, sum 1
    values: np.ndarray  # (X,), of the classroom's number
    kernel: np.ndarray  # (F, X): kernel @ f(values) = E[f(centre + spread z)], z ~ Normal(0, 1)


def level(centre: float, spread_scale: float, nodes: tuple[int, int], values: np.ndarray) -> Level:
    """The nodes of one centre and spread, and their kernel.

    The centre has a trapezoid rule, the spread that of Gauss and Legendre, and z a trapezoid rule.

    Args:
        centre: prior mean of the centre; its sd is that of `school`.
        spread_scale: scale of the half-normal prior of the spread.
        nodes: numbers of nodes of the centre and of the spread.
        values: of the classroom's number, ascending; a function is taken as constant beyond both ends.

    Returns:
        The level.
    """
    u, (s, gauss) = np.linspace(-FARTHEST, FARTHEST, nodes[0]), np.polynomial.legendre.leggauss(nodes[1])
    s = FARTHEST * (s + 1) / 2
    mass = np.outer(np.exp(-0.5 * u**2), gauss * np.exp(-0.5 * s**2)).ravel()
    centres, spreads = (x.ravel() for x in np.meshgrid(centre + CENTRE_SD * u, spread_scale * s, indexing="ij"))
    z = np.linspace(-FARTHEST, FARTHEST, 1 + int(2 * FARTHEST / STEP_OF_Z))
    of_z = np.exp(-0.5 * z**2)
    spline = make_interp_spline(values, np.eye(len(values)), k=DEGREE)
    kernel = np.stack(
        [
            of_z / of_z.sum() @ spline(np.clip(m + t * z, values[0], values[-1]))
            for m, t in zip(centres, spreads, strict=True)
        ]
    )
    return Level(centres, spreads, mass / mass.sum(), values, kernel)


class NestedPosterior(NamedTuple):
    """The posterior of the school's four numbers on the pairs of nodes, and what it says of classrooms."""

    log_evidence: float  # log Z of all likelihoods as they were given
    weights: np.ndarray  # (F of mu, F of lam), sum 1


class NestedSchool:
    """Quadrature over schools whose classrooms have any number of students.

    Args:
        sizes: numbers of nodes.
    """

    def __init__(self, sizes: Sizes):
        log_odds, log_lam = (
            np.linspace(*RANGE_OF_LOG_ODDS, sizes.log_odds),
            np.linspace(*RANGE_OF_LOG_LAM, sizes.log_lam),
        )
        self.mu = level(MU_CENTRE, MU_SPREAD, (sizes.centre, sizes.spread), log_odds)
        self.lam = level(LAM_CENTRE, LAM_SPREAD, (sizes.centre, sizes.spread), log_lam)

    @cached_property
    def shapes(self) -> tuple[np.ndarray, np.ndarray]:
        """(a, b) of a classroom at all values of its log-odds of mu and of its log lam, each of shape (X, Y)."""
        x, y = self.mu.values[:, None], self.lam.values[None, :]
        return np.exp(y + log_expit(x)), np.exp(y + log_expit(-x))

    def likelihood(self, counts: Counts) -> np.ndarray:
        """Probability of a classroom's counts at all values of its two numbers, shape (X, Y)."""
        return np.exp(closed_form(counts, *self.shapes))

    def given_school(self, values: np.ndarray) -> np.ndarray:
        """E[f given the school] for a function f of a classroom's two numbers.

        Args:
            values: f at all values of the two numbers, shape (X, Y).

        Returns:
            Shape (F of mu, F of lam).
        """
        return self.mu.kernel @ values @ self.lam.kernel.T

    def evidence(self, likelihood: np.ndarray) -> np.ndarray:
        """Probability of a classroom's counts given the school; interpolation may leave it just below 0, here 0."""
        return np.maximum(self.given_school(likelihood), np.finfo(float).tiny)

    def classroom(self, school: "NestedPosterior", likelihood: np.ndarray, evidence: np.ndarray) -> np.ndarray:
        """The posterior of one classroom: its likelihood times a prior, which is what the other classrooms say of it.

            p(mu_c, lam_c given all) = L_c  int p(mu_c, lam_c given the school) p(school given all) / Z_c(school)

        Args:
            school: the posterior of the school.
            likelihood: L_c, shape (X, Y).
            evidence: Z_c, shape (F of mu, F of lam).

        Returns:
            Weights of all values of its two numbers, shape (X, Y), of sum 1.
        """
        return likelihood * (self.mu.kernel.T @ (school.weights / evidence) @ self.lam.kernel)

    def posterior(self, log_evidences: np.ndarray) -> NestedPosterior:
        """The posterior of the school.

        Args:
            log_evidences: sum over classrooms of the log of `evidence`, shape (F of mu, F of lam).

        Returns:
            The posterior.
        """
        log_mass = log_evidences + np.log(self.mu.mass)[:, None] + np.log(self.lam.mass)
        log_evidence = float(np.asarray(logsumexp(log_mass)))
        return NestedPosterior(log_evidence, np.exp(log_mass - log_evidence))
