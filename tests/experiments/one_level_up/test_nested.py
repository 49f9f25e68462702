"""Nested quadrature over a school against exact answers, closed forms and rqmc; and the two programs against it."""

from math import inf

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from genjax import gen, normal

from experiments.one_level_up.alone import one_classroom
from experiments.one_level_up.estimates import nested_answer, school_estimates
from experiments.one_level_up.main import COARSE, FINE
from experiments.one_level_up.nested import NestedSchool, Sizes
from experiments.one_level_up.school import CENTRE_SD, LAM_CENTRE, each_standard_normal, school, shapes_of_students
from experiments.one_level_up.together import CLASSROOMS, NEW, students_in, whole_school
from inference import exact, rqmc
from models import Counts, Hyperprior

REAL = (-inf, inf)
NOTHING = Counts([0], [0])
MOST = 1e-4  # error of nested quadrature that the experiment prints
ROOMS = {name: [room()] for name, room in CLASSROOMS.items()} | {NEW: []}
# A classroom's numbers in the tests of a known school: log-odds of mu, and log lam.
KNOWN_CENTRES, KNOWN_SPREADS = (0.4, 1.2), (0.8, 1.1)


@pytest.fixture(scope="module")
def fine():
    return NestedSchool(FINE)


@pytest.mark.parametrize("name", ["A", "B"])
def test_a_classroom_of_an_unseen_school_is_the_exact_one_of_two_numbers(name, fine):
    counts = CLASSROOMS[name]()
    truth = exact(one_classroom(), counts)
    nested = nested_answer(fine, {name: [counts]} | {other: [] for other in "AB" if other != name})
    found = nested.estimates()
    assert found["log Z"] == pytest.approx(truth.log_evidence, abs=MOST)
    assert found[f"E[logit mu {name}]"] == pytest.approx(truth.mean("log_odds"), abs=MOST)
    assert found[f"E[log lam {name}]"] == pytest.approx(truth.mean("log_lam"), abs=MOST)
    rate = truth.shrinkage(NOTHING)["mean"][0]
    assert nested.rate(name, 0, 0) == pytest.approx(rate, abs=MOST)


def test_more_nodes_change_nothing(fine):
    finer = nested_answer(NestedSchool(Sizes(64, 28, 241, 121)), ROOMS).estimates()
    for name, value in nested_answer(fine, ROOMS).estimates().items():
        assert value == pytest.approx(finer[name], abs=MOST)


def test_classrooms_without_students_change_nothing(fine):
    assert fine.evidence(fine.likelihood(NOTHING)) == pytest.approx(1.0, abs=1e-12)
    without = nested_answer(fine, {name: ROOMS[name] for name in CLASSROOMS}).estimates()
    assert nested_answer(fine, ROOMS).estimates() == pytest.approx(without, abs=1e-12)


def test_in_a_known_school_a_classroom_is_the_exact_one_of_its_prior(fine):
    # Any node of the school: there a classroom has two numbers, with normal priors.
    of_mu, of_lam = np.argmin(abs(fine.mu.centre - 0.4) + abs(fine.mu.spread - 0.8)), len(fine.lam.centre) // 2

    @gen
    def population():
        log_odds = normal(float(fine.mu.centre[of_mu]), float(fine.mu.spread[of_mu])) @ "log_odds"
        log_lam = normal(float(fine.lam.centre[of_lam]), float(fine.lam.spread[of_lam])) @ "log_lam"
        return tuple(jnp.exp(log_lam + jax.nn.log_sigmoid(sign * log_odds)) for sign in (1, -1))

    truth = exact(Hyperprior(population, {"log_odds": REAL, "log_lam": REAL}), CLASSROOMS["A"]())
    evidence = fine.evidence(fine.likelihood(CLASSROOMS["A"]()))[of_mu, of_lam]
    assert np.log(evidence) == pytest.approx(truth.log_evidence, abs=MOST)


def test_the_prior_of_one_classroom_has_the_moments_of_the_school():
    nobody = exact(one_classroom(), NOTHING)
    assert nobody.log_evidence == pytest.approx(0, abs=1e-6)
    assert nobody.mean("log_odds") == pytest.approx(0, abs=1e-6)
    assert nobody.sd("log_odds") ** 2 == pytest.approx(CENTRE_SD**2 + 1.0**2, rel=1e-6)
    assert nobody.mean("log_lam") == pytest.approx(LAM_CENTRE, rel=1e-6)
    assert nobody.sd("log_lam") ** 2 == pytest.approx(CENTRE_SD**2 + 1.3**2, rel=1e-6)


@pytest.mark.costly
def test_rqmc_of_a_school_with_a_new_classroom_is_within_its_errors_of_nested_quadrature(fine):
    sampled = school_estimates(rqmc(school(3), whole_school(), key=jax.random.key(7)))
    nested = nested_answer(fine, ROOMS).estimates()
    for name, (value, error) in sampled.items():
        assert abs(value - nested[name]) < 4 * error + MOST
    # A classroom that nobody is in changes nothing: so does the program without it.
    both = students_in("A", *_columns("A")) + students_in("B", *_columns("B"))
    without = rqmc(school(2), both, key=jax.random.key(8))
    assert abs(without.log_evidence - nested["log Z"]) < 4 * without.log_evidence_error + MOST


def _columns(name: str) -> tuple[list[int], list[int]]:
    counts = CLASSROOMS[name]()
    return counts.k.tolist(), counts.n.tolist()


def known_school(spreads: tuple[float, float]) -> Hyperprior:
    """Two classrooms in a school whose spreads are known, and whose centres too if the spreads are not 0."""

    @gen
    def program(trials):
        mu_z, lam_z = each_standard_normal(2) @ "mu_z", each_standard_normal(2) @ "lam_z"
        centres = KNOWN_CENTRES
        if spreads == (0.0, 0.0):
            centres = normal(0.0, 1.5) @ "mu_centre", normal(1.0, 1.0) @ "lam_centre"
        return shapes_of_students(centres[0] + spreads[0] * mu_z, centres[1] + spreads[1] * lam_z, trials)

    free = {"mu_centre": REAL, "lam_centre": REAL} if spreads == (0.0, 0.0) else {}
    return Hyperprior(program, {"mu_z": REAL, "lam_z": REAL} | free)


def one_population(centres: tuple[float, float], spreads: tuple[float, float]) -> Hyperprior:
    """One classroom: log-odds of mu and log lam are normal."""

    @gen
    def population():
        log_odds, log_lam = normal(centres[0], spreads[0]) @ "log_odds", normal(centres[1], spreads[1]) @ "log_lam"
        return tuple(jnp.exp(log_lam + jax.nn.log_sigmoid(sign * log_odds)) for sign in (1, -1))

    return Hyperprior(population, {"log_odds": REAL, "log_lam": REAL})


def two_classrooms() -> Counts:
    return students_in("A", *_columns("A")) + students_in("B", *_columns("B"))


@pytest.mark.costly
def test_classrooms_of_a_known_school_are_independent():
    together = rqmc(known_school(KNOWN_SPREADS), two_classrooms(), key=jax.random.key(1))
    one = one_population(KNOWN_CENTRES, KNOWN_SPREADS)
    apart = sum(exact(one, room()).log_evidence for room in CLASSROOMS.values())
    assert abs(together.log_evidence - apart) < 4 * together.log_evidence_error


@pytest.mark.costly
def test_without_spread_all_students_are_in_one_classroom():
    together = rqmc(known_school((0.0, 0.0)), two_classrooms(), key=jax.random.key(2))
    everybody = CLASSROOMS["A"]().without_names() + CLASSROOMS["B"]().without_names()
    truth = exact(one_population((0.0, 1.0), (1.5, 1.0)), everybody)
    assert abs(together.log_evidence - truth.log_evidence) < 4 * together.log_evidence_error
    for name, twin in (("mu_centre", "log_odds"), ("lam_centre", "log_lam")):
        assert abs(together.mean(name) - truth.mean(twin)) < 4 * together.mean_error(name)


def test_coarse_nodes_do_for_learning_curves():
    # 2e-3 of an sd of the prior, of which the least is that of theta, 0.37.
    coarse, fine = (nested_answer(NestedSchool(sizes), ROOMS).estimates() for sizes in (COARSE, FINE))
    for name in coarse:
        assert coarse[name] == pytest.approx(fine[name], abs=4e-3)
