"""The likelihood of records of any length against 40-digit arithmetic: its error is at most what it states."""

import mpmath
import numpy as np
import pytest

from models import Counts
from models.families.beta_binomial.likelihood import PopulationLikelihood
from models.families.beta_binomial.split_likelihood import FEW_LONG, MOST_LONG, SUMMED_ERROR, SplitLikelihood

mpmath.mp.dps = 60
LENGTHS = [10**3, 10**5, 2**17, 2**17 + 1, 10**6, 10**9, 10**13, 2**53]
POPULATIONS = [(3.0, 7.0), (0.3, 0.7), (300.0, 700.0), (1e4, 2e4), (1e-3, 2e-3)]
CENTRE = 3.0, 7.0


def counts_of(length):
    n = [length, length // 2, length // 3, 10]
    return Counts([3 * (length // 10), length // 6, length // 15, 3], n)


def log_probability(counts, a, b):
    total, log_gamma = mpmath.mpf(0), mpmath.loggamma
    for k, n in zip(map(int, counts.k), map(int, counts.n), strict=True):
        total += log_gamma(n + 1) - log_gamma(k + 1) - log_gamma(n - k + 1)
        total += log_gamma(mpmath.mpf(a) + k) + log_gamma(mpmath.mpf(b) + (n - k)) - log_gamma(mpmath.mpf(a) + b + n)
        total += log_gamma(mpmath.mpf(a) + b) - log_gamma(mpmath.mpf(a)) - log_gamma(mpmath.mpf(b))
    return total


@pytest.mark.parametrize("kind", [PopulationLikelihood, SplitLikelihood])
@pytest.mark.parametrize("length", LENGTHS)
def test_the_believed_error_covers_the_true_one(kind, length):
    counts = counts_of(length)
    for a, b in POPULATIONS:
        value, error = kind(*counts.pairs).at(a, b)
        truth = log_probability(counts, a, b)
        assert abs(value - truth) <= error + np.finfo(float).eps * abs(truth)


@pytest.mark.parametrize("length", LENGTHS)
def test_ten_digits_whatever_the_length(length):
    counts = counts_of(length)
    likelihood = SplitLikelihood(*counts.pairs)
    a, b = np.array(POPULATIONS).T
    differences = likelihood.relative_to(a, b, CENTRE)
    assert likelihood.rounding < 1e-9
    for value, population in zip(differences, POPULATIONS, strict=True):
        truth = log_probability(counts, *population) - log_probability(counts, *CENTRE)
        if truth > -30:  # e^-30 times less likely has no weight
            assert abs(value - truth) <= 2 * likelihood.rounding


def test_long_records_are_taken_by_themselves_as_far_as_it_matters():
    def rounding(n):
        return SplitLikelihood(n // 3, n, np.ones(len(n))).rounding

    def of_summed(n):
        return pytest.approx(SUMMED_ERROR * n.sum(), rel=1e-3)

    n = 2**20 + np.arange(2000)
    assert rounding(n[:FEW_LONG]) < 1e-11
    assert rounding(n[:500]) == of_summed(n[: 500 - FEW_LONG])
    assert rounding(10 * n[:500]) == of_summed(10 * n[:95])  # 1e9 trials
    assert rounding(10 * n) == of_summed(10 * n[:-MOST_LONG])
