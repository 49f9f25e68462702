"""The panels of overhypotheses."""

from collections.abc import Mapping

import numpy as np
import polars as pl
from matplotlib.axes import Axes

from experiments.overhypotheses.worlds import ALIKE, NONE, OWN, Setting
from experiments.presentation.axes import label, label_lines, log_axis, show_key
from experiments.presentation.colours import BLUE, GREY, VERMILION

COLOURS = {NONE: GREY, OWN: VERMILION, ALIKE: BLUE}
NAMES = {NONE: "no bags seen", OWN: "one colour each", ALIKE: "mixed alike"}
GAP = 3  # between the two rows of bags, in marbles


def plot_bags(ax: Axes, setting: Setting) -> None:
    """Every bag of both worlds, a bar each: black marbles below, white ones above."""
    size = int(setting.seen[OWN].sum(axis=1).max())
    for bottom, world in ((size + GAP, OWN), (0, ALIKE)):
        black, white = setting.seen[world].T
        at = np.arange(len(black)) + 1
        outline = {"width": 0.8, "edgecolor": "black", "linewidth": 0.7}
        ax.bar(at, black, bottom=bottom, color="#222222", **outline)
        ax.bar(at, white, bottom=bottom + black, color="white", **outline)
        ax.text(len(black) + 1, bottom + size / 2, NAMES[world], color=COLOURS[world], fontsize=11, va="center")
    ax.set_xlim(0.2, 1.4 * len(setting.seen[OWN]))
    ax.set_xticks(np.arange(5, len(setting.seen[OWN]) + 1, 5))
    ticks = np.array([0, size // 2, size])
    ax.set_yticks([*ticks, *(ticks + size + GAP)], [str(tick) for tick in (*ticks, *ticks)])
    title = "The same number of black marbles,\nspread over the bags in two ways"
    label(ax, title, "bag", "marbles: black below, white above")


def plot_densities(ax: Axes, densities: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> None:
    """The posterior density of log10 lam in each world."""
    for world, (lam, density) in densities.items():
        colour = COLOURS[world]
        ax.fill_between(lam, density, color=colour, alpha=0.25, linewidth=0)
        ax.plot(lam, density, color=colour, linewidth=2.2)
        peak = int(np.argmax(density))
        label_lines(ax, [(lam[peak], density[peak], NAMES[world], colour)], side="center", shift=(0, 12))
    log_axis(ax, "x", subs=(1,))
    ax.set_ylim(0, 1.15 * ax.get_ylim()[1])
    title = "The bags seen say how alike bags are:\nthat is the overhypothesis"
    label(ax, title, "concentration λ (alpha in the paper)", "posterior density of log₁₀ λ")


def plot_curve(ax: Axes, curve: pl.DataFrame) -> None:
    """The probability that the next marble is black too, against the number of bags seen."""
    most = curve["marbles"].max()
    for (world, marbles), rows in curve.group_by("world", "marbles", maintain_order=True):
        style = "-" if marbles == most else "--"
        colour = COLOURS[str(world)]
        ax.plot(rows["bags"], rows["same"], style, color=colour, linewidth=2.2, marker="o", markersize=4)
        label_lines(ax, [(rows["bags"][-1], rows["same"][-1], f"{marbles} marbles a bag", colour)])
        if marbles == most:
            middle = len(rows) // 2
            point = (rows["bags"][middle], rows["same"][middle], NAMES[str(world)], colour)
            label_lines(ax, [point], side="center", shift=(0, 13 if world == OWN else -13))
    ax.axhline(0.5, color=GREY, linewidth=1.2, linestyle=":")
    last = int(curve["bags"].to_numpy().max())
    label_lines(ax, [(0, 0.5, "one marble says nothing", GREY)], shift=(0, -9))
    ax.set_xlim(-0.03 * last, 1.42 * last)
    ax.set_xticks(range(0, last + 1, max(2, last // 5)))
    ax.set_ylim(0.45, 1.05)
    title = "The fuller the bags, the fewer it takes\nto learn what bags are like"
    label(ax, title, "bags seen", "P(next is black), after one black")


def plot_certainty(ax: Axes, new_bag: pl.DataFrame) -> None:
    """The probability of the same colour before and after one marble, in each setting and world."""
    names = new_bag["setting"].unique(maintain_order=True).to_list()
    for row in new_bag.iter_rows(named=True):
        colour = COLOURS[row["world"]]
        y = names.index(row["setting"]) + {OWN: -0.22, NONE: 0.0, ALIKE: 0.22}[row["world"]]
        ax.plot([row["before"], row["same"]], [y, y], color=colour, linewidth=2, zorder=1)
        ax.scatter(row["before"], y, s=40, facecolor="white", edgecolor=colour, linewidth=1.6, zorder=2)
        ax.scatter(row["same"], y, s=40, color=colour, zorder=2)
        if row["setting"] == names[0]:
            label_lines(ax, [(row["same"], y, NAMES[row["world"]], colour)], shift=(9, 0))
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.set_xlim(0, 1.42)
    ax.set_xticks([0, 0.25, 0.5, 0.75, 1])
    title = "One marble says much of the next\nwhere bags have one colour each"
    label(ax, title, "probability of the marble's colour", "")
    ring = {"s": 40, "edgecolor": GREY, "linewidth": 1.6}
    before, after = (ax.scatter([], [], facecolor=face, **ring) for face in ("white", GREY))
    show_key(ax, {"before a marble of the bag is seen": before, "after one of this colour": after})
