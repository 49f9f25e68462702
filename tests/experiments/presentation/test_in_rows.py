"""Panels side by side are laid out in rows for a page, each as large as before, and are back in their places after."""

import pytest

from experiments.presentation.axes import beside_a_tall_one, new_figure
from experiments.presentation.drawing import drawn
from experiments.presentation.in_rows import panels_in_rows


@pytest.mark.parametrize(
    ("panels", "rows", "widest", "laid_out"),
    [
        (3, 1, 10.0, (2, 2)),
        (4, 1, 9.2, (2, 2)),
        (5, 1, 14.0, (2, 3)),
        (3, 2, 5.0, (6, 1)),
        (2, 1, 4.0, (2, 1)),  # one panel is wider than a row may be
        (2, 1, 9.2, (1, 2)),
        (1, 1, 2.0, (1, 1)),
    ],
)
def test_panels_are_in_as_many_rows_as_they_need(panels, rows, widest, laid_out):
    figure, axes = new_figure(panels, rows=rows)
    before = drawn(figure, "png")
    with panels_in_rows(figure, widest):
        specs = [ax.get_subplotspec() for ax in axes]
        assert {spec.get_gridspec().get_geometry() for spec in specs} == {laid_out}
        assert [spec.num1 for spec in specs] == list(range(panels * rows))
        assert figure.get_size_inches() == pytest.approx((4.6 * laid_out[1], 4.2 * laid_out[0]))
    assert {ax.get_subplotspec().get_gridspec().get_geometry() for ax in axes} == {(rows, panels)}
    assert drawn(figure, "png") == before


def test_panels_beside_a_tall_one_keep_their_height_in_a_row_and_on_a_page():
    figure, axes = new_figure(3, height=9.0)
    beside_a_tall_one(axes[:2], axes[2], 4.2)

    def heights():
        figure.draw_without_rendering()
        return [ax.get_window_extent().height / figure.dpi for ax in axes]

    first, second, tall = heights()
    assert first == second < 4.2
    assert 7 < tall < 9
    with panels_in_rows(figure, 10.0):
        assert figure.get_size_inches() == pytest.approx((9.2, 4.2 + 9.0))
        assert heights() == pytest.approx([first, second, tall], rel=0.1)
        assert axes[2].get_subplotspec().get_geometry()[2:] == (2, 2)
    assert heights() == pytest.approx([first, second, tall])


def test_beside_one_that_is_hardly_taller_nothing_changes():
    _, axes = new_figure(2, height=5.0)
    before = [ax.get_subplotspec() for ax in axes]
    beside_a_tall_one(axes[:1], axes[1], 4.2)
    assert [ax.get_subplotspec() for ax in axes] == before


def test_axes_in_no_grid_stay_where_they_are():
    figure, _ = new_figure(3)
    figure.add_axes((0.1, 0.1, 0.2, 0.2))
    with panels_in_rows(figure, 5.0):
        assert figure.get_size_inches() == pytest.approx((13.8, 4.2))
