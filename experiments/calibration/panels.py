"""How far ranks are from uniform: the ECDF minus the diagonal, with the band that chance allows."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.presentation.axes import label, new_figure, show_key
from experiments.presentation.colours import ALGORITHMS, BLACK, GREY, WRONG
from experiments.presentation.style import LABEL
from experiments.presentation.uniformity_band import BAND, band, differences

SYMBOLS = {"mu": "Mean μ", "lam": "Concentration λ", "theta": "A student's θ"}
BIASED = "VI"
WHAT_IS_SHOWN = (
    "The rank u of a true value among draws of the posterior goes from 0, lowest, to 1, highest.\n"
    "ECDF of u: the share of data sets with at most this rank. A right program has uniform ranks: the share is u\n"
    "itself, and the difference that is drawn is 0, but for chance."
)

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
    others = [method for method in u if method not in (exact, planted)]
    importance = [method for method in others if "importance" in method]
    rows = {
        "{} by importance sampling:\na right program stays in the band": [*importance, exact],
        "{} by other algorithms:\na right program stays in the band": [
            *(method for method in others if method not in importance),
            exact,
        ],
        "{} with an error planted:\nenough data sets show it": [planted],
    }
    rows = {title: methods for title, methods in rows.items() if methods != [exact]}
    figure, axes = new_figure(len(SYMBOLS), rows=len(rows), height=3.9)
    figure.suptitle(f"{len(u[exact]['mu'])} data sets. {WHAT_IS_SHOWN}", x=0.01, ha="left", fontsize=LABEL)
    for i, (title, methods) in enumerate(rows.items()):
        row = axes[i * len(SYMBOLS) : (i + 1) * len(SYMBOLS)]
        _draw_row(row, title, {method: u[method] for method in methods}, exact)
    return figure


def _draw_row(row: Sequence[Axes], title: str, methods: Mapping[str, Ranks], exact: str) -> None:
    """The same methods in a panel for each quantity, and the band for as many data sets as they have."""
    low, high = band(len(next(iter(methods.values()))["mu"]))
    marks: dict[str, Any] = {}
    for ax, (name, symbol) in zip(row, SYMBOLS.items(), strict=True):
        shade = ax.fill_between(low[0], low[1], high[1], color=GREY, alpha=0.25, linewidth=0)
        ax.axhline(0, color=GREY, linewidth=0.8)
        for method in sorted(methods, key=lambda method: method == exact):
            text, colour = _text_and_colour(method, exact)
            (marks[text],) = ax.plot(*differences(methods[method][name]), color=colour, linewidth=1.6, alpha=0.85)
        label(ax, title.format(symbol), "normalised rank u", "ECDF of u minus u")
        marks[f"where {100 * BAND:g} % of curves of uniform ranks stay"] = shade
    furthest = 1.2 * max(abs(end) for ax in row for end in ax.get_ylim())
    for ax in row:
        ax.set_ylim(-furthest, furthest)
    show_key(row[0], marks)


def _text_and_colour(method: str, exact: str) -> tuple[str, str]:
    if method == exact:
        return exact, BLACK
    for algorithm, colour in ALGORITHMS.items():
        if algorithm in method:
            return f"{algorithm}, biased" if algorithm == BIASED else algorithm, colour
    return method, WRONG
