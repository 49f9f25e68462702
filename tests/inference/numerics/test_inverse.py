"""Quantiles of many distributions at once, found from their distribution functions alone."""

import numpy as np
import pytest
from scipy.stats import beta, gamma, norm

from inference.numerics.inverse import FARTHEST, quantiles


def counted(cdf):
    calls = []

    def function(x, which):
        calls.append(len(which))
        return cdf(x, which)

    return function, calls


@pytest.mark.parametrize("q", [0.005, 0.05, 0.5, 0.9])
def test_quantiles_of_normals_take_few_steps(q):
    means, sds = np.array([-3.0, 0.0, 40.0]), np.array([0.1, 1.0, 5.0])
    cdf, calls = counted(lambda x, which: norm.cdf(x, means[which], sds[which]))
    found = quantiles(cdf, q, means + sds, 2 * sds)
    np.testing.assert_allclose(norm.cdf(found, means, sds), q, atol=1e-10)
    assert len(calls) < 10


@pytest.mark.parametrize("q", [0.01, 0.05, 0.5, 0.95])
@pytest.mark.parametrize("shape", [0.01, 0.3, 5.0, 1e6])
def test_quantiles_of_the_log_of_gammas(shape, q):
    law = gamma(shape)
    mean, sd = np.log(law.mean()), law.std() / law.mean()
    found = quantiles(lambda x, which: law.cdf(np.exp(x)), q, np.array([mean]), np.array([sd]))
    expected = law.ppf(q)
    if expected > 1e-300:
        np.testing.assert_allclose(law.cdf(np.exp(found)), q, atol=1e-9)


def test_a_distribution_of_two_far_parts_has_both_quantiles():
    def cdf(x, which):
        return 0.3 * norm.cdf(x, -20, 0.01) + 0.7 * norm.cdf(x, 20, 0.01)

    for q, at in ((0.15, -20.0), (0.65, 20.0)):
        found = quantiles(cdf, q, np.array([8.0]), np.array([18.0]))
        np.testing.assert_allclose(cdf(found, None), q, atol=1e-9)
        assert abs(found[0] - at) < 0.1


def test_only_distributions_whose_search_goes_on_are_evaluated():
    means = np.zeros(100)
    laws = [norm(0, 1)] * 99 + [beta(2.0, 0.01)]

    def of_all(x, which):
        return np.array([laws[i].cdf(value) for i, value in zip(which, x, strict=True)])

    cdf, calls = counted(of_all)
    quantiles(cdf, 0.4, means, np.ones(100))
    assert calls[-1] == 1


def test_axes_after_the_first_are_further_quantiles():
    means = np.arange(6.0).reshape(2, 3)
    found = quantiles(lambda x, which: norm.cdf(x - means[which]), 0.2, means, np.ones_like(means))
    np.testing.assert_allclose(found, means + norm.ppf(0.2), atol=1e-8)


def test_a_quantile_too_far_away_is_replaced_by_the_farthest_number():
    found = quantiles(lambda x, which: norm.cdf(x - np.array([2e3, -2e3])[which]), 0.5, np.zeros(2), np.ones(2))
    assert found.tolist() == [FARTHEST, -FARTHEST]
