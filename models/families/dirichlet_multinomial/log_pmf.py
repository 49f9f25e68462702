"""The log pmf of the Dirichlet-multinomial distribution, accurate in float32 and float64, with derivatives.

The count of one category among all is beta-binomial, and so is that of the next category among those that are left:

    p(k | n, alpha) = prod_j BetaBinomial(k_j; k_j + m_j, alpha_j, b_j),
    m_j = sum_{i > j} k_i,    b_j = sum_{i > j} alpha_i.

In each factor nothing large is subtracted (`beta_binomial.log_pmf`). Each sum is a pair of floats, because a log p of 5
changes by 1e-3 when b_j = 1e8 is rounded to float32.

The gradient is that of one category against all the others, as in the beta-binomial with b = sum_{i != j} alpha_i:

    d log p / d alpha_j = psi(alpha_j + k_j) - psi(alpha_j) + psi(A) - psi(A + n),    A = sum_j alpha_j
"""

import jax
import jax.numpy as jnp
from jax import lax
from jax.typing import ArrayLike, DTypeLike

from models.families.beta_binomial.log_pmf import LARGEST, SplitCounts, log_pmf_of_table, slope_in_a
from models.numerics.error_free import Pair, as_pair, sum_of_pairs, total_of_pairs
from models.numerics.loops import in_one_loop


@jax.jit  # a program traces it once, however often GenJAX goes through the program
def dirichlet_multinomial_log_pmf(k: ArrayLike, n: ArrayLike, alpha: ArrayLike) -> jax.Array:
    """Log probability of k_j results in each category, of n, at shares theta drawn from Dirichlet(alpha).

        log p(k | n, alpha) = log[n! / prod_j k_j! Gamma(A) / Gamma(A + n) prod_j Gamma(alpha_j + k_j) / Gamma(alpha_j)]

    Differentiable in alpha, more than once; k and n get zero gradients. Checked against 50 digits for alpha in
    1e-6..1e8 and n up to 1e9, with up to 7 categories: where |log p| < 50 (20 in float32) the error is at most 1e-12
    (2e-5). The relative error of the gradient is at most 1e-12 (5e-6), unless its sign changes so near that the
    rounding of alpha moves it more. With two categories it is `beta_binomial_log_pmf(k[0], n, *alpha)`.

    Args:
        k: results by category, whole numbers as integers or floats, shape (..., categories).
        n: the sum of k, shape (...). If k and n are integers, they are exact above 2^24 even in float32; if they are
            floats, the sum may differ from n by their rounding.
        alpha: concentrations, positive, shape (..., categories).

    Returns:
        Log probabilities of the broadcast shape without the categories, in float32 or float64 as JAX promotes the
        arguments: exactly 0 where n = 0, -inf where a k is not one of 0, 1, ..., the sum of k is not n, or an alpha
        <= 0; NaN where an alpha is NaN.

    Raises:
        ValueError: if k and alpha do not have the same number of categories, at least two.
    """
    dtype = jnp.promote_types(jnp.result_type(k, n, alpha, float), jnp.float32)  # half precision is too coarse
    k, n, alpha = (jnp.asarray(x) for x in (k, n, alpha))
    check_categories(k, alpha)
    k, alpha = jnp.broadcast_arrays(k, alpha)
    # Comparisons with NaN are false, and NaN concentrations are excluded, so that no NaN is hidden as -inf.
    impossible = counts_are_impossible(k, n, dtype) | jnp.any(alpha <= 0, axis=-1)
    impossible = (impossible & ~jnp.any(jnp.isnan(alpha), axis=-1))[..., None]
    # Replaced before the computation: a gradient through the branch not taken is multiplied by 0, and 0 x inf is NaN.
    k, alpha = jnp.where(impossible, 0, k), jnp.where(impossible, 1, alpha).astype(dtype)
    # Scaled down together, so that squares do not overflow; the counts are multinomial there already.
    largest = jnp.max(alpha, axis=-1, keepdims=True)
    alpha = alpha * lax.stop_gradient(jnp.minimum(1, LARGEST[alpha.dtype.itemsize] / largest))
    return jnp.where(impossible[..., 0], -jnp.inf, _log_pmf(alpha, as_pair(k, dtype)))


def check_categories(*arrays: jax.Array) -> None:
    """Check that all arrays have the same number of categories, at least two, on their last axis.

    Raises:
        ValueError: if they do not.
    """
    categories = [array.shape[-1] if array.ndim else 0 for array in arrays]
    if len(set(categories)) > 1 or categories[0] < 2:
        sizes = " and ".join(str(array.shape) for array in arrays)
        raise ValueError(
            f"the last axis holds the categories, the same two or more in every argument, but the shapes are {sizes}"
        )


def counts_are_impossible(k: jax.Array, n: jax.Array, dtype: DTypeLike) -> jax.Array:
    """Where a k is not one of 0, 1, ..., or their sum is not n, shape (...)."""
    impossible = jnp.any((k < 0) | (k % 1 > 0) | jnp.isinf(k), axis=-1)
    if jnp.issubdtype(k.dtype, jnp.integer) and jnp.issubdtype(n.dtype, jnp.integer):
        return impossible | (jnp.sum(k, axis=-1) != n)
    n = n.astype(dtype)
    total = total_of_pairs(as_pair(k, dtype))
    difference = (total.high[..., 0] - n) + total.low[..., 0]
    # Rounding moves the sum and n by half an eps each, so below 1 / eps every other whole number is refused.
    return impossible | (jnp.abs(difference) > jnp.finfo(dtype).eps * n)


@jax.custom_jvp
def _log_pmf(alpha: jax.Array, counts: Pair) -> jax.Array:
    (_, later_alpha), (_, later_counts) = _sums(_exactly(alpha)), _sums(counts)
    one, rest = (..., slice(None, -1)), Pair(later_alpha.high[..., :-1], later_alpha.low[..., :-1])
    table = _table(rest, *(Pair(x.high[one], x.low[one]) for x in (counts, later_counts)))
    return jnp.sum(in_one_loop(log_pmf_of_table(alpha[one], rest.high, table)), axis=-1)


@_log_pmf.defjvp
def _log_pmf_jvp(primals: tuple, tangents: tuple) -> tuple[jax.Array, jax.Array]:
    alpha, counts = primals
    (other_alpha, _), (other_counts, _) = _sums(_exactly(alpha)), _sums(counts)
    slope = slope_in_a(alpha, other_alpha.high, _table(other_alpha, counts, other_counts))
    return _log_pmf(*primals), jnp.sum(slope * tangents[0], axis=-1)


def _exactly(x: jax.Array) -> Pair:
    return Pair(x, jnp.zeros_like(x))


def _table(b: Pair, k: Pair, m: Pair) -> SplitCounts:
    """Counts against which b counts as exact: only a m - b k needs its remainder, which is moved over to k."""
    return SplitCounts(k.high, m.high, k.low + lax.stop_gradient(b.low / b.high) * k.high, m.low)


def _sums(x: Pair) -> tuple[Pair, Pair]:
    """For each category the sum of all others, and that of all later ones."""
    last = x.high.ndim - 1
    up_to, from_on = (lax.associative_scan(sum_of_pairs, x, reverse=back, axis=last) for back in (False, True))
    none = jnp.zeros_like(x.high[..., :1])
    earlier = Pair(*(jnp.concatenate([none, part[..., :-1]], axis=last) for part in up_to))
    later = Pair(*(jnp.concatenate([part[..., 1:], none], axis=last) for part in from_on))
    return sum_of_pairs(earlier, later), later
