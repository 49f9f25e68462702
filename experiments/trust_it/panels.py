"""The figure of `trust-it`: how far each run is off in its own errors, and whether it says "trust"."""

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.presentation.axes import label, log_axis
from experiments.presentation.colours import BLUE, GREY, VERMILION
from experiments.presentation.style import TITLE
from experiments.trust_it.judge import MOST_ERRORS_OFF
from experiments.trust_it.runs import RIGHT_NOT, RIGHT_TRUSTED, WRONG_NOT, WRONG_TRUSTED

LEFT, RIGHT = 0.1, 1e3  # ends of the axis, in errors; runs beyond an end are drawn at it
ASIDE = 0.3  # in rows: how far the points of one method are spread up and down
NAMES = {RIGHT_TRUSTED: "trusted and right", WRONG_TRUSTED: "trusted and wrong", RIGHT_NOT: "not trusted"}
MARKERS = {
    RIGHT_NOT: {"facecolor": "none", "edgecolor": GREY, "marker": "o", "s": 26},
    WRONG_NOT: {"facecolor": "none", "edgecolor": GREY, "marker": "o", "s": 26},
    RIGHT_TRUSTED: {"color": BLUE, "marker": "o", "s": 22, "linewidth": 0},
    WRONG_TRUSTED: {"color": VERMILION, "marker": "X", "s": 90, "linewidth": 0},
}


def name_the_markers(figure: Figure) -> None:
    """Put a legend of the markers above the panels."""
    handles = [figure.axes[0].scatter([], [], **MARKERS[outcome], label=name) for outcome, name in NAMES.items()]
    columns = len(handles) if len(figure.axes) > 1 else 1  # they are wider than one panel
    figure.legend(handles=handles, loc="outside upper center", ncols=columns, fontsize=13, frameon=False)


def plot_distances(ax: Axes, runs: pl.DataFrame, title: str) -> None:
    """A point per run: how far its worst number is from the exact one, in its own errors.

    Args:
        ax: where to draw.
        runs: runs of one float type, from `tables.listed`.
        title: of the panel.
    """
    methods = runs["method"].unique(maintain_order=True).to_list()
    aside = np.random.default_rng(0)
    for outcome, marker in MARKERS.items():
        some = runs.filter(outcome=outcome)
        rows = np.array([methods.index(method) for method in some["method"]], float)
        rows += aside.uniform(-ASIDE, ASIDE, len(rows))
        ax.scatter(some["distance"].to_numpy().clip(LEFT, RIGHT), rows, **marker, clip_on=False)
    ax.axvline(MOST_ERRORS_OFF, color="black", linewidth=1.4)
    at = (MOST_ERRORS_OFF, -0.5)
    for side, name, aligned in ((-4, "right", "right"), (4, "wrong", "left")):
        ax.annotate(name, at, (side, 2), textcoords="offset points", ha=aligned, va="bottom", fontsize=12)
    log_axis(ax, "x", subs=(1,))
    ax.set_xlim(LEFT, RIGHT)
    ax.set_yticks(range(len(methods)), methods)
    ax.set_ylim(len(methods) - 0.5, -0.5)
    label(ax, title, "largest distance from exact,\nin the run's own errors", "")
    ax.set_title(title, fontsize=TITLE, loc="left", pad=22)  # above the names of both sides of the line
