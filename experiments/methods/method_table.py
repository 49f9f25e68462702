"""What each method learned, as tables and numbers: a row for each method, or for each student."""

from collections.abc import Callable, Mapping, Sequence

import polars as pl

from experiments.methods.learned import EXACT, Estimate, Learned, distances, estimates, truth_among
from experiments.presentation.numbers import percent
from experiments.presentation.table_text import TableText, table_text
from inference import Posterior

METHOD_DIGITS = {"log Z": 7, "ESS": 1, "off by (se)": 2, "seconds": 4}


def method_table(
    learned: Mapping[str, Learned],
    columns: Sequence[str],
    estimates: Callable[[Posterior], dict[str, Estimate]] = estimates,
) -> pl.DataFrame:
    """A row per method: the estimates asked for, ESS, the largest distance from the truth, seconds.

    Args:
        learned: what each method learned, "exact" among them, or "rqmc" where nothing is exact.
        columns: names of `estimates`.
        estimates: function that gives the population in numbers.

    Returns:
        Columns method; each of `columns` and its error; ESS, which is null for exact; "off by (se)", which is null for
        the truth; seconds.
    """
    compared_with = truth_among(learned)
    truth = estimates(learned[compared_with].posterior)
    rows = []
    for method, (posterior, _, seconds) in learned.items():
        found = estimates(posterior)
        row = {"method": method}
        for name in columns:
            row |= {name: found[name].value, f"{name}_error": found[name].error}
        far = distances({name: found[name] for name in columns}, truth).values()
        ess = None if method == EXACT else posterior.ess
        off = None if method == compared_with else max(map(abs, far), default=None)
        rows.append(row | {"ESS": ess, "off by (se)": off, "seconds": seconds})
    return pl.DataFrame(rows, infer_schema_length=None)


def method_text(
    caption: str,
    learned: Mapping[str, Learned],
    columns: Sequence[str],
    estimates: Callable[[Posterior], dict[str, Estimate]] = estimates,
) -> TableText:
    """`method_table` as text; see there for the arguments."""
    return table_text(caption, method_table(learned, columns, estimates), digits=METHOD_DIGITS)


def method_summary(
    learned: Mapping[str, Learned], estimates: Callable[[Posterior], dict[str, Estimate]] = estimates
) -> dict[str, dict]:
    """Every estimate of each method, its ESS, its distances from the truth and its verdict, in full precision."""
    compared_with = truth_among(learned)
    truth = estimates(learned[compared_with].posterior)
    summary = {}
    for method, (posterior, _, _) in learned.items():
        found = estimates(posterior)
        summary[method] = {
            "estimates": {name: {"value": value, "error": error} for name, (value, error) in found.items()},
            "ess": posterior.ess,
            f"distance_from_{compared_with}_in_se": {} if method == compared_with else distances(found, truth),
            "verdict": posterior.verdict,
        }
    return summary


def method_seconds(learned: Mapping[str, Learned]) -> dict[str, float]:
    """Seconds of each method's first and second call, for timing.json."""
    return {
        f"{method}, {call}": seconds
        for method, (_, first, again) in learned.items()
        for call, seconds in (("first call", first), ("second call", again))
    }


def student_columns(
    sampled: pl.DataFrame, truth: pl.DataFrame, *, design: str = "n", interval: float = 0.9
) -> tuple[pl.DataFrame, dict[str, str]]:
    """A row per student: k, n, raw rate, plug-in, mean and interval, each sampled value next to the exact one.

    Args:
        sampled: `shrinkage` of a sampled posterior.
        truth: `shrinkage` of the exact one, same students.
        design: column of the trials or the exposures.
        interval: probability of the central interval.

    Returns:
        A table, and which of its columns are shown, with their names in the header.
    """
    columns = {
        **{name: name for name in ("name", "k", design, "raw")},
        "plug_in": "plug-in",
        "exact_plug_in": "exact",
        "mean": "mean",
        "exact_mean": "exact",
        "low": percent((1 - interval) / 2),
        "exact_low": "exact",
        "high": percent((1 + interval) / 2),
        "exact_high": "exact",
    }
    exact = truth.select(pl.col("plug_in", "mean", "low", "high").name.prefix("exact_"))
    return pl.concat([sampled, exact], how="horizontal"), columns


def student_text(caption: str, sampled: pl.DataFrame, truth: pl.DataFrame) -> TableText:
    """`student_columns` as text; see there for the arguments."""
    table, columns = student_columns(sampled, truth)
    return table_text(caption, table, columns=columns)
