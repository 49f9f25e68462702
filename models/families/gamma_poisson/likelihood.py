"""The likelihood of the population from the events of all groups, less that of equal rates."""

import numpy as np

from models.families.beta_binomial.rising_factorials import RisingFactorials

ALL_EQUAL = np.array([1e18])  # a shape so large that all rates are equal


class EventsLikelihood:
    """log p(k | exposure, shape, rate) of all groups together, less that of the best Poisson, in float64.

    With the mean m = shape / rate, K events in all and the exposure E of all groups,

        K log m - sum_i (shape + k_i) log(1 + m exposure_i / shape) + sum_i [log (shape)_{k_i} - k_i log shape]

    is the log likelihood apart from what does not depend on the population. As the shape grows it becomes that of equal
    rates, K log m - m E, which is highest at m = K / E.

    Args:
        k: events, shape (groups,).
        exposure: exposures, at least 0, shape (groups,).
        multiplicity: how many groups have each of these, shape (groups,).
    """

    def __init__(self, k: np.ndarray, exposure: np.ndarray, multiplicity: np.ndarray):
        self._k, self._exposure, self._multiplicity = (np.asarray(x, np.float64) for x in (k, exposure, multiplicity))
        self._rising = RisingFactorials(k, multiplicity)
        self.events, self.exposure = float(self._k @ self._multiplicity), float(self._exposure @ self._multiplicity)

    def above_equal(self, mean: float, shape: float) -> float:
        """By how much the log likelihood of a population exceeds the highest one of equal rates."""
        grown = np.log1p(mean * self._exposure / shape)
        of_mean = self.events * (1 + np.log(mean * self.exposure / self.events)) if self.events else 0.0
        of_shape = self._rising.log_ratio(np.array([shape]), ALL_EQUAL)[0]
        return float(of_mean - self._multiplicity @ ((shape + self._k) * grown) + of_shape)

    def slope(self, mean: float, shape: float) -> tuple[float, float]:
        """The derivatives of the log likelihood by log mean and by log shape."""
        expected = self._multiplicity @ ((shape + self._k) * (mean * self._exposure / (shape + mean * self._exposure)))
        grown = self._multiplicity @ np.log1p(mean * self._exposure / shape)
        at, weight = self._rising.at, self._rising.weight
        along_shape = expected - shape * grown - np.sum(weight * at / (shape + at))
        return float(self.events - expected), float(along_shape)
