"""Tables that summarise many runs: spread next to its prediction and limit, slopes, the explicit form's cost."""

import math
from collections.abc import Mapping

import numpy as np
import polars as pl

from experiments.wobble.run_to_run import QUANTITIES, Limit, fit_slope, log_spread


def spread_table(
    runs: pl.DataFrame, truth: Mapping[str, float], limit: Mapping[str, Mapping[str, Limit]]
) -> pl.DataFrame:
    """Spread, predicted spread and bias of each form, size and quantity.

    Args:
        runs: a row per run: form, size, ess, khat, and two columns per quantity, its name and "error of ...".
        truth: exact value of each quantity.
        limit: limits of spread and bias, by form and quantity.

    Returns:
        A row each: log_spread and its error; predicted, the root mean square of the runs' own errors; ratio, predicted
        over spread, and its error; limit, the exact sd / sqrt(size); bias, its error, and the exact bias / size.
    """
    rows = []
    for (form, size), group in runs.group_by("form", "size", maintain_order=True):
        for name in QUANTITIES:
            values, squares = group[name].to_numpy(), group[f"error of {name}"].to_numpy() ** 2
            spread, off = log_spread(values), values - truth[name]
            predicted = math.sqrt(squares.mean())
            predicted_error = squares.std(ddof=1) / squares.mean() / 2 / math.sqrt(len(squares))  # relative
            ratio = predicted / math.exp(spread.value)
            rows.append(
                {
                    "form": form,
                    "size": size,
                    "quantity": name,
                    "runs": len(values),
                    "log_spread": spread.value,
                    "log_spread_error": spread.error,
                    "predicted": predicted,
                    "ratio": ratio,
                    "ratio_error": ratio * math.hypot(spread.error, predicted_error),
                    "limit": limit[form][name].sd / math.sqrt(size),
                    "bias": off.mean(),
                    "bias_error": off.std(ddof=1) / math.sqrt(len(off)),
                    "bias_limit": limit[form][name].bias / size,
                }
            )
    return pl.DataFrame(rows)


def reliability_table(runs: pl.DataFrame) -> pl.DataFrame:
    """A row per form and size: mean ESS as a share of the particles, and the runs' median and largest khat."""
    share = (pl.col("ess") / pl.col("size")).mean()
    return runs.group_by("form", "size", maintain_order=True).agg(
        runs=pl.len(), ess_share=share, median_khat=pl.col("khat").median(), worst_khat=pl.col("khat").max()
    )


def slope_table(spreads: pl.DataFrame) -> pl.DataFrame:
    """Slope of log spread on log N of each form and quantity, and its distance from -1/2 in standard errors.

    Args:
        spreads: what `spread_table` returned.

    Returns:
        A row for each: slope, slope_error, and z, the distance.
    """
    rows = []
    for (form, name), group in spreads.group_by("form", "quantity", maintain_order=True):
        log_sizes = np.log(group["size"].to_numpy())
        slope = fit_slope(log_sizes, group["log_spread"].to_numpy(), group["log_spread_error"].to_numpy())
        z = (slope.value + 0.5) / slope.error
        rows.append({"form": form, "quantity": name, "slope": slope.value, "slope_error": slope.error, "z": z})
    return pl.DataFrame(rows)


def cost_table(spreads: pl.DataFrame, limit: Mapping[str, Mapping[str, Limit]]) -> pl.DataFrame:
    """How many times more particles the explicit form needs for the marginal form's spread: the ratio of variances.

    Args:
        spreads: what `spread_table` returned.
        limit: limits of spread and bias, by form and quantity.

    Returns:
        A row per quantity: measured, an average over all sizes weighted by their errors; its error; and exact.
    """
    rows = []
    for name in QUANTITIES:
        marginal, explicit = (spreads.filter(form=form, quantity=name) for form in ("marginal", "explicit"))
        logs = 2 * (explicit["log_spread"] - marginal["log_spread"]).to_numpy()
        errors = 2 * np.hypot(explicit["log_spread_error"].to_numpy(), marginal["log_spread_error"].to_numpy())
        measured = math.exp(np.average(logs, weights=errors**-2))
        rows.append(
            {
                "quantity": name,
                "measured": measured,
                "measured_error": measured * np.sum(errors**-2) ** -0.5,
                "exact": (limit["explicit"][name].sd / limit["marginal"][name].sd) ** 2,
            }
        )
    return pl.DataFrame(rows)
