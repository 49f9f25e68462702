"""The tables and sentences that wobble prints."""

import math
from typing import Any

import polars as pl

from experiments.presentation.results import device, print_line, print_table, rounded
from experiments.wobble.result import Result
from experiments.wobble.run_to_run import QUANTITIES, RATE
from inference.numerics.pareto_smoothing import HIGHEST_KHAT

COURSE_PARTICLES, COURSE_PRINTS = 20_000, 14.57  # the course's number of particles, and the E[a] that it prints
HEADS = [{RATE: "rate"}.get(name, name) for name in QUANTITIES]


def print_result(result: Result) -> None:
    """Print every table, and sentences on what it shows."""
    print_line(
        f"Classroom A under box(0.5, 20), on {device()}; rate: {RATE}. No two runs share a particle, of whatever size."
    )
    _print_spreads(result)
    _print_bias(result)
    _print_slopes(result)
    _print_reliability(result.reliability)
    _print_costs(result)
    sd = result.limits["marginal"]["E[a]"].sd / math.sqrt(COURSE_PARTICLES)
    off = COURSE_PRINTS - result.truth["E[a]"]
    print_line(
        f"The course prints E[a] = {COURSE_PRINTS}, with {COURSE_PARTICLES} particles: {off:+.3f} from the exact "
        f"{result.truth['E[a]']:.4f}. Such a run wobbles by {sd:.3f}, so that is {abs(off) / sd:.1f} of its wobbles, "
        "and its second decimal says nothing."
    )


def _print_spreads(result: Result) -> None:
    print_table(
        "Spread over runs, held against the exact sd / sqrt(N) and against the standard error that a run predicts",
        [
            "form, particles, runs",
            *(f"{name}: {text}" for name in HEADS for text in ("sd", "exact", "predicted/sd")),
        ],
        [
            [
                f"{form}, {size:,}, {rows['runs'][0]}",
                *(
                    text
                    for row in rows.iter_rows(named=True)
                    for text in (
                        rounded(math.exp(row["log_spread"]), math.exp(row["log_spread"]) * row["log_spread_error"], 7),
                        f"{row['limit']:.3g}",
                        rounded(row["ratio"], row["ratio_error"]),
                    )
                ),
            ]
            for (form, size), rows in result.spreads.group_by("form", "size", maintain_order=True)
        ],
    )
    worst = result.spreads.select(((pl.col("ratio") - 1) / pl.col("ratio_error")).abs().max()).item()
    print_line(
        f"Of these {result.spreads.height} ratios the farthest from 1 is {worst:.1f} of its errors away. An sd of S "
        "runs is off by a share 1 / sqrt(2 (S - 1)); the rows of one form and size are of the same runs."
    )


def _print_bias(result: Result) -> None:
    print_table(
        "Mean over runs less the exact value, next to what quadrature says of it",
        ["form, particles", *(f"{name}: {text}" for name in HEADS for text in ("bias", "exact, large N"))],
        [
            [
                f"{form}, {size:,}",
                *(
                    text
                    for row in rows.iter_rows(named=True)
                    for text in (rounded(row["bias"], row["bias_error"], 7), f"{row['bias_limit']:.1g}")
                ),
            ]
            for (form, size), rows in result.spreads.group_by("form", "size", maintain_order=True)
        ],
    )
    smallest = result.spreads.filter(size=result.spreads["size"].min()).to_dicts()
    share = max(abs(row["bias_limit"]) / row["limit"] for row in smallest)
    print_line(
        f"The bias falls as 1 / N, faster than the spread: with {smallest[0]['size']:,} particles it is {share:.2f} "
        "of it at most, so what a run is off by is nearly all wobble."
    )


def _print_slopes(result: Result) -> None:
    print_table(
        "Slope of log spread on log N, to be held against -1/2",
        ["form", *HEADS, "farthest (se)"],
        [
            [
                form,
                *(rounded(row["slope"], row["slope_error"]) for row in rows.iter_rows(named=True)),
                f"{rows['z'].abs().max():.1f}",
            ]
            for (form,), rows in result.slopes.group_by(["form"], maintain_order=True)
        ],
    )


def _print_reliability(reliability: pl.DataFrame) -> None:
    print_table(
        "What a run says of itself",
        ["form, particles, runs", "ESS / N", "khat, median", "khat, worst"],
        [
            [
                f"{row['form']}, {row['size']:,}, {row['runs']}",
                *(f"{row[column]:.3f}" for column in ("ess_share", "median_khat", "worst_khat")),
            ]
            for row in reliability.iter_rows(named=True)
        ],
    )
    worst = reliability["worst_khat"].max()
    relation = "below" if worst < HIGHEST_KHAT else "above"
    print_line(
        f"The worst khat, {worst:.2f}, is {relation} {HIGHEST_KHAT}, up to which estimates and errors can be used."
    )


def _print_costs(result: Result) -> None:
    print_table(
        "How many times more particles the explicit form needs for the spread of the marginal one",
        ["quantity", "measured", "exact"],
        [
            [row["quantity"], rounded(row["measured"], row["measured_error"]), f"{row['exact']:.2f}"]
            for row in result.costs.iter_rows(named=True)
        ],
    )
    low, high = result.costs["exact"].min(), result.costs["exact"].max()
    print_line(
        f"Drawing theta from the prior costs {low:.1f} to {high:.1f} times the particles here: six students, and a box "
        "that is not far from what they say."
    )


def summary(result: Result) -> dict[str, Any]:
    """Every printed number except times."""
    return {
        "exact": result.truth,
        "limits": {
            form: {name: limit._asdict() for name, limit in of_form.items()} for form, of_form in result.limits.items()
        },
        "spreads": result.spreads.to_dicts(),
        "slopes": result.slopes.to_dicts(),
        "reliability": result.reliability.to_dicts(),
        "explicit_over_marginal_particles": result.costs.to_dicts(),
    }
