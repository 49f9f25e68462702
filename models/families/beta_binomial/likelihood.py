"""The likelihood of the population from all students' counts, at a cost that does not grow with the class.

Only rising factorials (x)_v = x (x + 1) ... (x + v - 1) occur in it:

    p(k | n, a, b) = prod_i C(n_i, k_i) (a)_{k_i} (b)_{n_i - k_i} / (a + b)_{n_i}
    C(n, k) = (1)_n / ((1)_k (1)_{n - k})

so it is a sum over the tail counts of k, n - k and n, however many students there are. It is computed as a difference
from a reference population: near the reference the rounding error is that of the difference, not of the whole sum.
"""

from functools import cached_property

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, logit

from models.families.beta_binomial.rising_factorials import RisingFactorials

MODE_PRIOR_SD = 3.0  # sd, in logit mu and in log lam, of the wide normal that keeps the mode finite
MODE_GRADIENT_TOLERANCE = 1e-9  # gradient per student at which the search for the mode ends
LOG_ODDS_AROUND, LOG_LAM_AROUND = np.linspace(-6, 6, 25), np.linspace(-9, 18, 19)  # grid of starts around the centre


class PopulationLikelihood:
    """log p(k | n, a, b) of all students together, in float64.

    Args:
        k: successes, shape (pairs,).
        n: trials, shape (pairs,).
        multiplicity: how many students have each (k, n), shape (pairs,).
    """

    def __init__(self, k: np.ndarray, n: np.ndarray, multiplicity: np.ndarray):
        self._students = float(multiplicity.sum())
        self._successes, self._failures = float(multiplicity @ k), float(multiplicity @ (n - k))
        self._of_a, self._of_b, self._of_total = (RisingFactorials(v, multiplicity) for v in (k, n - k, n))

    @property
    def trials(self) -> float:
        """Trials of all students together."""
        return self._successes + self._failures

    @property
    def centre(self) -> tuple[float, float]:
        """A population with roughly the mean of the counts, to be the first reference."""
        mean = (self._successes + 0.5) / (self.trials + 1)
        return mean, 1 - mean

    @cached_property
    def mode(self) -> tuple[float, float]:
        """(a, b) near the highest likelihood, kept finite by a wide normal in logit mu and log lam."""
        a0, b0 = self.centre
        start = np.array([logit(a0 / (a0 + b0)), np.log(a0 + b0)])

        def loss(z: np.ndarray) -> tuple[float, np.ndarray]:
            mu, lam = expit(z[0]), np.exp(z[1])
            a, b = lam * mu, lam * expit(-z[0])
            along_a, along_b = self.slope(a, b)
            drift = (z - start) / MODE_PRIOR_SD**2
            value = self.relative_to(np.array([a]), np.array([b]), (a0, b0))[0]
            gradient = np.array([(b * along_a - a * along_b) * (a / (a + b)), a * along_a + b * along_b])
            return (drift @ (z - start) / 2 - value) / self._students, (drift - gradient) / self._students

        # The search starts from the best point of a grid: far from the mode the likelihood is a thin ridge, on which a
        # search would stop too early.
        log_odds, log_lam = (x.ravel() for x in np.meshgrid(start[0] + LOG_ODDS_AROUND, start[1] + LOG_LAM_AROUND))
        lam = np.exp(log_lam)
        value = self.relative_to(lam * expit(log_odds), lam * expit(-log_odds), (a0, b0))
        value -= ((log_odds - start[0]) ** 2 + (log_lam - start[1]) ** 2) / MODE_PRIOR_SD**2 / 2
        best = np.array([log_odds[value.argmax()], log_lam[value.argmax()]])
        z = minimize(loss, best, jac=True, method="BFGS", options={"gtol": MODE_GRADIENT_TOLERANCE}).x
        lam = np.exp(z[1])
        return float(lam * expit(z[0])), float(lam * expit(-z[0]))

    def slope(self, a: float, b: float) -> tuple[float, float]:
        """d log p / da and d log p / db."""
        of_total = self._of_total.slope(a + b)
        return self._of_a.slope(a) - of_total, self._of_b.slope(b) - of_total

    def at(self, a: float, b: float) -> tuple[float, float]:
        """log p(k | n, a, b), with all its constants.

        Args:
            a: first shape of the population Beta, positive.
            b: second shape, positive.

        Returns:
            The log likelihood, binomial coefficients included, and its rounding error.
        """
        # The binomial coefficients are the same rising factorials at x = 1, so each term is a difference from x = 1. In
        # extended precision where the machine has it: these terms are large, and do not become small near a reference.
        one = np.ones(1, np.longdouble)
        x, y = a * one, b * one
        terms = [
            self._successes * np.log(x / (x + y)),
            self._failures * np.log(y / (x + y)),
            self._of_a.log_ratio(x, one),
            self._of_b.log_ratio(y, one),
            -self._of_total.log_ratio(x + y, one),
        ]
        sides = self._of_a, self._of_b, self._of_total
        precision = np.float64 if any(side.is_interpolated for side in sides) else np.longdouble
        return float(np.sum(terms)), float(np.finfo(precision).eps / 2 * np.sum(np.abs(terms)))

    def relative_to(self, a: np.ndarray, b: np.ndarray, reference: tuple[float, float]) -> np.ndarray:
        """log p(k | n, a, b) - log p(k | n, a0, b0).

        With K successes and N - K failures in all, and mu = a / (a + b),

            K log mu / mu0 + (N - K) log (1 - mu) / (1 - mu0) + R(a, k) + R(b, n - k) - R(a + b, n)

        where R(x, v) = sum_i [log (x)_{v_i} - v_i log x] - [the same at x0] vanishes for large x, so nothing large
        cancels as the population becomes a point mass.

        Args:
            a: first shape, positive, any shape.
            b: second shape, of the same shape.
            reference: the population (a0, b0).

        Returns:
            Differences of log likelihoods, the shape of `a`.
        """
        shape, (a0, b0) = a.shape, reference
        a, b = a.ravel(), b.ravel()
        total, total0 = a + b, a0 + b0
        difference = np.zeros_like(a)
        if self._successes:
            difference += self._successes * _log_mean_ratio(a, b, a0, b0)
        if self._failures:
            difference += self._failures * _log_mean_ratio(b, a, b0, a0)
        difference += self._of_a.log_ratio(a, np.array([a0]))
        difference += self._of_b.log_ratio(b, np.array([b0]))
        difference -= self._of_total.log_ratio(total, np.array([total0]))
        return difference.reshape(shape)


def _log_mean_ratio(a: np.ndarray, b: np.ndarray, a0: float, b0: float) -> np.ndarray:
    """log of the ratio of a / (a + b) to a0 / (a0 + b0)."""
    total, total0, odds = a + b, a0 + b0, b0 / a0
    # The ratio minus 1: from small differences near the reference, and from the values themselves far from it.
    near = np.abs(total - total0) < 0.5 * total0
    excess = np.where(near, (a - a0) * odds - (b - b0), a * odds - b) / total
    small = np.abs(excess) < 0.5
    return np.where(small, np.log1p(np.where(small, excess, 0.0)), np.log(a / total) - np.log(a0 / total0))
