"""The hyperprior over overhypotheses, for two colours of marbles and for more.

A bag's shares of the colours come from one population of bags. Two things are unknown of it: how alike the bags are,
and how often each colour occurs over all bags. Kemp, Perfors and Tenenbaum (2007) call these alpha and beta. Here alpha
is lam, the concentration, and of two colours beta is (mu, 1 - mu), as everywhere in this suite.

    lam ~ Exponential(1)                         alpha of the paper; small: each bag has its own colour
    beta ~ Dirichlet(1, ..., 1)                  uniform on the simplex
    theta_i | lam, beta ~ Dirichlet(lam beta)    shares of the colours in bag i
    k_i | theta_i ~ Multinomial(n_i, theta_i)    marbles seen of each colour
"""

from functools import cache
from math import inf

import jax
import jax.numpy as jnp
from genjax import exponential, gen

from models import Hyperprior, dirichlet_multinomials, open_uniform


@cache  # one object for each argument, so that compiled programs are found again
def two_colours(mean: float = 1.0) -> Hyperprior:
    """The hyperprior for two colours: beta is (mu, 1 - mu), and theta_i ~ Beta(lam mu, lam (1 - mu)).

    Args:
        mean: of lam, before any bag is seen; 1 in the paper.

    Returns:
        The hyperprior of `beta_binomials`, addresses "lam" and "mu".
    """

    @gen
    def population():
        lam = exponential(1 / mean) @ "lam"
        mu = open_uniform(0.0, 1.0) @ "mu"
        return lam * mu, lam * (1 - mu)

    return Hyperprior(population, {"lam": (0.0, inf), "mu": (0.0, 1.0)})


def shares_of(u: jax.Array) -> jax.Array:
    """A point of the simplex from as many uniform numbers as it has dimensions, by breaking a stick.

    Of what is left of the stick, colour j gets the part v_j, and the last colour gets the rest:

        v_j = 1 - (1 - u_j)^(1 / m_j) ~ Beta(1, m_j),    m_j = number of the colours after j.

    If the u_j are uniform and independent, the shares are uniform on the simplex.

    Args:
        u: numbers in (0, 1), shape (colours - 1,).

    Returns:
        Shares, positive with sum 1, shape (colours,).
    """
    after = jnp.arange(len(u), 0, -1)
    log_kept = jnp.log1p(-u) / after  # log(1 - v)
    log_left = jnp.concatenate([jnp.zeros(1, log_kept.dtype), jnp.cumsum(log_kept)])
    part = jnp.append(-jnp.expm1(log_kept), 1.0)
    return jnp.exp(log_left) * part


@cache
def several_colours(colours: int) -> Hyperprior:
    """The hyperprior for a number of colours, which may be two.

    Args:
        colours: number of colours, at least two.

    Returns:
        The hyperprior of `dirichlet_multinomials`, addresses "lam" and "u", whose `shares_of` are the paper's beta.
    """

    @gen
    def population():
        lam = exponential(1.0) @ "lam"
        u = open_uniform.vmap(in_axes=(0, 0))(jnp.zeros(colours - 1), jnp.ones(colours - 1)) @ "u"
        return lam * shares_of(u)

    return Hyperprior(population, {"lam": (0.0, inf), "u": (0.0, 1.0)}, dirichlet_multinomials)
