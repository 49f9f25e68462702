"""The panels of shops: an answer against the upper bound of kappa."""

import math

import polars as pl
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator

from experiments.presentation.axes import label, label_lines, log_axis
from experiments.presentation.colours import EDGE, OTHER_HYPERPRIOR, POSTERIOR, VERMILION
from experiments.shops.bounds import ALIKE, SHOPS

SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
START, END = 20.0, 3e10  # of the axis of bounds; what is written at the ends of lines needs room
BOUND = "upper bound of κ (pseudo-ratings)"
TITLES = {
    SHOPS: "Twelve shops: the mean of κ follows\nthe bound, its median hardly moves",
    ALIKE: "Shops all alike: the median of κ\nfollows the bound too",
}
COLOURS = {SHOPS: POSTERIOR, ALIKE: VERMILION}


def plot_kappa(ax: Axes, data: str, answers: pl.DataFrame, proper_median: float, proper: str) -> None:
    """Mean and median of kappa against its upper bound, and the median under a proper hyperprior.

    Args:
        ax: where to draw.
        data: name of the data set.
        answers: `bound_table` of it.
        proper_median: median of kappa under a proper hyperprior.
        proper: its name.
    """
    answers = answers.sort("bound")
    end = answers.row(-1, named=True)
    _powers(ax, "x")
    _powers(ax, "y")
    for column, text, dashes, up in (("kappa", "mean", "--", 0), ("kappa_50", "median", "-", 7)):
        ax.plot(answers["bound"], answers[column], color=COLOURS[data], linewidth=2.2, linestyle=dashes)
        label_lines(ax, [(end["bound"], end[column], text, COLOURS[data])], shift=(6, up))
    ax.plot(answers["bound"], answers["bound"], color=EDGE, linewidth=1.4, linestyle=":")
    label_lines(ax, [(end["bound"], end["bound"], "the bound", EDGE)])
    ax.axhline(proper_median, color=OTHER_HYPERPRIOR, linewidth=1.6)
    label_lines(ax, [(END, proper_median, f"median under {proper}", OTHER_HYPERPRIOR)], side="right", shift=(0, -9))
    ax.set_xlim(START, END)
    ax.set_ylim(1, 3e8)
    label(ax, TITLES[data], BOUND, "κ, posterior mean and median")


def plot_phi(ax: Axes, answers: pl.DataFrame) -> None:
    """The 90 % interval and the mean of phi against the bound, of both data sets."""
    _powers(ax, "x")
    for data, colour in COLOURS.items():
        rows = answers.filter(data=data).sort("bound")
        ax.fill_between(rows["bound"], rows["phi_5"], rows["phi_95"], color=colour, alpha=0.2, linewidth=0)
        ax.plot(rows["bound"], rows["phi"], color=colour, linewidth=2.2)
    for data, text in ((SHOPS, "twelve\nshops"), (ALIKE, "all\nalike")):
        end = answers.filter(data=data).sort("bound").row(-1, named=True)
        label_lines(ax, [(end["bound"], end["phi"], text, COLOURS[data])], shift=(6, 14 if data == ALIKE else -14))
    ax.set_xlim(START, END)
    ax.set_ylim(0.35, 0.75)
    label(ax, "The mean quality φ hardly\ndepends on the bound", BOUND, "φ, mean and 90 % interval")


def _power(value: float) -> str:
    return "10" + f"{math.log10(value):.0f}".translate(SUPERSCRIPTS)


def _powers(ax: Axes, which: str) -> None:
    """A log axis with powers of ten as ticks, every second one."""
    log_axis(ax, "x" if which == "x" else "y", subs=(1,))
    axis = ax.xaxis if which == "x" else ax.yaxis
    axis.set_major_locator(LogLocator(base=100))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}" if value < 1e5 else _power(value)))
