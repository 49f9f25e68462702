"""The prior of one classroom under a school that nobody has seen: two numbers, for which `exact` answers."""

from math import inf, log, pi

import jax
import jax.numpy as jnp
import numpy as np
from genjax import gen
from genjax.core import distribution
from genjax.pjax import wrap_sampler

from experiments.one_level_up.school import CENTRE_SD, LAM_CENTRE, LAM_SPREAD, MU_CENTRE, MU_SPREAD
from models import Hyperprior
from models.programs.threads import shared

NODES, GAUSS = np.polynomial.legendre.leggauss(40)
SPREADS = 4 * (NODES + 1)  # in scales of their half-normal prior, from 0 to 8
LOG_MASS = np.log(GAUSS * np.exp(-0.5 * SPREADS**2) / np.sum(GAUSS * np.exp(-0.5 * SPREADS**2)))


def _draw(key: jax.Array, centre: float, scale: float, *, sample_shape: tuple[int, ...] = ()) -> jax.Array:
    of_centre, spread, z = jax.random.normal(key, (3, *sample_shape))
    return centre + CENTRE_SD * of_centre + scale * spread * z


def _log_density(x: jax.Array, centre: float, scale: float) -> jax.Array:
    """log of int HalfNormal(s; scale) Normal(x; centre, CENTRE_SD^2 + s^2) ds, by the rule of Gauss and Legendre."""
    variance = CENTRE_SD**2 + jnp.asarray((scale * SPREADS) ** 2)
    of_each = -0.5 * (jnp.square(x - centre) / variance + jnp.log(variance) + log(2 * pi))
    return jax.scipy.special.logsumexp(of_each + jnp.asarray(LOG_MASS))


of_any_school = distribution(wrap_sampler(_draw, name="of_any_school"), _log_density, name="of_any_school")
"""A number of a classroom: Normal(centre of its school, spread of its school), both integrated out."""


@shared
def one_classroom() -> Hyperprior:
    """A classroom alone, believed of as `school` does: its prior is a school's with the school integrated out.

        log-odds of mu ~ int Normal(0, 1.5^2 + s^2) dHalfNormal(s; 1),  log lam ~ the same with the numbers of lam

    Returns:
        The hyperprior, addresses "log_odds" and "log_lam".
    """

    @gen
    def population():
        log_odds = of_any_school(MU_CENTRE, MU_SPREAD) @ "log_odds"
        log_lam = of_any_school(LAM_CENTRE, LAM_SPREAD) @ "log_lam"
        return tuple(jnp.exp(log_lam + jax.nn.log_sigmoid(sign * log_odds)) for sign in (1, -1))

    return Hyperprior(population, {"log_odds": (-inf, inf), "log_lam": (-inf, inf)}, recipe=(one_classroom, ()))
