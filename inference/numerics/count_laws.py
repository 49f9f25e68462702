"""Beta-binomial laws of many populations and many groups at once: arrays of shape (populations, groups), float64."""

from collections.abc import Iterator

import numpy as np
from scipy.special import betaincinv, logit, ndtr, polygamma

from inference.numerics.betas.beta_mixtures import STEEPEST, beta_cdf, chunks
from models.families.beta_binomial.pmf_batches import log_pmf

RESCALED = 16  # steps of the recurrence before its values are rescaled, so that none overflows
LARGEST_OF_QUANTILES = 1e12  # largest a + b for quantiles: beyond, `betaincinv` may be NaN
MOST_STEPS = 1_000  # counts summed one by one; beyond, quadrature costs less
QUADRATURE_ERROR = 1e-6  # largest error of `count_cdf`; mostly it is 1e-10
# Normal scores of the nodes: the mass beyond is 2e-10; a function as sharp as the weight is integrated to 1e-15.
SCORES = np.arange(-6.4, 6.5, 0.4)


def each_pmf(n: np.ndarray, a: np.ndarray, b: np.ndarray) -> Iterator[np.ndarray]:
    """p(0), p(1), ... of each beta-binomial distribution, without end; 0 beyond n.

        p(t + 1) / p(t) = (n - t) (a + t) / ((t + 1) (b + n - t - 1))

    Args:
        n: trials of each group, shape (groups,).
        a: first shapes, shape (populations, groups).
        b: second shapes, shape (populations, groups).

    Yields:
        Probabilities, shape (populations, groups); each step adds a relative rounding error of a few eps.
    """
    log_scale, since, t = log_pmf(np.zeros_like(n), n, a, b), np.ones(a.shape), 0
    scale = np.exp(log_scale)
    while True:
        yield scale * since
        left = np.maximum(n - t, 0.0)
        since = since * ((left / (t + 1)) * (a + t) / (b + np.maximum(left - 1, 0.0)))
        t += 1
        if t % RESCALED == 0:
            with np.errstate(divide="ignore"):  # of 0, beyond n
                log_scale += np.log(since)
            scale, since = np.exp(log_scale), np.ones(a.shape)


def probability_below(k: np.ndarray, n: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """P(K < k_i) for K ~ BetaBinomial(n_i, a_j, b_j): summed from the nearer end, or by `count_cdf` if that end is far.

    Args:
        k: successes of each group, shape (groups,).
        n: trials, shape (groups,).
        a: first shapes, shape (populations,).
        b: second shapes, shape (populations,).

    Returns:
        Probabilities, shape (populations, groups).
    """
    k, n = np.asarray(k, np.float64), np.asarray(n, np.float64)
    result = np.empty((len(a), len(k)))
    upper = k > n - k
    steps = np.where(upper, n - k, k)
    order = np.argsort(steps)  # so that the groups of a chunk need about equally many
    for mirrored in (False, True):
        side = order[upper[order] == mirrored]
        shapes = (b, a) if mirrored else (a, b)
        for chunk in chunks(len(side), max(1, len(a))):
            some = side[chunk]
            nearer = _nearer_tail(steps[some], n[some], *shapes)
            if mirrored:
                nearer = 1 - nearer - np.exp(log_pmf(k[some], n[some], a[:, None], b[:, None]))
            result[:, some] = np.clip(nearer, 0, 1)
    return result


def _nearer_tail(k: np.ndarray, n: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """P(K < k), for k at most n / 2."""
    a, b = (np.broadcast_to(shape[:, None], (len(shape), len(k))) for shape in (a, b))
    if k.max() > MOST_STEPS:
        return count_cdf(k - 1, n, a, b)
    total = np.zeros(a.shape)
    for t, p in enumerate(each_pmf(n, a, b)):
        if t >= k.max():
            return total
        total += np.where(t < k, p, 0.0)
    raise AssertionError("each_pmf has no end")


def count_cdf(x: np.ndarray, n: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """P(K <= x_i) for K ~ BetaBinomial(n_i, a_ji, b_ji), at a cost that does not grow with the counts.

    A binomial count is at most x where its rate is below an independent U ~ Beta(x + 1, n - x), so that

        P(K <= x) = P(theta < U) = E[P(theta < U | U)] = E[P(U > theta | theta)],    theta ~ Beta(a, b).

    The integral is over U, or over theta where theta is the narrower of the two, by the trapezoid rule in the normal
    score of that variable: between the nodes the distribution function of the other is smooth. The error is at most
    QUADRATURE_ERROR.

    Args:
        x: counts, shape (groups,); below 0 the probability is 0, from n on it is 1.
        n: trials, shape (groups,).
        a: first shapes, shape (populations, groups).
        b: second shapes, shape (populations, groups).

    Returns:
        Probabilities, shape (populations, groups).
    """
    shrunk = np.minimum(1.0, LARGEST_OF_QUANTILES / (a + b))
    a, b = a * shrunk, b * shrunk
    inside = (x >= 0) & (x < n)
    first, second = np.where(inside, x + 1.0, 1.0), np.where(inside, n - x, 1.0)
    weights = np.exp(-(SCORES**2) / 2)
    weights /= weights.sum()
    narrower_in_log_odds = polygamma(1, a) + polygamma(1, b) < polygamma(1, first) + polygamma(1, second)
    theta_is_narrower = (a + b > first + second) & narrower_in_log_odds
    probability = np.zeros(a.shape)
    for score, weight in zip(SCORES, weights, strict=True):
        probability += weight * beta_cdf(a, b, _log_odds(first, second, score))
    if theta_is_narrower.any():
        populations, groups = np.nonzero(theta_is_narrower)
        a, b, first, second = a[theta_is_narrower], b[theta_is_narrower], first[groups], second[groups]
        above = np.zeros(len(a))
        for score, weight in zip(SCORES, weights, strict=True):
            above += weight * (1 - beta_cdf(first[None], second[None], _log_odds(a, b, score))[0])
        probability[populations, groups] = above
    return np.where(inside, probability, np.where(x < 0, 0.0, 1.0))


def _log_odds(a: np.ndarray, b: np.ndarray, score: float) -> np.ndarray:
    """Log-odds of the quantile of Beta(a, b) at a normal score, computed from the nearer end of (0, 1)."""
    lower, upper = betaincinv(a, b, ndtr(score)), betaincinv(b, a, ndtr(-score))
    with np.errstate(divide="ignore"):
        return np.clip(np.where(lower < upper, logit(lower), -logit(upper)), -STEEPEST, STEEPEST)
