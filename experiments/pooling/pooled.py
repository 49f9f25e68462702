"""No, complete and partial pooling: what each says of a student, and how well each predicts a student left out.

Given a population with mean mu and concentration lam, a student's posterior mean lies between k / n and mu,

    E[theta | k, n, mu, lam] = (lam mu + k) / (lam + n) = pull mu + (1 - pull) k / n,    pull = lam / (lam + n).

It tends to k / n (no pooling) for lam -> 0, and to mu (complete pooling) for lam -> infinity. Partial pooling learns
lam from all students.
"""

import math
from typing import NamedTuple

import numpy as np
import polars as pl
from scipy.special import logsumexp
from scipy.stats import beta

from experiments.methods.learned import Estimate
from inference import Posterior, closed_form
from models import Counts

HAND_PICKED = {"Beta(6, 4)": (6.0, 4.0), "Beta(60, 40)": (60.0, 40.0)}
FLAT = (1.0, 1.0)  # the prior of each student's rate without pooling, and of the one rate of complete pooling
HAND_PICKED_MEAN = 0.6  # of both
CONCENTRATIONS = (1e-9, 1e-6, 1e-3, 1.0, 1e3, 1e6, 1e9)  # lam, in pseudo-trials, from no to complete pooling


class RateSummary(NamedTuple):
    """Mean, standard deviation and ends of the central 90 % interval of a student's rate."""

    mean: float
    sd: float
    low: float
    high: float


def pooled_mean(k: np.ndarray, n: np.ndarray, mu: float, lam: float) -> np.ndarray:
    """Posterior mean (a + k) / (a + b + n) of the rate of each student, with a = lam mu and a + b = lam.

    Args:
        k: successes, shape (students,).
        n: trials, shape (students,).
        mu: mean of the population.
        lam: its concentration, in pseudo-trials.

    Returns:
        Posterior means, shape (students,).
    """
    return (lam * mu + k) / (lam + n)


def beta_posterior(k: int, n: int, a: float, b: float) -> RateSummary:
    """The posterior of a rate with prior Beta(a, b), after k successes in n trials: Beta(a + k, b + (n - k))."""
    posterior = beta(a + k, b + (n - k))
    return RateSummary(*map(float, (posterior.mean(), posterior.std(), posterior.ppf(0.05), posterior.ppf(0.95))))


def pooling_limits(counts: Counts, mu: float) -> pl.DataFrame:
    """How far the posterior means are from k / n and from mu as the concentration grows.

    Args:
        counts: the students, each with n > 0.
        mu: mean of the population.

    Returns:
        A row per concentration: from_raw, the largest distance from k / n, and from_mu, the largest from mu.
    """
    k, n = counts.k, counts.n
    rows = []
    for lam in CONCENTRATIONS:
        means = pooled_mean(k, n, mu, lam)
        rows.append({"lam": lam, "from_raw": np.abs(means - k / n).max(), "from_mu": np.abs(means - mu).max()})
    return pl.DataFrame(rows)


def shift_table(counts: Counts) -> pl.DataFrame:
    """How far each student is shrunk by the hand-picked populations: the shift is the posterior mean minus k / n.

    Args:
        counts: the students, each with n > 0.

    Returns:
        A row per student: name, k, n, raw; and for each hand-picked population its name, the posterior mean, and
        "shift by" that name.
    """
    raw = counts.k / counts.n
    columns = {"name": list(counts.names), "k": counts.k, "n": counts.n, "raw": raw}
    for picked, (a, b) in HAND_PICKED.items():
        means = pooled_mean(counts.k, counts.n, a / (a + b), a + b)
        columns |= {picked: means, f"shift by {picked}": means - raw}
    return pl.DataFrame(columns)


def scores(counts: Counts, truth: Posterior, sampled: Posterior) -> pl.DataFrame:
    """Log predictive probability of each student's count from all the others', under each kind of pooling.

    No pooling: the others say nothing of the student, so that the flat prior gives -log(n + 1). Complete pooling: one
    rate for all, with the flat prior updated by the others' counts. Partial pooling: the population learned from the
    others. A hand-picked population: the log probability under that population.

    Args:
        counts: the class.
        truth: exact posterior of its population under mean_concentration().
        sampled: the same by importance sampling from the prior.

    Returns:
        A row per student: name, k, n; no, complete, partial and its numerical error, sampled and its standard error,
        and a column for each hand-picked population; all in nats.
    """
    rows = []
    successes, failures = int(counts.k.sum()), int((counts.n - counts.k).sum())
    partial = truth.leave_one_out(counts, pit=False)
    for name, k, n, log_predictive, error in partial.select(
        "name", "k", "n", "log_predictive", "log_predictive_error"
    ).iter_rows():
        student = Counts([k], [n])
        draws = evidence_ratio(sampled, student)
        rows.append(
            {
                "name": name,
                "k": k,
                "n": n,
                "no": float(closed_form(student, *FLAT)),
                "complete": float(closed_form(student, FLAT[0] + successes - k, FLAT[1] + failures - (n - k))),
                "partial": log_predictive,
                "partial_error": error,
                "sampled": draws.value,
                "sampled_error": draws.error,
                **{label: float(closed_form(student, *shapes)) for label, shapes in HAND_PICKED.items()},
            }
        )
    return pl.DataFrame(rows)


def evidence_ratio(posterior: Posterior, student: Counts) -> Estimate:
    """Log predictive probability of one student's count from the others', by prior draws weighted with all counts.

    Without the student the weights are v = w / p(k_i | n_i, a, b), and the answer is log mean w - log mean v: the log
    evidence of all minus that of the others, from the same draws. `Posterior.leave_one_out` smooths the weights v,
    which draws that are not from the prior need.

    Args:
        posterior: draws weighted with everybody's counts, the student's among them.
        student: counts of the student that is left out.

    Returns:
        The estimate and its standard error, by the delta method.
    """
    with_student = posterior.log_weights
    log_others = with_student - closed_form(student, posterior.draws["a"], posterior.draws["b"])
    value = logsumexp(with_student) - logsumexp(log_others)
    difference = np.exp(with_student - logsumexp(with_student)) - np.exp(log_others - logsumexp(log_others))
    return Estimate(float(value), float(np.sqrt(np.sum(difference**2))))


def paired_difference(first: pl.Series, second: pl.Series) -> Estimate:
    """Sum over the S students of first - second, and its standard error over students, sqrt(S) sd."""
    difference = (first - second).to_numpy()
    return Estimate(float(difference.sum()), math.sqrt(len(difference)) * float(difference.std(ddof=1)))
