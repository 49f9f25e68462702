"""A hyperprior that is flat in log kappa: what it says depends on where it ends.

    phi ~ Uniform(0, 1),    p(log kappa) flat between LOW and U,    a = kappa phi,    b = kappa (1 - phi)

For kappa -> infinity all shops have one rate, and the likelihood, averaged over phi, does not fall off: it tends to

    L = prod_i C(n_i, k_i) B(K + 1, N - K + 1),    K = sum k_i,    N = sum n_i.

So the integral over log kappa grows by L for each unit of log U, and without a bound there is no posterior. The mean of
kappa grows as U itself. For kappa -> 0 each shop whose ratings differ contributes a factor kappa, so the lower end does
no harm.
"""

import math
from collections.abc import Sequence

import numpy as np
import polars as pl
from scipy.special import betaln, gammaln

from experiments.data.classrooms import twelve_shops
from inference import ExactPosterior, QuadratureError, exact
from models import Counts, Hyperprior, bda3, half_cauchy, mean_concentration, pareto

LOW = 1e-3  # of kappa; a tenth of it or ten times as much changes no digit that is printed
BOUNDS = tuple(10.0**power for power in np.arange(1.5, 8.25, 0.5).tolist())
STATED = (1e2, 1e4, 1e6, 1e8)  # upper bounds of kappa in the tables, and those of a quick run
FAR = 100.0  # a kappa at which ten ratings of each shop hardly differ from those of one rate
COURSE_MEDIAN, COURSE_MEAN_PHI = 4.6, 0.564  # what chapter 19 prints
SHOPS, ALIKE = "twelve shops", "all 6 of 10"
PROPER: dict[str, Hyperprior] = {"half_cauchy()": half_cauchy(), "bda3()": bda3(), "pareto()": pareto()}


def alike_shops() -> Counts:
    """Chapter 19's exercise: each of the twelve shops has 6 good ratings of 10."""
    shops = twelve_shops()
    return Counts(np.full(len(shops), 6), np.full(len(shops), 10), names=shops.names)


def data_sets() -> dict[str, Counts]:
    """The shops, and those of the exercise."""
    return {SHOPS: twelve_shops(), ALIKE: alike_shops()}


def flat_to(bound: float) -> Hyperprior:
    """Flat in phi, and in log kappa between LOW and a bound."""
    return mean_concentration(lam=(LOW, bound))


def bound_table(counts: Counts, bounds: Sequence[float]) -> pl.DataFrame:
    """The exact answers under upper bounds of kappa.

    Args:
        counts: the shops.
        bounds: upper bounds of kappa.

    Returns:
        A row per bound: bound, and what `answers_row` gives.
    """
    return pl.DataFrame([{"bound": bound, **answers_row(exact(flat_to(bound), counts))} for bound in bounds])


def proper_table(counts: Counts) -> pl.DataFrame:
    """The exact answers under proper hyperpriors: a row each, hyperprior and what `answers_row` gives."""
    rows = [{"hyperprior": name, **answers_row(exact(proper, counts))} for name, proper in PROPER.items()]
    return pl.DataFrame(rows, schema_overrides={"kappa": pl.Float64, "kappa_error": pl.Float64})


def answers_row(posterior: ExactPosterior) -> dict[str, float | None]:
    """Kappa and phi in numbers.

    Args:
        posterior: exact, of a hyperprior whose population has one Beta.

    Returns:
        kappa and kappa_error, its mean (null if it does not exist); kappa_5, kappa_50 and kappa_95, its quantiles;
        far, P(kappa > FAR); phi and phi_error, its mean; phi_5 and phi_95.
    """
    try:
        mean, error = posterior.mean("lam"), posterior.mean_error("lam")
    except QuadratureError:
        mean = error = None
    return {
        "kappa": mean,
        "kappa_error": error,
        **{f"kappa_{100 * q:.0f}": posterior.quantile("lam", q) for q in (0.05, 0.5, 0.95)},
        "far": 1 - posterior.probability_below("lam", FAR),
        "phi": posterior.mean("mu"),
        "phi_error": posterior.mean_error("mu"),
        **{f"phi_{100 * q:.0f}": posterior.quantile("mu", q) for q in (0.05, 0.95)},
    }


def log_likelihood_at_infinity(counts: Counts) -> float:
    """log L, the limit of the likelihood averaged over phi as kappa -> infinity."""
    k, n = counts.k.astype(float), counts.n.astype(float)
    choose = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    return float(choose.sum() + betaln(k.sum() + 1, (n - k).sum() + 1))


def log_integral(counts: Counts, bound: float) -> float:
    """log of the integral over phi and log kappa of the likelihood, up to a bound: it grows without end."""
    return exact(flat_to(bound), counts).log_evidence + math.log(math.log(bound / LOW))


def half_beyond(counts: Counts) -> float:
    """log10 of the bound at which half of the posterior lies above kappa = FAR.

    Beyond the largest of STATED the integral grows by L for each unit of log U.
    """
    log_l = log_likelihood_at_infinity(counts)
    below, highest = (math.exp(log_integral(counts, bound) - log_l) for bound in (FAR, STATED[-1]))
    return (math.log(STATED[-1]) + 2 * below - highest) / math.log(10)
