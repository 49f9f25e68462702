"""The panels of compare-forms: one message each."""

from typing import Any

import polars as pl
from matplotlib.axes import Axes

from experiments.compare_forms.comparison import FORMS, TIMED_FORMS
from experiments.machine import device
from experiments.presentation.axes import label, log_axis, show_key
from experiments.presentation.colours import EXACT
from experiments.presentation.colours import FORMS as COLOURS


def plot_share(ax: Axes, added: pl.DataFrame) -> None:
    """ESS as a share of the particles against the number of students, and the explicit form's limit, dotted."""
    marks = {}
    for form in FORMS:
        rows = added.filter(form=form)
        style = {"color": COLOURS[form], "linewidth": 2.2, **_dashes(form)}
        (marks[form],) = ax.plot(rows["students"], rows["ess_share"], **style)
    rows = added.filter(form="explicit")
    limit = {"color": COLOURS["explicit"], "linewidth": 1.6, "linestyle": ":"}
    (marks["explicit, with infinitely many particles"],) = ax.plot(rows["students"], rows["limiting_share"], **limit)
    log_axis(ax, "y", subs=(1,))
    ax.set_ylim(1e-3 * added["ess_share"].to_numpy().min(), 1)
    ax.set_xlim(0, added["students"].to_numpy().max())
    label(ax, "Only the explicit form's ESS\ncollapses as students are added", "students", "ESS / particles")
    show_key(ax, marks)


def plot_evidence(ax: Axes, added: pl.DataFrame) -> None:
    """log Z minus the exact one against the number of students, with two standard errors each way."""
    marks = {}
    ax.axhline(0, color=EXACT, linewidth=0.8)
    for form in FORMS:
        rows, colour = added.filter(form=form), COLOURS[form]
        off, error = rows["off_by"].to_numpy(), rows["log_z_error"].to_numpy()
        band = ax.fill_between(
            rows["students"], off - 2 * error, off + 2 * error, color=colour, alpha=0.25, linewidth=0
        )
        (line,) = ax.plot(rows["students"], off, color=colour, linewidth=2.2, **_dashes(form))
        marks[f"{form}, ± 2 standard errors"] = band, line
    ax.margins(y=0.15)
    ax.set_xlim(0, added["students"].to_numpy().max())
    title = "The explicit form's log Z can be wrong\nby more than its standard errors say"
    label(ax, title, "students", "log Z - exact log Z (nats)")
    show_key(ax, marks)


def plot_weights(ax: Axes, weights: pl.DataFrame) -> None:
    """Log weight of the same particles in each form against the closed form."""
    top = float(weights["closed_form"].to_numpy().max())
    shown = weights.filter(pl.col("closed_form") > top - 12).head(800)
    x, colours = shown["closed_form"], COLOURS
    explicit = ax.scatter(x, shown["explicit"], s=9, color=colours["explicit"], alpha=0.5, linewidth=0)
    ring = {"s": 40, "facecolor": "none", "edgecolor": colours["conjugate"], "linewidth": 0.8}
    marks = {
        "marginal: weighs as the closed form": ax.scatter(x, shown["marginal"], s=6, color=colours["marginal"]),
        "conjugate: weighs as the closed form": ax.scatter(x, shown["conjugate"], **ring),
        "explicit: one draw of θ each, right only on average": explicit,
    }
    ax.set(xlim=(top - 12, top + 1), ylim=(top - 26, top + 8))
    title = "Of the same particles, the explicit form\nweighs each by luck; classroom A"
    label(ax, title, "log weight by the closed form (nats)", "log weight by the form (nats)")
    show_key(ax, marks)


def plot_cost(ax: Axes, seconds: pl.DataFrame) -> None:
    """Time per effective draw of each form, by class at its real size."""
    names, marks = seconds["class"].unique(maintain_order=True).to_list(), {}
    for form in TIMED_FORMS:
        values = 1000 * seconds.filter(form=form)["per_draw"].to_numpy()
        marks[form] = ax.scatter(values, range(len(names)), s=70, color=COLOURS[form])
    log_axis(ax, "x", subs=(1,))
    ax.margins(x=0.12)
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.5, -0.5)
    title = "An effective draw costs most\nby the explicit form"
    label(ax, title, f"milliseconds per effective draw ({device()})", "")
    show_key(ax, marks)


def _dashes(form: str) -> dict[str, Any]:
    return {"linestyle": (0, (4, 2))} if form == "conjugate" else {}
