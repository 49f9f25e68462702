"""Strata side by side: their figure, their section of the report, and what is printed."""

import numpy as np
from matplotlib.figure import Figure

from experiments.own_counts.forest import row_figure, rows_of_text, short
from experiments.own_counts.kinds import kind_of
from experiments.own_counts.parts.part import Part, Shown
from experiments.own_counts.strata.learn import EVIDENCE, Strata, evidence_sentence
from experiments.presentation.axes import label, show_key
from experiments.presentation.colours import DARK, ORANGE, POSTERIOR
from experiments.presentation.literal import shortened
from experiments.presentation.numbers import number, percent, probability

MOST_RATES = 2_000  # raw rates of a stratum that are drawn


def strata_figure(strata: Strata, interval: float) -> Figure:
    """The population that was learned of each stratum: where its mean is, and where its rates are.

    Args:
        strata: what was learned.
        interval: probability of the intervals.

    Returns:
        The figure.
    """
    figure, ax = row_figure(len(strata.posteriors), width=7.5)
    size = rows_of_text(ax, [f"{short(name)}  ({len(strata.counts[name])})" for name in strata.posteriors])
    ends = (1 - interval) / 2, 0.5, (1 + interval) / 2
    highest, marks, central = 0.0, {}, percent(interval)
    for row, (name, posterior) in enumerate(strata.posteriors.items()):
        counts = strata.counts[name]
        new = posterior.shrinkage(type(counts)([0], [0]), interval=interval).row(0, named=True)
        low, median, high = (posterior.quantile(kind_of(counts).mean, q) for q in ends)
        wide, narrow = {"linewidth": 0.5 * size, "alpha": 0.45, "zorder": 1}, {"linewidth": 0.2 * size, "zorder": 3}
        (rates,) = ax.plot([new["low"], new["high"]], [row, row], color=ORANGE, **wide)
        (bar,) = ax.plot([low, high], [row, row], color=POSTERIOR, **narrow)
        (dot,) = ax.plot([median], [row], "o", color=POSTERIOR, markersize=0.55 * size, zorder=4)
        has_data = counts.design_values > 0
        raw = (counts.k[has_data] / counts.design_values[has_data])[:MOST_RATES]
        style = {"facecolor": "none", "edgecolor": DARK, "linewidth": 0.7, "zorder": 2}
        rings = ax.scatter(raw, np.full(len(raw), row + 0.32), s=(0.3 * size) ** 2, **style)
        marks[f"mean of the population, {central} interval"] = bar, dot
        marks |= {f"{central} of its rates": rates, "raw rates of its groups": rings}
        highest = max(highest, new["high"], high, raw.max(initial=0.0))
    ax.set_ylim(len(strata.posteriors) - 0.3, -0.7)
    ax.set_xlim(-0.01 * highest, 1.03 * highest)
    label(ax, f"Each {shortened(strata.column)} has a population of its own", "rate θ", "")
    show_key(ax, marks)
    return figure


def strata_tables(strata: Strata, interval: float) -> list[Shown]:
    """The table of strata and, of two, the difference of their means.

    Args:
        strata: what was learned.
        interval: probability of the intervals.

    Returns:
        The tables.
    """
    found = [Shown(f"A population for each {shortened(strata.column)}, exactly", strata.strata, "strata")]
    if strata.strata_difference is not None:
        caption = (
            f"How far apart the means of the two populations are; low and high: central {percent(interval)} interval"
        )
        found.append(Shown(caption, strata.strata_difference, "strata_difference"))
    return found


def strata_sentences(strata: Strata, interval: float) -> list[str]:
    """What the evidence says, and of two strata which mean is the larger one.

    Args:
        strata: what was learned.
        interval: probability of the intervals.

    Returns:
        The sentences.
    """
    found = [evidence_sentence(strata)]
    if strata.strata_difference is not None:
        row = strata.strata_difference.row(0, named=True)
        found.append(
            f"The mean of {shortened(row['name'])} minus that of {shortened(row['other'])}: {number(row['median'])} "
            f"[{number(row['low'])}, {number(row['high'])}] ({percent(interval)} interval); it is above 0 with "
            f"probability {probability(row['probability'])}."
        )
    few = [shortened(name) for name, counts in strata.counts.items() if counts.students < 3]
    if few:
        found.append(
            f"Of {', '.join(few)} there are fewer than three groups: how much groups differ there is the hyperprior's."
        )
    return found


def strata_part(strata: Strata, figure: Figure, interval: float) -> Part:
    """Whether the strata differ, and how far apart they are.

    Args:
        strata: what was learned.
        figure: their figure.
        interval: probability of the intervals.

    Returns:
        The part.
    """
    column = shortened(strata.column)
    text = [f"Whether groups with another {column} are of another kind.", *strata_sentences(strata, interval)]
    note = (
        "Everything else in this report takes all groups for those of one population. Every group's rate under the "
        "population of its own stratum is in strata_groups.csv."
    )
    figures = {"The population of each stratum": figure}
    return Part(f"By {column}", text, [note, EVIDENCE], strata_tables(strata, interval), figures)
