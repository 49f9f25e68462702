"""How far apart two groups are: in a known population by its law, in a learned one by draws; and names that fail."""

from itertools import pairwise

import jax
import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.special import log_expit, logsumexp
from scipy.stats import beta

from experiments.options import DATA
from inference import exact, importance, theta_draws
from models import Counts, CountsError, Events, fixed, gamma_poissons, half_cauchy, marginal, mean_concentration

COUNTS = Counts(k=[3, 5, 0], n=[10, 9, 4], names=["one", "other", "none"])
DRAWS = 20_000
TINY = 1e-300


def test_in_a_known_population_the_interval_is_that_of_its_law():
    """The quantiles of theta_1 - theta_2, by SciPy's quadrature and root finding."""
    first, other = beta(2 + 3, 2 + 7), beta(2 + 5, 2 + 4)
    row = exact(fixed(2.0, 2.0), COUNTS).contrast(COUNTS, "one", "other", interval=0.8).row(0, named=True)

    def below(at: float) -> float:
        edges = sorted({0.0, min(max(-at, 0.0), 1.0), min(max(1 - at, 0.0), 1.0), 1.0})
        pieces = pairwise(edges)
        return sum(quad(lambda y: other.pdf(y) * first.cdf(y + at), *piece)[0] for piece in pieces)

    for name, q in (("low", 0.1), ("median", 0.5), ("high", 0.9)):
        expected = brentq(lambda at, q=q: below(at) - q, -0.9, 0.9, xtol=1e-9)
        assert abs(below(row[name]) - q) < 3e-8 + row["interval_error"]  # 1.5e-8 of each of two pieces by `quad`
        assert row[name] == pytest.approx(expected, abs=1e-6)  # the density of the difference is above 0.1 there
    assert row["mean"] == pytest.approx(first.mean() - other.mean(), abs=1e-12)
    assert row["sd"] == pytest.approx(np.sqrt(first.var() + other.var()), abs=1e-12)
    assert row["probability"] == pytest.approx(1 - below(0.0), abs=1e-9)


def test_exchanged_groups_have_the_opposite_difference_and_the_reciprocal_ratios():
    posterior = exact(fixed(0.7, 2.0), COUNTS)
    here, there = posterior.contrast(COUNTS, "one", "other"), posterior.contrast(COUNTS, "other", "one")
    # A quantile is right to the error of its probability over the density, which is above 0.05 at these.
    near = 20 * (here["interval_error"].max() + there["interval_error"].max())
    assert here["low"][0] == pytest.approx(-there["high"][0], abs=near)
    assert here["median"][0] == pytest.approx(-there["median"][0], abs=near)
    for row in (1, 2):
        assert here["low"][row] == pytest.approx(1 / there["high"][row], rel=near)
    assert here["mean"][0] == pytest.approx(-there["mean"][0], abs=1e-12)
    assert here["probability"][0] == pytest.approx(1 - there["probability"][0], abs=1e-7)
    of_pair = posterior.pairwise(COUNTS).filter(name="one", other="other").row(0, named=True)
    assert abs(here["probability"][0] - of_pair["probability"]) < 1e-8 + of_pair["probability_error"]


@pytest.mark.parametrize(("name", "other_name"), [("hospital A", "hospital D"), ("hospital H", "hospital A")])
def test_joint_draws_have_this_distribution(name, other_name):
    counts = Counts.read(DATA / "hospitals.csv")
    posterior = exact(half_cauchy(), counts)
    theta = theta_draws(posterior, counts, key=jax.random.key(0), n_draws=DRAWS)["theta"].astype(np.float64)
    first, other = theta[:, counts.names.index(name)], theta[:, counts.names.index(other_name)]
    table = posterior.contrast(counts, name, other_name)
    odds = first / (1 - first) / (other / (1 - other))
    for row, values in zip(table.iter_rows(named=True), (first - other, first / other, odds), strict=True):
        assert row["interval_error"] < 1e-6
        for end, q in (("low", 0.05), ("median", 0.5), ("high", 0.95)):
            assert abs(np.mean(values <= row[end]) - q) < 4 * np.sqrt(q * (1 - q) / DRAWS)
        if other_name == "hospital A" and row["contrast"] != "difference":
            # It had no death in 47: its rate may be so near to 0 that the ratio has no mean.
            assert row["mean"] is row["sd"] is None
            continue
        assert abs(values.mean() - row["mean"]) < 4 * values.std() / np.sqrt(DRAWS)
        assert values.std() == pytest.approx(row["sd"], rel=0.1)  # 4 errors of an sd of these tails
        assert abs(np.mean(first > other) - row["probability"]) < 4 * np.sqrt(0.25 / DRAWS)


def test_a_ratio_has_a_mean_where_the_known_population_keeps_its_denominator_from_zero():
    table = exact(fixed(3.0, 2.0), COUNTS).contrast(COUNTS, "one", "none")
    assert table["mean"].null_count() == table["sd"].null_count() == 0
    ratio = table.row(1, named=True)  # E[theta_1 / theta_2] = (3 + 3) / 15 * (3 + 6 - 1) / (3 - 1)
    assert ratio["mean"] == pytest.approx(6 / 15 * 8 / 2, abs=1e-12)


@pytest.mark.costly
def test_a_ratio_with_a_heavy_tail_has_its_mean():
    """E[theta_1 / theta_2 | a, b] = (a + 10) / (lam + 10) (lam + 1) / a of 10/10 and 1/2, by a product rule.

    In z = logit(mu) and l = log(spread), spread half-Cauchy and lam = 1 / spread^2, the likelihood is
    a (a + 1) ... (a + 9) / (lam (lam + 1) ... (lam + 9)) a b / (lam (lam + 1)).
    """
    z, logs = np.meshgrid(np.arange(-90, 90, 0.2), np.arange(-40, 80, 0.1))
    log_lam, log_mu, log_rest = -2 * logs, log_expit(z), log_expit(-z)
    log_a, steps = log_mu + log_lam, np.arange(10)[:, None, None]
    log_density = np.sum(np.logaddexp(log_a, np.log(np.maximum(steps, TINY))), axis=0)
    log_density -= np.sum(np.logaddexp(log_lam, np.log(np.maximum(steps, TINY))), axis=0)
    log_density += log_mu + log_rest - np.log1p(np.exp(-log_lam))  # of 1/2
    log_density += log_mu + log_rest + logs - np.logaddexp(0, 2 * logs)  # of the hyperprior
    given = np.logaddexp(log_a, np.log(10)) - np.logaddexp(log_lam, np.log(10)) + np.logaddexp(log_lam, 0) - log_a
    expected = np.exp(logsumexp(log_density + given) - logsumexp(log_density))

    counts = Counts(k=[10, 1], n=[10, 2], names=["all", "one"])
    ratio = exact(half_cauchy(), counts).contrast(counts, "all", "one").row(1, named=True)
    assert ratio["mean"] == pytest.approx(expected, rel=1e-9)
    assert ratio["mean_error"] < 1e-9 * expected
    assert ratio["sd"] is None


@pytest.mark.costly
def test_a_ratio_has_no_mean_where_the_populations_have_none():
    """With 1/1 the integral of p(lam) / lam remains, which diverges at 0 under a half-Cauchy spread: p ~ lam^-1/2."""
    counts = Counts(k=[10, 1], n=[10, 1], names=["all", "one"])
    ratio = exact(half_cauchy(), counts).contrast(counts, "all", "one").row(1, named=True)
    assert ratio["mean"] is ratio["mean_error"] is ratio["sd"] is None
    assert exact(mean_concentration(), counts).contrast(counts, "all", "one")["mean"].null_count() < 3


def test_the_mean_of_draws_of_a_ratio_without_an_sd_is_not_given():
    counts = Counts(k=[10, 1], n=[10, 2], names=["all", "one"])
    sampled = importance(marginal(mean_concentration()), counts, key=jax.random.key(0), n_particles=1000)
    ratio = sampled.contrast(counts, "all", "one").row(1, named=True)
    assert ratio["mean"] is ratio["mean_error"] is ratio["sd"] is None


def test_rates_of_events_have_a_difference_and_a_ratio():
    """Of Gamma(c, r) and Gamma(d, s) the ratio of rates is r / s times that of standard Gammas: a beta prime."""
    from scipy.stats import betaprime

    events = Events(k=[4, 9], exposure=[2.0, 3.0], names=["one", "other"])
    table = exact(fixed(1.0, 1.0, family=gamma_poissons), events).contrast(events, "one", "other")
    assert table["contrast"].to_list() == ["difference", "ratio"]
    law = betaprime(1 + 4, 1 + 9, scale=(1 + 3.0) / (1 + 2.0))
    row = table.row(1, named=True)
    for name, q in (("low", 0.05), ("median", 0.5), ("high", 0.95)):
        assert abs(law.cdf(row[name]) - q) < 4 * row["interval_error"]
    assert abs(row["mean"] - law.mean()) < 4 * row["mean_error"]
    assert abs(row["probability"] - law.sf(1)) < 4 * row["probability_error"]


@pytest.mark.costly
def test_a_sampled_posterior_is_within_four_of_its_errors(six):
    truth = exact(mean_concentration(), six)
    sampled = importance(marginal(mean_concentration()), six, key=jax.random.key(0), n_particles=DRAWS)
    names = six.names[0], six.names[-1]
    found, expected = (posterior.contrast(six, *names) for posterior in (sampled, truth))
    for name in ("mean", "probability"):
        for value, error, true in zip(found[name], found[f"{name}_error"], expected[name], strict=True):
            assert (value is None) == (true is None)
            assert value is None or abs(value - true) < 4 * error


@pytest.mark.parametrize(
    ("name", "other", "message"),
    [
        ("One", "other", "no group is called 'One': did you mean 'one'"),
        ("zzz", "other", "no group is called 'zzz': names are 'one', 'other', 'none'"),
        ("one", "one", "a group is compared with another one, not with itself: 'one'"),
    ],
)
def test_a_name_that_stands_for_no_group_is_refused(name, other, message):
    with pytest.raises(CountsError, match=message):
        exact(fixed(2.0, 2.0), COUNTS).contrast(COUNTS, name, other)


@pytest.mark.costly
def test_two_groups_without_trials_differ_by_0_in_the_median():
    """Both rates are near 0 or near 1 in many populations, so that the distribution function all but jumps at 0."""
    counts = Counts([0, 0], [0, 0], names=["one", "other"])
    table = exact(mean_concentration(), counts).contrast(counts, "one", "other")
    assert np.abs(table["median"].to_numpy() - [0, 1, 1]).max() < 1e-12
    assert table["low"][0] == pytest.approx(-table["high"][0], abs=1e-6)
    assert table["interval_error"][0] < 1e-6


@pytest.mark.costly
def test_rates_that_cannot_be_integrated_are_drawn():
    """Under a half-Cauchy spread one trial each leaves a of 1e-45 possible, where densities lose all digits."""
    counts = Counts(k=[0, 1], n=[1, 1], names=["none", "all"])
    posterior = exact(half_cauchy(), counts)
    pair = posterior.pairwise(counts).row(0, named=True)  # of "none" above "all", integrated
    table = posterior.contrast(counts, "all", "none")
    assert table["contrast"].to_list() == ["difference", "ratio", "odds ratio"]
    assert table["probability"].to_list() == pytest.approx([1 - pair["probability"]] * 3, abs=1e-12)
    assert table["probability_error"].to_list() == pytest.approx([pair["probability_error"]] * 3, abs=1e-12)
    assert (table["probability_error"] < 1e-6).all()
    assert (table["interval_error"] > 1e-3).all()
    assert table.filter(contrast="ratio")["mean"].item() is None
