"""Figures, axes, labels and keys in one style; labels stand beside the lines, and a key shows the marks themselves."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter
from matplotlib.transforms import ScaledTranslation

from experiments.presentation.colours import EDGE
from experiments.presentation.style import LABEL, NOTE, STYLE, TITLE

SYMBOLS = {
    "a": "a (pseudo-successes)",
    "b": "b (pseudo-failures)",
    "mu": "population mean μ",
    "lam": "concentration λ (pseudo-trials)",
    "spread": "spread 1/√λ",
    "mean": "population mean (events per exposure)",
    "shape": "shape (pseudo-events)",
}
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
BELOW = 42.0  # points from a panel to its key: tick labels and the axis label stand between them


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
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(width * panels, height * rows), layout=ConstrainedLayoutEngine(w_pad=0.1, h_pad=0.1))
        return figure, figure.subplots(rows, panels, squeeze=False).ravel().tolist()


def beside_a_tall_one(panels: Sequence[Axes], tall: Axes, height: float) -> None:
    """Panels of one row that keep their height beside a last one that takes all of the figure's.

    Args:
        panels: the others, from the left.
        tall: the last panel.
        height: inches of the others; they stay as they are in a figure that is hardly taller.
    """
    figure = tall.get_figure(root=True)
    assert figure is not None
    more = figure.get_figheight() - height
    if more < height / 4:
        return
    grid = GridSpec(2, len(panels) + 1, figure=figure, height_ratios=[height, more])
    for column, ax in enumerate(panels):
        ax.set_subplotspec(grid[0, column])
    tall.set_subplotspec(grid[:, -1])


def label(ax: Axes, title: str, x: str, y: str) -> None:
    """The title, which is a sentence that says what to see, and the labels of both axes, with their units."""
    ax.set_title(title, fontsize=TITLE, loc="left")
    ax.set_xlabel(x, fontsize=LABEL)
    ax.set_ylabel(y, fontsize=LABEL)


def show_key(ax: Axes, marks: Mapping[str, Any], *, columns: int = 1, below: float = BELOW, left: float = 0.0) -> None:
    """Below a panel, what its marks are, each shown as it is drawn.

    Args:
        ax: the panel.
        marks: what each is by its text: an artist of the panel, or several that are drawn over each other.
        columns: in how many columns.
        below: points from the panel to the key.
        left: points by which the key begins to the left of the panel.
    """
    figure = ax.figure
    at = ax.transAxes + ScaledTranslation(-left / 72, -below / 72, figure.dpi_scale_trans)
    with matplotlib.rc_context(STYLE):
        ax.legend(
            list(marks.values()),
            list(marks),
            loc="upper left",
            bbox_to_anchor=(0, 0),
            bbox_transform=at,
            ncols=columns,
            scatterpoints=1,
        )


def mark_edge(ax: Axes, which: Literal["x", "y"], value: float) -> Any:
    """A dotted line at a bound of a hyperprior, or where it changes what a population looks like; returns it."""
    line = ax.axvline if which == "x" else ax.axhline
    return line(value, color=EDGE, linewidth=1.4, linestyle=":", zorder=2.5)


FINER = [(np.arange(round(1 / step), round(10 / step)) * step).tolist() for step in (1, 0.2, 0.05)]  # times 10^n


class LogTicks(LogLocator):
    """Ticks at some multiples of each power of ten, and at more of them where fewer than two would be in sight."""

    def __init__(self, subs: Sequence[float]) -> None:
        super().__init__(subs=subs)
        self._asked = tuple(subs)

    def tick_values(self, vmin: float, vmax: float) -> np.ndarray:  # pyright: ignore[reportIncompatibleMethodOverride]
        ticks = np.empty(0)
        for subs in (self._asked, (1.0, 2.0, 5.0), *FINER):
            self.set_params(subs=subs)
            ticks = np.asarray(super().tick_values(vmin, vmax))
            if np.count_nonzero((min(vmin, vmax) <= ticks) & (ticks <= max(vmin, vmax))) > 1:
                break
        return ticks


def log_axis(ax: Axes, which: Literal["x", "y"], subs: Sequence[float] = (1, 2, 5)) -> None:
    """A log axis with ticks written as plain numbers, at 1, 2, 5, 10, ... by default."""
    _log_axis(ax, which, LogTicks(subs), lambda value, _: f"{value:g}")


def powers_of_ten(ax: Axes, which: Literal["x", "y"]) -> None:
    """A log axis of so many decades that its ticks are written as 10³."""
    _log_axis(ax, which, LogLocator(), lambda value, _: f"10{f'{np.log10(value):.0f}'.translate(RAISED)}")


def _log_axis(
    ax: Axes, which: Literal["x", "y"], ticks: LogLocator, written: Callable[[float, int | None], str]
) -> None:
    (ax.set_xscale if which == "x" else ax.set_yscale)("log")
    axis = ax.xaxis if which == "x" else ax.yaxis
    axis.set_major_locator(ticks)
    axis.set_major_formatter(FuncFormatter(written))
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
        ax.annotate(text, (x, y), color=colour, fontsize=NOTE, **where)
