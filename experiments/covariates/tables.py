"""The tables and sentences that covariates prints."""

import math

import polars as pl

from experiments.covariates.plates import SEEDS_OF_A_NEW_PLATE
from experiments.covariates.published import BUGS, BUGS_SIGMA
from experiments.covariates.regression import COEFFICIENTS, FLAT_SD, FULL, IGNORING, LAM, SD
from experiments.covariates.result import Result
from experiments.machine import device
from experiments.methods.method_table import method_text
from experiments.presentation.screen import print_line, print_table
from experiments.presentation.table_text import table_text

COLUMNS = (*(f"E[{name}]" for name in COEFFICIENTS), "E[lam]", "log Z")
ATTENUATION = (16 * math.sqrt(3) / (15 * math.pi)) ** 2  # 0.346, of Zeger, Liang & Albert (1988)


def print_result(result: Result) -> None:
    """Print every table, and sentences on what it shows."""
    _print_programs(result)
    _print_plates(result.plates)
    _print_methods(result)
    _print_coefficients(result.coefficients)
    _print_new_plates(result.new_plates)


def _print_programs(result: Result) -> None:
    columns = {
        "hyperprior": "covariates",
        "numbers": "numbers",
        "method": "by",
        "log_evidence": "log Z",
        "log10_bayes_factor": "log10 BF",
        "elpd_loo": "elpd",
        "elpd_difference": "to the best",
        "elpd_difference_se": "± over plates",
        "lam_q05": "lam 5 %",
        "lam_q50": "median",
        "lam_q95": "95 %",
        "width": "mean width",
    }
    digits = {"lam_q05": 3, "lam_q50": 3, "lam_q95": 3, "elpd_difference_se": 3, "width": 4}
    caption = f"21 plates of seeds: which covariates do the counts ask for? On {device()}"
    print_table(table_text(caption, result.programs, columns=columns, digits=digits))
    for row in result.programs.filter(pl.col("problem").is_not_null()).iter_rows(named=True):
        print_line(f"{row['hyperprior']}: {row['problem']}")
    ignoring, full = (
        result.programs.row(by_predicate=pl.col("hyperprior") == name, named=True) for name in (IGNORING, FULL)
    )
    print_line(
        f"Ignoring the covariates, plates look less alike: the median of lam is {ignoring['lam_q50']:.0f} instead of "
        f"{full['lam_q50']:.0f}, because the differences between kinds of plates must then be spread. So each plate is "
        f"pulled less, its 90 % interval is {ignoring['width']:.3f} wide instead of {full['width']:.3f} on average, "
        f"and a plate is predicted worse from the others, by {full['elpd_loo'] - ignoring['elpd_loo']:.1f} nats in all."
    )
    print_line(
        f"BF: against no covariate; it depends on the prior of the coefficients, Normal(0, {SD}), elpd hardly does. "
        f"lam is log-uniform in ({LAM[0]:g}, {LAM[1]:g})."
    )
    if result.without_extract is not None:
        print_line(
            "If no plate had the extract, its slope could not matter: with and without it, log Z is then the same to "
            f"{abs(result.without_extract):.0e}."
        )


def _print_plates(plates: pl.DataFrame) -> None:
    columns = {"name": "plate", "kind": "seeds, extract", "k": "k", "n": "n", "raw": "raw"}
    for name, header in (("ignoring", "ignoring"), ("full", "with covariates")):
        columns |= {f"{name}_mean": header, f"{name}_low": "5 %", f"{name}_high": "95 %"}
    digits = dict.fromkeys((f"{name}_{end}" for name in ("ignoring", "full") for end in ("low", "high")), 4)
    caption = "The rate of each plate: raw, ignoring the covariates, and with all of them"
    print_table(table_text(caption, plates, columns=columns, digits=digits))
    moved = plates.with_columns(moved=(pl.col("full_mean") - pl.col("raw")).abs()).sort("moved", descending=True)
    parted = plates.with_columns(by=pl.col("full_mean") - pl.col("ignoring_mean"))
    parted = parted.sort(pl.col("by").abs(), descending=True)
    name, k, n, shift = parted.select("name", "k", "n", "by").row(0)
    print_line(
        "With covariates the plates that move most from their raw rate are "
        + ", ".join(f"{name} ({k} of {n})" for name, k, n in moved.select("name", "k", "n").head(3).iter_rows())
        + f". The covariates change {name} ({k} of {n}) most, by {shift:+.3f}."
    )


def _print_methods(result: Result) -> None:
    print_table(method_text(f"All covariates ({FULL}): every method next to rqmc", result.learned, COLUMNS))
    for method, (posterior, _, _) in result.learned.items():
        print_line(f"{method}: {posterior.verdict}")


def _print_coefficients(coefficients: pl.DataFrame) -> None:
    caption = "The coefficients, in log-odds, next to what others found for a logit-normal population"
    print_table(table_text(caption, coefficients, digits={"sd": 4}))
    shrink = math.sqrt(1 + ATTENUATION * BUGS_SIGMA**2)
    flat = coefficients.filter(source=f"beta, prior sd {FLAT_SD:g}")
    if len(flat):
        apart = [
            abs(mean - BUGS[name].mean) / BUGS[name].sd for name, mean in flat.select("coefficient", "mean").rows()
        ]
        print_line(f"Under the prior of BUGS the coefficients are at most {max(apart):.2f} posterior sds from its own.")
    print_line(
        "The two populations do not mean the same by a coefficient: here it is about the log-odds of the mean rate, "
        f"there about the mean of the log-odds, which lies further from 0, by a factor of about {shrink:.3f} at "
        f"sigma = {BUGS_SIGMA} (Zeger, Liang & Albert 1988). A prior sd of {SD} pulls coefficients towards 0, one of "
        f"{FLAT_SD:g}, as in BUGS, does not."
    )


def _print_new_plates(new_plates: pl.DataFrame) -> None:
    columns = {"kind": "seeds, extract", "mean": "mean", "sd": "sd", "low": "5 %", "high": "95 %"}
    columns |= {"rate": "rate", "rate_low": "rate 5 %", "rate_high": "rate 95 %"}
    caption = f"A new plate with {SEEDS_OF_A_NEW_PLATE} seeds: how many germinate, by kind and ignoring the kind"
    print_table(table_text(caption, new_plates, columns=columns, digits={"sd": 3, "rate_low": 4, "rate_high": 4}))
