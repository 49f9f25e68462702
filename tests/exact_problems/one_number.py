"""Posteriors of one number: integrals over a line, and three closed forms."""

from math import log

import numpy as np
from scipy.special import betaln, expit, gammaln, log_expit

from models import (
    Counts,
    Events,
)
from tests.exact_problems.data_sets import random_categories, random_counts, random_events
from tests.exact_problems.hyperpriors_of_one import (
    LAWS,
    LOG_DENSITIES,
    SD,
    TWO_KINDS,
    odds_of_events,
    slope_alone,
    unknown_concentration,
    unknown_mean,
    unknown_shape,
    unknown_share,
    unknown_total,
)
from tests.exact_problems.likelihoods import (
    log_beta_binomials,
    log_dirichlet_multinomials,
    log_gamma_poissons,
    log_long_beta_binomial,
    log_normal_density,
    log_rising,
    log_uniform_logit,
)
from tests.exact_problems.line import LINE, integrate_line
from tests.exact_problems.problem import Problem


def mean_of_one_beta(seed: int) -> Problem:
    lam, counts = (0.05, 4.0, 2e3)[seed % 3], random_counts(seed)

    def log_f(z):
        return log_uniform_logit(z) + log_beta_binomials(counts, lam * expit(z), lam * expit(-z))

    line = integrate_line(log_f)
    return Problem(unknown_mean(lam), counts, line.log_total, {"mu": line.mean(expit(line.z))})


def concentration_of_one_beta(seed: int) -> Problem:
    """lam, or the spread, has a mean for sure only where the prior has bounds: elsewhere log Z alone is compared."""
    law, mu, counts = tuple(LAWS)[seed % 3], (0.5, 0.02)[seed // 3 % 2], random_counts(seed + 1000)
    low, high = LAWS[law][2]

    def log_f(z):
        x = np.exp(z)
        lam = x**-2 if law == "half-Cauchy" else x
        return z + LOG_DENSITIES[law](x) + log_beta_binomials(counts, lam * mu, lam * (1 - mu))

    with np.errstate(divide="ignore"):
        line = integrate_line(log_f, max(np.log(low), -80.0), min(np.log(high), 80.0))
    means = {"lam": line.mean(np.exp(line.z))} if law == "log-uniform" else {}
    return Problem(unknown_concentration(law, mu), counts, line.log_total, means)


def long_records(seed: int) -> Problem:
    """Up to 10^9 trials of each of three students."""
    rng, lam = np.random.default_rng(seed), (0.5, 30.0, 1e4)[seed % 3]
    n = (10 ** rng.uniform(4, 9, 3)).astype(int)
    mean = 1 / (1 + np.exp(-rng.uniform(-5, 5)))
    counts = Counts(rng.binomial(n, rng.beta(lam * mean, lam * (1 - mean), 3)), n)

    def log_f(z):
        a, b = lam * expit(z), lam * expit(-z)
        return log_uniform_logit(z) + sum(
            log_long_beta_binomial(k, n, a, b) for k, n in zip(counts.k, counts.n, strict=True)
        )

    line = integrate_line(log_f, -100.0, 100.0, panels=25)
    return Problem(unknown_mean(lam), counts, line.log_total, {"mu": line.mean(expit(line.z))})


def bernoulli_records(seed: int) -> Problem:
    """With n = 1 for each student, mu of any lam is a Beta."""
    rng = np.random.default_rng(seed)
    students = int(10 ** rng.uniform(0, 7))
    k = rng.binomial(students, rng.beta(0.3, 0.3))
    counts = Counts([0, 1], [1, 1], multiplicity=[students - k, k])
    return Problem(unknown_mean(3.0), counts, betaln(1 + k, 1 + students - k), {"mu": (1 + k) / (2 + students)})


def events_in_equal_exposures(seed: int) -> Problem:
    """p(k | p) is proportional to p^(M s) (1 - p)^(sum k), so p is a Beta."""
    shape, exposure = (0.3, 2.0, 50.0)[seed % 3], (0.1, 1.0, 30.0)[seed // 3 % 3]
    events = random_events(seed, exposure=exposure)
    of_p, of_rest = 1 + len(events) * shape, 1 + events.k.sum()
    log_constants = log_rising(np.float64(shape), events.k, events.multiplicity) - np.sum(gammaln(events.k + 1.0))
    log_evidence = float(log_constants + betaln(of_p, of_rest))
    return Problem(odds_of_events(shape, exposure), events, log_evidence, {"p": of_p / (of_p + of_rest)})


def shape_of_events(seed: int) -> Problem:
    events: Events = random_events(seed)
    mean = (events.k.sum() + 1) / (events.exposure.sum() + 1)

    def log_f(z):
        return log_gamma_poissons(events, np.exp(z), np.exp(z) / mean) - log(log(100 / 0.05))

    line = integrate_line(log_f, log(0.05), log(100))
    return Problem(unknown_shape(float(mean)), events, line.log_total, {"s": line.mean(np.exp(line.z))})


def total_of_shares(seed: int) -> Problem:
    shares, results = ((0.2, 0.5, 0.3), (0.98, 0.015, 0.005))[seed % 2], random_categories(seed)

    def log_f(z):
        return log_dirichlet_multinomials(results, np.exp(z)[..., None] * np.array(shares)) - log(log(1e6))

    line = integrate_line(log_f, log(0.01), log(1e4))
    return Problem(unknown_total(shares), results, line.log_total, {"total": line.mean(np.exp(line.z))})


def slope_of_students(seed: int) -> Problem:
    """A slope on a random covariate; without any covariate, in each third data set, its posterior is its prior."""
    rng, students, lam = np.random.default_rng(seed), (1, 12, 60)[seed % 3], (0.5, 5.0, 500.0)[seed // 3 % 3]
    x = rng.normal(0, 2, students) * (seed // 2 % 3 > 0)
    counts = random_counts(seed, students, 50, x=x)

    def log_f(b):
        each = zip(x, counts.k, counts.n, strict=True)
        return log_normal_density(b, SD) + sum(
            log_beta_binomials(Counts([k], [n]), lam * expit(b * x), lam * expit(-b * x)) for x, k, n in each
        )

    line = integrate_line(log_f, -40.0, 40.0)
    return Problem(slope_alone(lam), counts, line.log_total, {"b": line.mean(line.z)})


def share_of_a_mixture(seed: int) -> Problem:
    counts = random_counts(seed, longest=100)
    of_each = np.array(
        [
            [log_beta_binomials(Counts([k], [n]), *kind) for kind in TWO_KINDS]
            for k, n in zip(counts.k, counts.n, strict=True)
        ]
    )

    def log_f(z):
        total = log_uniform_logit(z)
        for first, second in of_each:
            total = total + np.logaddexp(first + log_expit(z), second + log_expit(-z))
        return total

    line = integrate_line(log_f, *LINE)
    return Problem(unknown_share(), counts, line.log_total, {"share": line.mean(expit(line.z))})


KINDS = {
    kind.__name__: kind
    for kind in (
        mean_of_one_beta,
        concentration_of_one_beta,
        long_records,
        bernoulli_records,
        events_in_equal_exposures,
        shape_of_events,
        total_of_shares,
        slope_of_students,
        share_of_a_mixture,
    )
}
