"""The learned prior as one distribution: published numbers, its distance from full Bayes, and lines that run."""

import sqlite3

import numpy as np
import pytest
import scipy.stats
from genjax import gen

from inference import Posterior, empirical_bayes, exact
from models import (
    Categories,
    Counts,
    Events,
    Hyperprior,
    bda3,
    box,
    dirichlet_multinomials,
    fixed,
    half_cauchy,
    log_uniform,
    mean_concentration,
    mean_shape,
)


@gen
def of_lam_alone():
    lam = log_uniform(0.1, 100.0) @ "lam"
    return 0.6 * lam, 0.4 * lam


@pytest.fixture(scope="module")
def rats(request) -> Counts:
    return Counts.read(request.config.rootpath / "experiments/data/rats.csv")


@pytest.fixture(scope="module")
def pumps(request) -> Events:
    return Events.read(request.config.rootpath / "experiments/data/pumps.csv", exposure="exposure")


@pytest.fixture(scope="module")
def of_rats(rats):
    """The choices for the rats under bda3, by name."""
    return by_choice(exact(bda3(), rats).learned_prior(rats))


@pytest.fixture(scope="module")
def of_pumps(pumps):
    """The choices for the pumps under mean_shape, by name."""
    return by_choice(exact(mean_shape(), pumps).learned_prior(pumps))


def by_choice(table) -> dict[str, dict]:
    return {row["choice"]: row for row in table.iter_rows(named=True)}


def draws_of(mu, lam) -> Posterior:
    """A posterior of equally weighted draws."""
    return Posterior.from_weights(box(), {"a": mu * lam, "b": (1 - mu) * lam}, np.zeros_like(lam))


def test_the_means_of_the_rats_are_those_of_bayesian_data_analysis(of_rats):
    """Gelman et al. (2013), section 5.3: E[alpha] = 2.4 and E[beta] = 14.3."""
    mean = of_rats["posterior mean"]
    assert (round(mean["a"], 1), round(mean["b"], 1)) == (2.4, 14.3)
    assert 0 < mean["a_error"] < 1e-9


def test_the_difference_is_the_largest_one_of_a_plug_in_rate_from_the_exact_mean(rats, of_rats):
    table = exact(bda3(), rats).shrinkage(rats)
    for row in of_rats.values():
        off = np.abs((rats.k + row["a"]) / (rats.n + row["a"] + row["b"]) - table["mean"].to_numpy())
        assert row["largest_difference"] == pytest.approx(off.max(), rel=1e-9)
        assert row["of_group"] == rats.names[off.argmax()]
        assert row["largest_difference_error"] < 1e-9
        assert (row["mu"], row["lam"]) == pytest.approx((row["a"] / (row["a"] + row["b"]), row["a"] + row["b"]))


def test_the_medians_are_those_of_mu_and_lam(rats, of_rats):
    posterior, median = exact(bda3(), rats), of_rats["posterior median"]
    assert (median["mu"], median["lam"]) == pytest.approx([posterior.quantile(name, 0.5) for name in ("mu", "lam")])
    assert 0 < median["a_error"] < 1e-4


def test_a_mean_that_does_not_exist_is_not_given_but_the_median_is(six):
    row = by_choice(exact(half_cauchy(), six).learned_prior(six))
    assert row["posterior mean"]["a"] is row["posterior mean"]["sql"] is row["posterior mean"]["of_group"] is None
    assert row["posterior mean"]["note"].startswith("E[a] does not exist")
    assert row["posterior median"]["a"] > 0
    assert row["posterior median"]["note"] is None


def test_empirical_bayes_says_that_there_is_none_or_how_flat_it_is(rats, six, of_rats, request):
    of_six = by_choice(exact(mean_concentration(), six).learned_prior(six))["empirical Bayes"]
    assert of_six["a"] is None
    assert "keeps rising as a + b grows" in of_six["note"]
    a, b = exact(empirical_bayes(rats), rats).plug_in()
    assert (of_rats["empirical Bayes"]["a"], of_rats["empirical Bayes"]["b"]) == (a, b)
    assert of_rats["empirical Bayes"]["note"] is None
    batters = Counts.read(request.config.rootpath / "experiments/data/batting.csv")
    of_batters = by_choice(exact(mean_concentration(), batters).learned_prior(batters))["empirical Bayes"]
    assert "only 0.014 nats above" in of_batters["note"]


def test_a_population_that_is_known_is_its_own_mean_median_and_mode(six):
    row = by_choice(exact(fixed(2, 4), six).learned_prior(six))
    for choice in ("posterior mean", "posterior median", "posterior mode"):
        assert (row[choice]["a"], row[choice]["b"]) == pytest.approx((2, 4), rel=1e-15)
        assert row[choice]["largest_difference"] < 1e-15


def test_the_pumps_have_the_shape_and_rate_of_a_gamma(pumps, of_pumps):
    """A log-uniform mean and shape have a flat density in logs, so the mode is the highest likelihood."""
    mode, most_likely = of_pumps["posterior mode"], of_pumps["empirical Bayes"]
    assert (mode["shape"], mode["rate"]) == pytest.approx((most_likely["shape"], most_likely["rate"]), rel=1e-6)
    posterior = exact(mean_shape(), pumps)
    rate = posterior.values("shape") / posterior.values("mean")
    assert of_pumps["posterior mean"]["rate"] == pytest.approx(float(posterior.expectation(rate)[0]), rel=1e-8)
    assert of_pumps["posterior mean"]["shape"] == pytest.approx(posterior.mean("shape"), rel=1e-9)
    median = of_pumps["posterior median"]
    assert (median["mean"], median["shape"]) == pytest.approx(
        [posterior.quantile(name, 0.5) for name in ("mean", "shape")]
    )
    means = posterior.shrinkage(pumps)["mean"].to_numpy()
    for row in of_pumps.values():
        off = np.abs((pumps.k + row["shape"]) / (pumps.exposure + row["rate"]) - means)
        assert row["largest_difference"] == pytest.approx(off.max(), rel=1e-7)


def test_of_draws_a_mean_with_a_heavy_tail_is_not_given(six):
    uniform = (np.arange(2_000) + 0.5) / 2_000
    heavy, light = uniform**-2.0, 10 + uniform  # P(lam > t) = t^-1/2 has no mean, and k-hat 2
    of_heavy = by_choice(draws_of(np.full(2_000, 0.3), heavy).learned_prior(six))["posterior mean"]
    assert of_heavy["a"] is None
    assert "k-hat" in of_heavy["note"]
    of_light = by_choice(draws_of(np.full(2_000, 0.3), light).learned_prior(six))["posterior mean"]
    assert of_light["a"] == pytest.approx(0.3 * 10.5)
    assert of_light["a_error"] == pytest.approx(0.3 * np.sqrt(1 / 12 / 2_000), rel=1e-3)


def test_of_draws_the_errors_of_the_medians_are_those_of_theory(six):
    """The median of N draws from Exponential(1) has the standard error 1 / (2 sqrt(N) p(median)) = 1 / sqrt(N).

    The density is estimated from some 200 draws around the median, so to 7 %.
    """
    size = 40_000
    lam = np.random.default_rng(0).exponential(size=size)
    median = by_choice(draws_of(np.full(size, 0.25), lam).learned_prior(six))["posterior median"]
    assert median["a_error"] == pytest.approx(0.25 / np.sqrt(size), rel=0.3)
    assert median["b_error"] == pytest.approx(0.75 / np.sqrt(size), rel=0.3)
    # The error of b is that of both medians together: b = lam (1 - mu), here with mu and lam rising together.
    both = by_choice(draws_of(1 - np.exp(-lam), lam).learned_prior(six))["posterior median"]
    alone = (np.log(2) * -0.5 + 0.5) / np.sqrt(size)  # d/dlam of lam e^-lam at the median log 2
    assert both["b_error"] == pytest.approx(alone, rel=0.3)


def test_the_pasted_lines_of_scipy_and_sql_give_the_plug_in_rates(rats, pumps, of_rats, of_pumps):
    for counts, rows, design in ((rats, of_rats, "n"), (pumps, of_pumps, "exposure")):
        database = sqlite3.connect(":memory:")
        kind = "INTEGER" if design == "n" else "REAL"
        database.execute(f"CREATE TABLE data (k INTEGER, {design} {kind})")
        pairs = zip(counts.k.tolist(), counts.design_values.tolist(), strict=True)
        database.executemany("INSERT INTO data VALUES (?, ?)", pairs)
        for row in rows.values():
            first, second = (row[name] for name in (("a", "b") if design == "n" else ("shape", "rate")))
            rates = (counts.k + first) / (counts.design_values + second + (first if design == "n" else 0))
            shrunk = [value for (value,) in database.execute(f"SELECT {row['sql']} FROM data")]
            assert shrunk == pytest.approx(rates, rel=1e-9)
            prior = eval(row["scipy"], {"scipy": scipy})
            assert prior.mean() == pytest.approx(row["mu" if design == "n" else "mean"], rel=1e-9)
            total = first + second
            sd_of_beta = np.sqrt(first * second / total**2 / (total + 1))
            assert prior.std() == pytest.approx(sd_of_beta if design == "n" else np.sqrt(first) / second, rel=1e-9)


def test_sql_does_not_cut_off_the_rates_of_a_whole_number_prior():
    row = by_choice(exact(fixed(2, 4), Counts([1], [3])).learned_prior(Counts([1], [3])))["posterior mean"]
    (rate,) = sqlite3.connect(":memory:").execute(f"SELECT {row['sql']} FROM (SELECT 1 AS k, 3 AS n)").fetchone()
    assert rate == pytest.approx(3 / 9)
    assert row["stan"] == "theta ~ beta(2.0, 4.0);"
    assert row["r"] == "dbeta(x, 2.0, 4.0)"


def test_without_a_hyperprior_of_two_numbers_there_is_no_mode(six):
    posterior = exact(Hyperprior(of_lam_alone, {"lam": (0.1, 100.0)}), six)
    row = by_choice(posterior.learned_prior(six))
    assert "does not draw two numbers" in row["posterior mode"]["note"]
    assert row["posterior mean"]["mu"] == pytest.approx(0.6)


def test_a_population_that_is_no_beta_or_gamma_has_no_such_prior():
    marbles = Categories([[1, 2]], categories=["red", "green"])
    with pytest.raises(TypeError, match="is one of dirichlet_multinomials"):
        exact(fixed([1.0, 2.0], family=dirichlet_multinomials), marbles).learned_prior(marbles)
