"""The tables and sentences that two-classrooms prints."""

import polars as pl

from experiments.machine import device
from experiments.methods.method_table import method_text
from experiments.presentation.numbers import number, with_error
from experiments.presentation.screen import print_line, print_table
from experiments.presentation.table_text import table_text
from experiments.two_classrooms.result import COURSE_MU, Result

COLUMNS = ("E[mu]", "E[lam]", "log Z")


def print_result(result: Result) -> None:
    """Print every table, and sentences on what it shows."""
    for name in result.learned:
        _print_methods(name, result)
    _print_lines(result.lines)
    _print_newcomers(result.newcomers)
    _print_bounds(result.bounds)


def _print_methods(name: str, result: Result) -> None:
    learned = result.learned[name]
    caption = f"Classroom {name}, mean_concentration(): mu in (0, 1), lam in (0.1, 100), on {device()}"
    print_table(method_text(caption, learned, COLUMNS))
    for method, (posterior, _, _) in learned.items():
        print_line(f"{method}: {posterior.verdict}")
    low, high = COURSE_MU
    caption = f"Classroom {name} as the course draws it: mu in ({low}, {high}), which has an exact answer of its own"
    print_table(method_text(caption, result.course[name], COLUMNS))


def _print_lines(lines: pl.DataFrame) -> None:
    columns = {
        "classroom": "classroom",
        "prints": "course prints",
        "draws": "course's draws",
        "exact": "exact",
        "below_1": "P(lam < 1)",
        "exact_below_1": "exact",
    }
    print_table(table_text("The two classrooms as the course prints them", lines, columns=columns))
    for row in lines.iter_rows(named=True):
        print_line(
            f"Classroom {row['classroom']}: {row['draws']}. With errors: mu {with_error(row['mu'], row['mu_error'])}, "
            f"exactly {number(row['exact_mu'])}; lam {with_error(row['lam'], row['lam_error'])}, exactly "
            f"{number(row['exact_lam'])}."
        )


def _print_newcomers(newcomers: pl.DataFrame) -> None:
    columns = {
        "name": "student",
        "k": "k",
        "n": "n",
        "raw": "raw",
        "course_prints": "course prints",
        "course_plug_in": "course's draws",
        "exact_plug_in": "exact plug-in",
        "sampled_mean": "marginal",
        "mean": "exact mean",
        "low": "5 %",
        "high": "95 %",
    }
    digits = {"course_prints": 3, "course_plug_in": 3}
    print_table(table_text("Emi and Farid shrink in opposite directions", newcomers, columns=columns, digits=digits))
    print_line(
        "Course prints, course's draws, exact plug-in: (a* + k) / (a* + b* + n) at the posterior mean of (mu, lam), the"
    )
    print_line(
        "first two under the course's range of mu. Marginal, exact mean: fully Bayesian, (mu, lam) integrated out."
    )


def _print_bounds(bounds: pl.DataFrame) -> None:
    names = {"upper_bound": "upper bound", "lam": "E[lam]", "mu": "E[mu]", "log_evidence": "log Z"}
    columns = names | {"emi": "Emi", "farid": "Farid"}
    print_table(table_text("Classroom A by the upper bound on lam, exactly", bounds, columns=columns))
    lam, farid = dict(bounds.select("upper_bound", "lam").iter_rows()), bounds["farid"]
    print_line(
        f"A's posterior of lam, with mean {lam[100.0]:.1f}, piles up at its upper bound of 100: six students can "
        f"hardly tell lam 40 from lam 4,000, so E[lam] goes from {lam[50.0]:.1f} to {lam[10_000.0]:.0f} as the bound "
        f"goes from 50 to 10,000, while Farid moves only from {farid[0]:.2f} to {farid[-1]:.2f}."
    )
