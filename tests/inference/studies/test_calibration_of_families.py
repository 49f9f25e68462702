"""Simulation-based calibration of every family and kind of population: right updates rank uniformly, wrong ones do not.

Each test is at the 1 % level, after Holm's correction for the number of ranked numbers: a right program fails under one
seed in a hundred. The seeds are fixed.
"""

from collections.abc import Callable
from functools import cache, partial
from typing import NamedTuple

import jax
import numpy as np
import pytest

from inference.numerics.uniformity import holm, uniformity
from inference.studies.calibration import DataSets, data_sets, ranks
from inference.studies.many_data_sets import ManyDraws, importance_draws, mcmc_draws, numbers_of
from inference.studies.one_by_one import smc_draws
from models import (
    Categories,
    Counts,
    CountsError,
    Events,
    Family,
    Hyperprior,
    Observations,
    beta_binomials,
    box,
    dirichlet_multinomials,
    explicit,
    gamma_poissons,
    marginal,
    mean_concentration,
)
from tests.families import BAGS, MIXTURE, PUMPS, REGRESSION, school

LEVEL, CERTAIN = 0.01, 1e-4  # p-values below which right programs fail; and below which wrong ones must be
DATA_SETS, DRAWS, STUDENT = 200, 20, 3
N = (20, 10, 5, 2, 1)


class Case(NamedTuple):
    """A hyperprior, and groups whose counts are drawn."""

    hyperprior: Hyperprior
    students: Observations


CASES = {
    "mixture": Case(MIXTURE, Counts(np.zeros(5), N)),
    "regression": Case(REGRESSION, Counts(np.zeros(5), N, covariates={"x": [-1.0, -0.5, 0.0, 0.5, 1.0]})),
    "school": Case(school(2), Counts(np.zeros(6), (*N, 5), covariates={"c": ["a", "a", "a", "b", "b", "b"]})),
    "events": Case(PUMPS, Events(np.zeros(5), [8.0, 4.0, 2.0, 1.0, 0.5])),
    "categories": Case(BAGS, Categories([[n, 0, 0] for n in N])),
}
LEARNERS: dict[str, Callable[..., ManyDraws]] = {
    "importance": partial(importance_draws, n_particles=20_000),
    "nuts": partial(mcmc_draws, n_chains=1, n_warmup=150, n_transitions=300),
    # The eight numbers of a school need longer chains for as many effective draws.
    "longer nuts": partial(mcmc_draws, n_chains=1, n_warmup=300, n_transitions=1_500),
}
EVERY = [(name, "importance") for name in CASES] + [
    (name, "longer nuts" if name == "school" else "nuts") for name in CASES
]


@cache
def drawn(name: str, number: int = DATA_SETS) -> DataSets:
    hyperprior, students = CASES[name]
    return data_sets(explicit(hyperprior), students, key=jax.random.key(0), n_data_sets=number)


def learned(hyperprior: Hyperprior, sets: DataSets, algorithm: str) -> ManyDraws:
    return LEARNERS[algorithm](marginal(hyperprior), sets.counts, key=jax.random.key(1), n_draws=DRAWS)


def p_values(sets: DataSets, draws: ManyDraws, student: int = STUDENT) -> dict[str, float]:
    """Of the test of uniformity for each number, corrected for how many there are."""
    u = ranks(sets, draws, student=student, key=jax.random.key(2))
    return holm({name: uniformity(values) for name, values in u.items()})


def check_calibrated(name: str, algorithm: str, number: int) -> None:
    sets = drawn(name, number)
    draws = learned(CASES[name].hyperprior, sets, algorithm)
    assert draws.too_dependent <= number / 20
    found = p_values(sets, draws)
    assert min(found.values()) > LEVEL, found


@pytest.mark.costly
@pytest.mark.parametrize("name", CASES)
def test_every_family_is_calibrated_by_importance(name):
    check_calibrated(name, "importance", 40)


@pytest.mark.costly
def test_vectors_of_a_school_are_calibrated_by_nuts():
    check_calibrated("school", "nuts", 40)


@pytest.mark.parametrize(
    ("name", "algorithm"),
    [pytest.param(*pair, marks=pytest.mark.long if "longer nuts" in pair else pytest.mark.slow) for pair in EVERY],
)
def test_200_data_sets_of_every_family_are_calibrated(name, algorithm):
    check_calibrated(name, algorithm, DATA_SETS)


@pytest.mark.long
@pytest.mark.parametrize(("name", "algorithm"), EVERY)
def test_1000_data_sets_of_every_family_are_calibrated(name, algorithm):
    check_calibrated(name, algorithm, 1_000)


class TakesTrialsForFailures(type(beta_binomials)):
    """A planted error: theta given k is Beta(a + k, b + n), not Beta(a + k, b + (n - k))."""

    latent_given = Family.latent_given

    def given(self, parameters, k, design):
        a, b = parameters
        return a + k, b + design


class ForgetsTheExposure(type(gamma_poissons)):
    """A planted error: theta given k is Gamma(shape + k, rate), not Gamma(shape + k, rate + exposure)."""

    latent_given = Family.latent_given

    def given(self, parameters, k, design):
        shape, rate = parameters
        return shape + k, rate


class SeesOneCategory(type(dirichlet_multinomials)):
    """A planted error: theta given k is Dirichlet(alpha + k_1), the same count for every category."""

    latent_given = Family.latent_given

    def given(self, parameters, k, design):
        (alpha,) = parameters
        return (alpha + k[0],)


class HasAUnitOfExposure(type(gamma_poissons)):
    """A planted error: the marginal probability of k is that for an exposure of 1."""

    marginal = Family.marginal

    def log_marginal(self, k, design, parameters):
        return super().log_marginal(k, design / design, parameters)


class HasTwiceTheTrials(type(beta_binomials)):
    """A planted error: the marginal probability of k is that out of 2 n trials."""

    marginal, marginal_student = Family.marginal, Family.marginal_student

    def log_marginal(self, k, design, parameters):
        return super().log_marginal(k, 2 * design, parameters)


def with_family(name: str, family: Family) -> Hyperprior:
    hyperprior = CASES[name].hyperprior
    return Hyperprior(hyperprior.program, hyperprior.support, family)


@pytest.mark.costly
@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("regression", TakesTrialsForFailures()),
        ("events", ForgetsTheExposure()),
        ("categories", SeesOneCategory()),
    ],
)
def test_a_wrong_update_is_seen_in_theta_and_in_nothing_else(name, family):
    sets = drawn(name)
    found = p_values(sets, learned(with_family(name, family), sets, "importance"), student=0)
    assert found.pop("theta") < CERTAIN
    assert min(found.values()) > LEVEL


@pytest.mark.costly
@pytest.mark.parametrize(
    ("name", "family", "number"), [("events", HasAUnitOfExposure(), "m"), ("regression", HasTwiceTheTrials(), "b0")]
)
def test_a_wrong_marginal_probability_is_seen_in_the_population(name, family, number):
    sets = drawn(name)
    assert p_values(sets, learned(with_family(name, family), sets, "importance"))[number] < CERTAIN


@pytest.mark.costly
def test_counts_are_drawn_at_the_true_rates_of_their_own_data_set():
    sets = drawn("events", 40)
    expected = CASES["events"].students.design_values * np.exp(sets.x)
    found = np.array([counts.k for counts in sets.counts])
    assert abs(np.sum((found - expected) / np.sqrt(expected))) < 4 * np.sqrt(expected.size)
    shares, k = np.exp(drawn("categories", 40).x), np.array([counts.k for counts in drawn("categories", 40).counts])
    off, variance = k - np.array(N)[:, None] * shares, np.array(N)[:, None] * shares * (1 - shares)
    assert np.all(np.abs(off.sum((0, 1))) < 4 * np.sqrt(variance.sum((0, 1))))


@pytest.mark.costly
def test_data_sets_have_the_design_and_the_covariates_of_their_students():
    sets, students = drawn("school", 40), CASES["school"].students
    for counts in sets.counts:
        assert np.array_equal(counts.design_values, students.design_values)
        assert counts.levels == students.levels
        assert np.array_equal(counts.covariates["c"], students.covariates["c"])
    truth = sets.truth(STUDENT)
    assert list(truth) == ["m", "t", "l", "s", "eta[0]", "eta[1]", "z[0]", "z[1]", "theta"]
    assert {values.shape for values in truth.values()} == {(40,)}
    of_categories = drawn("categories", 40)
    assert np.array_equal(of_categories.truth(1, category=2)["theta"], of_categories.x[:, 1, 2])


@pytest.mark.costly
def test_trials_and_counts_with_these_trials_give_the_same_data_sets():
    model, key = explicit(mean_concentration()), jax.random.key(0)
    given_n = data_sets(model, N, key=key, n_data_sets=100)
    given_counts = data_sets(model, Counts(N, N), key=key, n_data_sets=100)
    assert np.array_equal(given_n.x, given_counts.x)
    for one, other in zip(given_n.counts, given_counts.counts, strict=True):
        assert np.array_equal(one.k, other.k)
        assert np.array_equal(one.design_values, other.design_values)


def test_the_numbers_of_one_beta_have_mu_and_lam_and_those_of_its_own_addresses():
    a, b = np.full((4, 2), 3.0), np.full((4, 2), 1.0)
    numbers = numbers_of(box(), {"a": a, "b": b}, leading=2)
    assert list(numbers) == ["mu", "lam", "a", "b"]
    assert [values[0, 0] for values in numbers.values()] == [0.75, 4.0, 3.0, 1.0]


def test_the_elements_of_a_vector_are_numbers():
    eta = np.arange(24.0).reshape(4, 3, 2)
    draws = dict.fromkeys(school(2).addresses, np.zeros((4, 3))) | {"eta": eta, "z": eta}
    numbers = numbers_of(school(2), draws, leading=2)
    assert np.array_equal(numbers["eta[1]"], eta[:, :, 1])
    assert numbers["m"].shape == numbers["z[0]"].shape == (4, 3)


@pytest.mark.slow
def test_smc_keeps_the_vectors_of_a_school():
    draws = smc_draws(
        marginal(school(2)), drawn("school", 40).counts[:2], key=jax.random.key(1), n_draws=5, n_particles=100
    )
    assert {name: values.shape for name, values in draws.draws.items()} == {
        **dict.fromkeys("mtls", (2, 5)),
        **dict.fromkeys(("eta", "z"), (2, 5, 2)),
    }


def test_students_who_stand_for_several_are_refused():
    several = Counts([1, 0], [2, 1], multiplicity=[1, 3], covariates={"x": [0.0, 1.0]})
    with pytest.raises(CountsError, match="row 2 stands for 3 students"):
        data_sets(explicit(REGRESSION), several, key=jax.random.key(0), n_data_sets=2)


def test_data_of_another_kind_are_refused():
    with pytest.raises(TypeError, match="Events"):
        data_sets(explicit(PUMPS), N, key=jax.random.key(0), n_data_sets=2)
    with pytest.raises(TypeError, match="Events"):
        importance_draws(marginal(PUMPS), [Counts([1], [2])], key=jax.random.key(0))


def test_draws_of_other_numbers_are_refused():
    sets = DataSets({"m": np.ones(1), "s": np.ones(1)}, np.zeros((1, 5)), [CASES["events"].students])
    draws = ManyDraws(box(), {"a": np.ones((1, 2)), "b": np.ones((1, 2))}, 2, np.ones(1), 1.0)
    with pytest.raises(ValueError, match="the numbers m, s, but the draws have mu, lam, a, b"):
        ranks(sets, draws, student=0, key=jax.random.key(0))


@pytest.mark.costly
def test_a_model_that_draws_no_rates_is_refused():
    with pytest.raises(KeyError, match="no log_rate"):
        data_sets(marginal(PUMPS), CASES["events"].students, key=jax.random.key(0), n_data_sets=2)
