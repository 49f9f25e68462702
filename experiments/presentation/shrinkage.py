"""The panel of shrinkage: each student's rate, from the raw fraction to the posterior mean."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from experiments.presentation.axes import label, show_key
from experiments.presentation.colours import RAW, SHRUNK
from experiments.presentation.literal import shortened
from experiments.presentation.numbers import amount, percent
from experiments.presentation.style import NOTE, SMALL

MOST_STUDENTS_NAMED = 40
LOWEST = 4.2  # inches of a figure with this panel
FEW_STUDENTS = 12  # above, names are smaller
NAME_WIDTH = 16  # columns of a terminal that a name may take: more would leave no room for the panel
TITLE = "The fewer its counts, the more a rate\nis pulled towards the population"


def height_of(students: int) -> float:
    """Inches of a figure with a panel of shrinkage: no two names touch, and rows without names stay apart."""
    named = 2.4 + 0.17 * students  # title, axis and key, then a line of text in a small font for each
    return max(LOWEST, named if students <= MOST_STUDENTS_NAMED else 0.09 * min(students, 80))


def plot_shrinkage(
    ax: Axes,
    table: pl.DataFrame,
    title: str = TITLE,
    *,
    design: str = "n",
    largest: float = 1.0,
    interval: float = 0.9,
    colours: Sequence[str] | str = SHRUNK,
    also: Mapping[str, Artist] | None = None,
) -> None:
    """A line per student from the raw rate to the posterior mean, with its interval; rings have area by n.

    Args:
        ax: where to draw.
        table: `Posterior.shrinkage`; above 40 students the names are left out and rows sorted by mean.
        title: title of the panel.
        design: column of the trials or the exposures.
        largest: largest possible rate, which may be infinite.
        interval: probability of the intervals, for the key.
        colours: of the posterior of each row, or one for all.
        also: what else the panel shows, for its key.
    """
    students = table.height
    named = students <= MOST_STUDENTS_NAMED
    if not named:
        table = table.sort("mean", descending=True)
    rows = np.arange(students)
    raw, mean, low, high = (table[name].cast(pl.Float64).to_numpy() for name in ("raw", "mean", "low", "high"))
    n = table[design].to_numpy()
    thickness = min(5.0, 160 / students)  # points
    ax.hlines(rows, low, high, color=colours, alpha=0.3, linewidth=thickness)
    ax.hlines(rows, raw, mean, color=colours, linewidth=1.4 if named else thickness / 3, zorder=2.5)
    if named:
        labels = table.select("name", "k", design).iter_rows()
        names = [f"{shortened(name, NAME_WIDTH)} {k}/{amount(n)}" for name, k, n in labels]
        ax.set_yticks(rows, names, fontsize=SMALL if students > FEW_STUDENTS else NOTE)
    else:
        ax.set_yticks([])
    area = thickness**2 * (0.8 + 7.2 * n / (n.max() or 1))
    ring = {"facecolor": "white", "edgecolor": RAW, "linewidth": min(1.2, thickness / 2)}
    dot = (1.6 if named else 1.5) * thickness**2
    ax.scatter(raw, rows, s=area, zorder=3, clip_on=False, **ring)
    ax.scatter(mean, rows, s=dot, color=colours, linewidth=0, zorder=5)
    ax.set_ylim(students - 0.3, -0.7)
    end = min(largest + 0.03, 1.1 * np.nanmax([raw, high]))
    ax.set_xlim(-0.03 * min(end, 1), end)
    label(ax, title, "rate θ", "" if named else f"{students} rows, by posterior mean")

    colour = colours if isinstance(colours, str) or len(set(colours)) == 1 else RAW
    colour = colour if isinstance(colour, str) else colour[0]
    smallest = {f"{design} = {amount(n[at].item())}": area[at] for at in sorted({int(n.argmin()), int(n.argmax())})}
    marks: dict[str, Any] = {f"raw rate, {text}": ax.scatter([], [], s=size, **ring) for text, size in smallest.items()}
    line = ax.hlines([], [], [], color=colour, alpha=0.3, linewidth=thickness)
    point = ax.scatter([], [], s=dot, color=colour, linewidth=0)
    marks[f"posterior mean, {percent(interval)} interval"] = (line, point)
    show_key(ax, marks | dict(also or {}))
