"""The panels of performance: one message each."""

import polars as pl
from matplotlib.axes import Axes

from experiments.performance.methods import AGGREGATED, BY_HAND, GENERIC, MARGINAL, PRIOR_WEIGHTS
from experiments.performance.posterior import EXACT
from experiments.presentation.axes import label, label_lines, log_axis, powers_of_ten, show_key
from experiments.presentation.colours import BLUE, GREEN, ORANGE, PURPLE, VERMILION
from experiments.presentation.numbers import number

COLOURS = {
    AGGREGATED: BLUE,
    MARGINAL: GREEN,
    GENERIC: VERMILION,
    BY_HAND: ORANGE,
    PRIOR_WEIGHTS: PURPLE,
}
MARKERS = {AGGREGATED: "o", MARGINAL: "s", GENERIC: "^", BY_HAND: "D", PRIOR_WEIGHTS: "v"}
SHORTER = {AGGREGATED: "aggregated", MARGINAL: "marginal", GENERIC: "TFP's pmf in GenJAX"}


def plot_weights(ax: Axes, weights: pl.DataFrame) -> None:
    """Microseconds per particle against students, for every method."""
    marks = {}
    for method, colour in COLOURS.items():
        rows = weights.filter(method=method).sort("students")
        if rows.is_empty():
            continue
        per_particle = 1e6 * (rows["seconds"] / rows["particles"]).to_numpy()
        students = rows["students"].to_numpy()
        style = {"color": colour, "marker": MARKERS[method], "markersize": 6, "linewidth": 2.2}
        (marks[SHORTER.get(method, method)],) = ax.plot(students, per_particle, **style)
    powers_of_ten(ax, "x")
    log_axis(ax, "y", subs=(1,))
    title = "The time to weigh one particle,\nas there are more students"
    label(ax, title, "students", "microseconds per particle")
    show_key(ax, marks)


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
    label(
        ax,
        "The time until E[λ] of classroom A\nis known to 1 %, by each method",
        "seconds, without compiling",
        "",
    )


def plot_scaling(ax: Axes, scaling: pl.DataFrame) -> None:
    """Seconds of a call against students, at a fixed number of particles."""
    name, marks = f"importance, aggregated, {scaling['particles'][0]:,} particles", {}
    for column, text, colour, marker in (("exact_seconds", "exact", GREEN, "s"), ("seconds", name, BLUE, "o")):
        style = {"color": colour, "marker": marker, "markersize": 6, "linewidth": 2.2}
        (marks[text],) = ax.plot(scaling["students"].to_list(), scaling[column].to_list(), **style)
    powers_of_ten(ax, "x")
    log_axis(ax, "y")
    low, high = ax.get_ylim()
    ax.set_ylim(low / 3, high * 3)
    label(ax, "The time of a whole call,\nas there are more students", "students", "seconds")
    show_key(ax, marks)
