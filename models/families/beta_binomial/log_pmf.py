"""The log pmf of the beta-binomial distribution, accurate in float32 and float64, with derivatives in a and b.

The textbook formula log C(n, k) + log B(a + k, b + m) - log B(a, b), m = n - k, subtracts numbers near n log n and
loses their last digits, which can be all that matter. Here nothing large is subtracted.

**The table.** Prior and data form a table, whose a and b need not be whole numbers:

    hits       a       k      a + k
    misses     b       m      b + m
             a + b     n      N = a + b + n

Fisher's probability of a table is the product of x! over its margins, divided by that over its cells and N. With it,

    p(k | n, a, b) = P(table) a b N / ((a + k)(b + m)(a + b)).

**The shift.** Stirling's series fails at 0, so every factorial is moved up to w = x + r:

    x! = sqrt(2 pi w) (w/e)^w exp(stirling(w)) Q(x) / w^r,    Q(x) = w^(r-1) / ((x + 1) ... (x + r - 1)).

**The deviances.** Margins give a cell the expected value E = w_row w_column / w_N. The large terms w log w combine into
deviances bd0 = w log(w/E) + E - w (Loader 2000), which are small when w - E is small. And w - E needs no cancellation:
with T = a m - b k it is (T + r m, -T + r k, -T + r b, T + r a) / w_N in the cells a, b, k, m.

    log p = sum over cells [r log(w/E) - bd0] + r^2/w_N + stirling(w) of margins - cells - N
            + log[a b N / ((a + k)(b + m)(a + b)) Q sqrt(w_margins / (2 pi w_N w_cells))]

Here Q is the product of the margins' Q(x) divided by that of the cells' and N's; w_margins, w_cells are products too.

**The gradient.** With D f = f(a) - f(a + k) - f(a + b) + f(N), d log p / da = -D psi. The same shift, and Binet's
integral for psi by a Gauss rule, leave only reciprocals and D log w, which is log(w/E) of the cell a:

    d log p / da = -D log w + sum_{0 <= j < r} D 1/(x + j) + D 1/(2 w) + sum_i weight_i D 1/(w^2 + node_i)

`_alternating_reciprocal` writes D 1/x as one fraction, accurate even where it is tiny, for example for b far below a.
For d log p / db exchange the rows of the table.
"""

import math
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jax.typing import ArrayLike

from models.numerics.deviance import cell_term, log_ratio
from models.numerics.error_free import as_pair, exact_product
from models.numerics.loops import in_one_loop, quotient
from models.numerics.stirling import precision_of, shift_quotient, stirling

LARGEST = {4: 1e18, 8: 1e40}  # largest a and b, whose squares do not overflow, by the bytes of a float


class SplitCounts(NamedTuple):
    """Hits and misses, each as a float and the remainder that its rounding lost."""

    k: jax.Array
    m: jax.Array
    k_low: jax.Array
    m_low: jax.Array

    def exchanged(self) -> "SplitCounts":
        return SplitCounts(self.m, self.k, self.m_low, self.k_low)


@jax.jit  # a program traces it once, however often GenJAX goes through the program
def beta_binomial_log_pmf(k: ArrayLike, n: ArrayLike, a: ArrayLike, b: ArrayLike) -> jax.Array:
    """Log probability of k hits in n trials at a rate drawn from Beta(a, b).

        log p(k | n, a, b) = log[C(n, k) B(a + k, b + n - k) / B(a, b)]

    Differentiable in a and b, more than once; k and n get zero gradients. Checked against 50 digits for a, b in
    1e-6..1e8 and n up to 1e9: where |log p| < 50 (20 in float32) the error is at most 1e-12 (2e-5). The relative error
    of the gradient is at most 1e-12 (5e-6), unless its sign changes so near that the rounding of a and b moves it more.

    Args:
        k: hits, whole numbers as integers or floats, shape (...).
        n: trials, whole numbers, shape (...). If k and n are integers, they are exact above 2^24 even in float32.
        a: prior hits, positive, shape (...).
        b: prior misses, positive, shape (...).

    Returns:
        Log probabilities of the broadcast shape, in float32 or float64 as JAX promotes the arguments: exactly 0 where
        n = 0, -inf where k is not one of 0, 1, ..., n or a <= 0 or b <= 0, NaN where a or b is NaN.

    References:
        Loader (2000), Fast and accurate computation of binomial probabilities: the deviances.
        Whittaker and Watson (1927), section 12.32: Binet's integral.
    """
    dtype = jnp.promote_types(jnp.result_type(k, n, a, b, float), jnp.float32)  # half precision is too coarse
    k, n, a, b = (jnp.asarray(x) for x in (k, n, a, b))
    # Comparisons with NaN are false, and NaN shapes are excluded, so that no NaN is hidden as -inf.
    no_population = ((a <= 0) | (b <= 0)) & ~(jnp.isnan(a) | jnp.isnan(b))
    no_count = (k < 0) | (k > n) | (k % 1 > 0)
    impossible = no_population | (no_count & ~(jnp.isnan(a) | jnp.isnan(b)))
    # Replaced before the computation: a gradient through the branch not taken is multiplied by 0, and 0 x inf is NaN.
    # Counts and populations each by themselves, so that what depends on one of them alone is computed once for all.
    k, n = jnp.where(no_count, 0, k), jnp.where(no_count, 0, n)
    a, b = jnp.where(no_population, 1, a).astype(dtype), jnp.where(no_population, 1, b).astype(dtype)
    a, b = _with_room(a, b)
    return in_one_loop(jnp.where(impossible, -jnp.inf, log_pmf_of_table(a, b, _split_counts(k, n, dtype))))


def _with_room(a: jax.Array, b: jax.Array) -> tuple[jax.Array, jax.Array]:
    """a and b scaled down so that their squares do not overflow; the counts are binomial there already."""
    scale = lax.stop_gradient(jnp.minimum(1, LARGEST[a.dtype.itemsize] / jnp.maximum(a, b)))
    return a * scale, b * scale


def _split_counts(k: jax.Array, n: jax.Array, dtype: jnp.dtype) -> SplitCounts:
    if not (jnp.issubdtype(k.dtype, jnp.integer) and jnp.issubdtype(n.dtype, jnp.integer)):
        k, n = k.astype(dtype), n.astype(dtype)
        m = n - k
        return SplitCounts(k, m, jnp.zeros_like(k), (n - m) - k)  # n - m is exact for 0 <= k <= n

    hits, misses = as_pair(k, dtype), as_pair(n - k, dtype)
    return SplitCounts(hits.high, misses.high, hits.low, misses.low)


@jax.custom_jvp
def log_pmf_of_table(a: jax.Array, b: jax.Array, counts: SplitCounts) -> jax.Array:
    """log p of counts and shapes that are possible, all of one shape."""
    precision = precision_of(a)
    r, k, m = precision.shift, counts.k, counts.m
    n, ab, ak, bm = k + m, a + b, a + k, b + m
    total = ak + bm
    t, inverse = _cross_difference(a, b, counts), quotient(1, total + r)
    of_hits, of_misses = (ak + r) * inverse, (bm + r) * inverse  # of all in the table, by expectation
    cells = (
        cell_term(a, of_hits * (ab + r), (t + r * m) * inverse, precision)
        + cell_term(b, of_misses * (ab + r), (r * k - t) * inverse, precision)
        + cell_term(k, of_hits * (n + r), (r * b - t) * inverse, precision)
        + cell_term(m, of_misses * (n + r), (t + r * a) * inverse, precision)
    )
    # What depends on the population alone, on the counts alone, and on both: XLA computes the first once a population.
    stirlings = (
        (_stirlings(ab, a, b) + _stirlings(n, k, m))
        + (stirling(ak + r, precision) + stirling(bm + r, precision))
        - stirling(total + r, precision)
    )
    of_both = (a / ak) * (total / bm) * (shift_quotient(ak, r) * shift_quotient(bm, r) / shift_quotient(total, r))
    of_both = of_both * jnp.sqrt((ak + r) * of_misses / (2 * math.pi))
    # Not the logarithm of one product, whose factors XLA would gather in one quotient, which overflows.
    factors = (jnp.log((b / ab) * _factor(ab, a, b)) + jnp.log(_factor(n, k, m))) + jnp.log(of_both)
    log_p = cells + r * r * inverse + stirlings + factors
    return jnp.where((n == 0) & ~jnp.isnan(log_p), 0, log_p)  # exactly 0 without trials, but a NaN stays


def _stirlings(margin: jax.Array, x: jax.Array, y: jax.Array) -> jax.Array:
    """stirling(w) of a margin less those of its two cells."""
    precision = precision_of(margin)
    r = precision.shift
    return stirling(margin + r, precision) - stirling(x + r, precision) - stirling(y + r, precision)


def _factor(margin: jax.Array, x: jax.Array, y: jax.Array) -> jax.Array:
    """Q sqrt(w) of a margin divided by those of its two cells."""
    r = precision_of(margin).shift
    quotient = (shift_quotient(margin, r) / shift_quotient(x, r)) / shift_quotient(y, r)
    return quotient * jnp.sqrt((margin + r) / (x + r) / (y + r))


@log_pmf_of_table.defjvp
def _log_pmf_of_table_jvp(primals: tuple, tangents: tuple) -> tuple[jax.Array, jax.Array]:
    a, b, counts = primals
    slope = slope_in_a(a, b, counts) * tangents[0] + slope_in_a(b, a, counts.exchanged()) * tangents[1]
    return log_pmf_of_table(a, b, counts), slope


def slope_in_a(a: jax.Array, b: jax.Array, counts: SplitCounts) -> jax.Array:
    """d log p / da."""
    precision = precision_of(a)
    k, m, w = counts.k, counts.m, a + precision.shift
    slope = _alternating_reciprocal(w, k, b, m) / 2 - _log_ratio(a, b, counts)
    for j in range(precision.shift):
        slope = slope + _alternating_reciprocal(a + j, k, b, m)
    # The steps from w^2 at a to w^2 at a + k and at a + b, and the step that is then left to w^2 at N.
    k_step, b_step = k * (2 * w + k), b * (2 * w + b)
    m_step = m * (2 * (w + b) + k + m) + k * (2 * b + m)
    for weight, node in precision.binet:
        slope = slope + weight * _alternating_reciprocal(w * w + node, k_step, b_step, m_step)
    return slope


@jax.custom_jvp
def _log_ratio(a: jax.Array, b: jax.Array, counts: SplitCounts) -> jax.Array:
    """D log w, the log(w/E) of the cell a."""
    precision = precision_of(a)
    w, w_row, w_column = (x + precision.shift for x in (a, a + counts.k, a + b))
    w_total = w_column + (counts.k + counts.m)
    difference = (_cross_difference(a, b, counts) + precision.shift * counts.m) / w_total
    return log_ratio(w, w_row * (w_column / w_total), difference, precision)


@_log_ratio.defjvp
def _log_ratio_jvp(primals: tuple, tangents: tuple) -> tuple[jax.Array, jax.Array]:
    a, b, counts = primals
    w, n = a + precision_of(a).shift, counts.k + counts.m
    along_a = _alternating_reciprocal(w, counts.k, b, counts.m)
    along_b = -n / ((w + b) * (w + b + n))
    return _log_ratio(a, b, counts), along_a * tangents[0] + along_b * tangents[1]


@jax.custom_jvp
def _alternating_reciprocal(x: jax.Array, k: jax.Array, b: jax.Array, m: jax.Array) -> jax.Array:
    """D 1/x = 1/x - 1/(x + k) - 1/(x + b) + 1/(x + k + b + m)."""
    total = x + k + b + m
    prior_and_data = (k / (x + k)) * (b / (x + b)) * ((x + total) / x)
    return (prior_and_data - (m / (x + b)) * (x / (x + k))) / total


@_alternating_reciprocal.defjvp
def _alternating_reciprocal_jvp(primals: tuple, tangents: tuple) -> tuple[jax.Array, jax.Array]:
    # Not by automatic differentiation, which loses digits where the slope is far smaller than those of the terms, for
    # example for b far above x.
    x, k, b, m = primals
    u, u_k, u_b, u_total = 1 / x, 1 / (x + k), 1 / (x + b), 1 / (x + k + b + m)
    value = _alternating_reciprocal(x, k, b, m)
    differences = b * u * u_b + (b + m) * u_k * u_total  # (u - u_b) + (u_k - u_total)
    along_x = -((u_b + u_total) * value + k * u * u_k * differences)
    along_k = (b + m) * u_k * u_total * (u_k + u_total)
    along_b = (k + m) * u_b * u_total * (u_b + u_total)
    d_x, d_k, d_b, d_m = tangents
    return value, along_x * d_x + along_k * d_k + along_b * d_b - u_total * u_total * d_m


def _cross_difference(a: jax.Array, b: jax.Array, counts: SplitCounts) -> jax.Array:
    """T = a m - b k, accurate to its last digits even where the two products agree in all their digits."""
    am, am_low = exact_product(a, counts.m)
    bk, bk_low = exact_product(b, counts.k)
    return (am - bk) + (am_low - bk_low) + (a * counts.m_low - b * counts.k_low)
