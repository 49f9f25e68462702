"""What the titles of the figure and the sentences of the experiment say, by nested quadrature and a few schools."""

import numpy as np
import polars as pl
import pytest

from experiments.one_level_up.curves import Levels, Stage, learning_curves
from experiments.one_level_up.estimates import nested_answer
from experiments.one_level_up.main import COARSE, FINE, STAGES
from experiments.one_level_up.nested import NestedSchool
from experiments.one_level_up.tables import better_known
from experiments.one_level_up.together import CLASSROOMS, NEW

ROOMS = {name: [room()] for name, room in CLASSROOMS.items()} | {NEW: []}


@pytest.fixture(scope="module")
def quadrature():
    return NestedSchool(FINE)


@pytest.fixture(scope="module")
def together(quadrature):
    return nested_answer(quadrature, ROOMS)


@pytest.fixture(scope="module")
def curves():
    levels = Levels(NestedSchool(COARSE))
    return pl.concat(
        learning_curves(levels, [stages[0], Stage(*stages[-1])], 24, 0).with_columns(more=pl.lit(more))
        for more, stages in STAGES.items()
    )


def alone(quadrature, name: str) -> dict[str, float]:
    return nested_answer(quadrature, {room: [CLASSROOMS[room]()] if room == name else [] for room in "AB"}).estimates()


def test_one_school_pulls_both_populations_towards_each_other(quadrature, together):
    found = together.estimates()
    for quantity in ("logit mu", "log lam"):
        of_a, of_b = (alone(quadrature, name)[f"E[{quantity} {name}]"] for name in "AB")
        assert of_b < found[f"E[{quantity} B]"] < found[f"E[{quantity} A]"] < of_a


def test_the_school_learns_that_lam_differs_and_mu_does_not(together):
    found = together.estimates()
    half_normal = np.sqrt(2 / np.pi)
    assert found["E[lam_spread]"] > 1.5 * 1.3 * half_normal
    assert found["E[mu_spread]"] < 0.9 * half_normal


def test_one_bento_says_little_in_a_much_in_b_and_something_in_a_new_classroom(together):
    moved = {name: together.rate(name, 1, 1) - together.rate(name, 0, 1) for name in ("A", "B", NEW)}
    assert moved["A"] < 0.5 * moved[NEW]
    assert moved[NEW] < 0.75 * moved["B"]


def test_a_new_bento_is_predicted_by_the_mean_of_both_outcomes(together):
    # E[theta] = P(1) E[theta given 1] + P(0) E[theta given 0], and P(1) is E[theta].
    for name in ("A", "B", NEW):
        rate = together.rate(name, 0, 0)
        mixed = rate * together.rate(name, 1, 1) + (1 - rate) * together.rate(name, 0, 1)
        assert mixed == pytest.approx(rate, abs=1e-12)


def test_more_classrooms_teach_the_school_and_more_students_the_classrooms(curves):
    left = {(row["more"], row["classrooms"], row["students"], row["level"]): row["left"] for row in curves.to_dicts()}
    for name in ("mu", "lam"):
        classroom = "log_odds_mu" if name == "mu" else "log_lam"
        assert left["classrooms", 32, 2, f"{name}_centre"] < left["classrooms", 32, 2, classroom]
        assert left["students", 3, 16, classroom] < left["students", 3, 16, f"{name}_centre"]
        # No blessing for spreads: with 32 classrooms more than half of their sd is left.
        assert left["classrooms", 32, 2, f"{name}_spread"] > 0.5
    assert left["classrooms", 32, 2, "mu_centre"] < left["classrooms", 32, 2, "theta"]
    assert better_known(curves, "students")["mu_spread"] == "never"
    assert better_known(curves, "classrooms")["mu_centre"] == "with 32 classrooms"
