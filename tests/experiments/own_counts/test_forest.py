"""Rows of text do not overlap and are in order, for any names."""

from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from experiments.own_counts.check_panels import MOST_NAMED, plot_checks, plot_pit, plot_sensitivity
from experiments.own_counts.forest import plot_forest, plot_ranks, row_figure
from experiments.presentation.axes import new_figure
from experiments.presentation.results import png

HYPERPRIORS = ["one", "two", "three"]


def groups(rows: int) -> pl.DataFrame:
    """A table like that of `Posterior.shrinkage`, not sorted; the first group is unseen."""
    rng = np.random.default_rng(rows)
    n = np.append(0, rng.integers(1, 60, rows - 1))
    k = rng.binomial(n, 0.2)
    mean = (k + 2) / (n + 10)
    return pl.DataFrame(
        {
            "name": [f"clinic $x^{i}$ {{ <b>\n" + "long " * (i % 9) for i in range(rows)],
            "k": k,
            "n": n,
            "raw": [None, *(k[1:] / n[1:])],
            "mean": mean,
            "low": 0.7 * mean,
            "high": np.minimum(1.4 * mean, 1.0),
        }
    )


def ranking(rows: int) -> pl.DataFrame:
    rng = np.random.default_rng(rows)
    rank = rng.uniform(1, rows, rows)
    return pl.DataFrame(
        {
            "name": [f"clinic {i}" for i in range(rows)],
            "rank": rank,
            "rank_low": np.maximum(rank - 3, 1),
            "rank_high": np.minimum(rank + 3, rows),
            "best": np.where(rank < 2, 0.4, 0.001),
            "worst": np.where(rank > rows - 1, 0.3, 0.0),
        }
    )


def texts_within(figure, ax):
    """Boxes of the texts at the left and at the right of the rows, all of them inside the figure."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    left = [text.get_window_extent() for text in ax.get_yticklabels()]
    right = [text.get_window_extent() for text in ax.texts if text.get_text()]
    titles = [child.get_window_extent() for child in ax.get_children() if isinstance(child, Text) and child.get_text()]
    for box in [*left, *right, *titles]:
        assert figure.bbox.x0 <= box.x0
        assert box.x1 <= figure.bbox.x1
        assert figure.bbox.y0 <= box.y0
        assert box.y1 <= figure.bbox.y1
    for column in (left, right):
        column.sort(key=lambda box: box.y0)
        for below, above in pairwise(column):
            assert below.y1 <= above.y0 + 0.15 * below.height  # the box of a line includes room for accents
    return left, right


@pytest.mark.parametrize("rows", [1, 12, 18, 71, 300])
@pytest.mark.costly
def test_no_row_of_a_forest_overlaps_another(rows):
    table = groups(rows)
    figure, ax = row_figure(rows)
    plot_forest(ax, table, population=(0.2, 0.15, 0.25), sampled=table.with_columns(pl.col("mean") + 0.01))
    left, right = texts_within(figure, ax)
    assert len(left) == rows
    assert len(right) == rows + 1  # and their header
    assert all(label.get_fontsize() >= 8 for label in ax.get_yticklabels())
    png(figure)  # no name is taken for a formula in any file
    assert not any(label.get_parse_math() for label in ax.get_yticklabels())
    # The largest mean is on top.
    first = table.sort("mean", descending=True, maintain_order=True).row(0, named=True)
    label = ax.get_yticklabels()[0].get_text()
    assert label.startswith(" ".join(first["name"].split())[:10])
    assert label.endswith(f"{first['k']}/{first['n']}")
    assert ax.yaxis_inverted()


def test_the_sampled_answer_stands_next_to_its_own_row():
    table = groups(12)
    _, ax = row_figure(12)
    plot_forest(ax, table, sampled=table)
    _, exact, sampled = (np.asarray(points.get_offsets()) for points in ax.collections if len(points.get_offsets()) > 1)
    np.testing.assert_allclose(exact[:, 0], sampled[:, 0])
    assert np.all(np.diff(exact[:, 0]) <= 0)
    assert np.all((sampled[:, 1] > exact[:, 1]) & (sampled[:, 1] < exact[:, 1] + 0.5))


@pytest.mark.parametrize("rows", [2, 12, 300])
def test_ranks_are_in_order_and_only_likely_extremes_are_named(rows):
    table = ranking(rows)
    figure, ax = row_figure(rows)
    plot_ranks(ax, table)
    texts_within(figure, ax)
    texts = [text.get_text() for text in ax.texts[1:]]
    in_order = table.sort("rank")
    assert [label.get_text() for label in ax.get_yticklabels()] == in_order["name"].to_list()
    assert [bool(text) for text in texts] == ((in_order["best"] > 0.01) | (in_order["worst"] > 0.01)).to_list()


def test_checks_show_the_observed_value_and_a_p_that_is_not_0():
    rng = np.random.default_rng(0)
    observed = {"min": 0.0, "max": 0.9, "mean": 0.3, "sd": 0.1}
    replicated = {name: rng.normal(value, 0.1, 500) for name, value in observed.items()} | {"min": np.zeros(500)}
    figure, axes = new_figure(4, width=3.0, height=3.0)
    plot_checks(axes, observed, replicated, {"min": 1.0, "max": 0.0, "mean": 0.5, "sd": 0.25})
    figure.draw_without_rendering()
    titles = [ax.get_title(loc="left") for ax in axes]
    whats = ["smallest rate", "largest rate", "mean rate", "sd of the rates"]
    ps = ["> 0.9999", "< 0.0001", "0.5000", "0.2500"]
    assert titles == [f"Simulated data have a larger one\nwith probability {p}" for p in ps]
    assert [ax.get_xlabel().split(",")[0] for ax in axes] == whats
    for ax, value in zip(axes, observed.values(), strict=True):
        assert ax.get_xlim()[0] < value < ax.get_xlim()[1]


@pytest.mark.parametrize("number", [12, 71])
def test_pit_values_of_a_wrong_model_leave_the_band(number):
    figure, (right, wrong) = new_figure(2)
    plot_pit(right, (np.arange(number) + 0.5) / number)
    plot_pit(wrong, np.full(number, 0.01))
    figure.draw_without_rendering()
    for ax, leaves in ((right, False), (wrong, True)):
        band = ax.collections[0].get_paths()[0].vertices[:, 1]
        line = ax.lines[-1].get_ydata()
        assert (line.max() > band.max()) == leaves


@pytest.mark.parametrize("rows", [3, 100])
def test_sensitivity_names_the_groups_that_move_most(rows):
    rng = np.random.default_rng(0)
    table = pl.DataFrame({"name": [f"group {i}" for i in range(rows)]}).with_columns(
        pl.Series(name, rng.uniform(size=rows)) for name in HYPERPRIORS
    )
    shown = min(rows, MOST_NAMED)
    figure, ax = row_figure(shown)
    plot_sensitivity(ax, table, HYPERPRIORS)
    texts_within(figure, ax)
    moves = np.ptp(table.select(HYPERPRIORS).to_numpy(), axis=1)
    most = [f"group {i}" for i in np.argsort(-moves)[:shown]]
    assert [label.get_text() for label in ax.get_yticklabels()] == most
    assert ("left out" in ax.get_title(loc="left")) == (rows > shown)
