"""Draws of counts, whose spread is right in float32 too.

A rejection sampler compares log probabilities whose terms are as large as the count, and float32 has lost the digits
that matter: the variance of TFP's Poisson draws is 1.5 times too large at a mean of 7e7, and that of its binomial draws
1.27 times at n = 1e8 and log-odds of -3. Here a large count is a quantile, computed from that of a normal.

References:
    Cornish and Fisher (1938), Moments and cumulants in the specification of distributions.
    Giles (2016), Algorithm 955: approximation of the inverse Poisson cumulative distribution function.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax import lax
from tensorflow_probability.substrates.jax import distributions as tfd

LARGEST_SUM = 80.0  # mean up to which probabilities are added up from k = 0: e^-80 is a float32
LARGEST_REJECTION = 2.0**20  # n up to which binomial draws are TFP's, by rejection
LEAST_PROBABILITY = 1e-10  # beyond the mean, a probability below which the sum ends: rounding may keep it from the end


@jax.jit  # a program traces it once, however often GenJAX goes through the program
def sample_poisson(key: jax.Array, mean: jax.Array) -> jax.Array:
    """Draws of k ~ Poisson(mean).

    Args:
        key: JAX random key.
        mean: at least 0, floats, shape (...).

    Returns:
        Whole numbers as floats, shape (...).
    """
    key_few, key_many = jax.random.split(key)
    u, low = jax.random.uniform(key_few, mean.shape, mean.dtype), jnp.minimum(mean, LARGEST_SUM)
    few = _first_above(u, jnp.exp(-low), low, lambda k: low / k)
    z = jax.random.normal(key_many, mean.shape, mean.dtype)
    return jnp.where(mean > LARGEST_SUM, poisson_quantile(z, jnp.maximum(mean, LARGEST_SUM)), few)


@jax.jit  # a program traces it once, however often GenJAX goes through the program
def sample_binomial(key: jax.Array, n: jax.Array, log_odds: jax.Array) -> jax.Array:
    """Draws of k ~ Binomial(n, theta), theta = 1 / (1 + e^-eta).

    Args:
        key: JAX random key.
        n: at least 0, whole numbers as floats, shape (...).
        log_odds: eta, shape (...).

    Returns:
        Whole numbers as floats, shape (...). Up to n = 2^20 they are those of TFP.
    """
    key_few, key_many = jax.random.split(jax.random.fold_in(key, 1))
    is_large = n > LARGEST_REJECTION
    # TFP's, because `jax.random.binomial` has array constants in its jaxpr, which GenJAX 1.0.14 passes to a custom
    # sampler as extra positional arguments under vmap.
    of_tfp = jnp.asarray(tfd.Binomial(jnp.where(is_large, 1, n), logits=log_odds).sample(seed=key))
    # The rarer of the two results is counted.
    n_large, rare = jnp.where(is_large, n, LARGEST_REJECTION), -jnp.abs(log_odds)
    odds, theta = jnp.exp(rare), jax.nn.sigmoid(rare)
    mean = n_large * theta
    is_sum = is_large & (mean <= LARGEST_SUM)
    u, n_sum = jax.random.uniform(key_few, n.shape, n.dtype), jnp.where(is_sum, n_large, 0)
    none = jnp.exp(-n_sum * jax.nn.softplus(rare))
    few = _first_above(u, none, n_sum * theta, lambda k: odds * (n_sum - k + 1) / k)
    many = binomial_quantile(jax.random.normal(key_many, n.shape, n.dtype), n_large, theta)
    count = jnp.where(is_sum, few, many)
    return jnp.where(is_large, jnp.where(log_odds > 0, n - count, count), of_tfp)


def _first_above(u: jax.Array, none: jax.Array, mean: jax.Array, ratio: Callable[[jax.Array], jax.Array]) -> jax.Array:
    """The first k of which P(K <= k) reaches u, given P(K = 0) and the ratio of P(K = k) to P(K = k - 1)."""

    def is_below(k: jax.Array, probability: jax.Array, total: jax.Array) -> jax.Array:
        return (total < u) & ((k < mean) | (probability > LEAST_PROBABILITY))

    def step(state: tuple[jax.Array, jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array, jax.Array]:
        k, probability, total = state
        below = is_below(*state)
        k = jnp.where(below, k + 1, k)
        probability = jnp.where(below, probability * ratio(k), probability)
        return k, probability, jnp.where(below, total + probability, total)

    k, _, _ = lax.while_loop(lambda state: jnp.any(is_below(*state)), step, (jnp.zeros_like(mean), none, none))
    return jnp.where(jnp.isnan(mean), mean, k)


def poisson_quantile(z: jax.Array, mean: jax.Array) -> jax.Array:
    """The count below which a Poisson draw lies with the probability that a standard normal lies below z.

        k = floor(m + sqrt(m) z + (z^2 + 2) / 6 - (z^3 + 2 z) / (72 sqrt(m)) + (z^4 / 270 + 7 z^2 / 810 - 8 / 405) / m)

    With z normal, the distribution function of k is off by at most 6e-7 at m = 80, and by less for larger m.

    Args:
        z: any shape.
        mean: m, the shape of `z`.

    Returns:
        Whole numbers as floats, the shape of `z`.
    """
    sd, square = jnp.sqrt(mean), z * z
    above = z * (sd - (square + 2) / (72 * sd)) + (square + 2) / 6
    above = above + (square * (square / 270 + 7 / 810) - 8 / 405) / mean
    # The whole and the rest are added apart, so that a sum near 2^23 is not rounded before it is rounded down.
    whole = jnp.floor(mean)
    return jnp.maximum(whole + jnp.floor((mean - whole) + above), 0)


def binomial_quantile(z: jax.Array, n: jax.Array, theta: jax.Array) -> jax.Array:
    """The count below which a binomial draw lies with the probability that a standard normal lies below z.

    By the expansion of Cornish and Fisher for the cumulants of a count plus a rounding error: with q = 1 - theta,
    s^2 = n theta q and skew = q - theta,

        k = round(n theta + s z + (z^2 - 1) skew / 6
                  + [(z^3 - 3 z)(1 - 6 theta q) / 24 - (2 z^3 - 5 z) skew^2 / 36 - z / 24] / s)

    With z normal, the distribution function of k is off by at most 2e-5 at s^2 = 80, and by less for larger s.

    Args:
        z: any shape.
        n: trials, the shape of `z`.
        theta: the rate, at most 1/2, the shape of `z`.

    Returns:
        Whole numbers as floats, the shape of `z`.
    """
    mean, variance, skew, square = n * theta, theta * (1 - theta), 1 - 2 * theta, z * z
    sd = jnp.sqrt(n * variance)
    of_shape = (square - 3) * (1 - 6 * variance) / 24 - (2 * square - 5) * skew * skew / 36 - 1 / 24
    above = z * (sd + of_shape / sd) + (square - 1) * skew / 6
    whole = jnp.floor(mean)
    return jnp.clip(whole + jnp.floor((mean - whole) + above + 0.5), 0, n)
