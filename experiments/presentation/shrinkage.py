"""The panel of shrinkage: each student's rate, from the raw fraction to the posterior mean."""

import numpy as np
import polars as pl
from matplotlib.axes import Axes

from experiments.presentation.axes import BLUE, GREY, VERMILION, label
from experiments.presentation.literal import shortened
from experiments.presentation.numbers import amount, percent

MOST_STUDENTS_NAMED = 40
NAME_WIDTH = 16  # columns of a terminal that a name may take: more would leave no room for the panel


def plot_shrinkage(
    ax: Axes,
    table: pl.DataFrame,
    title: str | None = None,
    *,
    design: str = "n",
    largest: float = 1.0,
    interval: float = 0.9,
) -> None:
    """An arrow per student from the raw rate to the posterior mean, with its interval; marker size by n.

    Args:
        ax: where to draw.
        table: `Posterior.shrinkage`; above 40 students the names are left out and rows sorted by mean.
        title: title of the panel.
        design: column of the trials or the exposures.
        largest: largest possible rate, which may be infinite.
        interval: probability of the intervals, for the title.
    """
    students = table.height
    named = students <= MOST_STUDENTS_NAMED
    if not named:
        table = table.sort("mean", descending=True)
    rows = np.arange(students)
    raw, mean, low, high = (table[name].cast(pl.Float64).to_numpy() for name in ("raw", "mean", "low", "high"))
    n = table[design].to_numpy()
    thickness = min(5.0, 160 / students)  # points
    ax.hlines(rows, low, high, color=BLUE, alpha=0.25, linewidth=thickness)
    if named:
        arrow = {"arrowstyle": "-|>", "color": VERMILION, "lw": 1.4, "shrinkA": 3, "shrinkB": 0}
        for row in np.flatnonzero(n > 0):
            ax.annotate("", (mean[row], row), (raw[row], row), arrowprops=arrow, zorder=4)
        labels = table.select("name", "k", design).iter_rows()
        ax.set_yticks(rows, [f"{shortened(name, NAME_WIDTH)} {k}/{amount(n)}" for name, k, n in labels])
    else:
        ax.hlines(rows, raw, mean, color=VERMILION, linewidth=thickness / 3, zorder=4)
        ax.set_yticks([])
    area = thickness**2 * (0.8 + 7.2 * n / (n.max() or 1))
    ring = min(1.0, thickness / 2)
    ax.scatter(raw, rows, s=area, facecolor="white", edgecolor=GREY, linewidth=ring, zorder=3, clip_on=False)
    ax.scatter(mean, rows, s=(0.6 if named else 1.5) * thickness**2, color=VERMILION, linewidth=0, zorder=5)
    ax.set_ylim(students - 0.3, -0.7)
    end = min(largest + 0.02, 1.1 * np.nanmax([raw, high]))
    ax.set_xlim(-0.02 * min(end, 1), end)
    by_default = f"○ raw to ● posterior mean, with\n{percent(interval)} interval; area of ○: exposure"
    if design == "n":
        by_default = f"○ raw (area: n) to ● posterior mean,\nwith {percent(interval)} interval"
    label(ax, title or by_default, "rate θ", "" if named else f"{students} rows, by mean")
