"""The panels of growth: seconds and memory against addresses, and against groups."""

from collections.abc import Callable

import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from experiments.performance.growth.cost import ADDRESSES, EVENTS, EXACT, GROUPS, ONE_BETA, REGRESSION, RQMC
from experiments.presentation.axes import label, log_axis, new_figure, show_key
from experiments.presentation.colours import BLUE, GREEN, VERMILION

COLOURS = {(EXACT, ONE_BETA): BLUE, (EXACT, REGRESSION): BLUE, (EXACT, EVENTS): GREEN, (RQMC, REGRESSION): VERMILION}
MARKERS = {(EXACT, ONE_BETA): "o", (EXACT, REGRESSION): "o", (EXACT, EVENTS): "s", (RQMC, REGRESSION): "^"}
ROOM = 1.1  # a memory axis ends at so many times the largest memory


def plot_growth(growth: pl.DataFrame) -> Figure:
    """Two panels against the addresses, and two against the groups.

    Args:
        growth: what `growth.measure` returned.

    Returns:
        The figure.
    """
    figure, panels = new_figure(2, width=6.2, height=5.0, rows=2)
    of_addresses, of_groups = (growth.filter(against=against) for against in (ADDRESSES, GROUPS))
    groups = f"{of_addresses['groups'][0]} groups"
    _lines(panels[0], of_addresses, ADDRESSES, "seconds", _algorithm)
    _lines(panels[1], of_addresses, ADDRESSES, "peak_mb", _algorithm)
    _lines(panels[2], of_groups, GROUPS, "seconds", _algorithm_and_population)
    _lines(panels[3], of_groups, GROUPS, "peak_mb", _algorithm_and_population)
    for panel in panels[:2]:
        panel.set_xticks(range(1, int(of_addresses["addresses"].max()) + 1))  # pyright: ignore[reportArgumentType]
    numbers = f"numbers that a regression of {groups} learns"
    label(
        panels[0],
        "Seconds, as a regression learns more\nnumbers: exact takes at most three",
        numbers,
        "seconds a call",
    )
    label(panels[1], "Memory, as a regression\nlearns more numbers", numbers, "peak memory of the process (MB)")
    label(
        panels[2],
        "Seconds, as there are more groups:\nfor one Beta equal groups are one row",
        "groups",
        "seconds a call",
    )
    label(
        panels[3],
        "Memory, as there are more groups,\nwhich are taken in batches",
        "groups",
        "peak memory of the process (MB)",
    )
    return figure


def _lines(ax: Axes, growth: pl.DataFrame, x: str, y: str, name: Callable[[str, str], str]) -> None:
    marks = {}
    for (algorithm, population), rows in growth.group_by("algorithm", "population", maintain_order=True):
        kind = str(algorithm), str(population)
        style = {"color": COLOURS[kind], "marker": MARKERS[kind], "markersize": 6, "linewidth": 2.2}
        (marks[name(*kind)],) = ax.plot(rows[x], rows[y], **style)
    if x == GROUPS:
        log_axis(ax, "x", subs=(1,))
        ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    if y == "seconds":
        log_axis(ax, "y")
        ax.margins(y=0.18)
    else:
        ax.set_ylim(0, ROOM * float(growth[y].max()))  # pyright: ignore[reportArgumentType]
    show_key(ax, marks)


def _algorithm(algorithm: str, population: str) -> str:
    return algorithm


def _algorithm_and_population(algorithm: str, population: str) -> str:
    return f"{algorithm}, {population}"
