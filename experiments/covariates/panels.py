"""The panels of covariates: each plate's rate, how alike plates are by each program, and the coefficients."""

import numpy as np
import polars as pl
from matplotlib.axes import Axes

from experiments.covariates.plates import KINDS
from experiments.covariates.regression import COEFFICIENTS, FULL
from experiments.covariates.result import Result
from experiments.presentation.axes import BLUE, GREEN, GREY, ORANGE, VERMILION, label, label_lines, log_axis

GAP = 1.6  # rows between two kinds of plates
SOURCE_COLOURS = (GREY, GREEN, BLUE, VERMILION)


def plot_plates(ax: Axes, result: Result) -> None:
    """Each plate below its kind: raw rate, and the rate with all covariates and ignoring them, with 90 % intervals."""
    new = {row["kind"]: row for row in result.new_plates.iter_rows(named=True)}
    top, ticks = 0.0, []
    for kind in KINDS:
        plates = result.plates.filter(kind=kind.name).sort("raw")
        rows = top + np.arange(len(plates))
        n = plates["n"].to_numpy()
        ax.text(0.0, top - 0.8, f"seeds {kind.name}", fontsize=11, fontweight="bold", va="center")
        ax.vlines(new[kind.name]["rate"], top - 0.5, rows[-1] + 0.5, color=BLUE, linewidth=1.4)
        for name, colour, off in (("full", BLUE, -0.16), ("ignoring", ORANGE, 0.2)):
            ax.hlines(rows + off, plates[f"{name}_low"], plates[f"{name}_high"], color=colour, alpha=0.35, linewidth=4)
            ax.scatter(plates[f"{name}_mean"], rows + off, s=16, color=colour, zorder=4)
        ax.scatter(plates["raw"], rows, s=12 + 1.2 * n, facecolor="none", edgecolor=GREY, zorder=3, clip_on=False)
        ticks += [(row, f"{k}/{n}") for row, (k, n) in zip(rows, plates.select("k", "n").iter_rows(), strict=True)]
        top = rows[-1] + 1 + GAP
    ax.vlines(new["any, ignored"]["rate"], -0.9, top - GAP, color=ORANGE, linewidth=1.4, linestyle=":", zorder=0)
    ax.set_yticks([row for row, _ in ticks], [text for _, text in ticks], fontsize=10)
    ax.set_ylim(top - GAP + 0.2, -3.4)
    ax.set_xlim(-0.02, 1.0)
    label_lines(ax, [(0.0, -2.8, "● with covariates, and the mean of each kind", BLUE)], shift=(0, 0))
    label_lines(ax, [(0.0, -1.9, "● ignoring them, and the mean of all (dotted)", ORANGE)], shift=(0, 0))
    label(ax, "Plates (○ raw, area: n) are pulled\ntowards their own kind; 90 % intervals", "share that germinates", "")


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
    for i, (source, colour) in enumerate(zip(sources, SOURCE_COLOURS, strict=False)):
        rows = coefficients.filter(source=source)
        y = np.arange(len(rows)) + 0.16 * (i - (len(sources) - 1) / 2)
        ax.errorbar(rows["mean"], y, xerr=2 * rows["sd"], fmt="o", color=colour, markersize=5, linewidth=1.6)
        ax.text(0.03, 0.985 - 0.035 * i, f"● {source}", color=colour, fontsize=11, va="top", transform=ax.transAxes)
    ax.axvline(0, color=GREY, linewidth=0.8, zorder=0)
    ax.set_yticks(range(len(COEFFICIENTS)), ["alpha0", "alpha1\nseed", "alpha2\nextract", "alpha12\nboth"], fontsize=11)
    ax.set_ylim(len(COEFFICIENTS) - 0.5, -1.2)
    label(ax, "A beta and a logit-normal population\nhave nearly the same coefficients", "log-odds, mean ± 2 sd", "")
