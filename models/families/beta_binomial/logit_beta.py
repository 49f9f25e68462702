"""Log-odds of a rate that has a Beta distribution, before and after its student's counts are seen.

    eta = log(theta / (1 - theta)),    p(eta) = theta^a (1 - theta)^b / B(a, b)

The terms of the log density are as large as a + b, but the log density is not: for a + b = 1e8 in float32, rounding log
theta or log B changes it by 5. So nothing large is subtracted here. With N = a + b, mu = a / N and
delta = eta - log(a / b),

    log p = -N K + c(N) - c(a) - c(b) + log(a b / N) - log(2 pi) / 2,
    K = log(1 - mu + mu e^delta) - mu delta,
    c(x) = log x! - (x log x - x) - log(2 pi) / 2.

N K is the deviance of theta from mu, and c(x) is log(x) / 2 plus Stirling's series, both as in `log_pmf`. The two terms
of delta agree in nearly all their digits, because the density is as narrow as 1 / sqrt(N); `minus_log_ratio` computes
their difference accurately.

After k hits and m misses the shapes are a + k and b + m. In float32 and for a = 1e9, the sum a + k has lost k. So the
sums are kept as pairs of floats, and the ratio of the density after the counts to that before them is right to the last
count.

References:
    Loader (2000), Fast and accurate computation of binomial probabilities: the deviances.
"""

import jax
import jax.numpy as jnp
from genjax.core import Distribution, distribution
from genjax.pjax import wrap_sampler
from jax import lax
from jax.typing import ArrayLike

from models.numerics.error_free import Pair, exact_sum, minus_log_ratio
from models.numerics.excess import HALF_LOG_2_PI, NEAR, exponential_excess_near, log_excess
from models.numerics.gamma_draws import sample_log_gamma
from models.numerics.stirling import log_factorial_excess, log_minus_psi


def sample_log_odds(key: jax.Array, a: ArrayLike, b: ArrayLike, *, sample_shape: tuple[int, ...] = ()) -> jax.Array:
    """Draws of eta: the difference of the logs of two Gammas.

    Args:
        key: JAX random key.
        a: first shape, positive.
        b: second shape, positive, broadcasts with `a`.
        sample_shape: shape of the draws for each a and b.

    Returns:
        Draws, finite, shape (*sample_shape, ...).
    """
    dtype = jnp.result_type(a, b, float)
    a, b = (jnp.asarray(x, dtype) for x in jnp.broadcast_arrays(a, b))
    key_a, key_b = jax.random.split(key)
    return sample_log_gamma(key_a, a, sample_shape) - sample_log_gamma(key_b, b, sample_shape)


def _log_density(eta: jax.Array, a: ArrayLike, b: ArrayLike) -> jax.Array:
    a, b, eta = jnp.broadcast_arrays(jnp.asarray(a, eta.dtype), jnp.asarray(b, eta.dtype), eta)
    zero = jnp.zeros_like(eta)
    return log_density_of_pairs(eta, a, b, zero, zero)


logit_beta: Distribution[jax.Array] = distribution(
    wrap_sampler(sample_log_odds, name="logit_beta"), _log_density, name="logit_beta"
)
"""Log-odds eta = log(theta / (1 - theta)) of theta ~ Beta(a, b).

Density theta^a (1 - theta)^b / B(a, b) in eta. For small a, b half of all theta round to exactly 0 or 1 in float32,
with log weights of -inf or NaN; with log-odds this does not happen.
"""


def _sample_given(
    key: jax.Array, a: ArrayLike, b: ArrayLike, k: ArrayLike, n: ArrayLike, *, sample_shape: tuple[int, ...] = ()
) -> jax.Array:
    # n - k first: b + n - k loses b when b is far smaller than n.
    return sample_log_odds(key, jnp.add(a, k), jnp.add(b, jnp.subtract(n, k)), sample_shape=sample_shape)


def _log_density_given(eta: jax.Array, a: ArrayLike, b: ArrayLike, k: ArrayLike, n: ArrayLike) -> jax.Array:
    a, b, k, n, eta = jnp.broadcast_arrays(*(jnp.asarray(x, eta.dtype) for x in (a, b, k, n)), eta)
    after_a, after_b = exact_sum(a, k), exact_sum(b, n - k)
    lost_a, lost_b = lax.stop_gradient((after_a.low, after_b.low))
    return log_density_of_pairs(eta, a + k, b + (n - k), lost_a, lost_b)


logit_beta_given: Distribution[jax.Array] = distribution(
    wrap_sampler(_sample_given, name="logit_beta_given"), _log_density_given, name="logit_beta_given"
)
"""Log-odds of theta ~ Beta(a, b) after k hits in n trials: of theta ~ Beta(a + k, b + (n - k)).

It takes a, b, k and n, not their sums, because a + k rounds to a where a is very large.
"""


@jax.custom_jvp
@jax.jit  # a program traces it once, however often GenJAX goes through the program
def log_density_of_pairs(eta: jax.Array, a: jax.Array, b: jax.Array, a_low: jax.Array, b_low: jax.Array) -> jax.Array:
    """log p(eta) of theta ~ Beta(a + a_low, b + b_low).

    Args:
        eta: log-odds of theta, any shape.
        a: first shape, positive, the shape of `eta`.
        b: second shape, likewise.
        a_low: the remainder that the rounding of `a` has lost.
        b_low: likewise.

    Returns:
        Log densities, the shape of `eta`; their gradients in eta, a and b are as accurate.
    """
    total = a + b
    smaller, larger = jnp.minimum(a, b), jnp.maximum(a, b)
    delta = _delta(eta, a, b, a_low, b_low)
    divergence = _divergence(smaller / total, jnp.where(a > b, -delta, delta))
    excess = log_factorial_excess(total) - log_factorial_excess(a) - log_factorial_excess(b)
    return excess + jnp.log(smaller) + jnp.log(larger / total) - HALF_LOG_2_PI - total * divergence


@log_density_of_pairs.defjvp
def _log_density_of_pairs_jvp(primals: tuple, tangents: tuple) -> tuple[jax.Array, jax.Array]:
    eta, a, b, a_low, b_low = primals
    total = a + b
    delta = _delta(eta, a, b, a_low, b_low)
    mu, rest = a / total, b / total
    # b theta - a (1 - theta) = N mu (1 - mu) (e^delta - 1) / (1 - mu + mu e^delta), or the same mirrored.
    mirrored = jnp.expm1(-jnp.abs(delta))
    share = jnp.where(delta > 0, rest, mu)
    along_eta = total * mu * rest * jnp.sign(delta) * (mirrored / (1 + share * mirrored))
    along_a = _log_share(rest, -delta) + log_minus_psi(a) - log_minus_psi(total)
    along_b = _log_share(mu, delta) + log_minus_psi(b) - log_minus_psi(total)
    slope = along_eta * tangents[0] + along_a * tangents[1] + along_b * tangents[2]
    return log_density_of_pairs(*primals), slope


def _log_share(mu: jax.Array, delta: jax.Array) -> jax.Array:
    """log (1 - theta) / (1 - mu) = -log(1 - mu + mu e^delta)."""
    far = delta > 1
    near = jnp.log1p(mu * jnp.expm1(jnp.where(far, 0, delta)))
    return -jnp.where(far, jnp.logaddexp(jnp.log1p(-mu), jnp.log(mu) + delta), near)


@jax.custom_jvp
def _delta(eta: jax.Array, a: jax.Array, b: jax.Array, a_low: jax.Array, b_low: jax.Array) -> jax.Array:
    """eta - log(a / b)."""
    return minus_log_ratio(eta, Pair(a, a_low), Pair(b, b_low))


@_delta.defjvp
def _delta_jvp(primals: tuple, tangents: tuple) -> tuple[jax.Array, jax.Array]:
    return _delta(*primals), tangents[0] - tangents[1] / primals[1] + tangents[2] / primals[2]


def _divergence(mu: jax.Array, delta: jax.Array) -> jax.Array:
    """K = log(1 - mu + mu e^delta) - mu delta, at least 0, for mu <= 1/2."""
    near = jnp.abs(delta) < NEAR
    d = jnp.where(near, delta, 0)
    # Both terms are of second order in delta, and the second is at most half of the first.
    exponential = exponential_excess_near(d)
    of_near = mu * exponential - log_excess(mu * jnp.expm1(d))
    return jnp.where(near, of_near, -_log_share(mu, delta) - mu * delta)
