"""Stirling's series for log x! from x = 0 on, in float32 and in float64, and Binet's integral for its slope.

The series fails at 0, so a factorial is moved up to w = x + r:

    x! = sqrt(2 pi w) (w/e)^w exp(stirling(w)) Q(x) / w^r,    Q(x) = w^(r-1) / ((x + 1) ... (x + r - 1)).

References:
    Whittaker and Watson (1927), section 12.32: Binet's integral.
"""

import math
from functools import cache
from typing import NamedTuple

import jax
import jax.numpy as jnp
from numpy.polynomial import Polynomial

from models.numerics.loops import quotient
from models.numerics.series import atanh_excess, polynomial

LARGEST_SHIFTED = 1e18  # a larger x is replaced by this: Q is 1 in all digits there, and powers of x do not overflow


class Precision(NamedTuple):
    """Constants that give a float type errors near its epsilon. Python numbers: GenJAX breaks on array constants."""

    shift: int  # r
    atanh_terms: int  # for |v| < 0.3
    stirling: tuple[float, ...]  # B_2i / (2i (2i - 1)), for w >= r
    binet: tuple[tuple[float, float], ...]  # (weight, node): N nodes with 2N moments |B_2i| / (2i), for w >= r


_STIRLING = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156)
FLOAT32 = Precision(
    shift=3,
    atanh_terms=7,
    stirling=_STIRLING[:5],
    binet=((0.08052581247481819, 0.06378422057764593), (0.002807520858515414, 1.138747424991974)),
)
FLOAT64 = Precision(
    shift=8,
    atanh_terms=15,
    stirling=_STIRLING,
    binet=(
        (0.07542153368107532, 0.04270810839310625),
        (0.00775737165108660, 0.609987796982471258),
        (1.541024699982492e-4, 2.452542135335170),
        (3.255311731676918e-7, 7.303303809582988),
    ),
)


def shift_quotient(x: jax.Array, r: int) -> jax.Array:
    """Q(x) = w^(r-1) / ((x + 1) ... (x + r - 1)), w = x + r: 1 for large x, r^(r-1) / (r-1)! at 0."""
    x = jnp.minimum(x, LARGEST_SHIFTED)
    # Written as 1 + an excess: XLA would turn a product of quotients into one quotient, which overflows from x = 3e9.
    return 1 + polynomial(_shift_excess(r), x) / math.prod((x + i for i in range(2, r)), start=x + 1)


@cache
def _shift_excess(r: int) -> tuple[float, ...]:
    """Coefficients of (x + r)^(r-1) - (x + 1) ... (x + r - 1), lowest first: positive, so that nothing cancels."""
    excess = Polynomial([r, 1]) ** (r - 1) - Polynomial.fromroots(range(1 - r, 0))
    return tuple(map(float, excess.coef[: r - 1]))


def stirling(w: jax.Array, precision: Precision) -> jax.Array:
    """log w! - log[sqrt(2 pi w) (w/e)^w] = 1/(12 w) - 1/(360 w^3) + ..."""
    inverse = quotient(1, w)
    return inverse * polynomial(precision.stirling, inverse * inverse)


def precision_of(x: jax.Array) -> Precision:
    """The constants for the float type of `x`."""
    return FLOAT64 if x.dtype == jnp.float64 else FLOAT32


def log_factorial_excess(x: jax.Array) -> jax.Array:
    """log x! - (x log x - x) - log(2 pi) / 2: about log(x) / 2 where x is large, and -log(2 pi) / 2 at 0.

    Args:
        x: positive, any shape.

    Returns:
        The excess, the shape of `x`.
    """
    precision = precision_of(x)
    r = precision.shift
    w = x + r
    # x log(1 + r/x) - r, with u = r/x: by its series where u is small, and by the logarithm where u is large.
    u = r / x
    near = u < 0.3
    small = jnp.where(near, u, 0)
    y = small / (2 + small)
    series = r * (2 * atanh_excess(y, precision.atanh_terms) / jnp.where(near, small, 1) - y)
    shifted = jnp.where(near, series, x * jnp.log1p(jnp.where(near, 0, u)) - r)
    return jnp.log(w) / 2 + shifted + stirling(w, precision) + jnp.log(shift_quotient(x, r))


def log_minus_psi(x: jax.Array) -> jax.Array:
    """log x - psi(x), psi the derivative of log Gamma: about 1 / (2 x) where x is large.

    Args:
        x: positive, any shape.

    Returns:
        The difference, with a relative error of some eps, the shape of `x`.
    """
    precision = precision_of(x)
    w = x + precision.shift
    difference = -jnp.log1p(precision.shift / x) + 1 / (2 * w)
    difference += sum(1 / (x + j) for j in range(precision.shift))
    return difference + sum(weight / (w * w + node) for weight, node in precision.binet)
