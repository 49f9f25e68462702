"""The panels of covariates: each plate's rate, how alike plates are by each program, and the coefficients."""

import numpy as np
import polars as pl
from matplotlib.axes import Axes

from experiments.covariates.plates import KINDS
from experiments.covariates.regression import COEFFICIENTS, FULL
from experiments.covariates.result import Result
from experiments.presentation.axes import label, label_lines, log_axis, show_key
from experiments.presentation.colours import BLUE, GREEN, GREY, ORANGE, RAW, VERMILION

GAP = 1.6  # rows between two kinds of plates
SOURCE_COLOURS = (GREY, GREEN, BLUE, VERMILION)


def plot_plates(ax: Axes, result: Result) -> None:
    """Each plate below its kind: raw rate, and the rate with all covariates and ignoring them, with 90 % intervals."""
    new = {row["kind"]: row for row in result.new_plates.iter_rows(named=True)}
    top, ticks, marks = 0.0, [], {}
    ring = {"facecolor": "none", "edgecolor": RAW, "zorder": 3, "clip_on": False}
    sizes = result.plates["n"].to_numpy()
    for size in (sizes.max(), sizes.min()):
        marks[f"raw share, n = {size}"] = ax.scatter([], [], s=_area(size), **ring)
    for kind in KINDS:
        plates = result.plates.filter(kind=kind.name).sort("raw")
        rows = top + np.arange(len(plates))
        n = plates["n"].to_numpy()
        ax.text(0.0, top - 0.8, f"seeds {kind.name}", fontsize=11, fontweight="bold", va="center")
        marks["mean of a new plate of its kind"] = ax.vlines(
            new[kind.name]["rate"], top - 0.5, rows[-1] + 0.5, color=BLUE, linewidth=1.4
        )
        for name, colour, off, text in (
            ("full", BLUE, -0.16, "with covariates: mean, 90 % interval"),
            ("ignoring", ORANGE, 0.2, "ignoring them"),
        ):
            ends, bar = (plates[f"{name}_low"], plates[f"{name}_high"]), {"alpha": 0.35, "linewidth": 4}
            interval = ax.hlines(rows + off, *ends, color=colour, **bar)
            marks[text] = interval, ax.scatter(plates[f"{name}_mean"], rows + off, s=16, color=colour, zorder=4)
        ax.scatter(plates["raw"], rows, s=_area(n), **ring)
        ticks += [(row, f"{k}/{n}") for row, (k, n) in zip(rows, plates.select("k", "n").iter_rows(), strict=True)]
        top = rows[-1] + 1 + GAP
    dotted = {"color": ORANGE, "linewidth": 1.4, "linestyle": ":", "zorder": 0}
    marks["mean of any new plate"] = ax.vlines(new["any, ignored"]["rate"], -0.9, top - GAP, **dotted)
    ax.set_yticks([row for row, _ in ticks], [text for _, text in ticks], fontsize=10)
    ax.set_ylim(top - GAP + 0.2, -1.6)
    ax.set_xlim(-0.02, 1.0)
    label(ax, "With covariates, plates are pulled\ntowards their own kind", "share that germinates", "")
    show_key(ax, marks)


def _area(n: np.ndarray) -> np.ndarray:
    """Area of the ring of a raw share, in square points."""
    return 12 + 1.2 * n


def plot_concentrations(ax: Axes, programs: pl.DataFrame) -> None:
    """Median and 90 % interval of lam by each program."""
    for row, found in enumerate(programs.iter_rows(named=True)):
        colour = {0: ORANGE}.get(row, BLUE if found["hyperprior"] == FULL else GREY)
        ax.hlines(row, found["lam_q05"], found["lam_q95"], color=colour, alpha=0.4, linewidth=6)
        ax.scatter(found["lam_q50"], row, s=50, color=colour, zorder=3)
        text = f"{found['hyperprior']}\nelpd {found['elpd_loo']:.1f}, log Z {found['log_evidence']:.1f}"
        label_lines(ax, [(found["lam_q05"], row, text, colour)], shift=(0, 24))
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    ax.set_ylim(len(programs) - 0.6, -0.8)
    log_axis(ax, "x", subs=(1, 3))
    title = "What a covariate explains is not\nspread: plates of one kind are alike"
    label(ax, title, "concentration λ (pseudo-trials), 90 % interval", "")


def plot_coefficients(ax: Axes, coefficients: pl.DataFrame) -> None:
    """Each coefficient by every source, with two sds each way."""
    sources = coefficients["source"].unique(maintain_order=True).to_list()
    marks = {}
    for i, (source, colour) in enumerate(zip(sources, SOURCE_COLOURS, strict=False)):
        rows = coefficients.filter(source=source)
        y = np.arange(len(rows)) + 0.16 * (i - (len(sources) - 1) / 2)
        style = {"fmt": "o", "color": colour, "markersize": 5, "linewidth": 1.6}
        marks[source] = ax.errorbar(rows["mean"], y, xerr=2 * rows["sd"], **style)
    ax.axvline(0, color=GREY, linewidth=0.8, zorder=0)
    ax.set_yticks(range(len(COEFFICIENTS)), ["alpha0", "alpha1\nseed", "alpha2\nextract", "alpha12\nboth"], fontsize=11)
    ax.set_ylim(len(COEFFICIENTS) - 0.5, -0.5)
    label(ax, "A beta and a logit-normal population\nhave nearly the same coefficients", "log-odds, mean ± 2 sd", "")
    show_key(ax, marks)
