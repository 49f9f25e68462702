"""The funnel plot: raw rates against how much was counted, and the groups that are unlike the population, by name."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.own_counts.forest import short
from experiments.own_counts.funnel import OUTER, Funnel
from experiments.presentation.axes import label, log_axis, new_figure
from experiments.presentation.colours import BLUE, ORANGE, VERMILION
from experiments.presentation.numbers import percent
from models import Counts, Events

MOST_DOTS = 3_000  # of more groups the dots are small
MOST_NAMED = 12  # groups outside that are named if there is room, the furthest first
LETTER, LINE = 6.6, 14.0  # points that a letter and a line of a name take
CROWDED, NARROW = 1e3, 10.0  # high / low of the axis of sizes: powers of ten alone above the one, all below the other
HIGHEST = 3.0  # of the axis of rates, in units of the largest raw rate and inner limit
NEAR = 6.0  # points between a dot and its name


def funnel_figure(counts: Counts | Events, funnel: Funnel, *, interval: float, largest: float = 1.0) -> Figure:
    """Raw rate against size on a log axis, over the limits; groups outside the outer limits are named.

    Args:
        counts: the groups.
        funnel: the limits, and who is outside.
        interval: probability between the inner limits.
        largest: largest possible rate, which may be infinite.

    Returns:
        The figure.
    """
    figure, (ax,) = new_figure(1, width=8.5, height=5.6)
    has_data = counts.design_values > 0
    n, beyond = counts.design_values[has_data], funnel.beyond[has_data]
    raw, is_outside = counts.k[has_data] / n, beyond > 0
    for limits, alpha, edge in ((funnel.outer, 0.18, "--"), (funnel.inner, 0.35, "-")):
        ax.fill_between(funnel.sizes, *limits, color=ORANGE, alpha=alpha, linewidth=0, zorder=1)
        for limit in limits:
            ax.plot(funnel.sizes, limit, color=ORANGE, linewidth=1.2, linestyle=edge, zorder=1.5)
    many = len(n) > MOST_DOTS
    size, alpha = (5, 0.25) if many else (26, 0.7)
    ax.scatter(n[~is_outside], raw[~is_outside], s=size, color=BLUE, alpha=alpha, linewidth=0, zorder=3)
    style = {"marker": "D", "color": VERMILION, "edgecolor": "white", "linewidth": 0.0 if many else 0.5, "zorder": 4}
    ax.scatter(n[is_outside], raw[is_outside], s=1.5 * size, **style)
    reach = funnel.sizes[-1] / funnel.sizes[0]
    log_axis(ax, "x", subs=(1,) if reach > CROWDED else (1, 2, 5) if reach > NARROW else (1, 1.5, *range(2, 10)))
    ax.set_xlim(funnel.sizes[0], funnel.sizes[-1])
    # A few groups with next to nothing counted have limits that would squeeze all the others.
    inner, outer = (
        np.interp(np.median(n) if len(n) else 1.0, funnel.sizes, limits[1]) for limits in (funnel.inner, funnel.outer)
    )
    highest = max(raw.max(initial=0.0), inner)
    top = min(largest, 1.08 * max(highest, min(outer, HIGHEST * highest)) or 1.0)
    ax.set_ylim(-0.02 * top, 1.02 * top)
    sizes = "trials n, log scale" if isinstance(counts, Counts) else "exposure, log scale"
    rate = "raw rate k / n" if isinstance(counts, Counts) else "raw rate (events per unit of exposure)"
    label(ax, funnel_title(counts, funnel), sizes, rate)
    _label_limits(ax, funnel, interval)
    order = np.flatnonzero(is_outside)[np.argsort(-beyond[is_outside], kind="stable")][:MOST_NAMED]
    rows = np.flatnonzero(has_data)[order]
    _name(figure, ax, [short(counts.names[int(row)]) for row in rows], np.stack([n[order], raw[order]], axis=1))
    return figure


def funnel_title(counts: Counts | Events, funnel: Funnel) -> str:
    """How many groups are outside, and how many would be by chance."""
    outside = int(counts.multiplicity @ (funnel.beyond > 0))
    with_data = int(counts.multiplicity @ (counts.design_values > 0))
    chance = f"{(1 - OUTER) * with_data:,.2g}" if with_data < 50_000 else f"{(1 - OUTER) * with_data:,.0f}"
    return (
        f"{outside:,} of {with_data:,} groups outside the {percent(OUTER)} limits\n(by chance at most about {chance})"
    )


def _label_limits(ax: Axes, funnel: Funnel, interval: float) -> None:
    """Name the limits at the right end, inside the axes."""
    _, high = ax.get_ylim()
    for limits, text, side in ((funnel.outer, percent(OUTER), "bottom"), (funnel.inner, percent(interval), "top")):
        end = float(limits[1][-1])
        at, text = (end, text) if end <= high else (high, f"{text} ↑")
        style = {"color": "#8a5a00", "fontsize": 10, "ha": "left", "va": side, "annotation_clip": False}
        where = {"xytext": (5, 0), "textcoords": "offset points"}
        ax.annotate(text, (funnel.sizes[-1], at), **where, **style)


def _name(figure: Figure, ax: Axes, names: list[str], points: np.ndarray) -> None:
    """Write each name beside its dot, right or left, above or below, where nothing is written yet, or leave it out."""
    figure.draw_without_rendering()  # so that the axes are where they will be
    scale = 72 / figure.dpi
    frame = ax.get_window_extent()
    left, bottom, right, top = scale * np.array([frame.x0, frame.y0, frame.x1, frame.y1])
    taken: list[tuple[float, float, float, float]] = []
    dots = scale * ax.transData.transform(points) if len(points) else points
    for name, (x, y) in zip(names, dots, strict=True):
        width = LETTER * len(name)
        for dx, dy, side in _PLACES:
            x0 = x + dx if side == "left" else x + dx - width
            box = (x0, y + dy - LINE / 2, x0 + width, y + dy + LINE / 2)
            inside = box[0] > left and box[2] < right and box[1] > bottom and box[3] < top
            if inside and not any(_overlap(box, other) for other in taken):
                taken.append(box)
                where = {"xytext": (dx, dy), "textcoords": "offset points", "ha": side, "va": "center"}
                at, height = ax.transData.inverted().transform(np.array([x, y]) / scale)
                text = ax.annotate(name, (at, height), fontsize=10, zorder=5, **where)
                text.set_in_layout(False)
                break


_PLACES = [(side * NEAR, row * LINE, "left" if side > 0 else "right") for row in (0, 1, -1, 2, -2) for side in (1, -1)]


def _overlap(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def funnel_text(counts: Counts | Events, funnel: Funnel, interval: float) -> str:
    """What the limits are, exactly."""
    size = "n" if isinstance(counts, Counts) else "exposure"
    text = (
        f"The limits hold the central {percent(interval)} and {percent(OUTER)} of the raw rates k / {size} that new "
        f"groups of each {size} would have: a rate from the population that was learned from all groups, and a count "
        "from that rate. A group outside is unlike the others; one inside need not be like them."
    )
    if funnel.is_interpolated:
        text += " They are interpolated between sizes, so that a group within a count of a limit may be on either side."
    return text
