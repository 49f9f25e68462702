"""The one style sheet of all figures: sizes of text that can be read at half size, and no frame around a panel."""

from typing import Any

TITLE, LABEL, NOTE, SMALL = 13, 12, 11, 10  # points: titles; axis labels; ticks, keys and notes; rows of many names
DOTS_PER_INCH = 150  # of a PNG

STYLE: dict[Any, Any] = {
    "axes.titlesize": TITLE,
    "axes.titlelocation": "left",
    "axes.labelsize": LABEL,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.labelsize": NOTE,
    "ytick.labelsize": NOTE,
    "font.size": NOTE,
    "legend.fontsize": NOTE,
    "legend.frameon": False,
    "legend.borderpad": 0.0,
    "legend.borderaxespad": 0.0,
    "legend.handlelength": 1.4,
    "legend.handletextpad": 0.5,
    "legend.columnspacing": 1.2,
    "legend.labelspacing": 0.3,
    "lines.linewidth": 2.2,
    "lines.markersize": 5,
}
"""Settings of matplotlib: `with matplotlib.rc_context(STYLE):` draws a figure of your own in the same style."""
