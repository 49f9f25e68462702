"""Sums of log rising factorials of a few values: products first, then one logarithm for each run of equal tail counts.

The tail counts c_j of a small class change only at its values, so with j from one value to the next

    sum_j c_j log (1 + j / x) = c log prod_j (1 + j / x)

and a product takes a fraction of the time of a logarithm. With s = min(x, 1) a factor is computed as

    (1 + j / x) s = s + j / max(x, 1)

which is at most 1 + j, so that no product overflows whatever x > 0 is. Two factors of a run from l to h are one sum:

    (s + (l + i) r) (s + (h - i) r) = (s + l r) (s + h r) + i (h - l - i) r^2,    r = s / x = 1 / max(x, 1)
"""

import numpy as np

from models.numerics.sums import weighted

MOST_FACTORS = 128  # their product is at most 129!, 5e217, and that of their ratios is a float64 too
TERM_IN_FACTORS = 6  # factors that take as long as one term with its logarithm
BLOCK = 4096  # populations computed at once, so that their factors stay in a core's cache


class RisingProducts:
    """sum_i [log (x)_{v_i} - v_i log x] as a function of x, by products.

    Args:
        values: the different v_i, whole numbers in increasing order, of which the largest is at most MOST_FACTORS.
        tail: how many values are as large as each of them or larger, shape (values,).
    """

    def __init__(self, values: np.ndarray, tail: np.ndarray):
        ends = values[values > 1].astype(int) - 1  # j = 0 contributes nothing
        self._first, self._last = np.append(1, ends[:-1] + 1), ends
        self._count = tail[values > 1].astype(np.float64)

    @property
    def cost(self) -> float:
        """How many terms with a logarithm each take as long."""
        return len(self._last) + self._last[-1] / TERM_IN_FACTORS

    def log_ratio(self, x: np.ndarray, x0: np.ndarray) -> np.ndarray:
        """The sum at x less the sum at x0, with a rounding error of a few eps for each factor.

        Args:
            x: positive, float64, shape (N,).
            x0: the reference, shape (1,).

        Returns:
            Differences, shape (N,).
        """
        small0 = np.minimum(x0, 1.0)
        factors0 = small0 + np.arange(1, self._last[-1] + 1) / np.maximum(x0, 1.0)
        products0 = np.multiply.reduceat(factors0, self._first - 1)[:, None]
        factors = float(self._count @ (self._last - self._first + 1))
        difference = -factors * np.log(np.minimum(x, 1.0) / small0)
        for start in range(0, len(x), BLOCK):
            part = slice(start, start + BLOCK)
            ratios = self._products(x[part])
            ratios /= products0
            difference[part] += weighted(self._count, np.log(ratios, out=ratios))
        return difference

    def _products(self, x: np.ndarray) -> np.ndarray:
        """The product of each run, shape (runs, N)."""
        small, step = np.minimum(x, 1.0), 1 / np.maximum(x, 1.0)
        square, two = step * step, np.empty_like(x)
        products = np.ones((len(self._last), len(x)))
        for product, first, last in zip(products, self._first, self._last, strict=True):
            length = int(last - first) + 1
            outermost = (small + first * step) * (small + last * step)
            for i in range(length // 2):
                np.multiply(square, float(i * (length - 1 - i)), out=two)
                two += outermost
                product *= two
            if length % 2:
                product *= small + (first + last) / 2 * step
        return products
