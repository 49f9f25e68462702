"""Counts of events with an exposure: failures of pumps in hours, accidents at crossings in years."""

from collections.abc import Mapping, Sequence
from os import PathLike
from typing import Any

import numpy as np
import polars as pl

from models.observations.columns import Rows
from models.observations.exposures import Exposures
from models.observations.files.file_columns import given_file
from models.observations.files.reading import asked_of
from models.observations.given import given_columns
from models.observations.kind import Kind
from models.observations.number_columns import finite_numbers, whole_numbers
from models.observations.observations import Observations


def _numbers(counted: Mapping[str, pl.Series], rows: Rows) -> tuple[np.ndarray, np.ndarray]:
    return whole_numbers(counted["k"], rows), finite_numbers(counted["exposure"], rows, least=0.0)


def _refuse_impossible(k: np.ndarray, exposure: np.ndarray, rows: Rows, columns: Sequence[str]) -> None:
    def from_nothing(at: int) -> str:
        return f"{k[at]} events in an exposure of 0; only a group without events can have no exposure"

    rows.refuse((k > 0) & (exposure == 0), ", ".join(columns), from_nothing)


class Events(Observations):
    """k events in an exposure e for each group: k ~ Poisson(e theta), theta events per unit of exposure.

    Args:
        k: events of each row, whole numbers k >= 0, shape (rows,).
        exposure: how long, or over how much, they were counted, finite numbers e > 0; e = 0 is a group without data,
            whose k is 0, shape (rows,).
        names: one name a row, all different; "group 1", "group 2", ... if omitted.
        multiplicity: how many groups with these numbers a row stands for, whole numbers, shape (rows,); 1 if omitted.
        covariates: what else is known of each row, as columns by name, see `Counts`.

    Raises:
        CountsError: if a value is missing, not a number, negative, or k is not whole, if k > 0 at e = 0, if the lengths
            differ, if there is no group, or if a name is missing or comes twice. Rows are counted from 1.
    """

    design_name = "exposure"
    _kind = Kind(
        "group", "events", ("k", "exposure"), _numbers, _refuse_impossible, lambda k, exposure: k.astype(np.float64)
    )

    def __init__(
        self,
        k: Sequence[Any] | Any,
        exposure: Sequence[Any] | Any,
        names: Sequence[str] | None = None,
        multiplicity: Sequence[Any] | Any | None = None,
        covariates: Mapping[str, Sequence[Any] | Any] | None = None,
    ):
        self._keep(given_columns({"k": k, "exposure": exposure}, names, multiplicity, covariates))

    @classmethod
    def read(
        cls,
        source: str | PathLike[str] | Any,
        *,
        k: str = "k",
        exposure: str = "exposure",
        name: str | Sequence[str] | None = None,
        multiplicity: str | None = None,
        covariates: Sequence[str] = (),
        decimal: str | None = None,
        thousands: str | None = None,
        sheet: str | None = None,
        drop_missing: bool = False,
    ) -> "Events":
        """Read events from a file or a data frame, in the way of `Counts.read`.

        Args:
            source: the file or frame.
            k: column of events.
            exposure: column of exposures.
            name: column of names, or several; by default "name" if there is one.
            multiplicity: column of how many groups a row stands for; by default "multiplicity" if there is one.
            covariates: columns of what else is known of each row.
            decimal: decimal sign; None to find it out.
            thousands: what groups thousands; None to find it out.
            sheet: sheet of a workbook; None for the first that is not empty.
            drop_missing: whether rows with a missing value are left out, rather than refused.

        Returns:
            The events; of a large file the different rows, in increasing order of exposure, k and covariates.

        Raises:
            CountsError: if the source is empty, not readable as a table, lacks a column or holds a bad value.
            FileNotFoundError: if there is no such file.
        """
        asked = asked_of(
            {"k": k, "exposure": exposure},
            name=name,
            multiplicity=multiplicity,
            covariates=covariates,
            decimal=decimal,
            thousands=thousands,
            sheet=sheet,
            drop_missing=drop_missing,
        )
        return cls._of_file(given_file(source, asked))

    @property
    def exposure(self) -> np.ndarray:
        """The exposure of each row, float64, shape (rows,)."""
        return self.design_values

    @property
    def trials(self) -> Exposures:
        """The argument of every form, in JAX's default float dtype (float64 under x64)."""
        return self._in_jax.exposures(by_row=False)

    @property
    def trials_of_rows(self) -> Exposures:
        """As `trials`, with one entry for each row, and its multiplicity beside it."""
        return self._in_jax.exposures(by_row=True)

    def _shown(self, at: int) -> str:
        return f"{self.k[at]} in {self.exposure[at]:g}"

    def _caption(self) -> str:
        return f"{self.k @ self.multiplicity} events in an exposure of {self.exposure @ self.multiplicity:g}"

    def _columns_shown(self) -> list[tuple[str, np.ndarray]]:
        return [("k", self.k), ("exposure", self.exposure)]
