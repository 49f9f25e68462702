"""The panels of compare-forms: one message each."""

from typing import Any

import polars as pl
from matplotlib.axes import Axes

from experiments.compare_forms.comparison import FORMS, TIMED_FORMS
from experiments.machine import device
from experiments.presentation.axes import BLUE, GREEN, GREY, VERMILION, label, label_lines, log_axis

COLOURS = {
    "marginal": BLUE,
    "conjugate": GREEN,
    "explicit": VERMILION,
    "aggregated": GREY,
}


def plot_share(ax: Axes, added: pl.DataFrame) -> None:
    """ESS as a share of the particles against the number of students, and the explicit form's limit, dotted."""
    for form in FORMS:
        rows = added.filter(form=form)
        ax.plot(rows["students"], rows["ess_share"], color=COLOURS[form], linewidth=2.2, **_dashes(form))
    rows = added.filter(form="explicit")
    ax.plot(rows["students"], rows["limiting_share"], color=COLOURS["explicit"], linewidth=1.6, linestyle=":")
    log_axis(ax, "y", subs=(1,))
    lowest = 1e-3 * added["ess_share"].to_numpy().min()
    shown = rows.filter(pl.col("limiting_share") > lowest)
    ax.set_ylim(lowest, 1)
    _name_forms(ax, added, "ess_share", {"marginal": (0, 12), "conjugate": (0, -14), "explicit": (0, 16)})
    at = shown.row(int(0.8 * (len(shown) - 1)), named=True)
    text = "explicit, with infinitely\nmany particles"
    label_lines(ax, [(at["students"], at["limiting_share"], text, COLOURS["explicit"])], side="right", shift=(-6, -8))
    label(ax, "Only the explicit form's ESS collapses", "students", "ESS / particles")


def plot_evidence(ax: Axes, added: pl.DataFrame) -> None:
    """log Z minus the exact one against the number of students, with two standard errors each way."""
    ax.axhline(0, color="black", linewidth=0.8)
    for form in FORMS:
        rows, colour = added.filter(form=form), COLOURS[form]
        off, error = rows["off_by"].to_numpy(), rows["log_z_error"].to_numpy()
        ax.fill_between(rows["students"], off - 2 * error, off + 2 * error, color=colour, alpha=0.25, linewidth=0)
        ax.plot(rows["students"], off, color=colour, linewidth=2.2, **_dashes(form))
    ax.margins(y=0.15)
    _name_forms(ax, added, "off_by", {"marginal": (0, 14), "conjugate": (0, -14), "explicit": (-40, -8)})
    title = "The explicit form's log Z can be wrong by more\nthan its ± 2 standard errors (shaded)"
    label(ax, title, "students", "log Z - exact log Z (nats)")


def plot_weights(ax: Axes, weights: pl.DataFrame) -> None:
    """Log weight of the same particles in each form against the closed form."""
    top = float(weights["closed_form"].to_numpy().max())
    shown = weights.filter(pl.col("closed_form") > top - 12).head(800)
    x = shown["closed_form"]
    ax.scatter(x, shown["explicit"], s=9, color=COLOURS["explicit"], alpha=0.5, linewidth=0)
    ax.scatter(x, shown["conjugate"], s=40, facecolor="none", edgecolor=COLOURS["conjugate"], linewidth=0.8)
    ax.scatter(x, shown["marginal"], s=6, color=COLOURS["marginal"], linewidth=0)
    ax.set(xlim=(top - 12, top + 1), ylim=(top - 26, top + 12))
    text = "marginal (dots) and conjugate (rings)\nweigh as the closed form"
    label_lines(ax, [(top - 11.5, top + 1, text, COLOURS["marginal"])], shift=(0, 0))
    text = "explicit: one draw of θ each,\nright only on average"
    label_lines(ax, [(top + 0.8, top + 8, text, COLOURS["explicit"])], side="right", shift=(0, 0))
    title = "The same particles, classroom A"
    label(ax, title, "log weight by the closed form (nats)", "log weight by the form (nats)")


def plot_cost(ax: Axes, seconds: pl.DataFrame) -> None:
    """Time per effective draw of each form, by class at its real size."""
    names = seconds["class"].unique(maintain_order=True).to_list()
    for form in TIMED_FORMS:
        values = 1000 * seconds.filter(form=form)["per_draw"].to_numpy()
        ax.scatter(values, range(len(names)), s=70, color=COLOURS[form])
        shift = (0, -14) if form == "aggregated" else (0, 14)
        last = len(names) - 1
        label_lines(ax, [(values[last], last, form, COLOURS[form])], side="center", shift=shift)
    log_axis(ax, "x", subs=(1,))
    ax.margins(x=0.12)
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.4, -0.5)
    label(ax, "What an effective draw costs", f"milliseconds per effective draw ({device()})", "")


def _dashes(form: str) -> dict[str, Any]:
    return {"linestyle": (0, (4, 2))} if form == "conjugate" else {}


def _name_forms(ax: Axes, added: pl.DataFrame, column: str, shifts: dict[str, tuple[float, float]]) -> None:
    for form, shift in shifts.items():
        rows = added.filter(form=form)
        row = rows.row(int(0.75 * len(rows)), named=True)
        label_lines(ax, [(row["students"], row[column], form, COLOURS[form])], side="center", shift=shift)
    ax.set_xlim(0, added["students"].to_numpy().max())
