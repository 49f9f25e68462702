"""How far ranks are from uniform: the ECDF's distance from the diagonal, with the band that chance allows it."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments import figures

BAND = 0.99
SIMULATIONS = 4_000  # of uniform samples, which make the band's probability right to 0.2 %
SYMBOLS = {"mu": "population mean μ", "lam": "concentration λ", "theta": "a student's rate θ"}
COLOURS = {"importance": figures.BLUE, "NUTS": figures.ORANGE, "HMC": figures.ORANGE, "SMC": figures.GREEN}
KEY = {
    "exact": "black",
    "importance": figures.BLUE,
    "NUTS, HMC": figures.ORANGE,
    "SMC": figures.GREEN,
}

Ranks = Mapping[str, np.ndarray]  # normalised ranks by quantity


def plot(u: Mapping[str, Ranks], exact: str, planted: str) -> Figure:
    """ECDF difference plots: the right programs above, the planted error below, a panel for each quantity.

    Args:
        u: normalised ranks by method.
        exact: the method drawn in black.
        planted: the method that is wrong.

    Returns:
        The figure.
    """
    names = list(u[exact])
    figure, axes = figures.new_figure(len(names), rows=2, height=3.6)
    upper, lower = axes[: len(names)], axes[len(names) :]
    low, high = _band(len(u[exact][names[0]]))
    for ax, name in zip(upper, names, strict=True):
        _draw_band(ax, low, high)
        for method, ranks in u.items():
            if method not in (exact, planted):
                colour = next(colour for algorithm, colour in COLOURS.items() if algorithm in method)
                ax.plot(*_differences(ranks[name]), color=colour, linewidth=1.1, alpha=0.8)
        ax.plot(*_differences(u[exact][name]), color="black", linewidth=1.8)
        figures.label(ax, SYMBOLS[name], "normalised rank u", "")
    for ax, name in zip(lower, names, strict=True):
        _draw_band(ax, low, high)
        ax.plot(*_differences(u[planted][name]), color=figures.VERMILION, linewidth=2.0)
        figures.label(ax, f"{SYMBOLS[name]}, wrong program", "normalised rank u", "")
    for row in (upper, lower):
        furthest = 1.2 * max(abs(end) for ax in row for end in ax.get_ylim())
        for ax in row:
            ax.set_ylim(-furthest, furthest)
        row[0].set_ylabel("ECDF of u, less u", fontsize=12)
    # Where the band leaves room: it closes at both ends.
    for i, (text, colour) in enumerate(KEY.items()):
        y, side = (0.98 - 0.08 * i, "top") if i < 2 else (0.10 - 0.08 * (i - 2), "bottom")
        upper[0].text(0.01, y, text, color=colour, fontsize=11, va=side, transform=upper[0].transAxes)
    return figure


def _differences(u: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both ends of every step of the ECDF less u."""
    u = np.sort(u)
    steps = np.arange(len(u) + 1) / len(u)
    x = np.concatenate([[0.0], np.repeat(u, 2), [1.0]])
    return x, np.repeat(steps, 2) - x


def _band(number: int) -> tuple[np.ndarray, np.ndarray]:
    """Points and ends (at, low), (at, high) of the band that the ECDF of uniform numbers, less u, rarely leaves.

    It is left with probability 1 - BAND, by simulation (Säilynoja, Bürkner & Vehtari 2022), and as wide at each u as
    the binomial distribution of the number below u.
    """
    from arviz_stats.ecdf_utils import ecdf_pit

    at, _, low, high = ecdf_pit(np.full(number, 0.5), BAND, SIMULATIONS)
    return np.stack([at, low - at]), np.stack([at, high - at])


def _draw_band(ax: Axes, low: np.ndarray, high: np.ndarray) -> None:
    ax.fill_between(low[0], low[1], high[1], color=figures.GREY, alpha=0.25, linewidth=0)
    ax.axhline(0, color=figures.GREY, linewidth=0.8)
    figures.label_lines(
        ax, [(0.5, low[1].min(), f"{BAND:.0%} band of one curve", "#555555")], side="center", shift=(0, -9)
    )
