"""Each student's rate: a Beta for one population, a mixture for many, and the course's reference numbers."""

from itertools import pairwise

import jax
import numpy as np
import pytest
from scipy.stats import beta, betabinom

from inference import Posterior, exact, importance
from inference.numerics.betas import beta_mixtures
from models import Counts, box, half_cauchy, marginal, mean_concentration


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


def random_classroom(seed: int, students: int) -> Counts:
    """Students from a random population, with n from 0 to 10^6."""
    rng = np.random.default_rng(seed)
    n = np.append(np.floor(np.exp(rng.uniform(0, np.log(300), students - 6))), [0, 1, 1, 10**6, 10**6, 10**6])
    k = rng.binomial(n.astype(int), rng.beta(*rng.uniform(0.5, 8.0, 2), students))
    k[-5:] = [0, 1, 0, 10**6, 300_000]
    return Counts(k=k, n=n.astype(int))


def sampled_under_box(counts: Counts, seed: int) -> Posterior:
    """A posterior by importance sampling under box(), with a log-uniform proposal and SciPy's betabinom."""
    rng = np.random.default_rng(seed)
    a, b = np.exp(rng.uniform(np.log(0.1), np.log(30.0), (2, 1_000)))
    log_likelihood = sum(betabinom.logpmf(k, n, a, b) for k, n in zip(counts.k[:30], counts.n[:30], strict=True))
    return Posterior.from_weights(box(), {"a": a, "b": b}, log_likelihood + np.log(a * b))


@pytest.mark.parametrize(("seed", "interval"), [(0, 0.5), (1, 0.9), (2, 0.999)])
@pytest.mark.parametrize("how", ["exact", "sampled"])
def test_interval_ends_invert_the_distribution_function_of_all_populations(how, seed, interval):
    """To 1e-6 in probability, or to the last bit of x."""
    counts = random_classroom(seed, 60)
    posterior = exact(mean_concentration(), counts) if how == "exact" else sampled_under_box(counts, seed)
    table = posterior.shrinkage(counts, interval=interval)
    parts = beta(posterior.draws["a"][:, None] + counts.k, posterior.draws["b"][:, None] + (counts.n - counts.k))
    for column, q in [("low", (1 - interval) / 2), ("high", (1 + interval) / 2)]:
        end = np.asarray(table[column])
        assert np.all(posterior.weights @ parts.cdf(np.nextafter(end, 0)) < q + 1e-6)
        assert np.all(posterior.weights @ parts.cdf(np.nextafter(end, 1)) > q - 1e-6)


def test_rows_of_many_students_are_those_of_their_different_counts(mixture):
    rng = np.random.default_rng(0)
    n = rng.integers(0, 6, 400)
    k = rng.integers(0, n + 1)
    columns = ["k", "n", "raw", "plug_in", "mean", "sd", "low", "high", "mean_error"]
    once = mixture.shrinkage(Counts(*np.unique([k, n], axis=1))).select(columns)
    rows = {row[:2]: row for row in once.iter_rows()}
    found = mixture.shrinkage(Counts(k=k, n=n)).select(columns)
    assert found.rows() == [rows[pair] for pair in zip(k.tolist(), n.tolist(), strict=True)]


@pytest.fixture(scope="module")
def five_thousand() -> Counts:
    """5,000 students whose (k, n) are all different."""
    rng = np.random.default_rng(0)
    n = rng.integers(0, 200, 8_000)
    pairs = np.unique([rng.binomial(n, rng.beta(3, 5, 8_000)), n], axis=1)
    k, n = rng.permutation(pairs, axis=1)[:, :5_000]
    return Counts(k=k, n=n)


@pytest.fixture
def evaluated(monkeypatch) -> list[int]:
    """How many values of the incomplete beta function each call takes, which is nearly all of the work."""
    sizes, betainc = [], beta_mixtures.betainc

    def counted(a, b, x):
        sizes.append(a.size)
        return betainc(a, b, x)

    monkeypatch.setattr(beta_mixtures, "betainc", counted)
    return sizes


# A student's interval takes some ten steps, and each step a value for each of the populations that the posterior's
# thousands were compressed into. The bounds are half as much again as it takes, so that twice the work is refused.
MOST_VALUES = {"exact": 2_250, "importance": 4_150, "learned from all": 110}


@pytest.mark.slow
@pytest.mark.parametrize("how", ["exact", pytest.param("importance", marks=pytest.mark.long), "learned from all"])
def test_each_of_five_thousand_different_students_takes_few_values(five_thousand, classrooms, how, evaluated):
    """Under a wide posterior, learned from six students, and under a narrow one, learned from 5,000."""
    if how == "importance":
        form = marginal(mean_concentration())
        posterior = importance(form, classrooms["A"], key=jax.random.key(0), n_particles=20_000)
    else:
        posterior = exact(mean_concentration(), classrooms["A"] if how == "exact" else five_thousand)
    posterior.shrinkage(five_thousand)
    assert len(five_thousand) < sum(evaluated) < MOST_VALUES[how] * len(five_thousand)


@pytest.mark.slow
def test_a_million_students_cost_what_their_different_counts_cost(five_thousand, truth, evaluated):
    which = np.random.default_rng(0).permutation(np.arange(1_000_000) % len(five_thousand))
    million = Counts(k=five_thousand.k[which], n=five_thousand.n[which])
    truth["A"].shrinkage(five_thousand)
    once = sum(evaluated)
    evaluated.clear()
    truth["A"].shrinkage(million)
    assert sum(evaluated) == once > 0


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


def test_a_row_that_stands_for_many_students_is_one_row_of_the_table():
    counts = Counts(k=[3, 0], n=[5, 1], multiplicity=[4, 10**8])
    posterior = exact(mean_concentration(), counts)
    table = posterior.shrinkage(counts)
    assert table["multiplicity"].to_list() == [4, 10**8]
    one_each = posterior.shrinkage(Counts(k=[3, 0], n=[5, 1]))
    assert table.drop("multiplicity").equals(one_each)


def test_without_a_mean_of_the_spread_there_is_no_plug_in():
    """If all groups have 0 of n, the likelihood does not fall off as the spread grows, and E[spread] is infinite."""
    counts = Counts(k=[0, 0, 0], n=[5, 5, 9])
    table = exact(half_cauchy(), counts).shrinkage(counts)
    assert table["plug_in"].null_count() == 3
    assert ((table["low"] < table["mean"]) & (table["mean"] < table["high"])).all()
