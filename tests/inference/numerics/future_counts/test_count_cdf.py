"""The law of a future count is the sum of its probabilities, for any populations and any number of trials."""

from itertools import islice

import mpmath
import numpy as np
import pytest
from scipy.stats import betabinom, binom

from inference.numerics.betas.beta_mixtures import Populations, Students
from inference.numerics.count_intervals import count_intervals
from inference.numerics.count_laws import each_pmf
from inference.numerics.future_counts.count_cdf import future_count_cdf
from inference.numerics.future_counts.narrow_rates import NARROW, POINTS_ERROR, are_narrow, rate_points
from inference.numerics.future_counts.rate_density import rate_distribution

RNG = np.random.default_rng(0)
POPULATIONS = {
    "usual": RNG.uniform(0.3, 20.0, (2, 200)),
    "from U-shaped to narrow": np.exp(RNG.uniform(-4, 9, (2, 60))),
    "scattered spikes": np.exp(RNG.uniform(0, 14, (2, 50))),
    "one": np.array([[2.0], [3.0]]),
    "all at 0 and 1": np.array([[1e-4], [1e-3]]),
    "narrow": np.array([[3e7], [7e7]]),
    "a few near 0": np.array([[0.0035], [538.5]]),
    "nearly all at 1": np.array([[1e5], [0.5]]),
}
SEEN = [(0, 0), (3, 10), (200, 100_000)]


def mixture(name: str) -> Populations:
    a, b = POPULATIONS[name]
    weights = RNG.exponential(size=len(a))
    return Populations(a, b, weights / weights.sum())


def student(k: float, n: float) -> Students:
    return Students(*(np.array([value]) for value in (k, n, (k + 1.0) / (n + 2), 0.1)))


@pytest.mark.parametrize("name", POPULATIONS)
@pytest.mark.parametrize(("k", "n"), SEEN)
def test_the_distribution_function_is_the_sum_of_the_probabilities(name, k, n):
    populations = mixture(name)
    rate = rate_distribution(populations, student(k, n))
    assert rate is not None
    assert rate.error < 1e-9
    a, b = populations.a[:, None] + k, populations.b[:, None] + (n - k)
    m = 3_000
    direct = np.cumsum([populations.weights @ p[:, 0] for p in islice(each_pmf(np.array([float(m)]), a, b), m + 1)])
    x = np.unique([0, 1, 2, *np.linspace(0, m, 21, dtype=int)])
    found = [future_count_cdf(rate, m, at) for at in x]
    # 3,000 steps of `each_pmf`, each right to 8 eps, and log p(0), right to 1e-12 (1e-11 for shapes of 1e5).
    np.testing.assert_allclose(found, direct[x], rtol=0, atol=2e-11)


def test_outside_the_counts_it_is_0_or_1():
    rate = rate_distribution(mixture("one"), student(1, 2))
    assert rate is not None
    assert [future_count_cdf(rate, 5, x) for x in (-1, 5, 6)] == [0, 1, 1]
    assert future_count_cdf(rate, 0, 0) == 1


@pytest.mark.parametrize("m", [10**6, 10**9])
def test_a_million_trials_agree_with_fifty_digits_of_one_population(m):
    a, b = 3, 5  # whole numbers: P(K <= x) is a short sum of hypergeometric probabilities
    rate = rate_distribution(Populations(np.array([1.0]), np.array([2.0]), np.ones(1)), student(2, 5))
    assert rate is not None
    for x in (0, 17, m // 10, m // 2, m - 1):
        # K <= x: at least a of the first x + a of m + a + b - 1 balls are among a + b - 1 that are drawn.
        with mpmath.workdps(50):
            total = mpmath.binomial(m + a + b - 1, a + b - 1)
            expected = sum(
                mpmath.binomial(x + a, j) * mpmath.binomial(m - x + b - 1, a + b - 1 - j) for j in range(a, a + b)
            )
            assert future_count_cdf(rate, m, x) == pytest.approx(float(expected / total), abs=1e-11)


def test_a_million_trials_agree_with_scipy_where_everybody_is_nearly_the_same():
    populations = Populations(np.array([3e11]), np.array([7e11]), np.ones(1))
    rate = rate_distribution(populations, student(0, 0))
    assert rate is not None
    x = 300_200
    # The variance is that of the binomial, larger by m / 1e12 = 1e-6 relative to itself.
    assert future_count_cdf(rate, 10**6, x) == pytest.approx(binom.cdf(x, 10**6, 0.3), abs=1e-6)


def test_the_ends_are_those_of_scipy_on_either_side_of_what_is_summed():
    a, b, ends = np.array([2.5]), np.array([4.0]), (0.05, 0.95)
    for m in (500, 501, 10_000, 10_001, 10**6):
        found = count_intervals(Populations(a, b, np.ones(1)), student(3, 7), np.array([m]), ends)
        assert [int(end[0]) for end in found.ends] == [betabinom.ppf(q, m, a[0] + 3, b[0] + 4) for q in ends]
        assert found.error[0] < 1e-9


@pytest.mark.parametrize("copies", [1, 400])
@pytest.mark.parametrize("m", [501, 3_000])
def test_narrow_populations_are_as_good_as_points(copies, m):
    # From where they begin to be narrow; skewed, and, if there are many, so many that they are moved to nodes.
    a = np.exp(RNG.uniform(np.log(NARROW * m), np.log(1e12), (5, copies))).ravel()
    populations = Populations(a, a * np.exp(RNG.uniform(-1, 3, len(a))), np.full(len(a), 1 / len(a)))
    someone = student(3, 10)
    assert are_narrow(populations.a, populations.b, m).all()
    points = rate_points(populations, someone, m)
    assert points.masses.sum() == pytest.approx(1, rel=1e-12)
    assert (len(points.masses) < 3 * len(a)) == (copies > 1)
    shapes = populations.shapes(someone)
    direct = np.cumsum([p.mean() for p in islice(each_pmf(np.array([float(m)]), *shapes), m)])
    found = [points.count_cdf(m, x) for x in range(0, m, 50)]
    np.testing.assert_allclose(found, direct[::50], rtol=0, atol=POINTS_ERROR)
    ends = count_intervals(populations, someone, np.array([m]), (0.05, 0.95)).ends
    for q, (end,) in zip((0.05, 0.95), ends, strict=True):
        assert direct[end - 1] < q <= direct[end]


def test_spikes_that_no_polynomial_follows_are_summed_instead_and_told_of(monkeypatch):
    monkeypatch.setattr("inference.numerics.future_counts.rate_density.MOST_PANELS", 20)
    populations = mixture("scattered spikes")
    assert rate_distribution(populations, student(3, 10)) is None
    found = count_intervals(populations, student(3, 10), np.array([3_000]), (0.05, 0.95))
    assert found.error[0] == 1e-6
    monkeypatch.undo()
    again = count_intervals(populations, student(3, 10), np.array([3_000]), (0.05, 0.95))
    assert [int(end[0]) for end in found.ends] == [int(end[0]) for end in again.ends]
