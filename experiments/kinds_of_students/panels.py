"""The panels of kinds-of-students."""

import numpy as np
import polars as pl
from matplotlib.axes import Axes

from experiments.kinds_of_students.classes import EMI, FARID, MANY_B, SCHOOL, A, B
from experiments.kinds_of_students.each_kind import kinds_of
from experiments.kinds_of_students.evidence import TOLD_APART
from experiments.kinds_of_students.labels import WITHOUT_ORDER
from experiments.kinds_of_students.populations import BINS, share_of_bins
from experiments.presentation.axes import label, label_lines
from experiments.presentation.colours import CLASSROOM_A, CLASSROOM_B, GREY, ORANGE, PURPLE, SKY
from experiments.presentation.colours import SCHOOL as SCHOOL_COLOUR
from inference import McmcPosterior, Posterior

BY_KINDS = {1: GREY, 2: PURPLE, 3: SKY}
BY_CLASS = {A: CLASSROOM_A, B: CLASSROOM_B, SCHOOL: SCHOOL_COLOUR, MANY_B: ORANGE}
UP = {SCHOOL: 5, B: -6}  # points: these two lines end close to each other
CHAINS = ("black", "#5A5A5A", "#949494", "#C4C4C4")
SHOWN = 200  # draws of each chain
WORDS = {1: "one Beta", 2: "two kinds", 3: "three kinds"}


def plot_populations(ax: Axes, learned: dict[int, Posterior]) -> None:
    """The share of students in each bin of rates, in the population learned by each number of kinds."""
    for kinds, posterior in learned.items():
        shares, _ = share_of_bins(posterior)
        ax.stairs(100 * shares, BINS, color=BY_KINDS[kinds], linewidth=2.2)
        ax.text(
            0.5,
            0.95 - 0.09 * kinds,
            WORDS[kinds],
            color=BY_KINDS[kinds],
            fontsize=11,
            ha="center",
            transform=ax.transAxes,
        )
    ax.set_xlim(0, 1)
    ax.set_ylim(bottom=0)
    label(ax, "B: one U-shaped Beta and two kinds\nare hardly different populations", "rate θ", "share of students (%)")


def plot_evidence(ax: Axes, evidence: pl.DataFrame) -> None:
    """The log Bayes factor of each number of kinds against one."""
    for name, colour in BY_CLASS.items():
        rows = evidence.filter((pl.col("class") == name) & (pl.col("kinds") != TOLD_APART))
        kinds, factor = rows["kinds"].cast(int).to_numpy(), rows["log_bayes_factor"].to_numpy()
        ax.errorbar(kinds, factor, rows["log_bayes_factor_error"], color=colour, marker="o", linewidth=2.2)
        label_lines(ax, [(kinds[-1], factor[-1], name, colour)], shift=(6, UP.get(name, 0)))
    apart = evidence.row(by_predicate=pl.col("kinds") == TOLD_APART, named=True)
    ax.scatter([2], [apart["log_bayes_factor"]], marker="*", s=140, color=SCHOOL_COLOUR, zorder=3)
    label_lines(ax, [(2, apart["log_bayes_factor"], "A and B told apart", SCHOOL_COLOUR)], shift=(10, 0))
    ax.axhline(0, color="black", linewidth=1)
    ax.set_xticks([1, 2, 3])
    ax.set_xlim(0.9, 4.1)
    label(
        ax,
        "Six students cannot tell two kinds\nfrom one; four times as many can",
        "kinds of students",
        "log Bayes factor against one (nats)",
    )


def plot_members(ax: Axes, members: pl.DataFrame) -> None:
    """Of which of two kinds each student of the school is."""
    rows = members.filter(pl.col("class") == SCHOOL).sort("p_2")
    y = np.arange(rows.height)
    of_a = rows["name"].str.ends_with("(A)").to_numpy()
    ax.barh(y, rows["p_2"], color=np.where(of_a, CLASSROOM_A, CLASSROOM_B))
    ax.set_yticks(y, [f"{name} {k}/{n}" for name, k, n in rows.select("name", "k", "n").iter_rows()], fontsize=10)
    ax.set_xlim(0, 1)
    label(ax, "A and B as one school: the two kinds\nare not the two classes", "P(student is of the higher kind)", "")


def plot_newcomers(ax: Axes, newcomers: pl.DataFrame) -> None:
    """Emi and Farid in A and B, by the number of kinds: mean and 90 % interval."""
    y, ticks, names = 0.0, [], []
    for name in (A, B):
        for student in (EMI, FARID):
            rows = newcomers.filter((pl.col("class") == name) & (pl.col("name") == student))
            at = y + np.arange(rows.height)
            colours = [BY_KINDS[kinds] for kinds in rows["kinds"]]
            ax.hlines(at, rows["low"], rows["high"], color=colours, alpha=0.4, linewidth=5)
            ax.scatter(rows["mean"], at, color=colours, s=40, zorder=3)
            ticks.append(at.mean())
            names.append(f"{student} in {name}\n{rows['k'][0]} of {rows['n'][0]}")
            y += rows.height + 1
    ax.set_yticks(ticks, names)
    ax.set_ylim(y - 0.5, -2.2)
    ax.set_xlim(-0.02, 1.02)
    for x, kinds in zip((0.0, 0.3, 0.63), newcomers["kinds"].unique().sort(), strict=False):
        ax.text(x, -1.4, WORDS[kinds], color=BY_KINDS[kinds], fontsize=11, va="center")
    label(ax, "A second kind moves Farid in A:\nit makes room for him", "rate θ, mean and 90 % interval", "")


def plot_first_kind(ax: Axes, posterior: Posterior, program: str) -> None:
    """The mean of the kind that each chain calls the first, draw by draw."""
    assert isinstance(posterior, McmcPosterior)
    means = kinds_of(posterior).means[:, 0].reshape(posterior.n_chains, -1)
    shown = np.unique(np.linspace(0, means.shape[1] - 1, SHOWN).astype(int))
    for chain, colour in zip(means, CHAINS, strict=True):
        ax.plot(shown, chain[shown], ".", color=colour, markersize=4)
    ax.set_ylim(0, 1)
    title = (
        "chains differ in what they\ncall the first kind"
        if program == WITHOUT_ORDER
        else "all chains call the\nlower kind the first"
    )
    label(
        ax,
        f"{program.capitalize()}, {title}; R-hat {posterior.rhat:.2f}",
        "draw (a shade of grey for each chain)",
        "mean of the first kind",
    )
