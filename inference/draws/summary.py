"""Summaries of the posterior of the population: a table, one line of text, and HTML. Moments need not exist."""

from collections.abc import Callable
from html import escape

import numpy as np
import polars as pl

from inference.draws.weighted import WeightedDraws
from inference.numerics.trapezoid import QuadratureError

QUANTILES = (0.05, 0.5, 0.95)


def summary_table(posterior: WeightedDraws) -> pl.DataFrame:
    """The table of `Posterior.summary`: a row for each name.

    Args:
        posterior: the posterior.

    Returns:
        Columns name, mean, mean_error, sd, q05, q50, q95. A number is null if it does not exist, or could not be
        computed to the required accuracy.
    """
    columns = ["mean", "mean_error", "sd", *(f"q{100 * q:02.0f}" for q in QUANTILES)]
    rows = [_row(posterior, name) for name in posterior.names]
    return pl.DataFrame(rows, schema={"name": pl.String, **dict.fromkeys(columns, pl.Float64)})


def _row(posterior: WeightedDraws, name: str) -> dict[str, str | float | None]:
    mean = _or_none(posterior.mean, name)
    return {
        "name": name,
        "mean": mean,
        "mean_error": None if mean is None else posterior.mean_error(name),
        "sd": None if mean is None else _or_none(posterior.sd, name),
        **{f"q{100 * q:02.0f}": _or_none(lambda name, q=q: posterior.quantile(name, q), name) for q in QUANTILES},
    }


def summary_line(posterior: WeightedDraws, verdict: str) -> str:
    """Posterior means (the median where no mean exists), log Z and the verdict, in one line."""
    centres = []
    for name in posterior.names:
        mean = _or_none(posterior.mean, name)
        if mean is None:
            median = _or_none(lambda name: posterior.quantile(name, 0.5), name)
            centres.append(f"{name} unknown" if median is None else f"median {name} {median:.4g}")
        else:
            centres.append(f"E[{name}] {mean:.4g}")
    return f"{type(posterior).__name__}({', '.join(centres)}, {_evidence(posterior)}; {verdict})"


def summary_html(posterior: WeightedDraws, verdict: str) -> str:
    """The table of `summary_table`, as polars shows it in a notebook, between log Z and the verdict."""
    with pl.Config(tbl_hide_dataframe_shape=True, tbl_hide_column_data_types=True, tbl_rows=-1):
        table = summary_table(posterior)._repr_html_()
    return f"<p>{type(posterior).__name__}, {_evidence(posterior)}</p>\n{table}\n<p>{escape(verdict)}</p>"


def _evidence(posterior: WeightedDraws) -> str:
    return "no log Z from MCMC" if np.isnan(posterior.log_evidence) else f"log Z {posterior.log_evidence:.4f}"


def _or_none(number: Callable[[str], float], name: str) -> float | None:
    try:
        return number(name)
    except QuadratureError:
        return None
