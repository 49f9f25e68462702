"""Joint draws of the students' rates: their margins agree with `shrinkage`, and their counts with the model."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import betabinom

from inference import Posterior, exact, predicted_counts, prior_predictive, theta_draws
from inference.draws.rates import resample
from models import Counts, box, mean_concentration

N_DRAWS = 20_000


@pytest.fixture(scope="module")
def truth(classrooms):
    return exact(mean_concentration(), classrooms["B"])


@pytest.fixture(scope="module")
def drawn(truth, classrooms):
    return theta_draws(truth, classrooms["B"], key=jax.random.key(0), n_draws=N_DRAWS)


def point_mass(a: float, b: float) -> Posterior:
    values = {"a": np.array([a]), "b": np.array([b])}
    return Posterior.from_weights(box(0.0, 1e6), values, np.zeros(1))


def test_each_rate_has_the_mean_and_sd_of_the_table(drawn, truth, classrooms):
    table = truth.shrinkage(classrooms["B"])
    deviations = (drawn["theta"] - table["mean"].to_numpy()) ** 2
    error = 4 * drawn["theta"].std(axis=0) / np.sqrt(N_DRAWS)
    assert np.all(np.abs(drawn["theta"].mean(axis=0) - table["mean"].to_numpy()) < error)
    error = 4 * deviations.std(axis=0) / np.sqrt(N_DRAWS)
    assert np.all(np.abs(deviations.mean(axis=0) - table["sd"].to_numpy() ** 2) < error)


def test_the_ends_of_an_interval_leave_out_what_they_should(drawn, truth, classrooms):
    table = truth.shrinkage(classrooms["B"], interval=0.8)
    below = np.mean(drawn["theta"] < table["low"].to_numpy(), axis=0)
    above = np.mean(drawn["theta"] > table["high"].to_numpy(), axis=0)
    assert np.all(np.abs(np.stack([below, above]) - 0.1) < 4 * np.sqrt(0.1 * 0.9 / N_DRAWS))


def test_students_are_independent_only_given_the_population():
    # All that is known of two unseen students is their common population, so E[theta_1 theta_2] = E[mu^2].
    posterior = exact(mean_concentration(), Counts(k=[9, 1], n=[10, 10]))
    unseen = Counts(k=[0, 0], n=[0, 0])
    theta = theta_draws(posterior, unseen, key=jax.random.key(1), n_draws=N_DRAWS)["theta"]
    product = theta[:, 0] * theta[:, 1]
    expected, _ = posterior.expectation(np.asarray(posterior.draws["mu"]) ** 2)
    assert abs(product.mean() - expected) < 4 * product.std() / np.sqrt(N_DRAWS)
    assert expected > posterior.mean("mu") ** 2


def test_draws_of_a_rate_next_to_zero_keep_their_digits():
    theta = theta_draws(point_mass(1e-3, 5.0), Counts(k=[0], n=[0]), key=jax.random.key(2), n_draws=2_000)
    assert np.all(np.isfinite(theta["log_odds"]))
    # -log theta is Exponential(a), up to a factor near 1, so half of the log-odds are below -log(2) / a.
    below = np.mean(theta["log_odds"] < -np.log(2) / 1e-3)
    assert abs(below - 0.5) < 4 * np.sqrt(0.25 / 2_000) + 0.01


@pytest.mark.costly
def test_further_counts_are_beta_binomial():
    counts = Counts(k=[3], n=[5])
    draws = theta_draws(point_mass(2.0, 4.0), counts, key=jax.random.key(3), n_draws=N_DRAWS)
    k = predicted_counts(draws, np.array([7]), key=jax.random.key(4))[:, 0]
    model = betabinom(7, 2 + 3, 4 + 2)
    observed = np.bincount(k.astype(int), minlength=8)
    expected = N_DRAWS * model.pmf(np.arange(8))
    # With seven degrees of freedom chi-square exceeds 34 once in 60,000 such tests.
    assert np.sum((observed - expected) ** 2 / expected) < 34


@pytest.mark.costly
def test_prior_predictive_counts_are_those_of_the_hyperprior():
    counts = Counts(k=[0, 0], n=[1, 10])
    draws = prior_predictive(mean_concentration(), counts, key=jax.random.key(5), n_draws=N_DRAWS)
    # mu is uniform, so the first student's k is 0 or 1 with equal probability, and E[k_2] = 10 E[mu].
    assert abs(draws["k"][:, 0].mean() - 0.5) < 4 * 0.5 / np.sqrt(N_DRAWS)
    assert abs(draws["k"][:, 1].mean() - 5) < 4 * draws["k"][:, 1].std() / np.sqrt(N_DRAWS)
    assert set(draws) == {"a", "b", "mu", "lam", "k"}
    np.testing.assert_allclose(draws["a"], draws["mu"] * draws["lam"], rtol=4 * jnp.finfo(draws["a"].dtype).eps)


def test_resampling_repeats_a_draw_as_often_as_its_weight_says():
    values = np.arange(1.0, 6.0)
    weights = np.array([0.1, 0.0, 0.5, 0.15, 0.25])
    with np.errstate(divide="ignore"):
        posterior = Posterior.from_weights(box(0.0, 10.0), {"a": values, "b": values}, np.log(weights))
    chosen = resample(posterior, jax.random.key(0), 1_000)["a"]
    times = np.array([np.sum(chosen == value) for value in values])
    assert np.all(np.abs(times - 1_000 * weights) <= 1)  # systematic resampling: within one of the expectation
    assert not np.all(np.diff(chosen) >= 0)  # in random order


def test_the_same_key_gives_the_same_draws(truth, classrooms, drawn):
    again = theta_draws(truth, classrooms["B"], key=jax.random.key(0), n_draws=N_DRAWS)
    np.testing.assert_array_equal(again["theta"], drawn["theta"])


def test_no_draws_are_refused(truth, classrooms):
    with pytest.raises(ValueError, match="n_draws must be at least 1, not 0"):
        theta_draws(truth, classrooms["B"], key=jax.random.key(0), n_draws=0)
