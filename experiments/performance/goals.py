"""The goals of performance, as ratios of times measured in one run."""

from collections.abc import Mapping

import polars as pl

from experiments.performance.methods import AGGREGATED, BY_HAND, GENERIC, MARGINAL, PRIOR_WEIGHTS
from experiments.performance.peers import PYMC
from experiments.performance.posterior import EXACT, NUTS

AT_LEAST, AT_MOST = "at least", "at most"


def ratios(
    weights: pl.DataFrame,
    weights_x64: pl.DataFrame,
    posterior: pl.DataFrame,
    scaling: pl.DataFrame,
    starts: Mapping[str, float],
) -> pl.DataFrame:
    """Every ratio that the tables hold, and the goal of those that have one.

    Args:
        weights: what `weights.measure` returned.
        weights_x64: the same in float64.
        posterior: what `posterior.measure` returned.
        scaling: what `processes.scaling` returned.
        starts: what `processes.starting` returned.

    Returns:
        A row per ratio: what, ratio, bound ("at least", "at most"; None without a goal), goal, met.
    """
    rows = [*_of_weights(weights), *_of_weights(weights_x64, X64), *_of_posteriors(posterior), *_of_scaling(scaling)]
    rows.append(("seconds of --help", starts["--help"], AT_MOST, 0.5))
    first, second = (starts[f"learning-the-prior, {name} run"] for name in ("first", "second"))
    rows.append(("learning-the-prior, first run / second run", first / second, None, None))
    return pl.DataFrame(
        [
            {"what": what, "ratio": ratio, "bound": bound, "goal": goal, "met": _met(ratio, bound, goal)}
            for what, ratio, bound, goal in rows
        ],
        schema={"what": pl.String, "ratio": pl.Float64, "bound": pl.String, "goal": pl.Float64, "met": pl.Boolean},
    )


Row = tuple[str, float, str | None, float | None]
Pair = tuple[str, str]  # the slower method and the faster one
FASTER: tuple[Pair, ...] = (
    (BY_HAND, AGGREGATED),
    (GENERIC, AGGREGATED),
    (MARGINAL, AGGREGATED),
    (PRIOR_WEIGHTS, AGGREGATED),
    (BY_HAND, MARGINAL),
)
X64 = ", x64"  # ends the name of a ratio of times in float64
MARGINAL_GOAL = 2.0  # of every size, in both float types
WEIGHT_GOALS: Mapping[tuple[int, Pair], float] = {
    (6, (BY_HAND, AGGREGATED)): 2.0,
    (1_000, (GENERIC, AGGREGATED)): 50.0,
    (10_000, (GENERIC, AGGREGATED)): 150.0,
}
POSTERIOR_GOALS = {NUTS["marginal"]: 100.0, PYMC: 10.0}
MOST_SCALING_RATIO = 3.0  # most that the time may grow from 1,000 students to the largest class


def _of_weights(weights: pl.DataFrame, suffix: str = "") -> list[Row]:
    rows: list[Row] = []
    for (students, particles), size in weights.group_by("students", "particles", maintain_order=True):
        seconds = dict(size.select("method", "seconds").iter_rows())
        for pair in FASTER:
            slower, faster = pair
            if slower in seconds and faster in seconds:
                what = f"{students:,} students x {particles:,} particles: {slower} / {faster}{suffix}"
                rows.append(_at_least(what, seconds[slower] / seconds[faster], _weight_goal(students, pair, suffix)))
    return rows


def _weight_goal(students: int, pair: Pair, suffix: str) -> float | None:
    if pair == (BY_HAND, MARGINAL):
        return MARGINAL_GOAL
    return None if suffix else WEIGHT_GOALS.get((students, pair))


def _of_posteriors(posterior: pl.DataFrame) -> list[Row]:
    seconds = dict(posterior.select("method", "seconds").iter_rows())
    return [
        _at_least(f"E[lam] to 1 %: {method} / {EXACT}", value / seconds[EXACT], POSTERIOR_GOALS.get(method))
        for method, value in seconds.items()
        if method != EXACT
    ]


def _of_scaling(scaling: pl.DataFrame) -> list[Row]:
    seconds = dict(scaling.select("students", "seconds").iter_rows())
    small, large = 1_000, max(seconds)
    if small not in seconds or large <= small:
        return []
    what = f"importance, aggregated: {large:,} students / {small:,}"
    return [(what, seconds[large] / seconds[small], AT_MOST, MOST_SCALING_RATIO)]


def _at_least(what: str, ratio: float, goal: float | None) -> Row:
    return what, ratio, None if goal is None else AT_LEAST, goal


def _met(ratio: float, bound: str | None, goal: float | None) -> bool | None:
    if goal is None:
        return None
    return ratio >= goal if bound == AT_LEAST else ratio <= goal
