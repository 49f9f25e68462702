"""Each student's rate given everybody's counts: a mixture of conjugate posteriors over the population."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from scipy.special import betainc, betaincinv, betaln, expit, log_expit, logit

from models import Counts

if TYPE_CHECKING:
    from inference.posterior import Posterior

NEGLIGIBLE_WEIGHT = 1e-9  # total weight of the mixture components left out
EVALUATIONS_IN_FLIGHT = 2_000_000  # components x students held at once
STEEPEST = 700.0  # largest log-odds whose sigmoid is not yet 0 in float64
PROBABILITY = 1e-11  # error of the distribution function at a quantile that has converged
NARROWEST = 1e-10  # or the width of its bracket in log-odds, where rounding or a jump keeps that from being reached
MOST_STEPS = 200


def shrinkage_table(posterior: Posterior, counts: Counts, interval: float) -> pl.DataFrame:
    """The table of `Posterior.shrinkage`: a row per student, computed once for each different (k, n).

    theta_i | counts ~ sum_j w_j Beta(a_j + k_i, b_j + (n_i - k_i))

    Args:
        posterior: posterior of the population.
        counts: the students.
        interval: probability of the central interval.

    Returns:
        Columns name, k, n, raw, plug_in, mean, sd, low, high, mean_error.
    """
    pairs, student = np.unique(np.stack([counts.k, counts.n]), axis=1, return_inverse=True)
    k, n = pairs.astype(np.float64)
    a_star, b_star = posterior.plug_in()
    mean, mean_error, sd = _moments(posterior, k, n)
    low, high = _central_interval(posterior, k, n, mean, sd, interval)
    per_pair = {
        "raw": np.divide(k, n, out=np.full_like(k, np.nan), where=n > 0),
        "plug_in": (a_star + k) / (a_star + b_star + n),
        "mean": mean,
        "sd": sd,
        "low": low,
        "high": high,
        "mean_error": mean_error,
    }
    table = {"name": counts.names, "k": counts.k, "n": counts.n}
    table |= {column: values[student.reshape(-1)] for column, values in per_pair.items()}
    return pl.DataFrame(table).with_columns(pl.col("raw").fill_nan(None))


def _moments(posterior: Posterior, k: np.ndarray, n: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean, its standard error, and sd of theta for each (k, n): E[Var] + Var[E] over the population."""
    a, b = (np.asarray(posterior.draws[name], np.float64)[:, None] for name in ("a", "b"))
    moments = []
    for chunk in _chunks(len(k), len(a)):
        total = a + b + n[chunk]
        means = (a + k[chunk]) / total
        variances = means * ((b + (n[chunk] - k[chunk])) / total) / (total + 1)
        mean, mean_error = posterior.expectation(means)
        variance, _ = posterior.expectation(variances + (means - mean) ** 2)
        moments.append(np.stack([mean, mean_error, np.sqrt(variance)]))
    mean, mean_error, sd = np.concatenate(moments, axis=1)
    return mean, mean_error, sd


def _chunks(size: int, components: int) -> list[slice]:
    step = max(1, EVALUATIONS_IN_FLIGHT // components)
    return [slice(start, start + step) for start in range(0, size, step)]


def _central_interval(
    posterior: Posterior, k: np.ndarray, n: np.ndarray, mean: np.ndarray, sd: np.ndarray, interval: float
) -> tuple[np.ndarray, np.ndarray]:
    """Ends of the central interval of theta for each (k, n), by inverting the mixture's distribution function."""
    order = np.argsort(posterior.weights)[::-1]
    cumulative = np.cumsum(posterior.weights[order])
    kept = order[: np.searchsorted(cumulative, 1 - NEGLIGIBLE_WEIGHT) + 1]
    weights = posterior.weights[kept] / posterior.weights[kept].sum()
    a, b = (np.asarray(posterior.draws[name], np.float64)[kept, None] for name in ("a", "b"))
    low, high = np.empty_like(mean), np.empty_like(mean)
    for chunk in _chunks(len(k), len(kept)):
        shapes = a + k[chunk], b + (n[chunk] - k[chunk])
        low[chunk] = mixture_quantile(*shapes, weights, (1 - interval) / 2, mean[chunk], sd[chunk])
        high[chunk] = mixture_quantile(*shapes, weights, (1 + interval) / 2, mean[chunk], sd[chunk])
    return low, high


def mixture_quantile(
    a: np.ndarray, b: np.ndarray, weights: np.ndarray, q: float, mean: np.ndarray, sd: np.ndarray
) -> np.ndarray:
    """Quantile of mixtures of Betas, by bracketed Newton steps in eta = logit x from a moment-matched Beta.

    Solves sum_j w_j I_x(a_j, b_j) = q, I the regularised incomplete beta function, to 1e-11 in probability.

    Args:
        a: first shapes, shape (components, mixtures).
        b: second shapes, shape (components, mixtures).
        weights: weights of the components, summing to 1, shape (components,).
        q: probability, between 0 and 1.
        mean: mean of each mixture, shape (mixtures,).
        sd: standard deviation of each mixture, shape (mixtures,).

    Returns:
        The quantile of each mixture, shape (mixtures,).

    Raises:
        RuntimeError: if a mixture has not converged.
    """
    concentration = mean * (1 - mean) / sd**2 - 1
    start = betaincinv(mean * concentration, (1 - mean) * concentration, q)
    eta = np.clip(np.nan_to_num(logit(start)), -STEEPEST, STEEPEST)
    lower, upper = np.full_like(eta, -STEEPEST), np.full_like(eta, STEEPEST)
    best = np.full_like(eta, np.inf)  # the smallest excess so far
    open_ = np.arange(eta.size)
    log_beta = betaln(a, b)
    for _ in range(MOST_STEPS):
        at = eta[open_]
        excess = _mixture_cdf(a[:, open_], b[:, open_], weights, at) - q
        lower[open_] = np.where(excess < 0, at, lower[open_])
        upper[open_] = np.where(excess < 0, upper[open_], at)
        going = (np.abs(excess) > PROBABILITY) & (upper[open_] - lower[open_] > NARROWEST)
        open_, at, excess = open_[going], at[going], excess[going]
        if open_.size == 0:
            return expit(eta)
        # The density of eta; log x and log (1 - x) as logs of sigmoids, so that neither end rounds to 0.
        log_density = a[:, open_] * log_expit(at) + b[:, open_] * log_expit(-at) - log_beta[:, open_]
        with np.errstate(all="ignore"):  # where the density is 0, the step is not taken
            newton = at - excess / (weights @ np.exp(log_density))
        # Newton's step if the last one has paid and this one stays inside the bracket, else a bisection.
        trusted = (newton > lower[open_]) & (newton < upper[open_]) & (np.abs(excess) < best[open_] / 2)
        best[open_] = np.minimum(best[open_], np.abs(excess))
        eta[open_] = np.where(trusted, newton, (lower[open_] + upper[open_]) / 2)
    raise RuntimeError(f"{open_.size} interval ends have not converged after {MOST_STEPS} steps")


def _mixture_cdf(a: np.ndarray, b: np.ndarray, weights: np.ndarray, eta: np.ndarray) -> np.ndarray:
    """Distribution function of the mixtures at sigmoid(eta), each from the end of the interval that eta is nearer."""
    left = eta < 0
    cdf = np.empty_like(eta)
    cdf[left] = weights @ betainc(a[:, left], b[:, left], expit(eta[left]))
    cdf[~left] = 1 - weights @ betainc(b[:, ~left], a[:, ~left], expit(-eta[~left]))
    return cdf
