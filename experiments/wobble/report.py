"""The tables and sentences that wobble prints."""

import math
from typing import Any

import polars as pl

from experiments.machine import device
from experiments.presentation.screen import print_line, print_table
from experiments.presentation.table_text import table_text
from experiments.wobble.result import Result
from experiments.wobble.run_to_run import RATE
from inference.numerics.pareto_smoothing import HIGHEST_KHAT

COURSE_PARTICLES, COURSE_PRINTS = 20_000, 14.57  # the course's number of particles, and the E[a] that it prints
RUNS = {"form": "form", "size": "particles", "runs": "runs"}
SMALL = 7  # digits of numbers that fall with the number of particles


def print_result(result: Result) -> None:
    """Print every table, and sentences on what it shows."""
    print_line(f"Classroom A under box(0.5, 20), on {device()}. No two runs share a particle, of whatever size.")
    _print_spreads(result)
    _print_bias(result)
    _print_slopes(result)
    _print_reliability(result.reliability)
    _print_costs(result)
    _print_course(result)
    sd = result.limits["marginal"]["E[a]"].sd / math.sqrt(COURSE_PARTICLES)
    off = COURSE_PRINTS - result.truth["E[a]"]
    print_line(
        f"The course prints E[a] = {COURSE_PRINTS}, with {COURSE_PARTICLES} particles: {off:+.3f} from the exact "
        f"{result.truth['E[a]']:.4f}. The standard deviation of such a run is {sd:.3f}, so the difference is "
        f"{abs(off) / sd:.1f} standard deviations of a run; the second decimal is noise."
    )


def _print_spreads(result: Result) -> None:
    spread = pl.col("log_spread").exp()
    print_table(
        table_text(
            "Spread over runs, next to the exact sd / sqrt(N) and against the standard error that a run predicts",
            result.spreads.with_columns(spread=spread, spread_error=spread * pl.col("log_spread_error")),
            columns=RUNS | {"quantity": "quantity", "spread": "sd", "limit": "exact", "ratio": "predicted/sd"},
            digits={"spread": SMALL, "limit": SMALL},
        )
    )
    worst = result.spreads.select(((pl.col("ratio") - 1) / pl.col("ratio_error")).abs().max()).item()
    print_line(
        f"Of these {result.spreads.height} ratios the farthest from 1 is {worst:.1f} of its errors away. An sd of S "
        "runs is off by a share 1 / sqrt(2 (S - 1)); the rows of one form and size are of the same runs."
    )


def _print_bias(result: Result) -> None:
    print_table(
        table_text(
            "Bias: mean over runs minus the exact value, next to its value by quadrature",
            result.spreads,
            columns=RUNS | {"quantity": "quantity", "bias": "bias", "bias_limit": "exact, large N"},
            digits={"bias": SMALL, "bias_limit": SMALL},
        )
    )
    smallest = result.spreads.filter(size=result.spreads["size"].min()).to_dicts()
    share = max(abs(row["bias_limit"]) / row["limit"] for row in smallest)
    print_line(
        f"The bias falls as 1 / N, faster than the spread: with {smallest[0]['size']:,} particles it is {share:.2f} "
        "of it at most, so nearly all of a run's error is random."
    )


def _print_slopes(result: Result) -> None:
    print_table(
        table_text(
            "Slope of log spread on log N, which should be -1/2",
            result.slopes,
            columns={"form": "form", "quantity": "quantity", "slope": "slope", "z": "distance (se)"},
            digits={"z": 2},
        )
    )


def _print_reliability(reliability: pl.DataFrame) -> None:
    print_table(
        table_text(
            "Diagnostics of a run",
            reliability,
            columns=RUNS | {"ess_share": "ESS / N", "median_khat": "khat, median", "worst_khat": "khat, worst"},
            digits=dict.fromkeys(("ess_share", "median_khat", "worst_khat"), 4),
        )
    )
    worst = reliability["worst_khat"].max()
    relation = "below" if worst < HIGHEST_KHAT else "above"
    print_line(
        f"The worst khat, {worst:.2f}, is {relation} {HIGHEST_KHAT}, up to which estimates and errors can be used."
    )


def _print_costs(result: Result) -> None:
    print_table(
        table_text(
            "How many times more particles the explicit form needs for the spread of the marginal one", result.costs
        )
    )
    low, high = result.costs["exact"].min(), result.costs["exact"].max()
    print_line(
        f"Drawing theta from the prior costs {low:.1f} to {high:.1f} times the particles here: six students, and a box "
        "that is not far from their posterior."
    )


def _print_course(result: Result) -> None:
    columns = {"size": "particles", "runs": "seeds", "lowest": "lowest", "highest": "highest"}
    columns |= {"sd": "sd", "limit": "exact", "predicted": "predicted by a run"}
    print_table(
        table_text(
            f"The course's cell with the keys of many seeds: {RATE}, exactly {result.truth[RATE]:.4f}",
            result.course,
            columns=columns,
            digits=dict.fromkeys(("sd", "limit", "predicted"), SMALL),
        )
    )
    for row in result.course.iter_rows(named=True):
        print_line(
            f"With {row['size']:,} particles it lies between {row['lowest']:.4f} and {row['highest']:.4f} over "
            f"{row['runs']} seeds, sd {row['sd']:.5f}, where {row['limit']:.5f} is exact."
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
        "course": result.course.to_dicts(),
        "explicit_over_marginal_particles": result.costs.to_dicts(),
    }
