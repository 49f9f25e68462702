"""The table of evidence, from posteriors whose evidence is known."""

import numpy as np
import pytest

from experiments.kinds_of_students.classes import MANY_B, SCHOOL, TIMES, A, B, classes
from experiments.kinds_of_students.evidence import TOLD_APART, evidence_table, grade
from experiments.kinds_of_students.programs import kinds_in_order
from inference import exact
from models import Counts

LOG_Z = {A: -13.1803333560, B: -15.6846611827}  # by quadrature, as in the tests of `exact`
DIGITS = 5e-10  # half a unit of the last of these digits


@pytest.fixture(scope="module")
def one():
    return {name: exact(kinds_in_order(1), counts) for name, counts in classes().items()}


def test_the_classes_are_those_of_the_course():
    of = classes()
    assert np.array_equal(of[SCHOOL].k, [*of[A].k, *of[B].k])
    assert len(set(of[SCHOOL].names)) == 12
    assert of[MANY_B].multiplicity.sum() == TIMES * len(of[B].k)


def test_four_classes_like_b_are_b_written_four_times(one):
    b = classes()[B]
    written = exact(kinds_in_order(1), Counts(np.tile(b.k, TIMES), np.tile(b.n, TIMES)))
    assert one[MANY_B].log_evidence == pytest.approx(written.log_evidence, abs=1e-9)


def test_a_table_of_evidence_compares_with_one_kind(one):
    # Two posteriors of one kind stand for one and two kinds: their Bayes factors are differences of known numbers.
    learned = {name: {1: posterior, 2: one[A]} for name, posterior in one.items()}
    rows = {(row["class"], row["kinds"]): row for row in evidence_table(learned).iter_rows(named=True)}
    assert rows[B, "1"]["log_bayes_factor"] == rows[B, "1"]["log_bayes_factor_error"] == 0
    assert rows[B, "2"]["log_bayes_factor"] == pytest.approx(LOG_Z[A] - LOG_Z[B], abs=2 * DIGITS)
    assert rows[B, "2"]["bayes_factor"] == pytest.approx(np.exp(LOG_Z[A] - LOG_Z[B]), rel=4 * DIGITS)
    assert rows[B, "1"]["probability"] == pytest.approx(1 / (1 + np.exp(LOG_Z[A] - LOG_Z[B])), rel=4 * DIGITS)
    assert rows[A, "1"]["probability"] == pytest.approx(0.5, abs=DIGITS)
    assert rows[SCHOOL, TOLD_APART]["log_z"] == pytest.approx(LOG_Z[A] + LOG_Z[B], abs=2 * DIGITS)
    assert [key for key in rows if key[1] == TOLD_APART] == [(SCHOOL, TOLD_APART)]


@pytest.mark.parametrize(
    ("factor", "words"),
    [
        (1.0, "not worth more than a bare mention"),
        (2.9, "not worth more than a bare mention"),
        (1 / 2.9, "not worth more than a bare mention"),
        (3.1, "positive"),
        (1 / 19, "positive"),
        (21.0, "strong"),
        (151.0, "very strong"),
    ],
)
def test_grades_are_those_of_kass_and_raftery(factor, words):
    assert grade(factor) == words
