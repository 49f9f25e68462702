"""The panels of sharper: how far each algorithm is from exact, and how many effective draws a second it gives."""

import numpy as np
import polars as pl
from matplotlib.axes import Axes

from experiments.methods.learned import EXACT
from experiments.presentation.axes import label, log_axis, show_key
from experiments.presentation.colours import CLASSROOMS, GREEN
from experiments.presentation.colours import EXACT as EXACT_COLOUR
from experiments.sharper.result import Result

COLOURS = {**CLASSROOMS, "100 students": GREEN}


def plot_distances(ax: Axes, result: Result) -> None:
    """E[lam] less the exact one in posterior sds, of each algorithm and class, with two standard errors each way."""
    marks = {}
    for name in result.learned:
        of_class, y = _of_class(result, name)
        off, error = (of_class[f"lam_{what}"].to_numpy() for what in ("off", "error"))
        style = {"fmt": "o", "capsize": 2, "markersize": 5, "linewidth": 1.4}
        marks[_in_words(name)] = ax.errorbar(off, y, xerr=2 * error, color=COLOURS[name], **style)
    methods = _methods(result)
    ax.set_yticks(np.arange(len(methods))[::-1], methods, fontsize=11)
    _leave_room(ax, methods)
    ax.axvline(0, color=EXACT_COLOUR, linewidth=1.2, zorder=0)
    title = "A bar that is far from 0, the exact\nanswer, tells of too small an error"
    label(ax, title, "E[λ] less the exact one, ± 2 se (posterior sds)", "")
    show_key(ax, marks, columns=len(marks))


def plot_rates(ax: Axes, result: Result) -> None:
    """Effective draws of lam a second, of each algorithm and class; the names of the algorithms are on the left."""
    every, marks = [], {}
    for name, learned in result.learned.items():
        of_class, y = _of_class(result, name)
        rate = [row["ess"] / learned[row["method"]].seconds for row in of_class.iter_rows(named=True)]
        (marks[_in_words(name)],) = ax.plot(rate, y, "o", color=COLOURS[name], markersize=6)
        every += rate
    ax.set_yticks([])
    _leave_room(ax, _methods(result))
    # Of few decades, as in a quick run, not every one has a power of ten in sight.
    log_axis(ax, "x", subs=(1,) if max(every) > 1_000 * min(every) else (1, 2, 5))
    title = "The further to the right,\nthe faster an algorithm learns λ"
    label(ax, title, "effective draws of λ a second, second call", "algorithms, as on the left")
    show_key(ax, marks, columns=len(marks))


def _in_words(name: str) -> str:
    return f"classroom {name}" if name in CLASSROOMS else name


def _methods(result: Result) -> list[str]:
    """The algorithms from top to bottom, without the exact answer."""
    return [method for method in result.learned["A"] if method != EXACT]


def _of_class(result: Result, name: str) -> tuple[pl.DataFrame, np.ndarray]:
    """The rows of one class, and the height of each: that of its algorithm, a little lower for each class."""
    methods, classes = _methods(result), list(result.learned)
    lower = 0.22 * (classes.index(name) - (len(classes) - 1) / 2)
    rows = result.table.filter(pl.col("class") == name, pl.col("method") != EXACT)
    return rows, len(methods) - 1 - np.array([methods.index(method) for method in rows["method"]]) - lower


def _leave_room(ax: Axes, methods: list[str]) -> None:
    ax.set_ylim(-0.6, len(methods) - 0.4)
