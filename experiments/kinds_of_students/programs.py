"""One, two or three kinds of students: a population that is a mixture of K populations of the course.

    k_i ~ Binomial(n_i, theta_i),    theta_i ~ sum_c share_c Beta(a_c, b_c)

    a_c = lam_c mean_c,    b_c = lam_c (1 - mean_c)

    mean_c ~ Uniform(0, 1),    lam_c ~ LogUniform(0.1, 100),    share ~ Dirichlet(1, ..., 1)

Each kind is drawn as the course draws its one population, so that one kind is the course's `mean_concentration()`. Each
has a lam of its own, since students of one kind may be more alike than those of another.

Exchange two kinds, and every count has the same probability: the posterior has K! equal parts, one for each way to call
the kinds first, second, .... The kinds get names that mean something by the order of their means. Given that order,
shares and lam are distributed as before, because the kinds are exchangeable. So the ordered program is the unordered
one with its kinds sorted, and both have the same evidence.
"""

from collections.abc import Callable
from functools import cache

import jax
import jax.numpy as jnp
from genjax import gen

from models import Hyperprior, beta_binomials, log_uniform, mean_concentration, mixture, open_uniform

LAM = (0.1, 100.0)  # bounds of the concentration, in pseudo-trials: the course's


def increasing(u: jax.Array) -> jax.Array:
    """Independent uniforms as uniforms in increasing order.

        x_K = u_K^(1/K),    x_{K-1} = x_K u_{K-1}^{1/(K-1)},    ...,    x_1 = x_2 u_1

    The largest of K uniforms has the distribution function x^K; given it, the others are K - 1 uniforms below it.

    Args:
        u: values in (0, 1), shape (K,).

    Returns:
        x_1 < ... < x_K, shape (K,).

    References:
        Devroye (1986), Non-uniform random variate generation, chapter V: ordered samples of uniforms.
    """
    powers = u ** (1 / jnp.arange(1, len(u) + 1))
    return jnp.cumprod(powers[::-1])[::-1]


def pieces(x: jax.Array) -> jax.Array:
    """The lengths of the K pieces into which K - 1 increasing points cut (0, 1): Dirichlet(1, ..., 1) for uniform ones.

    Args:
        x: the points, shape (K - 1,).

    Returns:
        Lengths of sum 1, shape (K,).

    References:
        Devroye (1986), Non-uniform random variate generation, chapter V: spacings of uniforms.
    """
    return jnp.diff(x, prepend=0.0, append=1.0)


@cache  # the same object for the same number, so that compiled programs are found again
def kinds_in_order(kinds: int) -> Hyperprior:
    """The hyperprior of K kinds in the order of their means; the course's own for one kind.

    Args:
        kinds: their number K, at least 1.

    Returns:
        The hyperprior, addresses u_1, ..., u_K (means), v_1, ..., v_{K-1} (shares), lam_1, ..., lam_K.
    """
    return mean_concentration(lam=LAM) if kinds == 1 else _mixture_of(kinds, increasing)


@cache
def kinds_without_order(kinds: int) -> Hyperprior:
    """As `kinds_in_order`, but the kinds are called first, second, ... as they were drawn.

    Args:
        kinds: their number K, at least 2.

    Returns:
        The hyperprior, with the same addresses; here u_c is the mean of kind c itself.
    """
    return _mixture_of(kinds, lambda u: u)


def _mixture_of(kinds: int, means_of: Callable[[jax.Array], jax.Array]) -> Hyperprior:
    @gen
    def population():
        u = jnp.stack([open_uniform(0.0, 1.0) @ f"u_{c}" for c in range(1, kinds + 1)])
        v = jnp.stack([open_uniform(0.0, 1.0) @ f"v_{c}" for c in range(1, kinds)])
        lam = jnp.stack([log_uniform(*LAM) @ f"lam_{c}" for c in range(1, kinds + 1)])
        means, shares = means_of(u), pieces(increasing(v))
        return jnp.log(shares), lam * means, lam * (1 - means)

    return Hyperprior(population, _support(kinds), mixture(beta_binomials, kinds))


def _support(kinds: int) -> dict[str, tuple[float, float]]:
    every = range(1, kinds + 1)
    unit = {f"u_{c}": (0.0, 1.0) for c in every} | {f"v_{c}": (0.0, 1.0) for c in range(1, kinds)}
    return unit | {f"lam_{c}": LAM for c in every}
