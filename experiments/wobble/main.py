"""The course's fourth exercise: run it a hundred times, and see how far the estimates wobble from run to run.

Classroom A under box(0.5, 20), by importance sampling with GenJAX's `generate`: (i) the spread over runs falls as
1 / sqrt(N), and its size is that given by quadrature; (ii) one run's own standard error predicts it; (iii) the bias is
far smaller than the spread; (iv) how many times more particles the explicit form needs, with theta proposed from the
prior; (v) the course's own cell with other keys, and with ten times the particles.
"""

import math
import time

import jax
import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from experiments.data.classrooms import classroom_a
from experiments.methods.learned import estimates
from experiments.presentation.axes import label, label_lines, log_axis, new_figure, show_key
from experiments.presentation.colours import FORMS as COLOURS
from experiments.presentation.results import write_results
from experiments.presentation.screen import progress_bar
from experiments.wobble.course_cell import COURSE_SIZES, SEEDS, course_runs, course_table
from experiments.wobble.options import Wobble
from experiments.wobble.report import print_result, summary
from experiments.wobble.result import Result
from experiments.wobble.run_to_run import FORMS, QUANTITIES, RATE, independent_runs, limits
from experiments.wobble.tables import cost_table, reliability_table, slope_table, spread_table
from inference import exact
from inference.numerics.pareto_smoothing import pareto_smoothed
from models import box

SIZES, QUICK_SIZES, QUICK_RUNS = (1_000, 10_000, 100_000, 1_000_000), (500, 2_000), 20
QUICK_CELLS = {2_000: 5}  # runs of the course's cell, by their particles, if --quick
SHARES = {"marginal": 1.0, "explicit": 0.25}  # of the particles of one size, for each form: about a minute each
ASIDE = {"marginal": 1 / 1.06, "explicit": 1.06}  # factor on N, so that the error bars do not cover each other


def run(options: Wobble) -> Result:
    """Run each form many times at each size; no two runs share a particle.

    Args:
        options: seed and number of runs.

    Returns:
        Every run's estimates, their spreads, the slopes of these, and what the explicit form costs.
    """
    counts = classroom_a()
    truth = exact(box(), counts)
    sizes, most = (QUICK_SIZES, min(QUICK_RUNS, options.runs)) if options.quick else (SIZES, options.runs)
    rows, seconds = [], {}
    with progress_bar() as progress:
        for i, form in enumerate(FORMS):
            for size in sizes:
                runs = max(min(most, int(SHARES[form] * options.most_particles) // size), 2)
                task = progress.add_task(f"{form}, {size:,} particles", total=runs)
                key = jax.random.fold_in(jax.random.fold_in(jax.random.key(options.seed), i), size)
                start = time.perf_counter()
                for j, posterior in enumerate(independent_runs(form, counts, key=key, size=size, runs=runs)):
                    found = estimates(posterior)
                    row = {"form": form, "size": size, "run": j, "ess": posterior.ess}
                    row |= {name: found[name].value for name in QUANTITIES}
                    row |= {f"error of {name}": found[name].error for name in QUANTITIES}
                    rows.append(row | {"khat": pareto_smoothed(posterior.log_weights)[1]})
                    progress.advance(task)
                seconds[f"{form}, {runs} runs of {size} particles"] = time.perf_counter() - start
    start = time.perf_counter()
    cells = QUICK_CELLS if options.quick else dict.fromkeys(COURSE_SIZES, SEEDS)
    course = pl.concat(course_runs(counts, size, seeds) for size, seeds in cells.items())
    seconds["the course's cell"] = time.perf_counter() - start
    exactly = {name: estimate.value for name, estimate in estimates(truth).items() if name in QUANTITIES}
    limit = {form: limits(form, counts, truth) for form in FORMS}
    runs = pl.DataFrame(rows)
    spreads = spread_table(runs, exactly, limit)
    return Result(
        exactly,
        limit,
        runs,
        reliability_table(runs),
        spreads,
        slope_table(spreads),
        cost_table(spreads, limit),
        course_table(course, limit["marginal"][RATE]),
        seconds,
    )


def plot(result: Result) -> Figure:
    """Spread of E[a] and of log Z against N, with the exact lines and the spread that a run predicts."""
    figure, axes = new_figure(2, width=5.4, height=4.8)
    more = _times_more(result, "log Z")
    titles = {
        "E[a]": "E[a]: 100 times the particles make\nits spread 10 times smaller",
        "log Z": f"log Z: the explicit form needs\n{more:.1f} times the particles of the marginal one",
    }
    for ax, name, unit in zip(axes, ("E[a]", "log Z"), ("pseudo-successes", "nats"), strict=True):
        _plot_spread(ax, result, name)
        label(ax, titles[name], "particles of a run, N", f"sd of {name} over runs ({unit})")
    return figure


def _times_more(result: Result, name: str) -> float:
    """How many times the particles of the marginal form the explicit one needs for the same spread, exactly."""
    return (result.limits["explicit"][name].sd / result.limits["marginal"][name].sd) ** 2


def _plot_spread(ax: Axes, result: Result, name: str) -> None:
    ends = result.spreads["size"].to_numpy()
    line = np.array([ends.min() / 1.6, ends.max() * 1.6])
    marks = {}
    for form, colour in {form: COLOURS[form] for form in FORMS}.items():
        rows = result.spreads.filter(form=form, quantity=name)
        sizes, logs = (rows[column].to_numpy() for column in ("size", "log_spread"))
        spread, two = np.exp(logs), 2 * rows["log_spread_error"].to_numpy()
        exact_line = ax.plot(line, result.limits[form][name].sd / np.sqrt(line), color=colour, linewidth=1.4)[0]
        bars = spread - np.exp(logs - two), np.exp(logs + two) - spread
        style = {"fmt": "o", "markersize": 5, "capsize": 3, "linewidth": 1.4}
        over_runs = ax.errorbar(sizes * ASIDE[form], spread, bars, color=colour, **style)
        predicted = ax.scatter(
            sizes * ASIDE[form], rows["predicted"], s=110, facecolor="none", edgecolor=colour, linewidth=1.2, zorder=4
        )
        marks |= {"sd over runs, ± 2 se": over_runs, "what one run predicts": predicted, "exact: sd / √N": exact_line}
    middle = math.sqrt(line.prod())
    heights = {form: result.limits[form][name].sd / math.sqrt(middle) for form in FORMS}
    above, below = [(middle, heights[form], form, COLOURS[form]) for form in ("explicit", "marginal")]
    label_lines(ax, [above], side="left", shift=(4, 14))
    label_lines(ax, [below], side="right", shift=(-4, -14))
    log_axis(ax, "x", subs=(1,))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    log_axis(ax, "y", subs=(1,))
    show_key(ax, marks)


def main(options: Wobble) -> None:
    """Run, write the files, print the tables."""
    result = run(options)
    write_results(
        options.folder,
        show=lambda: print_result(result),
        summary=summary(result),
        seconds=result.seconds,
        tables={
            "runs": result.runs,
            "reliability": result.reliability,
            "spreads": result.spreads,
            "slopes": result.slopes,
            "costs": result.costs,
            "course": result.course,
        },
        figures={"wobble": plot(result)},
    )
