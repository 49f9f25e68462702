"""The panels of rates-of-events: each pump's rate, the shape of the population, and the ranks."""

from typing import Literal

import numpy as np
import polars as pl
from matplotlib.axes import Axes

from experiments.presentation.axes import label, label_lines, log_axis, show_key
from experiments.presentation.colours import GREY, ORANGE, OTHER_HYPERPRIOR, POSTERIOR, RAW, SHRUNK

MARKED = 3  # pumps whose rank changes most
LABEL_HEIGHT = 0.36  # of a line of text, in ranks


def plot_rates(ax: Axes, pumps: pl.DataFrame) -> None:
    """Each pump's raw rate and posterior mean with its 90 % interval, on a log axis, the largest mean on top."""
    table = pumps.sort("mean", descending=True)
    rows = np.arange(len(table))
    interval = ax.hlines(rows, table["low"], table["high"], color=SHRUNK, alpha=0.3, linewidth=6)
    exposures = table["exposure"].to_numpy()
    ring = {"facecolor": "none", "edgecolor": RAW, "linewidth": 1.2, "zorder": 3}
    ax.scatter(table["raw"], rows, s=_area(exposures), **ring)
    mean = ax.scatter(table["mean"], rows, s=30, color=SHRUNK, zorder=4)
    texts = [f"{name}: {k} in {hours:g}" for name, k, hours in table.select("name", "k", "exposure").iter_rows()]
    ax.set_yticks(rows, texts)
    ax.invert_yaxis()
    log_axis(ax, "x", subs=(1, 3))
    title = "Pumps that ran for long\nkeep their own rate"
    label(ax, title, "failures in 1000 h", "")
    marks = {
        f"raw rate, {hours:g} thousand hours": ax.scatter([], [], s=_area(hours), **ring)
        for hours in (exposures.max(), exposures.min())
    }
    show_key(ax, marks | {"posterior mean, 90 % interval": (interval, mean)})


def _area(exposure: np.ndarray) -> np.ndarray:
    """Area of the ring of a raw rate, in square points."""
    return 20 + 1.6 * exposure


def plot_shape(ax: Axes, shape: pl.DataFrame, spread: float) -> None:
    """The posterior density of the log of the shape under each hyperprior, from its quantiles."""
    probability = shape["probability"].to_numpy()
    marks = {}
    for name, colour in (("mean_shape()", POSTERIOR), ("prior of BUGS", OTHER_HYPERPRIOR)):
        log_shape = np.log(shape[name].to_numpy())
        middle, density = np.exp((log_shape[1:] + log_shape[:-1]) / 2), np.diff(probability) / np.diff(log_shape)
        (line,) = ax.plot(middle, density, color=colour, linewidth=2.2)
        marks[f"under the {name}" if " " in name else f"under {name}"] = (
            ax.fill_between(middle, density, color=colour, alpha=0.2, linewidth=0),
            line,
        )
    ax.set_ylim(0)
    log_axis(ax, "x")
    title = f"The pumps are not alike: the sd of their\nrates is about {spread:.1f} times the mean"
    label(ax, title, "shape of the population", "posterior density of log shape")
    show_key(ax, marks)


def plot_ranks(ax: Axes, ranks: pl.DataFrame) -> None:
    """A line per pump from its rank if all were equally exposed to its rank with the exposures."""
    change = (ranks["rank"] - ranks["rank_ignoring"]).abs()
    most = set(ranks[change.arg_sort(descending=True)[:MARKED].to_list()]["name"])
    colours, marks = {name: ORANGE if name in most else GREY for name in ranks["name"]}, {}
    for name, before, after in ranks.select("name", "rank_ignoring", "rank").iter_rows():
        (line,) = ax.plot([0, 1], [before, after], "o-", color=colours[name], linewidth=1.8, markersize=5)
        marks["its rank changes most" if name in most else "a pump, by its number"] = line
    sides: tuple[tuple[str, float, float, Literal["left", "right"]], ...]
    sides = ("rank_ignoring", 0.0, -8.0, "right"), ("rank", 1.0, 8.0, "left")
    for column, x, shift, side in sides:
        ends = ranks.sort(column)
        heights = spread_out(ends[column].to_numpy(), LABEL_HEIGHT)
        labels = [
            (x, y, name.removeprefix("pump "), colours[name]) for y, name in zip(heights, ends["name"], strict=True)
        ]
        label_lines(ax, labels, side=side, shift=(shift, 0))
    ax.set_xlim(-0.35, 1.35)
    ax.set_xticks([0, 1], ["ignoring\nexposures", "with\nexposures"])
    ax.invert_yaxis()
    ax.spines["bottom"].set_visible(False)
    label(ax, "Counts without their exposures\naccuse the wrong pumps", "", "expected rank, 1 fails most often")
    show_key(ax, marks)


def spread_out(heights: np.ndarray, apart: float) -> np.ndarray:
    """Heights of labels, moved as little as needed for each to be so far from the next.

    Args:
        heights: where they should be, increasing, shape (labels,).
        apart: smallest distance.

    Returns:
        Where they are: those that would overlap are centred on their mean.
    """
    clusters: list[np.ndarray] = []
    for height in heights:
        clusters.append(np.array([height]))
        while len(clusters) > 1:
            (*_, below), (first, *_) = (_centred(cluster, apart) for cluster in clusters[-2:])
            if first - below >= apart:
                break
            clusters[-2:] = [np.concatenate(clusters[-2:])]
    return np.concatenate([_centred(cluster, apart) for cluster in clusters])


def _centred(cluster: np.ndarray, apart: float) -> np.ndarray:
    return cluster.mean() + apart * (np.arange(len(cluster)) - (len(cluster) - 1) / 2)
