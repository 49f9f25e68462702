"""The data of the course: k successes out of n trials for each student."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from os import PathLike
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from models.observations.columns import Rows, whole_numbers
from models.observations.given import given_columns, given_file
from models.observations.kind import Kind
from models.observations.observations import Observations
from models.observations.trials import Trials


class Pairs(NamedTuple):
    """The different pairs (k, n), in increasing order of n and k, and how many students have each."""

    k: np.ndarray
    n: np.ndarray
    multiplicity: np.ndarray


def _numbers(counted: Mapping[str, pl.Series], rows: Rows) -> tuple[np.ndarray, np.ndarray]:
    return whole_numbers(counted["k"], rows), whole_numbers(counted["n"], rows)


def _refuse_impossible(k: np.ndarray, n: np.ndarray, rows: Rows, columns: Sequence[str]) -> None:
    def too_many(at: int) -> str:
        return f"{k[at]} successes out of {n[at]} trials; {columns[0]} must not exceed {columns[1]}"

    rows.refuse(k > n, ", ".join(columns), too_many)


class Counts(Observations):
    """k successes out of n trials for each student.

    Args:
        k: successes of each row, whole numbers 0 <= k <= n, shape (rows,).
        n: trials of each row, whole numbers; n = 0 is a student without data, shape (rows,).
        names: one name a row, all different; "student 1", "student 2", ... if omitted.
        multiplicity: how many students with these counts a row stands for, whole numbers, shape (rows,); 1 if omitted.
        covariates: what else is known of each row, as columns by name: `{"treated": [0, 1, 1]}`, each of shape (rows,).
            Whole numbers stay whole, text and booleans become codes 0, 1, ..., see `levels`.

    Raises:
        CountsError: if a value is missing, not a number, not whole, negative or k > n, if the lengths differ, if
            there is no student, or if a name is missing or comes twice. Rows are counted from 1.
    """

    _kind = Kind("student", "trials", ("k", "n"), _numbers, _refuse_impossible, lambda k, n: n.astype(np.float64))

    def __init__(
        self,
        k: Sequence[Any] | Any,
        n: Sequence[Any] | Any,
        names: Sequence[str] | None = None,
        multiplicity: Sequence[Any] | Any | None = None,
        covariates: Mapping[str, Sequence[Any] | Any] | None = None,
    ):
        self._keep(given_columns({"k": k, "n": n}, names, multiplicity, covariates, self._kind.group))

    @classmethod
    def read(
        cls,
        path: str | PathLike[str],
        *,
        k: str = "k",
        n: str = "n",
        name: str | None = None,
        multiplicity: str | None = None,
        covariates: Sequence[str] = (),
    ) -> "Counts":
        """Read counts from a CSV or Parquet file: a row per student, or per different (k, n) with its multiplicity.

        The output of `SELECT k, n, COUNT(*) AS multiplicity ... GROUP BY k, n` of any database is a valid input.
        A large file (`is_large`: more than 2 million rows of Parquet, or 50 MB of CSV) is streamed and never held in
        memory. Its counts have a row per different (k, n) and covariates, in increasing order of n, k and these, whose
        multiplicity is the number of students; its names are ignored. `inference.write_students` writes the table of
        its students.

        Args:
            path: file ending in .csv or .parquet. Lines of a CSV that begin with # are comments.
            k: column of successes.
            n: column of trials.
            name: column of names; by default the column "name" if there is one.
            multiplicity: column of how many students a row stands for; by default "multiplicity" if there is one.
            covariates: columns of what else is known of each row.

        Returns:
            The counts, in the file's order unless it is large. Other columns are ignored.

        Raises:
            CountsError: if the file is empty, not readable as a table, lacks a column or holds a bad value; names the
                row, and of a large CSV file the line too.
            FileNotFoundError: if there is no such file.
        """
        return cls._of_given(given_file(path, {"k": k, "n": n}, name, multiplicity, covariates, cls._kind.group))

    @property
    def n(self) -> np.ndarray:
        """The trials of each row, int64, shape (rows,)."""
        return self.design_values

    @cached_property
    def pairs(self) -> Pairs:
        """The different (k, n), and how many students have each; covariates are not compared."""
        rows = self._table.only_counts().taken(np.flatnonzero(self.multiplicity > 0)).different()
        return Pairs(rows.k, rows.design, rows.multiplicity)

    @property
    def trials(self) -> Trials:
        """The argument of every form, in JAX's default float dtype (float64 under x64)."""
        return self._in_jax.trials(by_row=False)

    @property
    def trials_of_rows(self) -> Trials:
        """As `trials`, with one entry for each row, and its multiplicity beside it."""
        return self._in_jax.trials(by_row=True)

    def _shown(self, at: int) -> str:
        return f"{self.k[at]}/{self.n[at]}"

    def _caption(self) -> str:
        return f"{self.k @ self.multiplicity} successes out of {self.n @ self.multiplicity} trials"

    def _columns_shown(self) -> list[tuple[str, np.ndarray]]:
        return [("k", self.k), ("n", self.n)]
