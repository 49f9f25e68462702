"""What the two experiments on a hyperprior's bounds share: importance sampling beside the exact answer."""

from collections.abc import Mapping

import polars as pl

from experiments.methods.learned import Estimate, distances
from experiments.presentation.screen import print_line, print_table
from experiments.presentation.table_text import table_text
from inference import Posterior


def comparison_table(sampled: Posterior, found: Mapping[str, Estimate], truth: Mapping[str, Estimate]) -> pl.DataFrame:
    """A row per quantity: sampled, exact, and how far apart they are.

    z = (sampled - exact) / standard error

    Args:
        sampled: the draws that the estimates come from.
        found: its estimates, with standard errors, by name.
        truth: the exact values of the same.

    Returns:
        Columns quantity, importance, error, exact, z, and the draws' ess and verdict, the same in every row. If no draw
        has the property that is estimated, its error is 0 and z is null.
    """
    z = distances(found, truth)
    return pl.DataFrame(
        [
            {
                "quantity": name,
                "importance": found[name].value,
                "error": found[name].error,
                "exact": truth[name].value,
                "z": z.get(name),
                "ess": sampled.ess,
                "verdict": sampled.verdict,
            }
            for name in found
        ],
        schema_overrides={"z": pl.Float64},
    )


def print_comparison(tables: Mapping[str, pl.DataFrame]) -> None:
    """Print `comparison_table` of several hyperpriors, by name, and how far the draws of each can be trusted."""
    found = pl.concat(table.select(pl.lit(name).alias("hyperprior"), pl.all()) for name, table in tables.items())
    columns = {name: name for name in ("hyperprior", "quantity", "importance", "exact", "z")} | {"ess": "ESS"}
    print_table(
        table_text(
            "Importance sampling (GenJAX, marginal form) beside the exact answer",
            found.rename({"error": "importance_error"}),
            columns=columns,
            digits={"z": 2, "ess": 1},
        )
    )
    for name, table in tables.items():
        print_line(f"{name}: {table['verdict'][0]}")
