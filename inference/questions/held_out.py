"""The tables of `evaluate`: kinds of pooling compared by log predictive densities and errors of rates."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import polars as pl

from inference.numerics.sums import sum_se
from models.numerics.sums import weighted


class HeldOut(NamedTuple):
    """The result of `evaluate`.

    Args:
        summary: a row per kind of pooling: pooling ("none", "complete", "partial"; "raw" for the raw rate k / n, which
            is not a distribution); log_predictive, the sum over groups in nats, and its error; difference, this sum
            minus that of partial pooling, and difference_se, its standard error over groups; rmse, the root mean
            squared error of the later rate, and its error.
        groups: a row per group: name, k, n, k_later, n_later; none, complete, partial and partial_error, the log
            predictive densities; raw_rate, none_rate, complete_rate, partial_rate and partial_rate_error, the predicted
            rates; and multiplicity if any is not 1. Events have exposure and exposure_later instead of n and n_later.
            Counts in categories have n and n_later only, and partial_rate[red], partial_rate[green], and so on.
    """

    summary: pl.DataFrame
    groups: pl.DataFrame


class RatesOff(NamedTuple):
    """How far predicted rates are from later ones, over the rates for which both exist.

    Args:
        both: for which rates both exist, shape (groups,) or (groups, categories).
        rmse: root mean squared error; None if there are none.
        slope: derivative of the rmse in each of these rates, shape (number of them,).
    """

    both: np.ndarray
    rmse: float | None
    slope: np.ndarray


def rates_off(predicted: np.ndarray, shown: np.ndarray, multiplicity: np.ndarray) -> RatesOff:
    """The root mean squared error of predicted rates.

    Args:
        predicted: NaN where there is none, shape (groups,) or (groups, categories).
        shown: the later rates, likewise.
        multiplicity: how many groups each stands for, shape (groups,).

    Returns:
        The error and its derivatives.
    """
    groups = np.broadcast_to(multiplicity.reshape(-1, *[1] * (predicted.ndim - 1)), predicted.shape)
    both = np.isfinite(predicted) & np.isfinite(shown) & (groups > 0)
    if not both.any():
        return RatesOff(both, None, np.zeros(0))
    share = groups[both] / groups[both].sum()
    off = predicted[both] - shown[both]
    rmse = float(np.sqrt(weighted(share, off**2)))
    return RatesOff(both, rmse, share * off / rmse if rmse > 0 else np.zeros_like(off))


def summary_of(
    log_predictive: Mapping[str, np.ndarray],
    sum_error: float,
    rmse: Mapping[str, tuple[float | None, float | None]],
    students: np.ndarray,
) -> pl.DataFrame:
    """The table `HeldOut.summary`.

    Args:
        log_predictive: log predictive densities by kind of pooling, NaN where there is none, each of shape (groups,).
        sum_error: error of the sum of those of partial pooling.
        rmse: rmse and its error by kind of pooling.
        students: how many groups each row stands for, floating point, shape (groups,).

    Returns:
        A row for each kind of pooling in `rmse`.
    """
    rows = []
    for pooling, (value, error) in rmse.items():
        row = {"pooling": pooling}
        if pooling in log_predictive:
            difference = log_predictive[pooling] - log_predictive["partial"]
            total = weighted(students, log_predictive[pooling])
            closed_form_error = 0.0 if np.isfinite(total) else np.nan
            row |= {
                "log_predictive": total,
                "log_predictive_error": sum_error if pooling == "partial" else closed_form_error,
                "difference": weighted(students, difference),
                "difference_se": sum_se(difference, students),
            }
        rows.append(row | {"rmse": value, "rmse_error": error})
    table = pl.DataFrame(rows, infer_schema_length=None)
    return table.select("pooling", pl.col("^(log|difference).*$", "^rmse.*$")).fill_nan(None)
