"""Sums and products of floats with the remainders that rounding loses, and x - log(a / b) without cancellation.

References:
    Dekker (1971), A floating-point technique for extending the available precision.
"""

from fractions import Fraction
from functools import cache
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jax.typing import DTypeLike

from models.numerics.series import polynomial

LOG_2 = Fraction("0.693147180559945309417232121458176568075500134360255254120680009493394")
TWO_THIRDS = Fraction(2, 3)
BITS_OF_EXPONENT = {4: 9, 8: 12}  # bits of the difference of two exponents, by the bytes of a float
TERMS = {4: 8, 8: 18}  # terms of the series of atanh(s) beyond s^3, |s| < 0.172, by the bytes of a float


class Pair(NamedTuple):
    """A number as the sum of a float, `high`, and of a remainder below its last digit, `low`."""

    high: jax.Array
    low: jax.Array


def as_pair(count: jax.Array, dtype: DTypeLike) -> Pair:
    """A whole number as a float and the remainder that rounding loses, which is 0 unless `count` holds integers."""
    high = count.astype(dtype)
    if not jnp.issubdtype(count.dtype, jnp.integer):
        return Pair(high, jnp.zeros_like(high))
    # Where the float is above an unsigned integer, their difference wraps around; int32 undoes this.
    return Pair(high, (count - high.astype(count.dtype)).astype(jnp.int32).astype(dtype))


def exact_sum(x: jax.Array, y: jax.Array) -> Pair:
    """x + y as a float and the remainder that rounding loses (Knuth 1969)."""
    total = x + y
    of_y = total - x
    return Pair(total, (x - (total - of_y)) + (y - of_y))


def sum_of_pairs(x: Pair, y: Pair) -> Pair:
    """x + y, with a relative error of some eps^2 where both are positive; `high` is the sum rounded to a float."""
    total = exact_sum(x.high, y.high)
    return exact_sum(total.high, total.low + (x.low + y.low))


def total_of_pairs(x: Pair) -> Pair:
    """The sum over the last axis, which it keeps with size 1, as accurate as `sum_of_pairs`."""
    totals = lax.associative_scan(sum_of_pairs, x, axis=x.high.ndim - 1)
    return Pair(totals.high[..., -1:], totals.low[..., -1:])


def exact_product(x: jax.Array, y: jax.Array) -> Pair:
    """x y as a float and the remainder that rounding loses (Dekker 1971)."""
    kind = jnp.finfo(x.dtype)
    half = (kind.nmant - 1) // 2  # bits of a half: so few that the product of two halves is exact
    x_high, y_high = (lax.reduce_precision(value, kind.nexp, half) for value in (x, y))
    x_low, y_low = x - x_high, y - y_high
    # Rounded to one bit less than a float, because a compiler may fuse x * y into one sum below and not into another,
    # and the product would have two different values.
    product = lax.reduce_precision(x * y, kind.nexp, kind.nmant - 1)
    return Pair(product, ((x_high * y_high - product) + x_high * y_low + x_low * y_high) + x_low * y_low)


def minus_log_ratio(x: jax.Array, a: Pair, b: Pair) -> jax.Array:
    """x - log(a / b), accurate even where x and the logarithm agree in all their digits.

        log(a / b) = e log 2 + 2 atanh(s),    s = (a' - b') / (a' + b'),    a' / b' = 2^-e a / b near 1

    Args:
        x: any shape.
        a: positive, the shape of `x`.
        b: positive, the shape of `x`.

    Returns:
        The difference. Its error is a few eps of itself, plus 5e-4 eps (from the end of the series of atanh, which is
        computed in single floats), plus some eps^2 of log(a / b).
    """
    dtype = x.dtype
    digits = jnp.finfo(dtype).nmant + 1
    exponent, s = _reduce_ratio(a, b)
    square = exact_product(s.high, s.high)
    square = Pair(square.high, square.low + 2 * s.high * s.low)
    cube = exact_product(square.high, s.high)
    cube = Pair(cube.high, cube.low + square.high * s.low + square.low * s.high)
    third, third_rest, _ = _split(TWO_THIRDS, digits)
    cubic = exact_product(cube.high, jnp.asarray(third, dtype))
    rest = cubic.low + cube.high * third_rest + cube.low * third + 2 * s.low
    coefficients = [2 / (2 * j + 5) for j in range(TERMS[dtype.itemsize])]
    rest += (cube.high + cube.low) * (square.high + square.low) * polynomial(coefficients, square.high)
    # Each product of a part of log 2 with the exponent is exact.
    of_two = [exponent * part for part in _split(LOG_2, digits - BITS_OF_EXPONENT[dtype.itemsize])]
    difference = x
    for term in (of_two[0], 2 * s.high, of_two[1], cubic.high):
        difference, lost = exact_sum(difference, -term)
        rest -= lost
    return difference - (rest + of_two[2])


def _reduce_ratio(a: Pair, b: Pair) -> tuple[jax.Array, Pair]:
    """The e and s of `minus_log_ratio`."""
    (a_high, a_exponent), (b_high, b_exponent) = jnp.frexp(a.high), jnp.frexp(b.high)
    ratio = a_high / b_high
    shift = jnp.where(ratio > 2**0.5, 1, 0) - jnp.where(ratio < 0.5**0.5, 1, 0)
    a_high, a_exponent = jnp.ldexp(a_high, -shift), a_exponent + shift
    a_low, b_low = jnp.ldexp(a.low, -a_exponent), jnp.ldexp(b.low, -b_exponent)
    above = a_high - b_high  # exact, because the two are within a factor of 2 of each other
    below = exact_sum(a_high, b_high)
    below = Pair(below.high, below.low + a_low + b_low)
    high = above / below.high
    product = exact_product(high, below.high)
    left = ((above - product.high) - product.low) + (a_low - b_low) - high * below.low
    return (a_exponent - b_exponent).astype(high.dtype), Pair(high, left / below.high)


@cache
def _split(number: Fraction, bits: int) -> tuple[float, float, float]:
    """A number in (0, 1) as three floats, of which the first two have so many bits."""
    first = Fraction(int(number * 2**bits), 2**bits)
    second = Fraction(int((number - first) * 2 ** (2 * bits)), 2 ** (2 * bits))
    return float(first), float(second), float(number - first - second)
