"""The tables and sentences that sharper prints."""

import polars as pl

from experiments.methods.learned import EXACT, Learned
from experiments.presentation.screen import print_line, print_table
from experiments.presentation.table_text import table_text
from experiments.sharper.algorithms import NAMES, NORMAL
from experiments.sharper.result import Result
from inference.programs.normal_proposal import DEFENSIVE_SHARE

FAR = 4.0  # standard errors


def print_result(result: Result) -> None:
    """Print a table of each class, and sentences on what they show."""
    for name, learned in result.learned.items():
        _print_class(name, learned, result.table.filter(pl.col("class") == name))
    _print_conclusion(result.table)


def _print_class(name: str, learned: dict[str, Learned], table: pl.DataFrame) -> None:
    truth = learned[EXACT].posterior
    caption = (
        f"{name}: E[mu] {truth.mean('mu'):.6f}, E[lam] {truth.mean('lam'):.5f}, log Z {truth.log_evidence:.6f} exactly"
    )
    seconds = [learned[method].seconds for method in table["method"]]
    shown = table.rename({f"{address}_error": f"{address}_off_error" for address in NAMES}).with_columns(
        rate=pl.col("ess") / pl.Series(seconds),
        first=pl.Series([learned[method].first_seconds for method in table["method"]]),
        trusted=pl.col("verdict").str.starts_with("trust"),
    )
    columns = {
        "method": "method",
        "mu_off": "E[mu] off (sd)",
        "lam_off": "E[lam] off (sd)",
        "ess": "ESS",
        "rate": "ESS/s",
        "first": "first call (s)",
        "log_evidence": "log Z",
        "khat": "k-hat",
        "rhat": "R-hat",
        "trusted": "trusted",
    }
    print_table(
        table_text(caption, shown, columns=columns, digits={"ess": 1, "rate": 1, "first": 2, "khat": 3, "rhat": 4})
    )


def _print_conclusion(table: pl.DataFrame) -> None:
    sampled = table.filter(pl.col("ess").is_not_null())
    off = [abs(row[f"{name}_off"] / row[f"{name}_error"]) for row in sampled.iter_rows(named=True) for name in NAMES]
    print_line(
        f"The {len(off)} means are at most {max(off):.1f} of their own standard errors from the exact ones"
        + (", as they should be." if max(off) < FAR else f"; more than {FAR:g} is not chance.")
    )
    for row in sampled.filter(~pl.col("verdict").str.starts_with("trust")).iter_rows(named=True):
        print_line(f"{row['class']}, {row['method']}: {row['verdict']}")
    if NORMAL in table["method"]:
        print_line("vi is biased: its error is what its weights estimate the bias to be; more draws do not reduce it.")
        print_line(
            f"{NORMAL}: {DEFENSIVE_SHARE:.0%} of its draws are from the hyperprior, so that no weight can exceed "
            f"{1 / DEFENSIVE_SHARE:g} p(k | a, b)."
        )
    print_line(
        "ESS is that of E[lam], (sd / error)^2; a second call has no compiling in it, but warming up or fitting."
    )
