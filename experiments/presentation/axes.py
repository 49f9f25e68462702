"""Figures, axes and labels: colours safe for the colour-blind, and labels beside the lines instead of a legend."""

from collections.abc import Sequence
from typing import Literal

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

# Okabe & Ito (2008), safe for the colour-blind.
BLUE, ORANGE, GREEN, VERMILION, GREY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#7F7F7F"
SYMBOLS = {
    "a": "a (pseudo-successes)",
    "b": "b (pseudo-failures)",
    "mu": "population mean μ",
    "lam": "concentration λ (pseudo-trials)",
    "spread": "spread 1/√λ",
    "mean": "population mean (events per exposure)",
    "shape": "shape (pseudo-events)",
}


def new_figure(panels: int, *, width: float = 4.6, height: float = 4.2, rows: int = 1) -> tuple[Figure, list[Axes]]:
    """A figure with panels side by side, text large enough to be read at half size.

    Args:
        panels: panels in each row.
        width: inches of a panel.
        height: inches of a row.
        rows: number of rows.

    Returns:
        The figure and its axes, row by row.
    """
    figure = Figure(figsize=(width * panels, height * rows), layout=ConstrainedLayoutEngine(w_pad=0.1, h_pad=0.1))
    axes = figure.subplots(rows, panels, squeeze=False).ravel().tolist()
    for ax in axes:
        ax.spines[["top", "right"]].set_visible(False)
        ax.tick_params(labelsize=11)
    return figure, axes


def label(ax: Axes, title: str, x: str, y: str) -> None:
    """Title and axis labels in the figures' sizes."""
    ax.set_title(title, fontsize=13, loc="left")
    ax.set_xlabel(x, fontsize=12)
    ax.set_ylabel(y, fontsize=12)


def log_axis(ax: Axes, which: Literal["x", "y"], subs: Sequence[float] = (1, 2, 5)) -> None:
    """A log axis with ticks written as plain numbers, at 1, 2, 5, 10, ... by default."""
    (ax.set_xscale if which == "x" else ax.set_yscale)("log")
    axis = ax.xaxis if which == "x" else ax.yaxis
    axis.set_major_locator(LogLocator(subs=subs))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def label_lines(
    ax: Axes,
    ends: Sequence[tuple[float, float, str, str]],
    *,
    side: Literal["left", "center", "right"] = "left",
    shift: tuple[float, float] = (6, 0),
) -> None:
    """Write a label beside the end of each line.

    Args:
        ax: where to draw.
        ends: x, y, text and colour of each.
        side: which side of the text is placed at the point (x, y).
        shift: offset from the point, in points to the right and up.
    """
    for x, y, text, colour in ends:
        where = {"xytext": shift, "textcoords": "offset points", "ha": side, "va": "center"}
        ax.annotate(text, (x, y), color=colour, fontsize=11, **where)
