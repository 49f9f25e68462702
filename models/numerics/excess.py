"""What the exponential, the logarithm and log Gamma are above their leading terms, without the subtraction of these."""

import jax
import jax.numpy as jnp

from models.numerics.series import atanh_excess, polynomial
from models.numerics.stirling import log_factorial_excess, log_minus_psi

HALF_LOG_2_PI = 0.9189385332046727
NEAR = 1.0  # |x| below which e^x - 1 - x is computed by a series
NEAR_0 = 0.3  # |y| below which log(1 + y) - y is computed by a series
TERMS = {4: 12, 8: 20}  # terms of the series of e^x - 1 - x for |x| < 1, by the bytes of a float


def exponential_excess(x: jax.Array) -> jax.Array:
    """e^x - 1 - x, at least 0, with a relative error of some eps."""
    near = jnp.abs(x) < NEAR
    of_near = exponential_excess_near(jnp.where(near, x, 0))
    return jnp.where(near, of_near, jnp.expm1(x) - x)


def exponential_excess_near(x: jax.Array) -> jax.Array:
    """e^x - 1 - x for |x| < 1, by its series."""
    return x * x * polynomial(_coefficients(TERMS[x.dtype.itemsize]), x)


def _coefficients(terms: int) -> list[float]:
    """Coefficients of (e^x - 1 - x) / x^2 = 1/2 + x/6 + ..."""
    coefficients = [0.5]
    for j in range(3, terms + 2):
        coefficients.append(coefficients[-1] / j)
    return coefficients


def log_excess(y: jax.Array) -> jax.Array:
    """y - log(1 + y), for y > -1."""
    near = jnp.abs(y) < NEAR_0
    small = jnp.where(near, y, 0)
    u = small / (2 + small)  # log(1 + y) = 2 atanh(u), and y - 2 u = y u
    of_near = small * u - 2 * atanh_excess(u, 4 if y.dtype == jnp.float32 else 12)
    return jnp.where(near, of_near, y - jnp.log1p(jnp.where(near, 0, y)))


@jax.custom_jvp
def log_gamma_excess(x: jax.Array) -> jax.Array:
    """log Gamma(x) - (x log x - x), for x > 0; its derivative is psi(x) - log x."""
    return log_factorial_excess(x) + (HALF_LOG_2_PI - jnp.log(x))


@log_gamma_excess.defjvp
def _log_gamma_excess_jvp(primals: tuple, tangents: tuple) -> tuple[jax.Array, jax.Array]:
    return log_gamma_excess(*primals), -log_minus_psi(*primals) * tangents[0]
