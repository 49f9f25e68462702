"""The statistics of wobble: its spreads, its slopes, and the limits that they are compared with."""

import jax
import numpy as np
import pytest
import scipy.stats
from scipy.integrate import quad

from experiments.data.classrooms import classroom_a
from experiments.wobble import run_to_run
from experiments.wobble.course_cell import SEEDS, course_runs, course_table
from experiments.wobble.run_to_run import QUANTITIES, RATE, fit_slope, independent_runs, limits, log_spread
from inference import Posterior, closed_form, exact
from models import Counts, box


@pytest.mark.parametrize("runs", [2, 6, 100])
def test_log_spread_is_unbiased_and_knows_its_error(runs):
    repeats = 5_000
    values = 3 * np.random.default_rng(0).normal(size=(repeats, runs))
    found = np.array([log_spread(row) for row in values])
    error = found[0, 1]
    assert np.all(found[:, 1] == error)
    assert abs(found[:, 0].mean() - np.log(3)) < 4 * error / np.sqrt(repeats)
    # The kurtosis of the log of a chi-squared is 7 with one degree of freedom, and less with more. So sd(s) / s is at
    # most sqrt(6 / (4 S)).
    assert abs(found[:, 0].std() / error - 1) < 4 * np.sqrt(1.5 / repeats)
    if runs == 100:
        assert error == pytest.approx(1 / np.sqrt(2 * 99), rel=0.01)  # the usual formula, for many runs


def test_the_slope_of_spreads_that_are_exactly_known():
    log_sizes = np.log([1e3, 1e4, 1e5, 1e6])
    errors = np.array([0.07, 0.07, 0.1, 0.3])
    slope = fit_slope(log_sizes, 2 - log_sizes / 2, errors)
    assert slope.value == pytest.approx(-0.5, abs=1e-14)
    two = fit_slope(log_sizes[:2], np.array([1.0, 0.0]), errors[:2])  # a line through two points
    assert two.value == pytest.approx(-1 / np.log(10))
    assert two.error == pytest.approx(np.sqrt(2) * 0.07 / np.log(10))
    noise = np.random.default_rng(0).normal(size=(2_000, 4)) * errors
    z = np.array([(fit_slope(log_sizes, 2 - log_sizes / 2 + row, errors).value + 0.5) / slope.error for row in noise])
    assert abs(z.mean()) < 4 / np.sqrt(2_000)
    assert abs(z.std() - 1) < 4 / np.sqrt(2 * 2_000)


@pytest.mark.parametrize(("size", "runs"), [(50, 7), (100, 3), (300, 4)])
def test_no_two_runs_share_a_particle(size, runs, monkeypatch):
    drawn = []

    def draw(model, counts, *, key, n_particles, batch_size):
        a = np.asarray(jax.random.uniform(key, (n_particles,), minval=0.5, maxval=20), np.float64)
        drawn.append(a)
        return Posterior.from_weights(box(), {"a": a, "b": np.ones_like(a)}, np.zeros_like(a))

    monkeypatch.setattr(run_to_run, "CHUNK", 100)
    monkeypatch.setattr(run_to_run, "importance", draw)
    found = list(independent_runs("marginal", classroom_a(), key=jax.random.key(0), size=size, runs=runs))
    assert [len(posterior.log_weights) for posterior in found] == [size] * runs
    together = np.concatenate([posterior.draws["a"] for posterior in found])
    assert np.array_equal(together, np.concatenate(drawn)[: size * runs])
    calls = {values.tobytes() for values in drawn}
    assert len(calls) == len(drawn) == -(-size * runs // 100)


@pytest.fixture(scope="module")
def truth():
    return exact(box(), classroom_a())


def test_the_marginal_limits_are_those_of_a_grid_of_the_box(truth):
    points, weights = np.polynomial.legendre.leggauss(80)
    x = 10.25 + 9.75 * points
    a, b = (axis.ravel() for axis in np.meshgrid(x, x, indexing="ij"))
    prior = np.outer(weights, weights).ravel() / 4
    counts = classroom_a()
    likelihood = np.prod(scipy.stats.betabinom.pmf(counts.k, counts.n, a[:, None], b[:, None]), axis=1)
    w = likelihood / (prior @ likelihood)
    found = limits("marginal", counts, truth)
    assert set(found) == set(QUANTITIES)
    h = a - prior @ (w * a)
    assert found["E[a]"].sd == pytest.approx(np.sqrt(prior @ (w * h) ** 2), rel=1e-7)
    assert found["E[a]"].bias == pytest.approx(-prior @ (w**2 * h), rel=1e-7)
    assert found["log Z"].sd == pytest.approx(np.sqrt(prior @ w**2 - 1), rel=1e-7)
    # For the ratio: by the derivatives of u / v, where u and v are the means of w a and w (a + b).
    u, v = w * a, w * (a + b)
    rate = (prior @ u) / (prior @ v)
    variance, covariance = prior @ v**2 - (prior @ v) ** 2, prior @ (u * v) - (prior @ u) * (prior @ v)
    assert found[RATE].sd == pytest.approx(np.sqrt(prior @ (u - rate * v) ** 2) / (prior @ v), rel=1e-7)
    assert found[RATE].bias == pytest.approx((rate * variance - covariance) / (prior @ v) ** 2, rel=1e-6)


def test_the_explicit_weight_squared_and_averaged_over_theta_is_of_doubled_counts():
    counts, a, b = Counts([3, 1], [5, 1]), 2.5, 1.5
    averages = [
        quad(lambda t, k=k, n=n: scipy.stats.binom.pmf(k, n, t) ** 2 * scipy.stats.beta.pdf(t, a, b), 0, 1)[0]
        for k, n in zip(counts.k, counts.n, strict=True)
    ]
    log_likelihood = closed_form(counts, np.array([a]), np.array([b]))
    known = Posterior.from_weights(box(), {"a": np.array([a]), "b": np.array([b])}, log_likelihood)
    # If the population is known, Z is its likelihood L, and the variance of w / Z is E[w^2] / L^2 - 1.
    found = limits("explicit", counts, known)["log Z"].sd
    assert np.log(found**2 + 1) + 2 * log_likelihood[0] == pytest.approx(np.log(averages).sum(), abs=1e-8)


def test_the_explicit_form_wobbles_more_in_every_quantity(truth):
    marginal, explicit = (limits(form, classroom_a(), truth) for form in ("marginal", "explicit"))
    # Rao-Blackwell: the marginal weight is the mean over theta of the explicit weight.
    assert all(explicit[name].sd > marginal[name].sd for name in QUANTITIES)


@pytest.mark.parametrize(
    ("size", "printed"),
    [
        (20_000, (0.6405, 0.6436, 0.00076)),
        pytest.param(200_000, (0.6420, 0.6429, 0.00021), marks=pytest.mark.slow),
    ],
)
def test_the_courses_cell_wobbles_as_predicted(size, printed, truth):
    counts, limit = classroom_a(), limits("marginal", classroom_a(), truth)[RATE]
    runs = course_runs(counts, size, SEEDS)
    (row,) = course_table(runs, limit).iter_rows(named=True)
    found = round(row["lowest"], 4), round(row["highest"], 4), round(row["sd"], 5)
    assert found == printed
    assert abs(row["sd"] - row["limit"]) < 4 * row["sd_error"]
    squares = runs["error"].to_numpy() ** 2
    relative_error = squares.std(ddof=1) / squares.mean() / 2 / np.sqrt(SEEDS)
    # The bias of a run's own error is of the order 1 / ESS of itself, 2e-4 with 20,000 particles.
    assert abs(row["predicted"] / row["limit"] - 1) < 4 * relative_error + 2e-3
    assert runs["rate"][0] == pytest.approx(0.642, abs=5e-4)  # the course prints what seed 0 gives
