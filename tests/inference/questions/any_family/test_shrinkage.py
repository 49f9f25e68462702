"""Shrinkage and thresholds of any family: closed forms, and the answers for one Beta where the population is one."""

import jax.numpy as jnp
import numpy as np
import pytest
from genjax import gen
from scipy.stats import beta, betabinom, gamma

from inference import Posterior
from models import (
    Counts,
    Events,
    Hyperprior,
    beta_binomials,
    box,
    dirichlet_multinomials,
    fixed,
    gamma_poissons,
    mean_concentration,
    mixture,
    open_uniform,
)
from tests.families import CASES, EACH_THE_SAME, FAILURES, MARBLES, NAMES, PUMPS, REGRESSION, K, N, known

SIX = Counts(K, N, NAMES)
ENDS = (0.05, 0.95)
COLUMNS = ["mean", "sd", "low", "high", "mean_error", "plug_in", "raw"]


@gen
def equal_kinds():
    """Two kinds of students that do not differ: one Beta, written as a mixture."""
    a, b = open_uniform(0.5, 20.0) @ "a", open_uniform(0.5, 20.0) @ "b"
    return jnp.log(jnp.stack([0.3, 0.7])), jnp.stack([a, a]), jnp.stack([b, b])


EQUAL_KINDS = Hyperprior(equal_kinds, {"a": (0.5, 20.0), "b": (0.5, 20.0)}, mixture(beta_binomials, 2))


def twins(which: str, size: int = 300) -> tuple[Posterior, Posterior]:
    """The same weighted draws under a hyperprior of one Beta, and under one that is not but says the same."""
    rng = np.random.default_rng(0)
    log_weights = np.log(rng.exponential(1.0, size))
    if which == "equal kinds":
        one, other, draws = box(), EQUAL_KINDS, {name: rng.uniform(0.5, 20.0, size) for name in ("a", "b")}
        of_one = draws
    else:
        one, other = mean_concentration(), EACH_THE_SAME
        draws = {"mu": rng.uniform(0.05, 0.95, size), "lam": np.exp(rng.uniform(-2, 4.5, size))}
        mu, lam = draws["mu"], draws["lam"]
        of_one = draws | {"a": lam * mu, "b": lam * (1 - mu)}
    return (
        Posterior.from_weights(one, of_one, log_weights),
        Posterior.from_weights(other, draws, log_weights, status=np.zeros(size, int)),
    )


@pytest.mark.parametrize("which", [pytest.param("equal kinds", marks=pytest.mark.costly), "each the same"])
def test_a_population_that_is_one_beta_has_the_table_of_one_beta(which):
    one, other = twins(which)
    expected, found = one.shrinkage(SIX), other.shrinkage(SIX)
    assert found.columns == expected.columns
    assert found.select("name", "k", "n").equals(expected.select("name", "k", "n"))
    for column in ("raw", "plug_in", "mean", "sd", "mean_error"):
        np.testing.assert_allclose(found[column], expected[column], rtol=1e-10, err_msg=column)
    for column in ("low", "high"):  # each is correct to 1e-9 in probability
        np.testing.assert_allclose(found[column], expected[column], atol=1e-7, err_msg=column)


@pytest.mark.parametrize("which", [pytest.param("equal kinds", marks=pytest.mark.costly), "each the same"])
def test_a_population_that_is_one_beta_has_the_probabilities_of_one_beta(which):
    one, other = twins(which)
    expected, found = one.above(SIX, 0.3, 0.9), other.above(SIX, 0.3, 0.9)
    assert found.columns == expected.columns
    for column in ("threshold", "probability", "probability_error"):
        np.testing.assert_allclose(found[column], expected[column], atol=1e-12, err_msg=column)


def test_known_gammas_have_closed_forms():
    shape, rate = 2.0, 3.0
    posterior = known(fixed(shape, rate, family=gamma_poissons))
    table = posterior.shrinkage(FAILURES)
    law = gamma(shape + FAILURES.k, scale=1 / (rate + FAILURES.exposure))
    assert table.columns[:3] == ["name", "k", "exposure"]
    np.testing.assert_allclose(table["raw"], FAILURES.k / FAILURES.exposure, rtol=1e-15)
    for column, expected in {"mean": law.mean(), "plug_in": law.mean(), "sd": law.std()}.items():
        np.testing.assert_allclose(table[column], expected, rtol=1e-10, err_msg=column)
    for column, q in zip(("low", "high"), ENDS, strict=True):
        np.testing.assert_allclose(table[column], law.ppf(q), rtol=1e-7)
    above = posterior.above(FAILURES, 0.2, 30.0)
    assert above["threshold"].to_list() == [0.2] * 10 + [30.0] * 10
    np.testing.assert_allclose(above["probability"], np.concatenate([law.sf(0.2), law.sf(30.0)]), atol=1e-13)
    assert above["probability_error"].to_list() == [0.0] * 20


def test_known_dirichlets_have_the_beta_of_each_category():
    alpha = np.array([1.0, 2.0, 0.5])
    posterior = known(fixed(alpha, family=dirichlet_multinomials))
    table = posterior.shrinkage(MARBLES)
    assert table["name"].to_list()[:4] == ["group 1", "group 1", "group 1", "group 2"]
    assert table["category"].to_list()[:4] == ["red", "green", "blue", "red"]
    assert table["k"].to_list()[:4] == [5, 0, 1, 0]
    after = alpha + MARBLES.k
    law = beta(after, after.sum(axis=1, keepdims=True) - after)
    for column, expected in {"mean": law.mean(), "plug_in": law.mean(), "sd": law.std()}.items():
        np.testing.assert_allclose(table[column], expected.ravel(), rtol=1e-10, err_msg=column)
    for column, q in zip(("low", "high"), ENDS, strict=True):
        np.testing.assert_allclose(table[column], law.ppf(q).ravel(), atol=1e-8)
    above = posterior.above(MARBLES, 0.25)
    np.testing.assert_allclose(above["probability"], law.sf(0.25).ravel(), atol=1e-13)
    assert above["category"].to_list() == table["category"].to_list()


@pytest.mark.costly
def test_a_mixture_of_two_kinds_is_the_mixture_of_their_posteriors():
    """With weights proportional to each kind's weight times its probability of the count."""
    weights, a, b = np.array([0.2, 0.8]), np.array([2.0, 30.0]), np.array([18.0, 20.0])
    table = known(fixed(np.log(weights), a, b, family=mixture(beta_binomials, 2))).shrinkage(SIX)
    k, n = np.array(K)[:, None], np.array(N)[:, None]
    after = weights * betabinom.pmf(k, n, a, b)
    after /= after.sum(axis=1, keepdims=True)
    law = beta(a + k, b + n - k)
    np.testing.assert_allclose(table["mean"], (after * law.mean()).sum(axis=1), rtol=1e-7)
    for column, q in zip(("low", "high"), ENDS, strict=True):
        np.testing.assert_allclose((after * law.cdf(table[column].to_numpy()[:, None])).sum(axis=1), q, atol=1e-7)


def test_each_group_has_the_population_of_its_covariates():
    counts = CASES["regression"].counts
    x = counts.covariates["x"]
    intercept, slope, lam = 0.4, 0.7, 12.0
    table = known(REGRESSION, b0=[intercept], b1=[slope], lam=[lam]).shrinkage(counts)
    mu = 1 / (1 + np.exp(-(intercept + slope * x)))
    law = beta(lam * mu + K, lam * (1 - mu) + np.subtract(N, K))
    np.testing.assert_allclose(table["mean"], law.mean(), rtol=1e-10)
    np.testing.assert_allclose(table["low"], law.ppf(0.05), atol=1e-8)


def test_equal_counts_under_different_covariates_are_different_groups():
    counts = Counts([3, 3, 3], [5, 5, 5], covariates={"x": [0.0, 2.0, 0.0]})
    mean = known(REGRESSION, b0=[0.0], b1=[1.0], lam=[10.0]).shrinkage(counts)["mean"]
    assert mean[0] == mean[2] < mean[1]


def test_plug_in_is_at_the_mean_of_the_addresses_and_mean_is_not():
    m, s = np.array([0.5, 4.0]), np.array([0.3, 3.0])
    table = known(PUMPS, m=m, s=s).shrinkage(FAILURES)
    shape, rate = s, s / m
    given = (shape[:, None] + FAILURES.k) / (rate[:, None] + FAILURES.exposure)
    np.testing.assert_allclose(table["mean"], given.mean(axis=0), rtol=1e-10)
    shape, rate = s.mean(), s.mean() / m.mean()
    np.testing.assert_allclose(table["plug_in"], (shape + FAILURES.k) / (rate + FAILURES.exposure), rtol=1e-10)
    difference = np.abs(given[0] - given[1]) / 2
    np.testing.assert_allclose(table["mean_error"], difference / np.sqrt(2), rtol=1e-9)


def test_the_ends_from_few_of_many_draws_are_those_of_all():
    """4,000 of 20,000 draws of two addresses: a tenth of the largest standard error, 0.5 / sqrt(4,000), is allowed."""
    rng, size = np.random.default_rng(2), 20_000
    draws = {"m": np.exp(rng.normal(0.0, 0.5, size)), "s": np.exp(rng.normal(0.0, 0.5, size))}
    posterior = known(PUMPS, **draws)
    table = posterior.shrinkage(FAILURES)
    shape, rate = draws["s"][:, None], (draws["s"] / draws["m"])[:, None]
    law = gamma(shape + FAILURES.k, scale=1 / (rate + FAILURES.exposure))
    for column, q in zip(("low", "high"), ENDS, strict=True):
        assert np.all(np.abs(law.cdf(table[column].to_numpy()).mean(axis=0) - q) < 0.1 * 0.5 / np.sqrt(4_000))


def test_a_group_without_exposure_has_no_raw_rate_and_that_of_the_population():
    events = Events([0, 3], [0.0, 2.0], multiplicity=[1, 5])
    table = known(fixed(2.0, 4.0, family=gamma_poissons)).shrinkage(events)
    assert table["raw"].to_list() == [None, 1.5]
    assert table["mean"][0] == pytest.approx(0.5, rel=1e-12)
    assert table["multiplicity"].to_list() == [1, 5]


@pytest.mark.parametrize("at", [0.0, -1.0, np.inf, np.nan])
def test_thresholds_of_events_are_positive(at):
    posterior = known(fixed(2.0, 4.0, family=gamma_poissons))
    with pytest.raises(ValueError, match="must be a rate positive and finite, not"):
        posterior.above(FAILURES, at)


def test_thresholds_of_shares_lie_between_0_and_1():
    with pytest.raises(ValueError, match="strictly between 0 and 1, not 1"):
        known(fixed([1.0, 1.0, 1.0], family=dirichlet_multinomials)).above(MARBLES, 1.0)


def test_data_of_another_kind_are_refused():
    posterior = known(fixed(2.0, 4.0, family=gamma_poissons))
    for ask in (posterior.shrinkage, lambda counts: posterior.above(counts, 0.5)):
        with pytest.raises(TypeError, match="observed as Events, not as Counts"):
            ask(SIX)
    one, _ = twins("equal kinds")
    with pytest.raises(TypeError, match="observed as Counts, not as Events"):
        one.shrinkage(FAILURES)


def test_a_question_about_one_beta_says_that_there_is_none():
    _, mixed = twins("equal kinds")
    with pytest.raises(
        TypeError, match=r"needs one Beta\(a, b\) of all students, but there is none: the family is mix"
    ):
        _ = mixed.population_shapes
    _, each = twins("each the same")
    with pytest.raises(TypeError, match="each student has a population of its own"):
        _ = each.population_shapes
