"""Ticks of log axes are plain text: no text of a figure is a formula, so matplotlib's own ticks would show code."""

from pathlib import Path

import pytest

from experiments.performance.panels import plot_scaling
from experiments.presentation.axes import log_axis, new_figure
from experiments.presentation.results import png
from tests.experiments.performance.test_performance import SCALING

FOLDER = Path(__file__).parents[3] / "experiments"


@pytest.mark.parametrize("which", ["x", "y"])
def test_ticks_of_a_log_axis_are_numbers(which):
    figure, (ax,) = new_figure(1)
    log_axis(ax, which, subs=(1,))
    (ax.set_xlim if which == "x" else ax.set_ylim)(1e-3, 1e7)
    png(figure)
    shown = (ax.get_xticklabels if which == "x" else ax.get_yticklabels)()
    assert {"0.001", "1e+07"} <= {text.get_text() for text in shown}


@pytest.mark.parametrize("limits", [(30, 45), (33, 37), (101, 118), (0.9, 1.3), (0.02, 300)])
def test_a_log_axis_has_two_numbers_however_narrow_it_is(limits):
    figure, (ax,) = new_figure(1)
    log_axis(ax, "x")
    ax.set_xlim(*limits)
    png(figure)
    shown = [float(text.get_text()) for text in ax.get_xticklabels()]
    assert 2 <= sum(limits[0] <= number <= limits[1] for number in shown) <= 15


def test_powers_of_ten_are_raised():
    figure, (ax,) = new_figure(1)
    plot_scaling(ax, SCALING)
    png(figure)
    assert "10³" in {text.get_text() for text in ax.get_xticklabels()}
    assert not any("$" in text.get_text() for text in ax.get_xticklabels(which="both"))


def test_every_log_axis_is_one_of_these():
    codes = {path.name: path.read_text() for path in FOLDER.rglob("*.py")}
    assert [name for name, code in codes.items() if 'scale("log")' in code or "Mathtext" in code] == []
