"""The panels of performance: one message each."""

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from experiments.performance.methods import AGGREGATED, BY_HAND, GENERIC, MARGINAL, PRIOR_WEIGHTS
from experiments.performance.posterior import EXACT
from experiments.presentation.axes import BLUE, GREEN, ORANGE, VERMILION, label, label_lines, log_axis
from experiments.presentation.numbers import number

PURPLE = "#CC79A7"  # also from Okabe & Ito
COLOURS = {
    AGGREGATED: BLUE,
    MARGINAL: GREEN,
    GENERIC: VERMILION,
    BY_HAND: ORANGE,
    PRIOR_WEIGHTS: PURPLE,
}
MARKERS = {AGGREGATED: "o", MARGINAL: "s", GENERIC: "^", BY_HAND: "D", PRIOR_WEIGHTS: "v"}
SHORTER = {AGGREGATED: "aggregated", MARGINAL: "marginal", GENERIC: "TFP's pmf in GenJAX"}
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
CLOSEST = 0.06  # smallest distance between two labels, as a share of the axis


def plot_weights(ax: Axes, weights: pl.DataFrame) -> None:
    """Microseconds per particle against students, for every method."""
    ends = []
    for method, colour in COLOURS.items():
        rows = weights.filter(method=method).sort("students")
        if rows.is_empty():
            continue
        per_particle = 1e6 * (rows["seconds"] / rows["particles"]).to_numpy()
        students = rows["students"].to_numpy()
        ax.plot(students, per_particle, color=colour, marker=MARKERS[method], markersize=6, linewidth=2.2)
        ends.append((float(students[-1]), float(per_particle[-1]), SHORTER.get(method, method), colour))
    _powers_of_ten(ax)
    log_axis(ax, "y", subs=(1,))
    label_lines(ax, _apart(ax, [end for end in ends if end[2] != "aggregated"]), shift=(8, 0))
    label_lines(ax, [end for end in ends if end[2] == "aggregated"], side="right", shift=(0, 14))
    label(ax, "Weighing a particle", "students", "microseconds per particle")


def plot_posterior(ax: Axes, posterior: pl.DataFrame) -> None:
    """Seconds until E[lam] of classroom A is known to 1 %."""
    rows = posterior.sort("seconds")
    names, seconds = rows["method"].to_list(), rows["seconds"].to_numpy()
    colours = [BLUE if name == EXACT or "importance" in name else VERMILION for name in names]
    ax.scatter(seconds, range(len(names)), s=70, color=colours)
    for row, (value, colour) in enumerate(zip(seconds, colours, strict=True)):
        label_lines(
            ax, [(float(value), row, f"{number(1e3 * float(value), 3)} ms", colour)], side="center", shift=(0, 14)
        )
    log_axis(ax, "x", subs=(1,))
    ax.margins(x=0.18)
    ax.set_yticks(range(len(names)), [name.replace(", ", ",\n") for name in names])
    ax.set_ylim(len(names) - 0.5, -0.7)
    label(ax, "E[λ] of classroom A to 1 %", "seconds, without compiling", "")


def plot_scaling(ax: Axes, scaling: pl.DataFrame) -> None:
    """Seconds of a call against students, at a fixed number of particles."""
    name = f"importance, aggregated, {scaling['particles'][0]:,} particles"
    lines = [("seconds", name, BLUE, "o"), ("exact_seconds", "exact", GREEN, "s")]
    # The line that ends higher has its name above it, the other one below.
    lines.sort(key=lambda line: scaling[line[0]][-1])
    for (column, text, colour, marker), edge, shift in zip(lines, (min, max), (-14, 14), strict=True):
        students, seconds = scaling["students"].to_list(), scaling[column].to_list()
        ax.plot(students, seconds, color=colour, marker=marker, markersize=6, linewidth=2.2)
        end = (students[-1], edge(seconds), text, colour)
        label_lines(ax, [end], side="right", shift=(0, shift))
    _powers_of_ten(ax)
    log_axis(ax, "y")
    low, high = ax.get_ylim()
    ax.set_ylim(low / 3, high * 3)
    label(ax, "A whole call", "students", "seconds")


def _apart(ax: Axes, ends: list[tuple[float, float, str, str]]) -> list[tuple[float, float, str, str]]:
    """Labels moved down, on a log axis, until none lies over another."""
    low, high = ax.get_ylim()
    step = (high / low) ** CLOSEST
    moved: list[tuple[float, float, str, str]] = []
    for x, y, text, colour in sorted(ends, key=lambda end: -end[1]):
        moved.append((x, min(y, moved[-1][1] / step) if moved else y, text, colour))
    return moved


def _powers_of_ten(ax: Axes) -> None:
    log_axis(ax, "x", subs=(1,))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"10{f'{np.log10(value):.0f}'.translate(RAISED)}"))
