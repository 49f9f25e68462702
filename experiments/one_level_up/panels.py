"""The panels of one-level-up: what being in one school does to classrooms, students and newcomers."""

from typing import Any

import polars as pl
from matplotlib.axes import Axes

from experiments.one_level_up.places import ALONE, IN_SCHOOL, UNSEEN_SCHOOL
from experiments.one_level_up.together import NAMES, NEW
from experiments.presentation.axes import SYMBOLS, label, label_lines, log_axis, show_key
from experiments.presentation.colours import BLACK, CLASSROOMS, GREY, SCHOOL

COLOURS = {**CLASSROOMS, NEW: SCHOOL}
TEXTS = {"A": "A", "B": "B", NEW: "new classroom"}
BENTOS = {  # counts of a new student: shade and marker
    "before a bento": (BLACK, "o"),
    "after 1 of 1": ("#5A5A5A", "^"),
    "after 0 of 1": ("#949494", "v"),
}


def plot_classrooms(ax: Axes, classrooms: pl.DataFrame) -> None:
    """Median and 90 % intervals of (mu, lam) of A and B alone and in the school, and of a new classroom of the school.

    Args:
        ax: where to draw.
        classrooms: `classroom_table`.
    """
    for row in classrooms.filter(pl.col("learned").is_in([ALONE, IN_SCHOOL])).iter_rows(named=True):
        colour, in_school = COLOURS[row["classroom"]], row["learned"] == IN_SCHOOL
        style = {"color": colour, "linewidth": 2.2 if in_school else 1.2, "linestyle": "-" if in_school else ":"}
        ax.plot([row["mu_low"], row["mu_high"]], [row["lam_median"]] * 2, **style)
        ax.plot([row["mu_median"]] * 2, [row["lam_low"], row["lam_high"]], **style)
        face = colour if in_school else "white"
        ax.scatter(row["mu_median"], row["lam_median"], s=40, zorder=3, facecolor=face, edgecolor=colour)
        if in_school:
            ends = [(row["mu_high"], row["lam_median"], TEXTS[row["classroom"]], colour)]
            label_lines(ax, ends, shift=(4, 0))
    log_axis(ax, "y", subs=(1,))
    ax.set_xlim(0, 1.15)
    ax.set_xticks([0, 0.2, 0.4, 0.6, 0.8, 1])
    ring = {"s": 40, "edgecolor": GREY, "zorder": 3}
    alone = *ax.plot([], [], color=GREY, linewidth=1.2, linestyle=":"), ax.scatter([], [], facecolor="white", **ring)
    in_school = *ax.plot([], [], color=GREY, linewidth=2.2), ax.scatter([], [], facecolor=GREY, **ring)
    show_key(ax, {"alone: median, 90 % intervals": alone, "in one school": in_school})
    label(ax, "One school pulls the populations\nof A and B towards each other", SYMBOLS["mu"], SYMBOLS["lam"])


def plot_densities(ax: Axes, densities: pl.DataFrame) -> None:
    """The predictive density of a new student's rate, by where the student comes from.

    Args:
        ax: where to draw.
        densities: `density_table`.
    """
    theta, lines = densities["theta"], {f"{name}, {IN_SCHOOL}": (COLOURS[name], "-", TEXTS[name]) for name in NAMES}
    lines[f"{NEW}, {UNSEEN_SCHOOL}"] = (GREY, ":", "no school seen")
    # Where each label stands: its theta, its side, and its shift in points.
    labels: dict[str, Any] = {"A": (0.62, "right", (-10, 0)), "B": (0.02, "left", (8, 6))}
    labels |= {"new classroom": (0.45, "right", (0, 34)), "no school seen": (0.12, "left", (0, 14))}
    for column, (colour, style, text) in lines.items():
        ax.plot(theta, densities[column], color=colour, linewidth=2.2, linestyle=style)
        x, side, shift = labels[text]
        height = densities[column][int(theta.search_sorted(x))]
        label_lines(ax, [(x, height, text, colour)], side=side, shift=shift)
    ax.set_xlim(0, 1)
    ax.set_ylim(0, 1.15 * densities[f"A, {IN_SCHOOL}"].to_numpy().max())
    title = "A student of a new classroom\nmay be like those of A or of B"
    label(ax, title, "rate θ of a student not seen yet", "predictive density of θ")


def plot_newcomers(ax: Axes, newcomers: pl.DataFrame) -> None:
    """Means and 90 % intervals of a new student before a bento, and after one of either kind.

    Args:
        ax: where to draw.
        newcomers: `newcomer_table`.
    """
    places = {"in A": ("A", IN_SCHOOL), "in B": ("B", IN_SCHOOL), "in a new\nclassroom": (NEW, IN_SCHOOL)}
    places["no school\nseen"] = (NEW, UNSEEN_SCHOOL)
    marks = {}
    for at, (classroom, learned) in enumerate(places.values()):
        rows = newcomers.filter(classroom=classroom, learned=learned).iter_rows(named=True)
        for row, up, (text, (colour, marker)) in zip(rows, (0, -0.22, 0.22), BENTOS.items(), strict=True):
            (bar,) = ax.plot([row["low"], row["high"]], [at + up] * 2, color=colour, alpha=0.3, linewidth=4)
            marks[text] = bar, ax.scatter(row["mean"], at + up, s=36, marker=marker, color=colour, zorder=3)
    ax.set_yticks(range(len(places)), places)
    ax.set_ylim(len(places) - 0.5, -0.5)
    ax.set_xlim(0, 1)
    title = "One bento says little in A, much in B;\nin a new classroom, in between"
    label(ax, title, "rate θ of the student, mean and 90 % interval", "")
    show_key(ax, marks)


def plot_students(ax: Axes, students: pl.DataFrame) -> None:
    """Emi and Farid: means and 90 % intervals, alone and in the school.

    Args:
        ax: where to draw.
        students: `student_table`.
    """
    for at, row in enumerate(students.iter_rows(named=True)):
        colour = COLOURS[row["name"][-1]]
        for kind, up, face in (("alone", -0.15, "white"), ("school", 0.15, colour)):
            ax.plot([row[f"{kind}_low"], row[f"{kind}_high"]], [at + up] * 2, color=colour, alpha=0.3, linewidth=4)
            ax.scatter(row[kind], at + up, s=36, zorder=3, edgecolor=colour, facecolor=face)
    names = [f"{row['name']}\n{row['k']} of {row['n']}" for row in students.iter_rows(named=True)]
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.set_xlim(0, 1)
    title = "Farid moves towards the other\nclassroom; Emi hardly moves"
    label(ax, title, "rate θ of the student, mean and 90 % interval", "")
    ring = {"s": 36, "edgecolor": GREY}
    (bar,) = ax.plot([], [], color=GREY, alpha=0.3, linewidth=4)
    alone, in_school = (ax.scatter([], [], facecolor=face, **ring) for face in ("white", GREY))
    show_key(ax, {"alone": (bar, alone), "in one school": (bar, in_school)})
