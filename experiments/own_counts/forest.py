"""Figures with a row per group, which grow with the rows: estimates with their intervals, and ranks with theirs."""

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.presentation.axes import label, new_figure, show_key
from experiments.presentation.colours import DARK, ORANGE, POSTERIOR, SAMPLED
from experiments.presentation.literal import shortened
from experiments.presentation.numbers import amount, percent

NAME_WIDTH = 28  # columns of a terminal that a name may take
BEST_AND_WORST_SHOWN = 0.01  # probability of being first or last, above which it is written
SAMPLED_BELOW = 0.28  # in rows: how far the sampled answer is drawn below the exact one


def row_figure(rows: int, *, width: float = 9.0) -> tuple[Figure, Axes]:
    """A figure with room for a line of text in each row.

    Args:
        rows: how many.
        width: inches.

    Returns:
        The figure and its axes.
    """
    figure, (ax,) = new_figure(1, width=width, height=1.6 + (rows + 1) * _row_inches(rows))
    return figure, ax


def _row_inches(rows: int) -> float:
    return 0.28 if rows <= 30 else 0.2 if rows <= 100 else 0.16


def plot_forest(
    ax: Axes,
    table: pl.DataFrame,
    *,
    population: tuple[float, float, float] | None = None,
    sampled: pl.DataFrame | None = None,
    interval: float = 0.9,
    design: str = "n",
    largest: float = 1.0,
) -> None:
    """Every group's posterior mean and interval, the largest on top, over its raw rate and the population's mean.

    Args:
        ax: where to draw, from `row_figure`.
        table: `Posterior.shrinkage`.
        population: posterior median of the population mean, and both ends of its interval.
        sampled: the same rows in the same order from an approximate method, to be drawn below the exact ones.
        interval: probability of the intervals, for the labels.
        design: column of the trials or the exposures.
        largest: largest possible rate, which may be infinite.
    """
    order = table.select(pl.arg_sort_by("mean", descending=True, maintain_order=True)).to_series()
    table = table[order]
    size = rows_of_text(
        ax, [f"{short(name)}  {k}/{amount(n)}" for name, k, n in table.select("name", "k", design).rows()]
    )
    rows = np.arange(table.height)
    raw, mean, low, high = (table[name].cast(pl.Float64).to_numpy() for name in ("raw", "mean", "low", "high"))
    n = table[design].to_numpy()
    marks, central = {}, percent(interval)
    if population is not None:
        centre, *ends = population
        band = ax.axvspan(*ends, color=ORANGE, alpha=0.2, linewidth=0, zorder=0)
        line = ax.axvline(centre, color=ORANGE, linewidth=1.4, zorder=0.5)
        marks[f"population mean: median, {central} interval"] = band, line
    bars = ax.hlines(rows, low, high, color=POSTERIOR, linewidth=0.18 * size)
    area = (0.9 * size) ** 2 * (0.15 + 0.85 * n / (n.max() or 1))
    ring = {"facecolor": "white", "edgecolor": DARK, "linewidth": 0.8}
    ax.scatter(raw, rows, s=area, zorder=3, clip_on=False, **ring)
    means = ax.scatter(mean, rows, s=(0.5 * size) ** 2, color=POSTERIOR, linewidth=0, zorder=4)
    marks[f"posterior mean, {central} interval"] = bars, means
    shown = [raw, high]
    if sampled is not None:
        middle, left, right = (sampled[order][name].to_numpy() for name in ("mean", "low", "high"))
        thin = ax.hlines(rows + SAMPLED_BELOW, left, right, color=SAMPLED, linewidth=0.08 * size)
        style = {"marker": "|", "s": (0.45 * size) ** 2, "color": SAMPLED, "linewidth": 0.14 * size}
        marks["the same, sampled"] = thin, ax.scatter(middle, rows + SAMPLED_BELOW, zorder=5, **style)
        shown.append(right)
    end = min(largest + 0.01, 1.05 * np.nanmax(np.concatenate(shown)))
    ax.set_xlim(-0.01 * min(end, 1), end)
    numbers = [f"{m:.3f}  [{lo:.3f}, {hi:.3f}]" for m, lo, hi in zip(mean, low, high, strict=True)]
    _text_at_the_right(ax, f"mean [{central}]", numbers, size)
    for row in sorted({int(n.argmax()), int(n.argmin())}):
        marks[f"raw rate, {design} = {amount(n[row].item())}"] = ax.scatter([], [], s=area[row], **ring)
    label(ax, "Each rate is a compromise of the group's own\nand the population's", "rate θ", "")
    show_key(ax, marks, columns=2)


def plot_ranks(
    ax: Axes, ranking: pl.DataFrame, *, groups: int | None = None, interval: float = 0.9, best: str = "highest"
) -> None:
    """Expected rank of every group with its interval, rank 1 on top; the probabilities of being first and last.

    Args:
        ax: where to draw, from `row_figure`.
        ranking: name, rank (posterior mean), rank_low, rank_high, best = P(rank 1), worst = P(last rank).
        groups: how many groups are ranked, if only some of them are drawn.
        interval: probability of the intervals, for the title.
        best: "highest" or "lowest", as it was ranked.
    """
    groups = groups or ranking.height
    ranking = ranking.sort("rank", maintain_order=True)
    size = rows_of_text(ax, [short(name) for name in ranking["name"]])
    rows = np.arange(ranking.height)
    rank, low, high = (ranking[name].to_numpy() for name in ("rank", "rank_low", "rank_high"))
    bars = ax.hlines(rows, low, high, color=POSTERIOR, linewidth=0.18 * size)
    dots = ax.scatter(rank, rows, s=(0.5 * size) ** 2, color=POSTERIOR, linewidth=0, zorder=4)
    ax.set_xlim(0.5, groups + 0.5)
    chances = [
        ",  ".join(
            f"{what} {chance:.0%}"
            for what, chance in (("first", best), ("last", worst))
            if chance > BEST_AND_WORST_SHOWN
        )
        for best, worst in ranking.select("best", "worst").iter_rows()
    ]
    _text_at_the_right(ax, f"probability, above {BEST_AND_WORST_SHOWN:.0%}", chances, size)
    title = "The wider a bar, the less is known\nof a group's rank"
    label(ax, title, f"rank among {groups}, 1 being the {best} rate", "")
    show_key(ax, {f"expected rank, {percent(interval)} interval": (bars, dots)})


def short(name: str) -> str:
    """A name on one line, cut where it is too long for a figure."""
    return shortened(name, NAME_WIDTH)


def rows_of_text(ax: Axes, texts: list[str]) -> float:
    """Label the rows, the first on top, and draw a grid line at each; returns the size of the text in points."""
    rows = len(texts)
    size = min(11.0, 72 * 0.72 * _row_inches(rows))
    ax.set_yticks(np.arange(rows), texts, fontsize=size)
    ax.tick_params(axis="y", length=0, labelsize=size)
    ax.set_ylim(rows - 0.3, -1.7)  # one more row, for the headers
    ax.grid(axis="y", color="#e4e4e4", linewidth=0.6)
    ax.set_axisbelow(True)
    ax.spines["left"].set_visible(False)
    if rows > 30:  # a long figure has an x axis at the top too
        ax.tick_params(axis="x", top=True, labeltop=True)
        ax.spines["top"].set_visible(True)
    return size


def _text_at_the_right(ax: Axes, header: str, texts: list[str], size: float) -> None:
    style = {"transform": ax.get_yaxis_transform(), "va": "center_baseline", "ha": "left", "fontsize": size}
    ax.text(1.02, -1, header, color="#555555", **style)
    for row, text in enumerate(texts):
        ax.text(1.02, row, text, **style)
