"""The check of figures finds what is wrong with their texts, and nothing in a figure that is right."""

from experiments.presentation.axes import label, new_figure, show_key
from experiments.presentation.results import png
from tests.experiments.layout import layout_faults


def panel():
    figure, (ax,) = new_figure(1)
    ax.plot([0, 1], [0, 1])
    label(ax, "The line rises\nfrom 0 to 1", "x (units)", "y (units)")
    return figure, ax


def faults(figure):
    png(figure)
    return layout_faults(figure)


def test_a_figure_that_is_right_has_none():
    figure, ax = panel()
    show_key(ax, {"a line": ax.lines[0], "another": ax.lines[0]})
    assert faults(figure) == []


def test_texts_that_overlap():
    figure, ax = panel()
    ax.text(0.5, 0.5, "below")
    ax.text(0.52, 0.51, "above")
    ax.text(0.5, 0.2, "hidden").set_visible(False)
    ax.text(0.5, 0.21, "hides nothing")
    assert faults(figure) == ["'below' and 'above' overlap"]


def test_a_text_that_is_cut_off():
    figure, ax = panel()
    text = ax.text(1.0, 0.5, "beyond the edge of the figure")
    text.set_in_layout(False)
    assert faults(figure) == ["'beyond the edge of the figure' is cut off by the figure's edge"]


def test_axes_without_labels():
    figure, ax = panel()
    ax.set_ylabel("")
    ax.set_title("", loc="left")
    assert faults(figure) == ["panel 0 has no title", "the y axis of '' has no label"]
    ax.set_yticks([0, 1], ["Emi", "Farid"])  # names need no label
    assert faults(figure) == ["panel 0 has no title"]
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)  # no axis at all
    assert faults(figure) == ["panel 0 has no title"]


def test_an_axis_whose_numbers_are_all_elsewhere():
    figure, ax = panel()
    ax.set_xticks([0.5, 3.0])
    ax.set_xlim(0, 1)
    assert faults(figure) == ["the x axis of 'The line rises\\nfrom 0 to 1' has fewer than two numbers"]
