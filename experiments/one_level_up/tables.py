"""The tables and sentences that one-level-up prints."""

import polars as pl

from experiments.machine import device
from experiments.methods.method_table import method_text
from experiments.one_level_up.estimates import school_estimates
from experiments.one_level_up.result import Result
from experiments.presentation.screen import print_line, print_table
from experiments.presentation.table_text import table_text

COLUMNS = ("E[mu_spread]", "E[lam_spread]", "E[log lam A]", "E[log lam B]", "log Z")


def print_result(result: Result) -> None:
    """Print every table, and sentences on what it shows."""
    caption = f"A, B and a new classroom in one school, ten numbers, on {device()}"
    print_table(method_text(caption, result.learned, COLUMNS, school_estimates))
    for method, (posterior, _, _) in result.learned.items():
        print_line(f"{method}: {posterior.verdict}")
    print_table(table_text("rqmc, and the same integrals by nested quadrature", result.agreement))
    for name in ("classrooms", "students", "newcomers"):
        print_table(table_text(name, getattr(result, name)))
    for more in ("classrooms", "students"):
        wide = result.curves.filter(more=more).pivot(
            on="level", index=["classrooms", "students"], values=["left", "left_error"]
        )
        wide = wide.rename(
            {
                name: name.removeprefix("left_")
                if not name.startswith("left_error")
                else name.removeprefix("left_error_") + "_error"
                for name in wide.columns
            }
        )
        print_table(table_text(f"More {more}", wide))
