"""The panel of learning curves: how much of the prior's sd is left at each level."""

import numpy as np
import polars as pl
from matplotlib.axes import Axes

from experiments.presentation.axes import label, label_lines
from experiments.presentation.colours import GREY, ORANGE, PURPLE

LINES = {  # of each level: its colour, its style and its text
    "theta": (GREY, ":", "θ of a student"),
    "log_odds_mu": (ORANGE, "--", "μ of a classroom"),
    "log_lam": (PURPLE, "--", "λ of a classroom"),
    "mu_centre": (ORANGE, "-", "school: centre of μ"),
    "mu_spread": (ORANGE, "-.", "school: spread of μ"),
    "lam_centre": (PURPLE, "-", "school: centre of λ"),
    "lam_spread": (PURPLE, "-.", "school: spread of λ"),
}
GAP = 0.055  # least distance between two labels, in the units of the axis


def plot_curves(ax: Axes, curves: pl.DataFrame, more: str, title: str, x: str) -> None:
    """The share of the prior's sd that is left at each level, as there is more of something.

    Args:
        ax: where to draw.
        curves: `learning_curves`.
        more: "classrooms" or "students".
        title: title of the panel.
        x: label of the horizontal axis.
    """
    of_more = curves.filter(more=more)
    sizes = of_more[more].unique(maintain_order=True).to_numpy()
    for level, (colour, style, _) in LINES.items():
        rows = of_more.filter(level=level)
        ax.errorbar(np.log2(sizes), rows["left"], rows["left_error"], color=colour, linestyle=style, linewidth=2)
    last = of_more.filter(pl.col(more) == sizes[-1]).sort("left")
    heights = _apart(last["left"].to_numpy())
    for level, y in zip(last["level"], heights, strict=True):
        colour, _, text = LINES[level]
        label_lines(ax, [(np.log2(sizes[-1]), y, text, colour)], shift=(8, 0))
    ax.set_xticks(np.log2(sizes), [str(size) for size in sizes])
    ax.set_xlim(-0.1, np.log2(sizes[-1]) * 1.62)
    ax.set_ylim(0, 1.08)
    label(ax, title, x, "sd left, as a share of the prior's")


def _apart(heights: np.ndarray) -> np.ndarray:
    """Heights of labels, ascending, moved up and down until they are at least GAP apart."""
    heights = heights.copy()
    for _ in range(100):
        for i in range(len(heights) - 1):
            overlap = GAP - (heights[i + 1] - heights[i])
            if overlap > 0:
                heights[i] -= overlap / 2
                heights[i + 1] += overlap / 2
    return heights
