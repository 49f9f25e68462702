"""The panels of who-decides: an answer by who is absent."""

import polars as pl
from matplotlib.axes import Axes

from experiments.presentation.axes import SYMBOLS, label, label_lines, log_axis, mark_edge
from experiments.presentation.colours import CLASSROOMS, EDGE
from experiments.presentation.colours import HAND_PICKED as PICKED
from experiments.who_decides.absences import EVERYBODY, HAND_PICKED

TITLES = {
    "rate": "Only without Alyssa and Ben\ndoes A's learned rate fall below 0.6",
    "mu": "B's mean rests on few students:\neach absence moves it",
    "lam": "No absence turns A's concentration\ninto B's, or B's into A's",
}
AXES = {"rate": "rate learned under the box", "mu": SYMBOLS["mu"], "lam": SYMBOLS["lam"]}


def plot_absences(ax: Axes, answers: pl.DataFrame, quantity: str) -> None:
    """A row for each absence: a dot where the answer is, and a line from where it is with everybody.

    Args:
        ax: where to draw.
        answers: `absence_table`.
        quantity: "rate", under the box; "mu" or "lam", under mean_concentration().
    """
    hyperprior = "box" if quantity == "rate" else "mean_concentration"
    found = answers.filter(hyperprior=hyperprior)
    absent = found["absent"].unique(maintain_order=True).to_list()
    if quantity == "lam":
        log_axis(ax, "x", subs=(1,))
    for classroom in found["classroom"].unique(maintain_order=True):
        colour = CLASSROOMS[classroom]
        values = found.filter(classroom=classroom)[quantity].to_list()
        everybody = values[absent.index(EVERYBODY)]
        rows = range(len(values))
        ax.vlines(everybody, -0.5, len(absent), color=colour, linewidth=1, linestyle=":")
        ax.hlines(rows, [everybody] * len(values), values, color=colour, linewidth=2, alpha=0.5)
        ax.scatter(values, rows, s=40, color=colour, zorder=3)
        label_lines(ax, [(everybody, -0.9, classroom, colour)], side="center", shift=(0, 0))
    if quantity == "rate":
        ax.vlines(HAND_PICKED, -0.5, len(absent), color=PICKED, linewidth=1.4, linestyle="--")
        label_lines(ax, [(HAND_PICKED, -0.9, "hand-picked", PICKED)], side="center", shift=(0, 0))
    if quantity == "lam":
        ax.set_xlim(0.1, 100)
        mark_edge(ax, "x", 1)
        label_lines(ax, [(1, len(absent) - 0.6, "λ = 1", EDGE)], shift=(4, 0))
    if quantity == "rate":
        ax.set_yticks(range(len(absent)), absent)
    else:
        ax.set_yticks([])
        ax.spines["left"].set_visible(False)
    ax.set_ylim(len(absent) - 0.3, -1.4)
    label(ax, TITLES[quantity], AXES[quantity], "absent" if quantity == "rate" else "")
