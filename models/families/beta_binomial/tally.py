"""The log likelihood of a whole class at once, at a cost that does not grow with the class.

    log p(k | n, a, b) = sum of log C(n_i, k_i) + A(a) + B(b) - T(a + b)

A, B and T are sums of log rising factorials of the k_i, n_i - k_i and n_i, so a few dozen terms each, however many
students there are (see `rising_factorials`). They grow with the class, but differ little between populations worth
comparing. So the difference from a population (a0, b0) near the mode is computed: with d = x - x0 it is

    A(x) - A(x0) = sum_q weight_q log(1 + z_q),    z = d / (x0 + t)

Near (a0, b0) each log(1 + z) is replaced by phi(z) = log(1 + z) - z, which is far smaller. The terms left out are
linear; they nearly cancel between A, B and T, and their sum slope_a d_a + slope_b d_b is known to float64.

Where a + b and a0 + b0 both exceed the trials of a student, A, B and T themselves nearly cancel: students are nearly
binomial. There, with K hits in N trials of the class, mu = a / (a + b) near mu0, and x divided out of A, B and T, the
difference is

    K log(mu / mu0) + (N - K) log((1 - mu) / (1 - mu0)) + sum_q weight_q log(1 + z_q),    z = (t/x - t/x0) / (1 + t/x0)

and again phi replaces log(1 + .) throughout. With delta = d_a/a0 - d_b/b0 the terms left out add up to

    (d_a + d_b) / (a + b) (a0 slope_a + b0 slope_b)
    + delta / (a + b) [a0 b0 (slope_a - slope_b) + b0 share_a d_a/a - a0 share_b d_b/b]

with share = sum_q weight_q t_q / (x0 + t_q) of A and of B.

Far from (a0, b0) none of this helps: A + B - T of n trials loses n eps, which is 0.06 nats for n = 10^6 in float32. So
the longest records are taken one by one, by their pmf, whose error does not grow with n. If a class has so few records
that their pmfs take no longer than the sums, all its records are taken one by one.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.typing import ArrayLike

from models.families.beta_binomial.likelihood import PopulationLikelihood
from models.families.beta_binomial.log_pmf import beta_binomial_log_pmf
from models.families.beta_binomial.pmf_batches import log_pmf
from models.families.beta_binomial.rising_factorials import FLOAT64_POINTS, RisingFactorials
from models.numerics.arithmetic import own_arithmetic
from models.numerics.loops import in_one_loop, quotient
from models.numerics.series import atanh_excess

FEW_STUDENTS = 8  # students: up to this number their pmfs take no longer than the sums, and a tally need not be made
NEAR = 0.3  # relative distance from a0 and b0 that counts as near; also the |z| below which phi is computed by a series
FLOAT32_POINTS = 8  # points per octave: an error of 5.8^-8 = 8e-7 of what an octave adds to a difference
# The number of terms of each sum is rounded up to a multiple of the first number, and above the second number to a
# multiple of the second, so that programs compiled for one class fit many others.
PADDING = (8, 48)
PROMISED = {4: 1e-3, 8: 1e-9}  # largest error of differences between log densities, by the bytes of a float
LONG = {4: 2**8, 8: 2**17}  # trials, by the bytes of a float: a longer record is computed by its own pmf
MOST_STUDENTS_A_LONG_RECORD = 16  # students that a record taken by its pmf may stand for: they multiply its error
MOST_LONG = 512  # long records, which take time; with more of them the posterior is narrow, all of it near the mode
SIZES = (0, 8, 16, 48, 128, MOST_LONG)  # padded numbers of long records, so that compiled programs fit other classes
TERMS_OF_A_PMF = 8  # terms of a sum that take as long as one pmf


class Tally(NamedTuple):
    """A summary of all counts, from which their density is computed: a pytree whose shapes hardly differ by class.

    Its leaves are JAX arrays in the default float dtype, except `offset`, which is a float64 of NumPy.
    """

    k: Any  # the counts it was made of, shape (students,)
    at: Any  # the t_q of A, of B and of T, equally many of each, shape (points,)
    weight: Any  # weight_q, negative in T, and 0 in the padding, shape (points,)
    total_hits: Any  # K
    total_misses: Any  # N - K
    mean_trials: Any  # N / students
    a0: Any
    b0: Any
    slope_a: Any  # d log p / da at (a0, b0)
    slope_b: Any
    share_a: Any
    share_b: Any
    constant: Any  # log p(k | n, a0, b0) - offset
    long_k: Any  # hits of the records that are taken one by one; 0 of 0 in the padding; shape (long,)
    long_n: Any
    long_students: Any
    long_constant: Any  # their log p(k | n, a0, b0)
    offset: Any
    """What `log_density` leaves out: 0, or log p(k | n, a0, b0) where the sum would lose too many digits."""

    @property
    def points(self) -> int:
        """Terms of the three sums, in all."""
        return self.at.shape[0]

    @property
    def numbers(self) -> int:
        """Cost of a log density, counted in terms of the sums; a long record costs as much as TERMS_OF_A_PMF terms."""
        return self.points + TERMS_OF_A_PMF * self.long_k.shape[0]

    def log_density(self, a: jax.Array, b: jax.Array) -> jax.Array:
        """log p(k | n, a, b) - offset of the counts the tally was made of.

        Args:
            a: first shape of the population Beta, positive, a scalar.
            b: second shape, a scalar.

        Returns:
            The log density; -inf where a or b is not positive, NaN where one is NaN.
        """
        possible = (a > 0) & (b > 0)
        a_in, b_in = jnp.where(possible, a, self.a0), jnp.where(possible, b, self.b0)
        difference = self._of_sums(a_in, b_in) if self.points else jnp.zeros_like(a_in)
        if self.long_k.shape[0]:
            each = beta_binomial_log_pmf(self.long_k, self.long_n, a_in, b_in) - self.long_constant
            difference += jnp.sum(self.long_students * each)
        log_density = jnp.where(possible, self.constant + difference, -jnp.inf)
        return jnp.where(jnp.isnan(a) | jnp.isnan(b), jnp.nan, log_density)

    def _of_sums(self, a: jax.Array, b: jax.Array) -> jax.Array:
        """A + B - T at (a, b) less that at (a0, b0)."""
        d_a, d_b, total, total0 = a - self.a0, b - self.b0, a + b, self.a0 + self.b0
        near = (jnp.abs(d_a) < NEAR * self.a0) & (jnp.abs(d_b) < NEAR * self.b0)
        tilt = (d_a / self.a0 - d_b / self.b0) / total
        mean_is_near = jnp.abs(tilt) * jnp.maximum(self.a0, self.b0) < NEAR
        large = (jnp.minimum(total, total0) > self.mean_trials) & mean_is_near
        left_out = self.slope_a * d_a + self.slope_b * d_b
        difference = jnp.where(large, self._binomial(a, b, tilt), jnp.where(near, left_out, 0))
        x, x0, d = (
            jnp.stack([a, b, total]),
            jnp.stack([self.a0, self.b0, total0]),
            jnp.stack([d_a, d_b, d_a + d_b]),
        )
        return difference + self._sums(x, x0, d, near, large)

    def _sums(self, x: jax.Array, x0: jax.Array, d: jax.Array, near: jax.Array, large: jax.Array) -> jax.Array:
        """sum_q weight_q log(1 + z_q), or of phi(z_q), over A, B and T; x, x0 and d = x - x0 of shape (3,)."""

        def each(of_three: jax.Array) -> jax.Array:
            return jnp.repeat(of_three, self.points // 3)

        # All in one array, a quarter faster than one sum after the other: cores wait for each other less often.
        inverse = quotient(1, each(x0) + self.at)
        z = inverse * jnp.where(large, -each(d / x) * self.at, each(d))
        ratio = inverse * (each(x) + self.at) * each(jnp.where(large, x0 / x, 1))
        terms = in_one_loop(_phi(z, ratio, jnp.where(near | large, 0, 1)))
        return jnp.dot(terms, self.weight, precision=lax.Precision.HIGHEST)  # GPUs would round to 10 bits otherwise

    def _binomial(self, a: jax.Array, b: jax.Array, tilt: jax.Array) -> jax.Array:
        """The terms outside the sums where students are nearly binomial; tilt is delta / (a + b)."""
        d_a, d_b, total, total0 = a - self.a0, b - self.b0, a + b, self.a0 + self.b0
        hits = _phi(self.b0 * tilt, a / total * (total0 / self.a0))
        misses = _phi(-self.a0 * tilt, b / total * (total0 / self.b0))
        along_lam = (d_a + d_b) / total * (self.a0 * self.slope_a + self.b0 * self.slope_b)
        along_mu = self.a0 * self.b0 * (self.slope_a - self.slope_b)
        along_mu += self.b0 * self.share_a * (d_a / a) - self.a0 * self.share_b * (d_b / b)
        return self.total_hits * hits + self.total_misses * misses + along_lam + tilt * along_mu


@own_arithmetic
def tally(k: np.ndarray, n: np.ndarray, multiplicity: np.ndarray, *, observed: jax.Array) -> Tally | None:
    """Make the tally of a class.

    Args:
        k: hits of the different (k, n), shape (pairs,).
        n: trials, shape (pairs,).
        multiplicity: how many students have each, shape (pairs,).
        observed: k of every student, whose dtype the tally gets.

    Returns:
        The tally; None for a class so small that a tally does not pay.
    """
    if multiplicity.sum() <= FEW_STUDENTS:
        return None
    dtype = observed.dtype
    if np.any(n):  # students without trials carry no information
        k, n, multiplicity = (column[n > 0] for column in (k, n, multiplicity))
    # Rounded, so that a - a0 is exact in this dtype too.
    a0, b0 = (float(dtype.type(x)) for x in PopulationLikelihood(k, n, multiplicity).mode)
    points = FLOAT32_POINTS if dtype == jnp.float32 else FLOAT64_POINTS
    long = _one_by_one(n, multiplicity, dtype, points)
    long_k, long_n, long_students = (column[long].astype(np.float64) for column in (k, n, multiplicity))
    long_constant = log_pmf(long_k, long_n, np.array([[a0]]), np.array([[b0]]))[0]
    # A record of 0 successes in 0 trials is added, so that there is at least one.
    k, n, multiplicity = (np.append(column[~long], 0) for column in (k, n, multiplicity))
    likelihood = PopulationLikelihood(k, n, multiplicity)
    log_density = likelihood.at(a0, b0)[0] + float(long_students @ long_constant)
    relative = jnp.finfo(dtype).eps * abs(log_density) > PROMISED[dtype.itemsize] / 4
    offset = log_density if relative else 0.0
    sums = [RisingFactorials(v, multiplicity, points) for v in (k, n - k, n)]
    terms = _terms_for(max(len(of.at) for of in sums))

    def joined(*columns: np.ndarray) -> jax.Array:
        return jnp.asarray(np.concatenate([np.pad(column, (0, terms - len(column))) for column in columns]), dtype)

    hits, misses, trials = sums
    slope_a, slope_b = likelihood.slope(a0, b0)
    return Tally(
        k=observed,
        at=joined(hits.at, misses.at, trials.at),
        weight=joined(hits.weight, misses.weight, -trials.weight),
        total_hits=jnp.asarray(multiplicity @ k, dtype),
        total_misses=jnp.asarray(multiplicity @ (n - k), dtype),
        mean_trials=jnp.asarray(multiplicity @ n / max(multiplicity.sum(), 1), dtype),
        a0=jnp.asarray(a0, dtype),
        b0=jnp.asarray(b0, dtype),
        slope_a=jnp.asarray(slope_a, dtype),
        slope_b=jnp.asarray(slope_b, dtype),
        share_a=jnp.asarray(np.sum(hits.weight * hits.at / (a0 + hits.at)), dtype),
        share_b=jnp.asarray(np.sum(misses.weight * misses.at / (b0 + misses.at)), dtype),
        constant=jnp.asarray(log_density - offset, dtype),
        long_k=_pad(long_k, dtype),
        long_n=_pad(long_n, dtype),
        long_students=_pad(long_students, dtype),
        long_constant=_pad(long_constant, dtype),
        offset=np.float64(offset),
    )


def _one_by_one(n: np.ndarray, multiplicity: np.ndarray, dtype: np.dtype, points: int) -> np.ndarray:
    """Which records are taken one by one, shape (pairs,): the longest, or all where that takes no longer."""
    may_be = multiplicity <= MOST_STUDENTS_A_LONG_RECORD
    long = (n > LONG[dtype.itemsize]) & may_be
    if np.sum(long) > MOST_LONG:
        long &= n > np.sort(n[long])[-MOST_LONG - 1]
    if len(n) <= MOST_LONG and may_be.all():
        added_up = RisingFactorials(np.append(n[~long], 0), np.append(multiplicity[~long], 0), points)
        terms = 3 * _terms_for(len(added_up.at)) + TERMS_OF_A_PMF * _size_for(int(np.sum(long)))
        if TERMS_OF_A_PMF * _size_for(len(n)) <= terms:
            return may_be
    return long


def _terms_for(most: int) -> int:
    step = PADDING[0] if most <= PADDING[1] else PADDING[1]
    return step * -(-most // step)


def _size_for(records: int) -> int:
    return next((size for size in SIZES if size >= records), records)


def _pad(column: np.ndarray, dtype: np.dtype) -> jax.Array:
    return jnp.asarray(np.pad(column, (0, _size_for(len(column)) - len(column))), dtype)


def _phi(z: jax.Array, ratio: jax.Array, linear: ArrayLike = 0) -> jax.Array:
    """log(1 + z) - (1 - linear) z, given ratio = 1 + z to all its digits; `linear` is 0 or 1."""
    small = jnp.abs(z) < NEAR
    z_small = jnp.where(small, z, 0)
    y = jnp.where(small, z / (2 + z), 0)  # log(1 + z) = 2 atanh(y), and z - 2 y = z y
    phi = 2 * atanh_excess(y, 4 if z.dtype == jnp.float32 else 10) - z_small * y
    return jnp.where(small, phi + linear * z_small, jnp.log(jnp.where(small, 1, ratio)) - (1 - linear) * z)
