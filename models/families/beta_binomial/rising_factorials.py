"""Sums of log rising factorials (x)_v = x (x + 1) ... (x + v - 1), over any number of values v, as a function of x.

    sum_i log (x)_{v_i} = sum_j c_j log (x + j),    c_j = #{i : v_i > j}

Only the tail counts c_j of the values matter. Within an octave J <= j < 2 J the function log (x + j) of j is smooth for
every x > 0, because its singularity is at j = -x: interpolation at p Chebyshev points has an error of 5.8^-p, where 5.8
belongs to the ellipse through the singularity (Trefethen 2013, theorem 8.2). So p points stand for an octave, with the
weights

    W_p = sum_j c_j L_p(j),    L_p the Lagrange polynomials,

and a sum over any number of students, with any counts, has a few dozen terms.

References:
    Trefethen, L. N. (2013), Approximation Theory and Approximation Practice.
"""

import numpy as np
from numpy.polynomial import chebyshev

from models.families.beta_binomial.rising_products import MOST_FACTORS, RisingProducts
from models.numerics.sums import weighted

FIRST_OCTAVE = 16  # where the first octave begins; below it every j is a term of its own
FLOAT64_POINTS = 21  # interpolation points per octave: 5.8^-21 = 1e-16
LARGEST_SUMMED = 2**17  # above it octaves are summed by the Euler-Maclaurin formula, which is right to 1e-15 there
BLOCK = 32_768  # terms computed at once: 256 kB, which a core's cache holds
NEAR = 0.1  # relative distance from the reference below which each term is taken as a difference of its own
MOST_TRIALS_OF_PRODUCTS = 1e5  # whose products have an error of 1e-11 at most
FEWEST_FOR_PRODUCTS = 512  # populations, below which products, in many short steps, take longer
TERMS_OF_SORTING = 16  # terms of a sum whose logarithms take as long as finding equal x


class RisingFactorials:
    """sum_i [log (x)_{v_i} - v_i log x] as a function of x, which vanishes as x grows.

    Args:
        values: whole numbers v_i >= 0, shape (values,).
        multiplicity: how often each of them occurs, whole numbers, shape (values,).
        points: interpolation points for each octave that holds more j than that.
    """

    at: np.ndarray
    """The j, and the Chebyshev points that stand for many of them, in increasing order from 0, shape (points,)."""
    weight: np.ndarray
    """Tail counts c_j of the j, and weights W_p of the Chebyshev points, shape (points,)."""
    products: RisingProducts | None
    """The same sum by products, where they take less time."""

    def __init__(self, values: np.ndarray, multiplicity: np.ndarray, points: int = FLOAT64_POINTS):
        values, inverse = np.unique(values, return_inverse=True)
        weights = np.bincount(inverse, multiplicity)
        tail = np.cumsum(weights[::-1])[::-1]  # how many have values[i] or more
        longest = int(values[-1])
        direct = np.arange(min(FIRST_OCTAVE, longest), dtype=np.float64)
        at, weight = [direct], [_tail_at(direct, values, tail)]
        low = FIRST_OCTAVE
        while low < longest:
            high = min(2 * low, longest)
            compressed = _compress_octave(low, high, values, tail, points)
            at.append(compressed[0])
            weight.append(compressed[1])
            low *= 2
        self.at, self.weight = np.concatenate(at), np.concatenate(weight)
        self.is_interpolated = len(self.at) < longest
        self.products = self._cheaper_products(values, weights, tail)

    def log_ratio(self, x: np.ndarray, x0: np.ndarray) -> np.ndarray:
        """The sum at x less the sum at x0, without cancellation.

        Args:
            x: positive, shape (N,).
            x0: the reference, shape (1,).

        Returns:
            Differences, shape (N,).
        """
        # As along a row of nodes with the same a + b, apart from rounding.
        has_equal = 2 * np.count_nonzero(x[1:] == x[:-1]) > len(x)
        if not has_equal or len(self.at) <= TERMS_OF_SORTING:
            return self._log_ratio(x, x0)
        distinct, places = np.unique(x, return_inverse=True)
        return self._log_ratio(distinct, x0)[places]

    def _log_ratio(self, x: np.ndarray, x0: np.ndarray) -> np.ndarray:
        """By products far from the reference, where these are cheaper, and term by term near it."""
        if self.products is None or len(x) < FEWEST_FOR_PRODUCTS or x.dtype != np.float64:
            return self._by_term(x, x0)
        near, difference = np.abs(x - x0) < NEAR * x0, np.empty_like(x)
        difference[near] = self._by_term(x[near], x0)
        difference[~near] = self.products.log_ratio(x[~near], x0)
        return difference

    def _by_term(self, x: np.ndarray, x0: np.ndarray) -> np.ndarray:
        """In blocks in one piece of memory: new memory for each block would take longer than the logarithms."""
        smaller, larger = np.minimum(x, x0), np.maximum(x, x0)
        growth, difference = (larger - smaller) / smaller, np.empty_like(larger)
        size = max(1, BLOCK // max(1, len(self.at)))
        memory = np.empty((min(size, len(x)), len(self.at)), larger.dtype)
        for start in range(0, len(x), size):
            part = slice(start, start + size)
            # log (1 + j / smaller) - log (1 + j / larger) = log (1 + growth j / (larger + j))
            terms = np.add(larger[part, None], self.at, out=memory[: len(larger[part])])
            np.divide(self.at, terms, out=terms)
            terms *= growth[part, None]
            difference[part] = weighted(self.weight, np.log1p(terms, out=terms).T)
        return np.where(x > x0, -difference, difference)

    def _cheaper_products(self, values: np.ndarray, weights: np.ndarray, tail: np.ndarray) -> RisingProducts | None:
        if not 2 < values[-1] <= MOST_FACTORS or values @ weights > MOST_TRIALS_OF_PRODUCTS:
            return None
        products = RisingProducts(values, tail)
        return products if products.cost < len(self.at) / 2 else None

    def slope(self, x: float) -> float:
        """d/dx of sum_i log (x)_{v_i}."""
        return float(np.sum(self.weight / (x + self.at)))


def _tail_at(j: np.ndarray, values: np.ndarray, tail: np.ndarray) -> np.ndarray:
    """c_j, for j below the largest value."""
    return tail[np.searchsorted(values, j, side="right")]


def _compress_octave(
    low: int, high: int, values: np.ndarray, tail: np.ndarray, points: int
) -> tuple[np.ndarray, np.ndarray]:
    """Points and weights whose sum is that of c_j f(j) over low <= j < high, for f smooth on the octave."""
    if high - low <= points:
        j = np.arange(low, high, dtype=np.float64)
        return j, _tail_at(j, values, tail)
    centre, half = (low + high - 1) / 2, (high - 1 - low) / 2
    if high <= LARGEST_SUMMED:
        j = np.arange(low, high, dtype=np.float64)
        moments = weighted(_tail_at(j, values, tail), chebyshev.chebvander((j - centre) / half, points - 1))
    else:
        # c_j is the same between one value and the next: sum_{p <= j < q} f(j) = G(q - 1/2) - G(p - 1/2),
        # G = integral of f - f'/24 + ... (Euler & Maclaurin).
        breaks = np.unique(np.concatenate([[low], values[(values > low) & (values < high)], [high]]))
        ends = (breaks - 0.5 - centre) / half
        basis = np.eye(points)
        integrals = half * chebyshev.chebvander(ends, points) @ chebyshev.chebint(basis)
        slopes = chebyshev.chebvander(ends, points - 2) @ chebyshev.chebder(basis) / half
        moments = weighted(_tail_at(breaks[:-1], values, tail), np.diff(integrals - slopes / 24, axis=0))
    nodes = chebyshev.chebpts1(points)
    moments[1:] *= 2
    return centre + half * nodes, chebyshev.chebvander(nodes, points - 1) @ moments / points
