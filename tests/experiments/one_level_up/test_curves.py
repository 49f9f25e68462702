"""Learning curves: the schools that are drawn are the program's, and what is left is right by enumeration."""

import numpy as np
import pytest

from experiments.one_level_up.curves import BENTOS, LEVELS, Levels, Stage, drawn_school, learning_curves
from experiments.one_level_up.main import COARSE
from experiments.one_level_up.nested import NestedSchool, Sizes

SCHOOLS = 4000
STAGES = [Stage(1, 1), Stage(2, 1), Stage(2, 2), Stage(4, 2)]


@pytest.fixture(scope="module")
def levels():
    return Levels(NestedSchool(COARSE))


@pytest.fixture(scope="module")
def curves(levels):
    return learning_curves(levels, STAGES, 60, 3)


def evidences_of_one_student(levels):
    """P(k) of one student of an unseen school, and the moments given it, for each k."""
    quadrature = levels.quadrature
    flat = np.zeros((len(quadrature.mu.mass), len(quadrature.lam.mass)))
    prior = quadrature.posterior(flat).weights
    probabilities = [np.sum(prior * quadrature.evidence(np.exp(log_pmf))) for log_pmf in levels.log_pmf]
    return np.array(probabilities), np.array([levels.moments([np.array([k])]) for k in range(BENTOS + 1)])


def test_drawn_students_have_the_probabilities_of_the_program(levels):
    probabilities, _ = evidences_of_one_student(levels)
    assert probabilities.sum() == pytest.approx(1, abs=1e-6)
    assert probabilities == pytest.approx(probabilities[::-1], abs=1e-6)  # the prior of mu is symmetric
    rng = np.random.default_rng(0)
    # Only one student of each school is independent of the others.
    k = np.array([drawn_school(rng, 2, 2)[1, 1] for _ in range(SCHOOLS)])
    shares = np.bincount(k, minlength=BENTOS + 1) / SCHOOLS
    error = np.sqrt(probabilities * (1 - probabilities) / SCHOOLS)
    assert np.all(abs(shares - probabilities) < 4 * error)


def test_two_students_of_a_classroom_are_as_alike_as_the_program_says(levels):
    quadrature = levels.quadrature
    pmf = np.exp(levels.log_pmf)
    prior = quadrature.posterior(np.zeros((len(quadrature.mu.mass), len(quadrature.lam.mass)))).weights
    same = np.sum(prior * quadrature.evidence(np.sum(pmf**2, axis=0)))
    apart = sum(np.sum(prior * quadrature.evidence(one) ** 2) for one in pmf)
    rng = np.random.default_rng(1)
    k = np.array([drawn_school(rng, 2, 2) for _ in range(SCHOOLS)])
    for found, probability in (
        (np.mean(k[:, 0, 0] == k[:, 0, 1]), same),  # in one classroom
        (np.mean(k[:, 0, 0] == k[:, 1, 0]), apart),  # in two classrooms of one school
    ):
        assert abs(found - probability) < 4 * np.sqrt(probability * (1 - probability) / SCHOOLS)
    assert same > apart + 0.05


def test_what_one_student_leaves_is_right_by_enumeration(levels, curves):
    probabilities, moments = evidences_of_one_student(levels)
    prior_mean, prior_variance = levels.moments([])
    # The law of total variance, over all that the student can bring.
    between = probabilities @ (moments[:, 0] - prior_mean) ** 2
    within = probabilities @ moments[:, 1]
    assert within + between == pytest.approx(prior_variance, rel=1e-5)
    left = np.sqrt(within / prior_variance)
    rows = curves.filter(classrooms=1, students=1)
    for expected, row in zip(left, rows.iter_rows(named=True), strict=True):
        assert abs(row["left"] - expected) < 4 * row["left_error"] + 1e-9


def test_variances_add_up_at_every_stage(curves):
    assert np.max(np.abs(curves["z"].to_numpy())) < 4


def test_tallies_and_students_are_the_same(levels):
    # The first student's own count matters to theta only.
    one, other = (levels.moments([np.array(k), np.array([1, 4])]) for k in ([5, 2], [2, 5]))
    assert one[:, 1:] == pytest.approx(other[:, 1:], rel=1e-12)
    assert one[0, 0] > other[0, 0]


def test_coarser_nodes_move_the_curves_by_less_than_they_are_said_to(levels):
    finer = Levels(NestedSchool(Sizes(48, 20, 161, 81)))
    rng = np.random.default_rng(5)
    for stage in (Stage(3, 16), Stage(32, 2)):
        seen = drawn_school(rng, *stage)
        (mean, variance), (mean_finer, variance_finer) = levels.moments(seen), finer.moments(seen)
        prior_sd = np.sqrt(levels.moments([])[1])
        assert np.all(abs(mean - mean_finer) < 2e-3 * prior_sd)
        assert np.all(abs(np.sqrt(variance) - np.sqrt(variance_finer)) < 2e-3 * prior_sd)


@pytest.mark.parametrize("level", LEVELS)
def test_every_level_has_a_row_at_every_stage(level, curves):
    assert curves.filter(level=level).height == len(STAGES)
