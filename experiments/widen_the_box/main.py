"""What is true of "widen it and the estimate barely moves until the bounds get extreme"?

The course says this of its uniform box over a and b. Here are the exact answers for its six students, under boxes of
many widths, and under the course's second hyperprior with many upper bounds on lam. "Barely" means less than a tenth of
a quantity's own posterior sd under the course's bounds (for the estimated rate, the sd of mu). "Until the bounds get
extreme" means up to five times as wide.
"""

import time
from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.data.classrooms import classroom_a
from experiments.methods.sampled_and_exact import comparison_table, print_comparison
from experiments.presentation.axes import label, label_lines, log_axis, mark_edge, new_figure
from experiments.presentation.colours import EDGE, GREEN, GREY, ORANGE, POSTERIOR, PURPLE, VERMILION
from experiments.presentation.numbers import number
from experiments.presentation.results import write_results
from experiments.presentation.screen import print_line, print_table, progress_bar
from experiments.presentation.table_text import table_text
from experiments.widen_the_box.options import WidenTheBox
from experiments.widen_the_box.widening import (
    BARELY,
    LOWER,
    QUANTITIES,
    SCANS,
    UPPER,
    answers_row,
    learned,
    limits,
    moves,
)
from inference import exact, importance
from models import box, marginal

PANELS = {  # quantity: its label and colour
    "a": ("a", ORANGE),
    "b": ("b", PURPLE),
    "lam": ("λ = a + b", GREY),
    "emi": ("Emi, 2 of 2", GREEN),
    "rate": ("population", POSTERIOR),
    "farid": ("Farid, 0 of 1", VERMILION),
}


class Result(NamedTuple):
    """Exact answers by bound, how far each quantity moves, and importance sampling beside two of them."""

    answers: pl.DataFrame  # a row per scan and bound
    moves: pl.DataFrame  # a row per scan and quantity
    limits: dict[str, float]  # as the upper bound of the box grows
    checks: dict[str, pl.DataFrame]
    seconds: dict[str, float]


def run(options: WidenTheBox) -> Result:
    """Compute the exact answers for every bound; for the course's box and for the widest, sample too.

    Args:
        options: seed, number of particles, and whether to use only a few bounds.

    Returns:
        Everything found.
    """
    counts, start = classroom_a(), time.perf_counter()
    scans = {name: scan.landmarks if options.quick else scan.bounds for name, scan in SCANS.items()}
    rows = []
    with progress_bar() as progress:
        task = progress.add_task("moving the bounds", total=sum(map(len, scans.values())))
        for name, bounds in scans.items():
            for bound in bounds:
                posterior = exact(SCANS[name].hyperprior(bound), counts)
                rows.append({"scan": name, "bound": bound, **answers_row(posterior, counts)})
                progress.advance(task)
    answers, seconds = pl.DataFrame(rows), {"exact": time.perf_counter() - start}

    start, checks = time.perf_counter(), {}
    keys = jax.random.split(jax.random.key(options.seed))
    for key, high in zip(keys, (SCANS[UPPER].course, SCANS[UPPER].extreme), strict=True):
        hyperprior = box(0.5, high)
        sampled = importance(marginal(hyperprior), counts, key=key, n_particles=options.particles)
        truth = learned(exact(hyperprior, counts), counts)
        checks[f"box(0.5, {high:g})"] = comparison_table(sampled, learned(sampled, counts), truth)
    seconds["importance"] = time.perf_counter() - start
    return Result(answers, moves(answers), limits(counts), checks, seconds)


def plot(result: Result) -> Figure:
    """The pseudo-counts follow the upper bound; the rates drift and then settle; the lower bound moves nothing."""
    figure, (counts, rates, lower) = new_figure(3)
    _plot_scan(counts, result, UPPER, ("lam", "a", "b"), at_end=True)
    log_axis(counts, "y", subs=(1,))
    counts.set_xlim(4, 2e5)
    label(
        counts, "a and b follow the upper bound:\nthe counts do not hold them", UPPER, "posterior mean (pseudo-bentos)"
    )
    _plot_scan(rates, result, UPPER, ("emi", "rate", "farid"))
    rates.axhline(result.limits["mu"], color=GREY, linewidth=1.2, linestyle="--")
    same = (SCANS[UPPER].extreme, result.limits["mu"], "one rate for all", GREY)
    label_lines(rates, [same], side="right", shift=(0, 10))
    rates.set_xlim(0.15, 2e4)
    label(rates, "Rates drift as the bound grows,\nthen settle at one rate for all", UPPER, "rate θ, posterior mean")
    _plot_scan(lower, result, LOWER, ("emi", "rate", "farid"))
    lower.set_xlim(2e-5, 4)
    label(lower, "The lower bound\nhardly matters", LOWER, "rate θ, posterior mean")
    for ax in (rates, lower):
        ax.set_ylim(0.5, 0.72)
    for ax, scan in ((counts, UPPER), (rates, UPPER), (lower, LOWER)):
        mark_edge(ax, "x", SCANS[scan].course)
        where = (SCANS[scan].course, ax.get_ylim()[1], "course's edge", EDGE)
        label_lines(ax, [where], side="right" if scan == LOWER else "left", shift=(-5 if scan == LOWER else 5, -8))
    return figure


def _plot_scan(ax: Axes, result: Result, scan: str, quantities: Sequence[str], *, at_end: bool = False) -> None:
    """A line for each quantity against the bound, labelled where it ends or where it begins."""
    table = result.answers.filter(scan=scan).sort("bound")
    log_axis(ax, "x", subs=(1,))
    for quantity in quantities:
        text, colour = PANELS[quantity]
        ax.plot(table["bound"], table[quantity], color=colour, linewidth=2.2)
        end = table.row(-1 if at_end else 0, named=True)
        side, shift = ("left", (6, 4 if quantity == "lam" else -1)) if at_end else ("right", (-6, 0))
        label_lines(ax, [(end["bound"], end[quantity], text, colour)], side=side, shift=shift)


def main(options: WidenTheBox) -> None:
    """Run, write the files, print the tables."""
    result = run(options)

    def show() -> None:
        _print_answers(result.answers)
        _print_moves(result)
        print_comparison(result.checks)

    write_results(
        options.folder,
        show=show,
        summary=summary(result),
        seconds=result.seconds,
        tables={"answers": result.answers, "moves": result.moves},
        figures={"widen_the_box": plot(result)},
    )


def _print_answers(answers: pl.DataFrame) -> None:
    for name, scan in SCANS.items():
        found = answers.filter(scan=name).with_columns(course=pl.col("bound") == scan.course)
        columns = {"bound": "bound", "course": "the course's"} | {column: text for column, text in QUANTITIES.items()}
        print_table(table_text(f"Six students by the {name}, exactly", found, columns=columns))
    print_line(f"Every exact value is right to {answers['largest_error_in_sd'].max():.0e} of its posterior sd.")


def _print_moves(result: Result) -> None:
    for name, scan in SCANS.items():
        print_line(
            f'"Widen it and the estimate barely moves until the bounds get extreme", {name}: '
            f"{scan.course:g}, then {scan.five_times:g}, then {scan.extreme:g}"
        )
        for row in result.moves.filter(scan=name).iter_rows(named=True):
            steps = ", then ".join(
                f"{number(row[step])} ({number(row[f'moved_{step}'], 3)} sd)" for step in ("five_times", "extreme")
            )
            print_line(f"  {QUANTITIES[row['quantity']]}: {number(row['course'])}, then {steps}: {row['verdict']}.")
    print_line(f"sd: posterior sd under the course's bounds, of mu for the rate; barely: less than {BARELY:g} of it.")
    bound, tends_to = SCANS[UPPER].extreme, result.limits
    rows = {row["quantity"]: row for row in result.moves.filter(scan=UPPER).iter_rows(named=True)}
    rate = rows["rate"]
    print_line(
        f"For the rate the opposite is true: a factor of 5 moves it by {rate['moved_five_times']:.2f} sd, "
        f"the next of {bound / SCANS[UPPER].five_times:g} by {rate['moved_extreme'] - rate['moved_five_times']:.2f} "
        f"more. It tends to {tends_to['rate']:.4f}, Emi and Farid both to {tends_to['mu']:.4f}, as if all had "
        f"one rate: nearly all of a wide box says so. E[a] and E[b] tend to {tends_to['a_share']:.2f} and "
        f"{tends_to['b_share']:.2f} of the bound."
    )


def summary(result: Result) -> dict[str, Any]:
    """Every printed number except times."""
    return {
        "answers": result.answers.to_dicts(),
        "moves": result.moves.to_dicts(),
        "limits": result.limits,
        "checks": {name: table.to_dicts() for name, table in result.checks.items()},
    }
