"""Posteriors of students' rates: mixtures of Betas, their distribution functions and their quantiles."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import betainc, betaincinv, betaln, expit, gammaln, log_expit, logit

from inference.numerics.betas.beta_log_odds import CONCENTRATED, concentrated_cdf
from models.numerics.sums import weighted

STEEPEST = 700.0  # largest |log-odds|: the sigmoid of -700 is not yet 0 in float64
PROBABILITY = 1e-9  # largest error of the distribution function at a quantile that has converged
NARROWEST = 1e-10  # bracket width, in log-odds, that also ends a search: rounding or a jump may keep it from 1e-9
MOST_STEPS = 200  # steps of a search before it fails
EVALUATIONS_IN_FLIGHT = 200_000  # components x students held at once: what a core's cache holds


class Students(NamedTuple):
    """Counts and posterior moments of students, each field of shape (students,).

    Args:
        k: successes.
        n: trials.
        mean: posterior mean of theta.
        sd: posterior standard deviation of theta.
    """

    k: np.ndarray
    n: np.ndarray
    mean: np.ndarray
    sd: np.ndarray

    def take(self, which: np.ndarray | slice) -> Students:
        """Some of the students."""
        return Students(*(field[which] for field in self))


class Populations(NamedTuple):
    """Weighted populations: theta | k, n ~ sum_j w_j Beta(a_j + k, b_j + (n - k)).

    Args:
        a: shape (components,).
        b: shape (components,).
        weights: w_j, whose sum is 1; a few may be slightly negative, shape (components,).
    """

    a: np.ndarray
    b: np.ndarray
    weights: np.ndarray

    def take(self, which: np.ndarray) -> Populations:
        """Some of the populations, with their weights."""
        return Populations(*(field[which] for field in self))

    def shapes(self, students: Students) -> tuple[np.ndarray, np.ndarray]:
        """Both shapes of each Beta, each (components, students)."""
        return self.a[:, None] + students.k, self.b[:, None] + (students.n - students.k)

    def cdf(self, students: Students, log_odds: np.ndarray) -> np.ndarray:
        """P(logit theta < log_odds) for each student, shape (students,)."""
        below = np.empty_like(log_odds)
        for chunk in chunks(len(log_odds), len(self.a)):
            below[chunk] = weighted(self.weights, beta_cdf(*self.shapes(students.take(chunk)), log_odds[chunk]))
        return below

    def quantile(self, students: Students, q: float) -> np.ndarray:
        """Log-odds of the q-quantile of theta for each student, shape (students,)."""
        log_odds = np.empty_like(students.mean)
        for chunk in chunks(len(log_odds), len(self.a)):
            some = students.take(chunk)
            log_odds[chunk] = mixture_quantile(*self.shapes(some), self.weights, q, some.mean, some.sd)
        return log_odds


def chunks(size: int, components: int) -> list[slice]:
    """Slices that divide `size` students, each of at most EVALUATIONS_IN_FLIGHT values or of one student."""
    step = max(1, EVALUATIONS_IN_FLIGHT // components)
    return [slice(start, start + step) for start in range(0, size, step)]


def beta_cdf(a: np.ndarray, b: np.ndarray, log_odds: np.ndarray) -> np.ndarray:
    """Distribution function of Betas at sigmoid(log_odds), computed from the nearer end of (0, 1).

    To 1e-10 whatever the shapes are: `betainc` loses its digits, or is NaN, where both are above 1e12.

    Args:
        a: shape (components, students).
        b: shape (components, students).
        log_odds: shape (students,).

    Returns:
        Probabilities, shape (components, students).
    """
    is_concentrated = a / (a + b) * b > CONCENTRATED
    if is_concentrated.any():
        cdf = beta_cdf(np.where(is_concentrated, 1.0, a), np.where(is_concentrated, 1.0, b), log_odds)
        at = np.broadcast_to(log_odds, a.shape)[is_concentrated]
        cdf[is_concentrated] = concentrated_cdf(a[is_concentrated], b[is_concentrated], at)
        return cdf
    left = log_odds < 0
    cdf = np.empty_like(a)
    cdf[:, left] = _lower_tail(a[:, left], b[:, left], log_odds[left])
    cdf[:, ~left] = 1 - _lower_tail(b[:, ~left], a[:, ~left], -log_odds[~left])
    return cdf


def _lower_tail(a: np.ndarray, b: np.ndarray, log_odds: np.ndarray) -> np.ndarray:
    """P(x < sigmoid(log_odds)) of Betas, for negative log-odds of any size."""
    tail = betainc(a, b, expit(log_odds))
    far = log_odds < -STEEPEST
    # x^a / (a B(a, b)), up to a factor 1 + O(x), where x would round to 0: a Beta(0.001, b) has much of its mass there.
    of_far = a[:, far], b[:, far]
    log_constant = gammaln(of_far[0] + 1) + gammaln(of_far[1]) - gammaln(of_far[0] + of_far[1])
    tail[:, far] = np.exp(of_far[0] * log_odds[far] - log_constant)
    return tail


def mixture_quantile(
    a: np.ndarray, b: np.ndarray, weights: np.ndarray, q: float, mean: np.ndarray, sd: np.ndarray
) -> np.ndarray:
    """Quantile of mixtures of Betas, by bracketed Halley steps in eta = logit x, started at a moment-matched Beta.

    Solves sum_j w_j I_x(a_j, b_j) = q, I the regularised incomplete beta function, to 1e-9 in probability.

    Args:
        a: first shapes, shape (components, mixtures).
        b: second shapes, shape (components, mixtures).
        weights: weights of the components, summing to 1, shape (components,).
        q: probability, between 0 and 1.
        mean: mean of each mixture, shape (mixtures,).
        sd: standard deviation of each mixture, shape (mixtures,).

    Returns:
        Log-odds of the quantile of each mixture, shape (mixtures,).

    Raises:
        RuntimeError: if a mixture has not converged.
    """
    concentration = mean * (1 - mean) / sd**2 - 1
    start = betaincinv(mean * concentration, (1 - mean) * concentration, q)
    eta = np.clip(np.nan_to_num(logit(start)), -STEEPEST, STEEPEST)
    lower, upper = np.full_like(eta, -STEEPEST), np.full_like(eta, STEEPEST)
    best = np.full_like(eta, np.inf)  # the smallest excess so far
    open_ = np.arange(eta.size)
    for _ in range(MOST_STEPS):
        at = eta[open_]
        excess = weighted(weights, beta_cdf(a, b, at)) - q
        lower[open_] = np.where(excess < 0, at, lower[open_])
        upper[open_] = np.where(excess < 0, upper[open_], at)
        going = (np.abs(excess) > PROBABILITY) & (upper[open_] - lower[open_] > NARROWEST)
        open_, at, excess, a, b = open_[going], at[going], excess[going], a[:, going], b[:, going]
        if open_.size == 0:
            return eta
        halley = at + _halley_step(a, b, weights, at, excess)
        # Halley's step if |excess| is below half of its best so far and the step is in the bracket, else a bisection.
        trusted = (halley > lower[open_]) & (halley < upper[open_]) & (np.abs(excess) < best[open_] / 2)
        best[open_] = np.minimum(best[open_], np.abs(excess))
        eta[open_] = np.where(trusted, halley, (lower[open_] + upper[open_]) / 2)
    raise RuntimeError(f"the search for {open_.size} interval ends has not converged after {MOST_STEPS} steps")


def _halley_step(a: np.ndarray, b: np.ndarray, weights: np.ndarray, eta: np.ndarray, excess: np.ndarray) -> np.ndarray:
    """Halley's step s / (1 + s p' / (2 p)), s = -excess / p, with p the density of eta; not finite where p is 0."""
    # For shapes of 1e16 `betaln` has no digit left, so that a term may overflow; a step that is NaN is not taken.
    with np.errstate(all="ignore"):
        # log x and log (1 - x) as logs of sigmoids, so that neither end rounds to 0.
        terms = np.exp(a * log_expit(eta) + b * log_expit(-eta) - betaln(a, b))
        density = weighted(weights, terms)
        slope = weighted(weights, terms * (a * expit(-eta) - b * expit(eta)))
        newton = -excess / density
        return newton / (1 + newton * slope / (2 * density))
