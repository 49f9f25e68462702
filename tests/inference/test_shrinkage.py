"""Each student's rate: one component is a Beta, many are their mixture, and the course's numbers come out."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.stats import beta

from inference import Posterior, exact
from inference.shrinkage import mixture_quantile
from models import Counts, box, mean_concentration


def posterior(a, b, weights=None) -> Posterior:
    """A posterior on given populations."""
    a, b = np.atleast_1d(np.asarray(a, np.float64)), np.atleast_1d(np.asarray(b, np.float64))
    weights = np.ones_like(a) if weights is None else weights
    return Posterior.from_weights(box(), {"a": a, "b": b}, np.log(weights))


@pytest.fixture(scope="module")
def mixture() -> Posterior:
    rng = np.random.default_rng(0)
    return posterior(rng.uniform(0.5, 20.0, 300), rng.uniform(0.5, 20.0, 300), rng.exponential(1.0, 300))


@pytest.fixture(scope="module")
def truth(classrooms):
    """The exact posteriors of A and B under mean_concentration()."""
    return {name: exact(mean_concentration(), counts) for name, counts in classrooms.items()}


@pytest.fixture(scope="module")
def sampled(classrooms, learned):
    """Shrinkage by importance sampling of A and B under mean_concentration()."""
    return {name: learned(name, "mean_concentration").shrinkage(counts) for name, counts in classrooms.items()}


@pytest.mark.parametrize(("a", "b"), [(2.0, 3.0), (14.5, 8.1), (0.3, 0.25), (0.02, 0.05), (500.0, 2.0)])
@pytest.mark.parametrize("interval", [0.5, 0.9, 0.99])
def test_a_single_population_gives_the_conjugate_beta(six, a, b, interval):
    table = posterior(a, b).shrinkage(six, interval=interval)
    conjugate = beta(a + six.k, b + (six.n - six.k))
    np.testing.assert_allclose(table["mean"], conjugate.mean(), rtol=1e-12)
    np.testing.assert_allclose(table["plug_in"], conjugate.mean(), rtol=1e-12)
    np.testing.assert_allclose(table["sd"], conjugate.std(), rtol=1e-9)
    np.testing.assert_allclose(table["low"], conjugate.ppf((1 - interval) / 2), atol=1e-8)
    np.testing.assert_allclose(table["high"], conjugate.ppf((1 + interval) / 2), atol=1e-8)


def test_the_mean_and_sd_are_those_of_the_mixture(six, mixture):
    table, weights = mixture.shrinkage(six), mixture.weights
    parts = beta(mixture.draws["a"][:, None] + six.k, mixture.draws["b"][:, None] + (six.n - six.k))
    mean = weights @ parts.mean()
    np.testing.assert_allclose(table["mean"], mean, rtol=1e-12)
    np.testing.assert_allclose(table["sd"], np.sqrt(weights @ (parts.var() + parts.mean() ** 2) - mean**2), rtol=1e-9)
    np.testing.assert_allclose(weights @ parts.cdf(np.asarray(table["low"])), 0.05, atol=1e-8)
    np.testing.assert_allclose(weights @ parts.cdf(np.asarray(table["high"])), 0.95, atol=1e-8)


def test_mean_error_is_the_error_of_the_mean_of_the_conditional_means(six, mixture):
    means = (mixture.draws["a"][:, None] + six.k) / (mixture.draws["lam"][:, None] + six.n)
    np.testing.assert_allclose(mixture.shrinkage(six)["mean_error"], mixture.expectation(means)[1], rtol=1e-12)


def test_a_student_nobody_has_asked_is_the_population(mixture):
    row = mixture.shrinkage(Counts(k=[0], n=[0])).row(0, named=True)
    assert row["raw"] is None
    assert row["mean"] == pytest.approx(mixture.mean("mu"), rel=1e-12)
    assert row["plug_in"] == pytest.approx(mixture.mean("a") / (mixture.mean("a") + mixture.mean("b")), rel=1e-12)


def test_rows_keep_the_order_and_the_names_and_equal_counts_give_equal_rows(mixture):
    counts = Counts(k=[3, 0, 3, 1, 0], n=[5, 0, 5, 1, 0], names=["z", "y", "x", "w", "v"])
    table = mixture.shrinkage(counts)
    assert table.columns == ["name", "k", "n", "raw", "plug_in", "mean", "sd", "low", "high", "mean_error"]
    assert table["name"].to_list() == ["z", "y", "x", "w", "v"]
    assert table["k"].to_list() == [3, 0, 3, 1, 0]
    assert table["n"].to_list() == [5, 0, 5, 1, 0]
    assert table["raw"].to_list() == [0.6, None, 0.6, 1.0, None]
    assert table.row(0)[1:] == table.row(2)[1:]
    assert table.row(1)[1:] == table.row(4)[1:]
    alone = mixture.shrinkage(Counts(k=[1], n=[1]))
    np.testing.assert_allclose(table.row(3)[4:], alone.row(0)[4:], rtol=1e-9)


def test_the_plug_in_is_the_courses_formula(six, mixture):
    a, b = mixture.mean("a"), mixture.mean("b")
    np.testing.assert_allclose(mixture.shrinkage(six)["plug_in"], (a + six.k) / (a + b + six.n), rtol=1e-12)


def test_wider_intervals_contain_narrower_ones(six, mixture):
    ends = [mixture.shrinkage(six, interval=p).select("low", "high").to_numpy() for p in (0.5, 0.8, 0.9, 0.99)]
    for narrow, wide in pairwise(ends):
        assert np.all(wide[:, 0] < narrow[:, 0])
        assert np.all(wide[:, 1] > narrow[:, 1])
    assert all(np.all((0 < low) & (low < high) & (high < 1)) for low, high in (pair.T for pair in ends))


@pytest.mark.parametrize("scale", [(0.02, 0.5), (0.02, 500.0), (0.5, 20.0), (50.0, 5000.0)], ids=str)
@pytest.mark.parametrize("q", [0.01, 0.05, 0.5, 0.95, 0.99])
def test_mixture_quantiles_satisfy_the_distribution_function(scale, q):
    """In probability to 1e-8, or else in x to 1e-8, where a U-shaped density is as good as infinite."""
    rng = np.random.default_rng(0)
    a, b = np.exp(rng.uniform(*np.log(scale), size=(2, 40, 60)))
    weights = rng.dirichlet(np.full(40, 0.3))
    parts = beta(a, b)
    mean = weights @ parts.mean()
    sd = np.sqrt(weights @ (parts.var() + parts.mean() ** 2) - mean**2)
    x = mixture_quantile(a, b, weights, q, mean, sd)
    below, above = (weights @ parts.cdf(np.clip(x + step, 0, 1)) for step in (-1e-8, 1e-8))
    in_probability = np.abs(weights @ parts.cdf(x) - q) < 1e-8
    assert np.all(in_probability | ((below < q) & (q < above)))


@pytest.mark.parametrize(
    ("classroom", "student", "mean"),
    [
        ("A", "Emi", 0.6939743988),
        ("A", "Farid", 0.6317405735),
        ("B", "Emi", 0.8928207991),
        ("B", "Farid", 0.1550180958),
    ],
)
def test_emi_and_farid_are_where_the_reference_has_them(classrooms, truth, sampled, classroom, student, mean):
    row = truth[classroom].shrinkage(classrooms[classroom]).filter(name=student).row(0, named=True)
    assert row["mean"] == pytest.approx(mean, abs=1e-9)
    drawn = sampled[classroom].filter(name=student).row(0, named=True)
    assert abs(drawn["mean"] - mean) < 4 * drawn["mean_error"]


def test_small_counts_are_shrunk_further_than_large_ones(classrooms, truth):
    table = truth["A"].shrinkage(classrooms["A"])
    mu = truth["A"].mean("mu")
    shrunk = np.abs(table["mean"] - mu) / np.abs(table["raw"] - mu)
    few, many = shrunk[-1], shrunk[0]  # Farid 0/1, Alyssa 70/100
    assert few < many < 1
