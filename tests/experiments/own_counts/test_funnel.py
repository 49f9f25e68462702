"""The funnel plot: its limits are quantiles of the predictive law, and it names who is outside where there is room."""

import numpy as np
import pytest
from matplotlib.text import Annotation
from scipy.stats import betabinom, nbinom

from experiments.own_counts.funnel import OUTER, funnel_of
from experiments.own_counts.funnel_panel import funnel_figure, funnel_sentence, funnel_text, funnel_title
from inference import exact
from models import Counts, Events, fixed, gamma_poissons

TAIL = (1 - OUTER) / 2


def funnel(counts, hyperprior=None):
    return funnel_of(exact(fixed(3.0, 7.0) if hyperprior is None else hyperprior, counts), counts, interval=0.8)


def annotations(figure):
    return [each for each in figure.axes[0].get_children() if isinstance(each, Annotation) and each.get_text()]


def test_limits_of_trials_are_quantiles_of_the_beta_binomial():
    counts = Counts([3, 0, 40, 2], [10, 0, 50, 10])
    found = funnel(counts)
    assert {10, 50} <= set(found.sizes.tolist())
    for limits, tail in ((found.inner, 0.1), (found.outer, TAIL)):
        for row, q in enumerate((tail, 1 - tail)):
            # At 1e-9 beside q, because a distribution function that is q but for rounding may be on either side.
            least, most = (betabinom(found.sizes, 3, 7).ppf(q + side * 1e-9) / found.sizes for side in (-1, 1))
            assert np.all((least <= limits[row]) & (limits[row] <= most))


def test_limits_of_events_are_quantiles_of_the_negative_binomial():
    events = Events([3, 9], [2.0, 7.5])
    found = funnel(events, fixed(2.0, 4.0, family=gamma_poissons))
    law = nbinom(2.0, 4.0 / (4.0 + found.sizes))
    for row, q in enumerate((TAIL, 1 - TAIL)):
        np.testing.assert_array_equal(np.round(found.outer[row] * found.sizes), law.ppf(q))


def test_a_group_is_outside_if_its_count_is_beyond_the_limits_for_its_own_size():
    n = 40
    low, high = (int(betabinom(n, 3, 7).ppf(q)) for q in (TAIL, 1 - TAIL))
    counts = Counts([low, high, high + 1, high + 4, 0], [n] * 4 + [0])
    found = funnel(counts)
    assert (found.beyond > 0).tolist() == [False, False, True, True, False]
    assert found.beyond[3] > found.beyond[2]
    assert not found.is_interpolated
    assert funnel_title(counts, found).startswith("2 of 4 groups outside the 99.8 % limits")


def test_of_very_many_sizes_limits_are_interpolated_and_it_is_said():
    n = np.arange(20, 220)
    counts = Counts(np.minimum(n // 3, n), n)
    found = funnel(counts)
    assert found.is_interpolated
    assert not found.beyond.any()
    assert "interpolated" in funnel_text(counts, found, 0.8)
    counts = Counts(n, n)  # all of them succeeded: P(n of n) is below 1e-4 for n of 20 and more
    assert (funnel(counts).beyond > 0).all()


@pytest.mark.parametrize(("n", "have_steps"), [(20, True), (20_000, False)])
def test_where_little_was_counted_figure_and_text_say_why_limits_have_steps(n, have_steps):
    counts = Counts([n // 4, n // 3], [n, 2 * n])
    found = funnel(counts)
    assert ("whole numbers" in funnel_text(counts, found, 0.8)) == have_steps
    label = funnel_figure(counts, found, interval=0.8).axes[0].get_xlabel()
    assert ("because counts are whole" in label) == have_steps
    # One count more is 1 / n: that is what makes a step.
    steps = np.abs(np.diff(found.inner[1] * found.sizes))
    np.testing.assert_allclose(steps, np.round(steps), atol=1e-9)


def test_the_groups_outside_are_named_in_a_sentence():
    counts = Counts([3, 40, 39], [10, 40, 40], ["inside", "far $", "less far"])
    sentence = funnel_sentence(counts, funnel(counts))
    assert sentence.endswith(
        "2 of 3 groups outside the 99.8 % limits (by chance at most about 0.006): far $, less far."
    )


@pytest.mark.parametrize("groups", [1, 40])
def test_names_are_those_of_groups_outside_and_do_not_overlap(groups):
    names = [f"${i} a name that is rather long" for i in range(groups)]
    counts = Counts([38] * groups, [40 + i % 5 for i in range(groups)], names)
    found = funnel(counts)
    figure = funnel_figure(counts, found, interval=0.8)
    figure.draw_without_rendering()
    limits = {"80 %", "99.8 %"}
    shown = [each for each in annotations(figure) if each.get_text() not in limits]
    assert {each.get_text() for each in shown} <= {name[:27] + "…" if len(name) > 28 else name for name in names}
    assert len(shown) >= 1
    boxes = [each.get_window_extent() for each in shown]
    for i, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[i + 1 :])
    assert {each.get_text() for each in annotations(figure)} >= limits


def test_groups_without_data_alone_have_a_funnel_too():
    counts = Counts([0, 0], [0, 0])
    figure = funnel_figure(counts, funnel(counts), interval=0.8)
    assert figure.axes[0].get_title(loc="left").startswith("0 of 0 groups")
