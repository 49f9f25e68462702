"""The data of the course: k successes out of n trials for each student."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from os import PathLike
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from models.observations.columns import CountsError, Rows
from models.observations.files.file_columns import given_file
from models.observations.files.long_form import given_trials
from models.observations.files.reading import asked_of
from models.observations.given import given_columns
from models.observations.kind import Kind
from models.observations.number_columns import whole_numbers
from models.observations.observations import Observations
from models.observations.trials import Trials


class Pairs(NamedTuple):
    """The different pairs (k, n), in increasing order of n and k, and how many students have each."""

    k: np.ndarray
    n: np.ndarray
    multiplicity: np.ndarray


def _numbers(counted: Mapping[str, pl.Series], rows: Rows) -> tuple[np.ndarray, np.ndarray]:
    k = whole_numbers(counted["k"], rows)
    if "failures" not in counted:
        return k, whole_numbers(counted["n"], rows)
    failures = whole_numbers(counted["failures"], rows)
    names = ", ".join(str(column.name) for column in counted.values())
    rows.refuse(failures > 2**63 - 1 - k, names, lambda at: f"{k[at]} and {failures[at]} are more than an int64 holds")
    return k, k + failures


def _refuse_impossible(k: np.ndarray, n: np.ndarray, rows: Rows, columns: Sequence[str]) -> None:
    def too_many(at: int) -> str:
        said = f"{k[at]} successes out of {n[at]} trials; {columns[0]} must not exceed {columns[1]}"
        if not rows.source:
            return said
        swapped = f"; if the two are swapped, by k={columns[1]!r}, n={columns[0]!r}" if np.all(k > n) else ""
        failures = f"failures={columns[1]!r} (--failures {columns[1]})"
        return f"{said}; if {columns[1]} counts failures, read it by {failures}{swapped}"

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
        self._keep(given_columns({"k": k, "n": n}, names, multiplicity, covariates))

    @classmethod
    def read(
        cls,
        source: str | PathLike[str] | Any,
        *,
        k: str = "k",
        n: str = "n",
        failures: str | None = None,
        name: str | Sequence[str] | None = None,
        multiplicity: str | None = None,
        covariates: Sequence[str] = (),
        trials_long: str | None = None,
        group: str | Sequence[str] | None = None,
        decimal: str | None = None,
        thousands: str | None = None,
        sheet: str | None = None,
        drop_missing: bool = False,
        guess: bool = False,
    ) -> "Counts":
        """Read counts from a file or a data frame: a row per student, or per different (k, n), or per trial.

        The file is CSV or another text (separated by commas, semicolons, tabs or bars), Parquet or a folder of its
        parts, Feather, a workbook (.xlsx) or JSON; text and JSON may be compressed. Separator, characters, titles above
        the header and signs in numbers are found out; what can be read in two ways is refused. Lines above the header
        that begin with # are comments.

        A data frame is one of pandas, polars or Arrow, lazy or not, a relation of DuckDB, any other that narwhals
        knows, or an object with the Arrow PyCapsule interface. It is checked as a file is, and rows are counted from 1.
        The index of a pandas frame, if it has a name or is of text, is a column or several in front, which hold the
        names if no column is called "name"; any other index is in messages only.

        The output of `SELECT k, n, COUNT(*) AS multiplicity ... GROUP BY k, n` of any database is a valid input.
        A large table (`is_large`: more than 2 million rows of Parquet or a frame, or 50 MB of text) is streamed. Its
        counts have a row per different (k, n) and covariates, in increasing order of n, k and these, whose multiplicity
        is the number of students; its names are ignored. `inference.write_students` writes the table of its students.

        Args:
            source: a data frame; or the path of a file, of a folder of Parquet files, or a pattern of such files as
                "parts/*.parquet"; "-" for standard input.
            k: column of successes.
            n: column of trials.
            failures: column of failures, instead of trials: n = k + failures.
            name: column of names, or several, which are joined; by default the column "name" if there is one, or names
                of rows in front of the columns that the header names.
            multiplicity: column of how many students a row stands for; by default "multiplicity" if there is one.
            covariates: columns of what else is known of each row.
            trials_long: column of outcomes (0 or 1, no or yes, false or true) of a file with a row per trial; k and n
                are then counted for each `group`, and no other column is read.
            group: column that says to whom a trial belongs, or several, which are joined.
            decimal: decimal sign, "." or ","; None to find it out.
            thousands: what groups thousands, ".", "," or " "; None to find it out.
            sheet: sheet of a workbook; None for the first that is not empty.
            drop_missing: whether rows with a missing value (blank, NA, N/A, - and the like) are left out; `reading`
                says how many were.
            guess: whether to guess columns that are not there by their names, such as hits and AB.

        Returns:
            The counts, in the order of the rows unless they are many, and `reading`: how they were read.

        Raises:
            CountsError: if the source is empty, not readable as a table, lacks a column or holds a bad value; names the
                row, the line of a text file, and what to do.
            FileNotFoundError: if there is no such file.

        Warns:
            TotalRowWarning: if a row seems to be the total of others, or their mean.
            AlikeNamesWarning: if names differ only in capitals, blanks and the like.
        """
        how: dict[str, Any] = {
            "decimal": decimal,
            "thousands": thousands,
            "sheet": sheet,
            "drop_missing": drop_missing,
            "guess": guess,
        }
        if (trials_long is None) != (group is None):
            raise CountsError("trials_long and group go together: the outcome of each trial, and whose it is")
        if trials_long is not None:
            if failures is not None or name is not None or multiplicity is not None or covariates:
                raise CountsError("of a file with a row per trial only trials_long and group are read")
            asked = asked_of({"outcome": trials_long}, name=group, covariates=(), **how)
            return cls._of_file(given_trials(source, asked))
        if failures is not None and n != "n":
            raise CountsError(f"give n={n!r} or failures={failures!r}, one of them")
        counted = {"k": k, "n": n} if failures is None else {"k": k, "failures": failures}
        asked = asked_of(counted, name=name, multiplicity=multiplicity, covariates=covariates, **how)
        return cls._of_file(given_file(source, asked))

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
