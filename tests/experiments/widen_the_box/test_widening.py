"""The effect of the bounds, against references and limits: the mathematics of the two experiments on bounds."""

from math import exp, log

import numpy as np
import pytest
from genjax import gen

from experiments.blind_to_u_shapes.u_shapes import u_shape_probability
from experiments.data.classrooms import classroom_a, classroom_b
from experiments.widen_the_box.widening import answers_row, limits, verdict
from inference import exact
from models import Hyperprior, box, log_uniform, mean_concentration, open_uniform

EXACT = 1e-8  # larger than the sum of the estimated errors of a few quadratures of ten digits


def test_the_courses_box_gives_the_reference_values():
    row = answers_row(exact(box(), classroom_a()), classroom_a())
    assert row["a"] == pytest.approx(14.5245418588, abs=1e-9)
    assert row["b"] == pytest.approx(8.0846415784, abs=1e-9)
    assert row["log_evidence"] == pytest.approx(-12.3320303896, abs=1e-9)
    assert row["largest_error_in_sd"] < EXACT


def test_wide_boxes_approach_complete_pooling_monotonically():
    counts, widths = classroom_a(), np.array([1000.0, 2000.0, 4000.0])
    rows = [answers_row(exact(box(0.5, high), counts), counts) for high in widths]
    for name, limit in limits(counts).items():
        values = np.array([row[name[0]] for row in rows]) / widths if "share" in name else [row[name] for row in rows]
        distances = np.abs(np.array(values) - limit)
        assert distances[0] > distances[1] > distances[2]
        # The errors are a series in 1 / width. Extrapolation removes the first term, then the second, whose size is the
        # error.
        once = 2 * np.array(values[1:]) - np.array(values[:-1])
        twice = (4 * once[1] - once[0]) / 3
        assert abs(twice - limit) < abs(twice - once[1])


def test_a_lower_bound_of_0_is_the_limit_of_lower_bounds():
    # The integral over the box, Z times its area, grows with the box.
    integrals = [
        exact(box(low, 20.0), classroom_a()).log_evidence + 2 * log(20 - low) for low in (2.0, 0.5, 0.1, 0.01, 0.0)
    ]
    assert np.all(np.diff(integrals) > 0)
    assert integrals[-1] - integrals[-2] < 0.1 * (integrals[-2] - integrals[-3])


@pytest.mark.parametrize(
    ("moved", "said"),
    [
        ((0.09, -0.09), "true, and at the extreme too"),
        ((-0.09, 3.0), "true"),
        ((-0.2, 0.9), "not true, it drifts"),
        ((0.2, -1.1), "not true, it follows the bound"),
    ],
)
def test_the_sentence_is_true_of_what_moves_only_at_the_extreme(moved, said):
    assert verdict(*moved) == said


@pytest.mark.parametrize("low", [0.01, 0.1, 1.0, 1.5, 2.0, 10.0])
def test_prior_probability_of_a_u_shape(low):
    # U-shapes: every mu if lam < 1, and a share 2 / lam - 1 of all mu for lam from 1 to 2.
    start = min(max(low, 1.0), 2.0)
    expected = (log(1 / min(low, 1.0)) + 2 / start - 1 - log(2 / start)) / log(100 / low)
    assert u_shape_probability(mean_concentration(lam=(low, 100.0))).value == pytest.approx(expected, abs=1e-12)


def test_probability_of_a_u_shape_under_the_box_is_that_of_its_corner():
    counts = classroom_b()
    assert u_shape_probability(box()).value == pytest.approx((0.5 / 19.5) ** 2, rel=1e-12)
    whole, corner = (exact(hyperprior, counts).log_evidence for hyperprior in (box(), box(0.5, 1.0)))
    expected = (0.5 / 19.5) ** 2 * exp(corner - whole)
    assert u_shape_probability(box(), counts, whole).value == pytest.approx(expected, abs=EXACT)


def test_probability_of_a_u_shape_is_that_below_lam_1_and_of_the_wedge_up_to_2():
    @gen
    def wedge():
        lam = log_uniform(1.0, 2.0) @ "lam"
        across = open_uniform(0.0, 1.0) @ "across"
        mu = 0.5 + (2 / lam - 1) * (across - 0.5)
        return lam * mu, lam * (1 - mu)

    counts, whole = classroom_b(), exact(mean_concentration(), classroom_b()).log_evidence
    below = exact(mean_concentration(lam=(0.1, 1.0)), counts).log_evidence
    of_wedge = exact(Hyperprior(wedge, {"lam": (1.0, 2.0), "across": (0.0, 1.0)}), counts)
    share, _ = of_wedge.expectation(2 / of_wedge.draws["lam"] - 1)
    masses = log(10) * exp(below - whole) + log(2) * exp(of_wedge.log_evidence - whole) * share
    found = u_shape_probability(mean_concentration(), counts, whole)
    assert found.value == pytest.approx(masses / log(1000), abs=EXACT)
    assert found.error < EXACT


def test_u_shapes_of_another_hyperprior_are_refused():
    with pytest.raises(ValueError, match="mean_concentration with mu in"):
        u_shape_probability(mean_concentration(mu=(0.1, 0.9)))
