"""Crowder's 21 plates, their four kinds, and what two programs say of each of them."""

from typing import NamedTuple

import polars as pl

from experiments.options import DATA
from inference import Posterior
from models import Counts

SEEDS_OF_A_NEW_PLATE = 50


class Kind(NamedTuple):
    """Plates with the same covariates."""

    name: str
    seed: int
    extract: int


KINDS = (Kind("75, bean", 0, 0), Kind("75, cucumber", 0, 1), Kind("73, bean", 1, 0), Kind("73, cucumber", 1, 1))
"""Seeds of O. aegyptiaca 75 or 73, in an extract of the roots of bean or cucumber."""


def seeds() -> Counts:
    """The plates, with the covariates seed and extract."""
    return Counts.read(DATA / "seeds.csv", covariates=("seed", "extract"))


def without_extract(counts: Counts) -> Counts:
    """The same plates as if all were in the extract of bean, so that extract is 0 throughout."""
    covariates = {"seed": counts.covariates["seed"], "extract": [0] * len(counts)}
    return Counts(counts.k, counts.n, counts.names, covariates=covariates)


def new_plate(kind: Kind) -> Counts:
    """A plate of this kind without data."""
    return Counts([0], [0], covariates={"seed": [kind.seed], "extract": [kind.extract]})


def plates_table(counts: Counts, ignoring: Posterior, full: Posterior) -> pl.DataFrame:
    """The rate of each plate, by two programs.

    Args:
        counts: the plates.
        ignoring: posterior of the program without covariates.
        full: posterior of the program with all of them.

    Returns:
        A row per plate: name, kind, k, n, raw; mean, its error, low and high (90 % interval) of the rate by each
        program, with the prefix ignoring_ or full_.
    """
    columns = ("mean", "mean_error", "low", "high")
    names = {(kind.seed, kind.extract): kind.name for kind in KINDS}
    values = (counts.covariates[name].tolist() for name in ("seed", "extract"))
    found = {"ignoring": ignoring.shrinkage(counts), "full": full.shrinkage(counts)}
    table = found["full"].select("name", "k", "n", "raw")
    table.insert_column(1, pl.Series("kind", [names[both] for both in zip(*values, strict=True)]))
    return table.with_columns(
        shrunk[column].alias(f"{name}_{column}") for name, shrunk in found.items() for column in columns
    )


def next_plates(ignoring: Posterior, full: Posterior) -> pl.DataFrame:
    """How many of the 50 seeds of a new plate germinate: of each kind, and ignoring which kind it is.

    Args:
        ignoring: posterior of the program without covariates.
        full: posterior of the program with all of them.

    Returns:
        A row per kind, and one for any kind: kind; mean, its error, sd, low and high of the number of seeds; rate, its
        error, rate_low and rate_high of the plate's rate.
    """
    asked = {kind.name: (full, new_plate(kind)) for kind in KINDS} | {"any, ignored": (ignoring, new_plate(KINDS[0]))}
    rows = []
    for name, (posterior, plate) in asked.items():
        (count,) = posterior.predict(None, SEEDS_OF_A_NEW_PLATE, unseen=plate).to_dicts()
        (rate,) = posterior.shrinkage(plate).to_dicts()
        row = {column: count[column] for column in ("mean", "mean_error", "sd", "low", "high")}
        row |= {"rate": rate["mean"], "rate_error": rate["mean_error"]}
        rows.append({"kind": name} | row | {"rate_low": rate["low"], "rate_high": rate["high"]})
    return pl.DataFrame(rows)
