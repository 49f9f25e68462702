"""How far ranks are from uniform: the ECDF minus the diagonal, with the band that chance allows."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.presentation.axes import BLUE, GREEN, GREY, ORANGE, VERMILION, label, new_figure
from experiments.presentation.uniformity_band import BAND, band, differences

SYMBOLS = {"mu": "population mean μ", "lam": "concentration λ", "theta": "a student's rate θ"}
KEY = {
    "importance": ("importance", BLUE),
    "NUTS": ("NUTS", ORANGE),
    "HMC": ("HMC", BLUE),
    "SMC": ("SMC", GREEN),
    "VI": ("VI, biased", VERMILION),
}

Ranks = Mapping[str, np.ndarray]  # normalised ranks by quantity


def plot_ranks(u: Mapping[str, Ranks], exact: str, planted: str) -> Figure:
    """ECDF difference plots: a column per quantity; rows for importance, for the other methods, for the planted error.

    Args:
        u: normalised ranks by method.
        exact: the method drawn in black, in both of the first rows.
        planted: the method that is wrong.

    Returns:
        The figure.
    """
    number = len(u[exact]["mu"])
    others = [method for method in u if method not in (exact, planted)]
    rows = []
    for is_importance in (True, False):
        methods = [method for method in others if ("importance" in method) == is_importance]
        if methods:
            rows.append((f", {number} data sets", {method: u[method] for method in (*methods, exact)}))
    rows.append((", wrong program", {planted: u[planted]}))
    figure, axes = new_figure(len(SYMBOLS), rows=len(rows), height=3.3)
    for i, (title, methods) in enumerate(rows):
        row = axes[i * len(SYMBOLS) : (i + 1) * len(SYMBOLS)]
        _draw_row(row, title, methods, exact)
    return figure


def _draw_row(row: Sequence[Axes], title: str, methods: Mapping[str, Ranks], exact: str) -> None:
    """The same methods in a panel for each quantity, and the band for as many data sets as they have."""
    low, high = band(len(next(iter(methods.values()))["mu"]))
    colours = {method: _colour(method, exact) for method in methods}
    for ax, (name, symbol) in zip(row, SYMBOLS.items(), strict=True):
        ax.fill_between(low[0], low[1], high[1], color=GREY, alpha=0.25, linewidth=0)
        ax.axhline(0, color=GREY, linewidth=0.8)
        for method in sorted(methods, key=lambda method: method == exact):
            ax.plot(*differences(methods[method][name]), color=colours[method][1], linewidth=1.6, alpha=0.85)
        label(ax, symbol + title, "normalised rank u", "")
    furthest = 1.5 * max(abs(end) for ax in row for end in ax.get_ylim())
    for ax in row:
        ax.set_ylim(-furthest, furthest)
    row[0].text(
        0.99,
        0.02,
        f"{BAND:.0%} band of one curve",
        color="#555555",
        fontsize=10,
        ha="right",
        va="bottom",
        transform=row[0].transAxes,
    )
    row[0].set_ylabel("ECDF of u minus u", fontsize=12)
    for i, (text, colour) in enumerate(dict.fromkeys(colours.values())):
        row[0].text(0.01, 0.99 - 0.09 * i, text, color=colour, fontsize=11, va="top", transform=row[0].transAxes)


def _colour(method: str, exact: str) -> tuple[str, str]:
    if method == exact:
        return exact, "black"
    return next((KEY[algorithm] for algorithm in KEY if algorithm in method), (method, VERMILION))
