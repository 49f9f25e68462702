"""The program of a school: the classrooms' populations have a population too, and it is learned like theirs."""

from math import inf, log
from typing import Any

import jax
import jax.numpy as jnp
from genjax import gen, half_normal, normal

from models import Hyperprior
from models.programs.threads import shared

CENTRE_SD = 1.5  # of the prior of both centres
MU_CENTRE, LAM_CENTRE = 0.0, log(10.0) / 2  # prior means; as of mean_concentration(): mu near 1/2, lam near sqrt(10)
MU_SPREAD, LAM_SPREAD = 1.0, 1.3  # scales of the half-normal priors
COVARIATE = "classroom"  # which classroom a student is in: 0, 1, ...


@shared
def school(classrooms: int) -> Hyperprior:
    """Classrooms c, each with its own (mu_c, lam_c), which come from the school.

        school       mu_centre ~ Normal(0, 1.5)          mu_spread ~ HalfNormal(1)
                     lam_centre ~ Normal(log 10 / 2, 1.5)  lam_spread ~ HalfNormal(1.3)
        classroom c  log-odds of mu_c = mu_centre + mu_spread mu_z_c,     mu_z_c ~ Normal(0, 1)
                     log lam_c = lam_centre + lam_spread lam_z_c,         lam_z_c ~ Normal(0, 1)
        student i    theta_i ~ Beta(lam_c mu_c, lam_c (1 - mu_c)),  c the classroom of i

    The prior of one classroom has nearly the moments that it has under `mean_concentration()`: the log-odds of mu have
    mean 0 and sd 1.80 (1.81 there), and log lam has mean 1.15 and sd 1.98 (1.99 there).

    Args:
        classrooms: number of classrooms; `trials.covariates["classroom"]` is below it.

    Returns:
        The hyperprior; it draws 4 + 2 classrooms numbers.

    References:
        Kemp, Perfors & Tenenbaum (2007), Learning overhypotheses with hierarchical Bayesian models.
    """

    @gen
    def program(trials):
        mu_centre = normal(MU_CENTRE, CENTRE_SD) @ "mu_centre"
        mu_spread = half_normal(MU_SPREAD) @ "mu_spread"
        lam_centre = normal(LAM_CENTRE, CENTRE_SD) @ "lam_centre"
        lam_spread = half_normal(LAM_SPREAD) @ "lam_spread"
        mu_z = each_standard_normal(classrooms) @ "mu_z"
        lam_z = each_standard_normal(classrooms) @ "lam_z"
        return shapes_of_students(mu_centre + mu_spread * mu_z, lam_centre + lam_spread * lam_z, trials)

    positive, real = (0.0, inf), (-inf, inf)
    support = {"mu_centre": real, "mu_spread": positive, "lam_centre": real, "lam_spread": positive}
    return Hyperprior(program, support | {"mu_z": real, "lam_z": real}, recipe=(school, (classrooms,)))


def each_standard_normal(size: int) -> Any:
    """Independent standard normals, shape (size,), to be drawn in a program."""
    return normal.vmap(in_axes=(0, 0))(jnp.zeros(size), jnp.ones(size))


def shapes_of_students(log_odds: jax.Array, log_lam: jax.Array, trials: Any) -> tuple[jax.Array, jax.Array]:
    """(a, b) of each student's classroom.

    Args:
        log_odds: of mu of each classroom, shape (classrooms,).
        log_lam: log concentration of each classroom, shape (classrooms,).
        trials: of the students.

    Returns:
        a = lam mu and b = lam (1 - mu), each of shape (students,).
    """
    of_student = trials.covariates[COVARIATE]
    # In logs, because far out lam is infinite and mu is 0, whose product is not a number.
    a, b = (jnp.exp(log_lam + jax.nn.log_sigmoid(sign * log_odds)) for sign in (1, -1))
    return a[of_student], b[of_student]
