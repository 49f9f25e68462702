"""Does the model fit, and does the answer depend on the hyperprior? Replicated statistics, PIT values, other priors."""

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
from matplotlib.axes import Axes

from experiments.own_counts.forest import rows_of_text, short
from experiments.presentation.axes import label, show_key
from experiments.presentation.colours import EXACT, GREEN, GREY, ORANGE, POSTERIOR, VERMILION
from experiments.presentation.literal import shortened
from experiments.presentation.numbers import probability
from experiments.presentation.uniformity_band import BAND, band, differences

STATISTICS = {"min": "smallest rate", "max": "largest rate", "mean": "mean rate", "sd": "sd of the rates"}
PIT = "u: how probable it was, predicted from the other groups,\nthat a group has fewer than it has (ties count half)"
MOST_NAMED = 40
MOST_SHOWN = 0.99  # share of the replicates that is drawn, if the highest are far from the others
MARKERS = "osD^vP"
COLOURS = (POSTERIOR, ORANGE, GREEN, VERMILION, EXACT, GREY)


def plot_checks(
    axes: Sequence[Axes],
    observed: Mapping[str, float],
    replicated: Mapping[str, np.ndarray],
    p_values: Mapping[str, float],
) -> None:
    """Histograms of statistics of replicated data, with the observed value marked in each.

    Args:
        axes: one for each statistic.
        observed: statistics of the raw rates, by name: min, max, mean, sd or others.
        replicated: the same statistics of data drawn from the posterior predictive, each of shape (draws,).
        p_values: p-values of the statistics, by the same names.
    """
    for ax, (name, value) in zip(axes, observed.items(), strict=True):
        draws = np.asarray(replicated[name], float)
        low, high = min(value, draws.min()), max(value, draws.max())
        most = np.quantile(draws, MOST_SHOWN)
        is_cut = max(value, most) - low < (high - low) / 2  # a few draws far out would squeeze all the others
        if is_cut:
            high = max(value, most)
        margin = 0.03 * (high - low) or 0.01
        ax.hist(draws, bins=np.linspace(low - margin, high + margin, 41).tolist(), color=POSTERIOR, alpha=0.5)
        ax.axvline(value, color=EXACT, linewidth=2)
        ax.set_ylim(0, 1.2 * ax.get_ylim()[1])
        of_the_left = value < (low + high) / 2
        ax.annotate(
            f"observed {value:.3g}",
            (value, 0.97),
            xycoords=ax.get_xaxis_transform(),
            xytext=(5 if of_the_left else -5, 0),
            textcoords="offset points",
            ha="left" if of_the_left else "right",
            va="top",
            fontsize=11,
        )
        p = probability(p_values[name])
        what = STATISTICS.get(name, name)
        label(
            ax,
            f"Simulated data have a larger one\nwith probability {p}",
            f"{what}, raw" + (f", lowest {100 * MOST_SHOWN:g} %" if is_cut else ""),
            f"simulated data sets, of {len(draws):,}",
        )


def plot_pit(ax: Axes, pit: np.ndarray) -> None:
    """ECDF of leave-one-out PIT values minus that of uniform ones, with a band.

    If the values are uniform, the whole curve stays in the band with probability BAND.

    Args:
        ax: where to draw.
        pit: a value per group between 0 and 1, uniform if the model is right, shape (groups,).
    """
    low, high = band(len(pit))
    shade = ax.fill_between(low[0], low[1], high[1], color=GREY, alpha=0.25, linewidth=0)
    ax.axhline(0, color=GREY, linewidth=0.8)
    x, y = differences(pit)
    (curve,) = ax.plot(x, y, color=POSTERIOR, linewidth=1.8)
    furthest = 1.35 * max(high[1].max(), -low[1].min(), np.abs(y).max())
    ax.set(xlim=(0, 1), ylim=(-furthest, furthest))
    title = "If the model is right,\nthe curve stays in the band"
    label(ax, title, PIT, "share of groups with\nat most this u, minus u")
    marks = {"your groups": curve}
    show_key(ax, marks | {f"where {100 * BAND:g} % of curves stay if the model is right": shade}, below=74)


def plot_sensitivity(ax: Axes, table: pl.DataFrame, hyperpriors: Sequence[str]) -> None:
    """Posterior mean of each group under every hyperprior, for the groups on which they differ most.

    Args:
        ax: where to draw, from `row_figure(min(groups, MOST_NAMED))`.
        table: name, and a column of posterior means for each hyperprior.
        hyperpriors: names of these columns; the first is the one that was asked for.
    """
    means = table.select(hyperpriors).to_numpy()
    moves = np.ptp(means, axis=1)
    order = np.argsort(-moves, kind="stable")
    shown, others = order[:MOST_NAMED], order[MOST_NAMED:]
    size = rows_of_text(ax, [short(table["name"][int(i)]) for i in shown])
    rows = np.arange(len(shown))
    ax.hlines(rows, means[shown].min(axis=1), means[shown].max(axis=1), color=GREY, linewidth=1)
    markers = []
    for i in range(len(hyperpriors)):
        colour, style = COLOURS[i % len(COLOURS)], {"marker": MARKERS[i % len(MARKERS)], "linewidth": 1.5}
        # The hyperprior that was asked for is a filled disk below the others, wide enough to be seen behind them.
        asked = {"s": (1.3 * size) ** 2, "facecolor": colour, "alpha": 0.4, "edgecolor": "none", "zorder": 2}
        other = {"s": (0.55 * size) ** 2, "facecolor": "none", "edgecolor": colour, "zorder": 3}
        markers.append(ax.scatter(means[shown, i], rows, **style, **(other if i else asked)))
    # The handles are given, because matplotlib leaves out a label that begins with "_".
    names = [shortened(name) for name in hyperpriors]
    ax.figure.legend(markers, names, loc="outside lower left", ncols=3, frameon=False, fontsize=11)
    title = "A hyperprior changes the rates on top most"
    if len(others):
        title += f",\nand {len(others)} groups, left out here, by at most {moves[others[0]]:.2g}"
    label(ax, title, "rate (posterior mean of θ)", "")
