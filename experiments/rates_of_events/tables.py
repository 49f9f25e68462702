"""The tables and sentences that rates-of-events prints."""

import numpy as np
import polars as pl

from experiments.machine import device
from experiments.methods.learned import EXACT
from experiments.methods.method_table import method_text
from experiments.presentation.screen import print_line, print_table
from experiments.presentation.table_text import table_text
from experiments.rates_of_events.pumps import NEXT_HOURS
from experiments.rates_of_events.result import Result

COLUMNS = ("E[mean]", "E[shape]", "log Z")


def print_result(result: Result) -> None:
    """Print every table, and sentences on what it shows."""
    _print_methods(result)
    _print_pumps(result)
    _print_ranks(result)
    _print_next(result.next_failures)
    _print_bugs(result.bugs)
    _print_closed_form(result.closed_form)


def _print_methods(result: Result) -> None:
    caption = f"Ten pumps, mean_shape(): mean rate and shape of the population, on {device()}"
    print_table(method_text(caption, result.learned, COLUMNS))
    for method, (posterior, _, _) in result.learned.items():
        print_line(f"{method}: {posterior.verdict}")
    low, middle, high = (result.learned[EXACT].posterior.quantile("shape", q) for q in (0.05, 0.5, 0.95))
    print_line(
        f"How alike are the pumps? The shape is {middle:.2f} ({low:.2f} to {high:.2f}, 90 % interval): the sd of their "
        f"rates is {result.spread.value:.2f} times the mean, on average. The mean of so few and so unequal rates is "
        "hardly known, so that E[mean] depends on a heavy tail."
    )


def _print_pumps(result: Result) -> None:
    columns = {"name": "pump", "k": "failures", "exposure": "1000 h", "raw": "raw", "mean": "exact", "sd": "sd"}
    columns |= {"low": "5 %", "high": "95 %", "sampled": "marginal", "own_weight": "weight of raw"}
    caption = "Failures in a thousand hours: each pump's raw rate, and its posterior"
    print_table(table_text(caption, result.pumps, columns=columns, digits={"exposure": 5, "own_weight": 4}))
    most = result.pumps.with_columns(moved=(pl.col("mean") / pl.col("raw")).log().abs()).sort("moved", descending=True)
    name, k, hours, raw, mean = most.select("name", "k", "exposure", "raw", "mean").row(0)
    print_line(
        f"The weight of the raw rate is exposure / (rate + exposure), so that pumps that ran for long keep their own. "
        f"{name} ({k} in {hours:g} thousand hours) moves by the largest factor, from {raw:.3f} to {mean:.3f}."
    )


def _print_ranks(result: Result) -> None:
    columns = {"name": "pump", "k": "failures", "exposure": "1000 h"}
    columns |= {"rank": "rank", "rank_low": "5 %", "rank_high": "95 %", "best": "P(rank 1)"}
    columns |= {"rank_ignoring": "ignoring: rank", "rank_low_ignoring": "5 %", "rank_high_ignoring": "95 %"}
    table = result.ranks.sort("rank")
    caption = "Which pump fails most often (rank 1), and what one would say if all had been exposed equally"
    print_table(table_text(caption, table, columns=columns, digits={"rank": 3, "rank_ignoring": 3}))
    apart = table.with_columns(by=pl.col("rank") - pl.col("rank_ignoring")).sort("by")["name"]
    good, bad = apart[-1], apart[0]
    rank = {name: both for name, *both in table.select("name", "rank", "rank_ignoring").rows()}
    print_line(
        f"Counts alone accuse {good}, with many failures in many hours: rank {rank[good][1]:.1f} instead of "
        f"{rank[good][0]:.1f}. They excuse {bad}, with few failures in few hours: rank {rank[bad][1]:.1f} instead of "
        f"{rank[bad][0]:.1f}."
    )
    known, ignored = result.log_evidence["with the exposures"], result.log_evidence["ignoring them"]
    print_line(
        f"The evidence does not say so: the same counts have log Z {known:.2f} with the exposures and {ignored:.2f} "
        f"without. Pumps that ran for longer had lower rates (rank correlation {result.exposure_and_rate:.2f}), which "
        "one population of all pumps does not expect. But the exposures are known; without them there are no rates."
    )


def _print_next(table: pl.DataFrame) -> None:
    columns = {"name": "pump", "mean": "mean", "sd": "sd", "low": "5 %", "high": "95 %", "none": "P(none)"}
    caption = f"Failures in the next {NEXT_HOURS:g} thousand hours; the last row is a pump that nobody has seen"
    print_table(table_text(caption, table, columns=columns, digits={"sd": 4}))


def _print_bugs(bugs: pl.DataFrame) -> None:
    columns = {"quantity": "posterior mean", "published": "BUGS", "exact": "exact", "in_errors": "off (se of BUGS)"}
    columns |= {"mean_shape": "under mean_shape()"}
    caption = "The pumps as in BUGS, its prior and its hours: what it printed, next to the exact answer"
    print_table(table_text(caption, bugs, columns=columns, digits={"in_errors": 2}))
    worst = bugs["in_errors"].abs().max()
    print_line(
        f"BUGS is at most {worst:.1f} of its own standard errors from the exact answer. The two hyperpriors differ for "
        f"pumps that ran for a short time, by {np.abs(bugs['mean_shape'] - bugs['exact'])[2:].max():.2f} at most."
    )


def _print_closed_form(table: pl.DataFrame) -> None:
    off = (table["exact"] - table["closed_form"]).abs().max()
    print_line(
        "Closed form: with the shape and the rate known, log Z is a sum of negative binomials and the mean of a pump's "
        f"rate is (shape + k) / (rate + exposure). exact and SciPy agree on these {len(table)} numbers to {off:.0e}."
    )
