"""The panels of one-level-up."""

from collections.abc import Sequence

import numpy as np
import polars as pl
from matplotlib.axes import Axes

from experiments.one_level_up.places import ALONE, IN_SCHOOL, UNSEEN_SCHOOL
from experiments.one_level_up.together import NAMES, NEW
from experiments.presentation.axes import BLUE, GREEN, GREY, ORANGE, SYMBOLS, VERMILION, label, label_lines, log_axis

COLOURS = {"A": BLUE, "B": VERMILION, NEW: GREEN}
LINES = {  # of each level: its colour, and its text
    "theta": (GREY, "θ of a student"),
    "log_odds_mu": (BLUE, "μ of a classroom"),
    "log_lam": (ORANGE, "λ of a classroom"),
    "mu_centre": (BLUE, "school: centre of μ"),
    "mu_spread": (GREEN, "school: spread of μ"),
    "lam_centre": (ORANGE, "school: centre of λ"),
    "lam_spread": (VERMILION, "school: spread of λ"),
}
OF_SCHOOL = ("mu_centre", "mu_spread", "lam_centre", "lam_spread")


def plot_classrooms(ax: Axes, classrooms: pl.DataFrame) -> None:
    """Median and 90 % intervals of (mu, lam) of each classroom: hollow without the other classrooms, filled with them."""
    for row in classrooms.filter(pl.col("learned").is_in([ALONE, IN_SCHOOL, UNSEEN_SCHOOL])).iter_rows(named=True):
        colour, in_school = COLOURS[row["classroom"]], row["learned"] == IN_SCHOOL
        style = {"color": colour, "linewidth": 2.2 if in_school else 1.2, "linestyle": "-" if in_school else ":"}
        ax.plot([row["mu_low"], row["mu_high"]], [row["lam_median"]] * 2, **style)
        ax.plot([row["mu_median"]] * 2, [row["lam_low"], row["lam_high"]], **style)
        ax.scatter(
            row["mu_median"],
            row["lam_median"],
            s=40,
            zorder=3,
            facecolor=colour if in_school else "white",
            edgecolor=colour,
        )
    log_axis(ax, "y", subs=(1,))
    ax.set_xlim(0, 1)
    label(ax, "One school draws A and B\ntogether, and places a new one", SYMBOLS["mu"], SYMBOLS["lam"])


def plot_densities(ax: Axes, densities: pl.DataFrame) -> None:
    """The predictive density of a new student's rate, by where the student comes from."""
    theta = densities["theta"]
    for name in NAMES:
        ax.plot(theta, densities[f"{name}, {IN_SCHOOL}"], color=COLOURS[name], linewidth=2.2)
    ax.plot(theta, densities[f"{NEW}, {UNSEEN_SCHOOL}"], color=GREY, linewidth=1.6, linestyle=":")
    ax.set_xlim(0, 1)
    ax.set_ylim(0, 4)
    label(ax, "What a new student starts from", "rate θ", "predictive density of θ")


def plot_newcomers(ax: Axes, newcomers: pl.DataFrame) -> None:
    """Means and 90 % intervals of a new student before a bento, and after one of either kind."""
    places = newcomers.select("classroom", "learned").unique(maintain_order=True).rows()
    for at, (classroom, learned) in enumerate(places):
        rows = newcomers.filter(classroom=classroom, learned=learned)
        for row, up in zip(rows.iter_rows(named=True), (0, -0.22, 0.22), strict=True):
            colour = COLOURS[classroom] if row["n"] == 0 else GREEN
            ax.plot([row["low"], row["high"]], [at + up] * 2, color=colour, alpha=0.3, linewidth=4)
            ax.scatter(row["mean"], at + up, s=30, color=colour, zorder=3)
    ax.set_yticks(range(len(places)), [f"{classroom}, {learned}" for classroom, learned in places])
    ax.set_ylim(len(places) - 0.5, -0.5)
    ax.set_xlim(0, 1)
    label(ax, "One bento", "rate θ", "")


def plot_students(ax: Axes, students: pl.DataFrame) -> None:
    """Emi and Farid: means and 90 % intervals, alone and in the school."""
    for at, row in enumerate(students.iter_rows(named=True)):
        for kind, up, filled in ((ALONE, -0.14, False), ("school", 0.14, True)):
            ax.plot([row[f"{kind}_low"], row[f"{kind}_high"]], [at + up] * 2, color=BLUE, alpha=0.3, linewidth=4)
            ax.scatter(row[kind], at + up, s=36, zorder=3, edgecolor=BLUE, facecolor=BLUE if filled else "white")
    names = [f"{row['name']}, {row['k']}/{row['n']}" for row in students.iter_rows(named=True)]
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.set_xlim(0, 1)
    label(ax, "Emi and Farid", "rate θ", "")


def plot_curves(ax: Axes, curves: pl.DataFrame, more: str) -> None:
    """The share of the prior's sd that is left at each level, as there are more classrooms or more students."""
    of_more = curves.filter(more=more)
    ends = []
    for level, (colour, text) in LINES.items():
        rows = of_more.filter(level=level)
        style = "-" if level in OF_SCHOOL else "--"
        ax.errorbar(rows[more], rows["left"], rows["left_error"], color=colour, linestyle=style, linewidth=2)
        ends.append((rows[more][-1], rows["left"][-1], text, colour))
    log_axis(ax, "x", subs=(1, 2, 4, 8))
    label_lines(ax, ends)
    ax.set_ylim(0, 1.05)
    label(ax, f"More {more}", more, "sd left, share of prior's")
