"""The figure of `trust-it`, of runs that were made up: every outcome, every method, both float types."""

import numpy as np
import polars as pl
import pytest

from experiments.presentation.axes import new_figure
from experiments.trust_it.panels import LEFT, RIGHT, name_the_markers, plot_distances
from experiments.trust_it.runs import RIGHT_NOT, RIGHT_TRUSTED, WRONG_NOT, WRONG_TRUSTED
from tests.experiments.layout import layout_faults

METHODS = ["exact", "importance", "conjugate proposal", "normal proposal", "nuts", "hmc", "smc", "rqmc"]
OUTCOMES = [RIGHT_TRUSTED, WRONG_TRUSTED, RIGHT_NOT, WRONG_NOT]


@pytest.mark.parametrize("panels", [1, 2])
def test_no_text_overlaps_or_is_cut_off_and_every_axis_has_a_label(panels):
    rows = [(method, outcome) for method in METHODS for outcome in OUTCOMES for _ in range(5)]
    distances = np.geomspace(LEFT / 10, RIGHT * 10, len(rows))
    runs = pl.DataFrame(rows, schema=["method", "outcome"], orient="row").with_columns(distance=pl.Series(distances))
    figure, axes = new_figure(panels, width=6.4, height=1.8 + 0.36 * len(METHODS))
    for ax, float_type in zip(axes, ["float32", "float64"], strict=False):
        plot_distances(ax, runs, f"What is trusted in {float_type}\nis right")
    name_the_markers(figure)
    assert layout_faults(figure) == []
