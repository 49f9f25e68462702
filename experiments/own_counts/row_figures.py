"""The figures of `own-counts` with a row per group, and those that check the model."""

import numpy as np
import polars as pl
from matplotlib.figure import Figure

from experiments.methods.learned import EXACT
from experiments.own_counts.answers import MOST_COMPARED
from experiments.own_counts.check_panels import MOST_NAMED, plot_checks, plot_pit, plot_sensitivity
from experiments.own_counts.forest import plot_forest, plot_ranks, row_figure
from experiments.own_counts.kinds import kind_of
from experiments.own_counts.result import Result
from experiments.presentation.axes import new_figure
from inference.questions.predictive_checks import PredictiveChecks

MOST_ARROWS = 120  # rows of the panel of shrinkage: more would be too thin to be seen
MOST_DRAWN = 100  # rows: if there are more groups, the first 50 and the last 50 are drawn


def row_figures(result: Result, *, best: str) -> dict[str, Figure]:
    """Forest plot, ranks, checks and sensitivity, if there are answers to draw.

    Args:
        result: of the experiment.
        best: which rate is the best, "highest" or "lowest".

    Returns:
        The figures by file name.
    """
    answers = result.answers[EXACT]
    if len(result.counts) > MOST_COMPARED:
        return {}
    found = {"forest": _forest(result)}
    if "ranking" in answers.tables:
        ranking = answers.tables["ranking"]
        shown = _ends(ranking, "rank")
        figure, ax = row_figure(len(shown))
        plot_ranks(ax, ranking[shown], groups=len(ranking), interval=result.interval, best=best)
        found["ranks"] = figure
    if answers.checks is not None:
        found["checks"] = _checks(answers.checks)
        figure, (ax,) = new_figure(1, width=6, height=4.8)
        plot_pit(ax, answers.tables["leave_one_out"]["pit"].drop_nulls().to_numpy())
        found["leave_one_out"] = figure
    if result.hyperpriors is not None:
        table = result.hyperpriors.sensitivity
        names = [name for name in result.hyperpriors.hyperpriors["hyperprior"] if table[name].null_count() == 0]
        if names:  # else no hyperprior has an answer, and the table says why
            figure, ax = row_figure(min(len(table), MOST_NAMED))
            plot_sensitivity(ax, table, names)
            found["sensitivity"] = figure
    return found


def _forest(result: Result) -> Figure:
    truth, table = result.learned[EXACT].posterior, result.answers[EXACT].tables["groups"]
    shown = _ends(table, "mean")
    figure, ax = row_figure(len(shown))
    sampled = None if result.sampled is None else result.answers[result.sampled].tables["groups"][shown]
    kind, interval = kind_of(result.counts), result.interval
    ends = (1 - interval) / 2, (1 + interval) / 2
    centre, low, high = (truth.quantile(kind.mean, q) for q in (0.5, *ends))
    largest = truth.hyperprior.family.rate_interval[1]
    forms = {"interval": interval, "design": kind.design, "largest": largest}
    plot_forest(ax, table[shown], population=(centre, low, high), sampled=sampled, **forms)
    return figure


def _ends(table: pl.DataFrame, by: str) -> pl.Series:
    """Which rows to draw: all, or those with the smallest and the largest values."""
    ordered = table.select(pl.arg_sort_by(by)).to_series()
    half = MOST_DRAWN // 2
    return ordered if len(table) <= MOST_DRAWN else ordered.head(half).append(ordered.tail(half))


def evenly_spaced(table: pl.DataFrame, most: int) -> pl.DataFrame:
    """A table, or of a longer one some rows whose means are at equally spaced places in the order of all means.

    Args:
        table: has a column "mean".
        most: rows that can be told apart in a figure.

    Returns:
        All rows in their order; or `most` rows by increasing mean, the smallest and the largest among them.
    """
    if len(table) <= most:
        return table
    return table.sort("mean")[np.linspace(0, len(table) - 1, most).round().astype(int)]


def _checks(checks: PredictiveChecks) -> Figure:
    """The checks on replicated new groups, which are sensitive to the shape of the population."""
    table = checks.table.filter(kind="new groups")
    figure, axes = new_figure(len(table), width=4.0, height=3.8)
    statistics = table["statistic"].to_list()
    plot_checks(
        axes,
        dict(zip(statistics, table["observed"], strict=True)),
        {name: checks.new_groups[name].to_numpy() for name in statistics},
        dict(zip(statistics, table["p_value"], strict=True)),
    )
    return figure
