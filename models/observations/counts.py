"""The data that every model is conditioned on: k successes out of n trials for each student."""

from collections.abc import Callable, Sequence
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import polars as pl

from models.observations.columns import CountsError, Rows, column_of, distinct_names, whole_numbers
from models.observations.large_files import different_rows, is_large, scan_table
from models.observations.notebook import counts_html
from models.observations.small_files import columns_of, read_table
from models.observations.trials import Trials, as_floats

MOST_TRIALS = 2.0**63  # trials of all students together, from which on an int64 overflows
MOST_STUDENTS_REPEATED = 1_000_000  # students in all, up to which a row is repeated for each student it stands for


class Pairs(NamedTuple):
    """The different pairs (k, n), in increasing order of n and k, and how many students have each."""

    k: np.ndarray
    n: np.ndarray
    multiplicity: np.ndarray


class Counts:
    """k successes out of n trials for each student.

    Args:
        k: successes of each row, whole numbers 0 <= k <= n, shape (rows,).
        n: trials of each row, whole numbers; n = 0 is a student without data, shape (rows,).
        names: one name a row, all different; "student 1", "student 2", ... if omitted.
        multiplicity: how many students with these counts a row stands for, whole numbers, shape (rows,); 1 if omitted.

    Raises:
        CountsError: if a value is missing, not a number, not whole, negative or k > n, if the lengths differ, if
            there is no student, or if a name is missing or comes twice. Rows are counted from 1.
    """

    k: np.ndarray
    n: np.ndarray
    multiplicity: np.ndarray

    def __init__(
        self,
        k: Sequence[Any] | Any,
        n: Sequence[Any] | Any,
        names: Sequence[str] | None = None,
        multiplicity: Sequence[Any] | Any | None = None,
    ):
        given = {"k": k, "n": n, "names": names, "multiplicity": multiplicity}
        columns = {column: column_of(column, values) for column, values in given.items() if values is not None}
        lengths = {column: len(series) for column, series in columns.items()}
        if len(set(lengths.values())) > 1:
            described = ", ".join(f"{column} has {length}" for column, length in lengths.items())
            raise CountsError(f"unequal lengths: {described}; give one value a student in each")
        self._fill(Rows(), **columns)

    @classmethod
    def read(
        cls,
        path: str | PathLike[str],
        *,
        k: str = "k",
        n: str = "n",
        name: str | None = None,
        multiplicity: str | None = None,
    ) -> "Counts":
        """Read counts from a CSV or Parquet file: a row per student, or per different (k, n) with its multiplicity.

        The output of `SELECT k, n, COUNT(*) AS multiplicity ... GROUP BY k, n` of any database is a valid input.
        A large file (`is_large`: more than 2 million rows of Parquet, or 50 MB of CSV) is streamed and never held in
        memory. Its counts have a row per different (k, n), in increasing order of n and k, whose multiplicity is the
        number of students; its names are ignored. `inference.write_students` writes the table of its students.

        Args:
            path: file ending in .csv or .parquet. Lines of a CSV that begin with # are comments.
            k: column of successes.
            n: column of trials.
            name: column of names; by default the column "name" if there is one.
            multiplicity: column of how many students a row stands for; by default "multiplicity" if there is one.

        Returns:
            The counts, in the file's order unless it is large. Other columns are ignored.

        Raises:
            CountsError: if the file is empty, not readable as a table, lacks a column or holds a bad value; names the
                row, and of a large CSV file the line too.
            FileNotFoundError: if there is no such file.
        """
        path = Path(path)
        table = scan_table(path) if is_large(path) else read_table(path)
        columns = columns_of(path, table.collect_schema().names(), k, n, name, multiplicity)
        rows = Rows(f"{path}: ")
        if isinstance(table, pl.LazyFrame):
            columns.pop("names", None)
            table, rows = different_rows(path, table, list(columns.values()))
        counts = cls.__new__(cls)
        counts._fill(rows, **{role: table[column] for role, column in columns.items()})
        return counts

    def _fill(
        self,
        rows: Rows,
        k: pl.Series,
        n: pl.Series,
        names: pl.Series | None = None,
        multiplicity: pl.Series | None = None,
    ) -> None:
        if len(k) == 0:
            raise CountsError(f"{rows.source}no students: there are no rows of counts")
        self._names = None if names is None else distinct_names(names, rows)
        self.k, self.n = whole_numbers(k, rows), whole_numbers(n, rows)
        self.multiplicity = np.ones_like(self.n) if multiplicity is None else whole_numbers(multiplicity, rows)

        def too_many(at: int) -> str:
            return f"{self.k[at]} successes out of {self.n[at]} trials; {k.name} must not exceed {n.name}"

        rows.refuse(self.k > self.n, f"{k.name}, {n.name}", too_many)
        if not self.multiplicity.any():
            raise CountsError(f"{rows.source}no students: every multiplicity is 0")
        if rows.times is not None:
            self.k, self.n, self.multiplicity = _merged(self.k, self.n, self.multiplicity * rows.times)
        total = self.n.astype(np.float64) @ self.multiplicity.astype(np.float64)
        if total >= MOST_TRIALS:
            raise CountsError(f"{rows.source}{total:.2g} trials in all are more than an int64 holds")
        for column in (self.k, self.n, self.multiplicity):
            column.flags.writeable = False
        self._in_jax: dict[Any, Any] = {}

    def __getstate__(self) -> dict[str, Any]:
        """The columns as given. Arrays made from them are not pickled but made anew: they may be on a device."""
        return {name: getattr(self, name) for name in ("k", "n", "multiplicity", "_names")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _in_jax={})
        for column in (self.k, self.n, self.multiplicity):
            column.flags.writeable = False

    @cached_property
    def names(self) -> tuple[str, ...]:
        """One name a row, all different."""
        return self._names or tuple(f"student {i + 1}" for i in range(len(self)))

    @property
    def students(self) -> int:
        """The number of students: the sum of the multiplicities of the rows."""
        return int(self.multiplicity.sum())

    @cached_property
    def pairs(self) -> Pairs:
        """The different (k, n), and how many students have each."""
        present = self.multiplicity > 0
        return _merged(self.k[present], self.n[present], self.multiplicity[present])

    @property
    def trials(self) -> Trials:
        """The argument of every form, in JAX's default float dtype (float64 under x64)."""

        def make() -> Trials:
            n = self._written_out(self.n)
            multiplicity = None if self.is_written_out else jnp.asarray(self.multiplicity, n.dtype)
            return Trials(n, int(self.n.max()), multiplicity)

        return self.computed_once("trials", make)

    @property
    def observed(self) -> dict[str, dict[str, jax.Array]]:
        """The observation map that conditions every form: address "students", then "k"."""
        return {"students": {"k": self.computed_once("k", lambda: self._written_out(self.k))}}

    def computed_once[T](self, name: str, make: Callable[[], T]) -> T:
        """What is computed from these counts, once for each float dtype, and kept with them.

        Args:
            name: of what is computed.
            make: function that computes it.

        Returns:
            What `make` returned the first time that this name was asked for under JAX's present default float dtype.
        """
        kept = name, jnp.zeros(()).dtype
        if kept not in self._in_jax:
            with jax.ensure_compile_time_eval():  # concrete arrays, even if first asked for in `jit`
                self._in_jax.setdefault(kept, make())  # if two threads make it, both get the first
        return self._in_jax[kept]

    @property
    def is_written_out(self) -> bool:
        """Whether a row that stands for several students is repeated once for each of them."""
        return self.students <= max(len(self), MOST_STUDENTS_REPEATED)

    def _written_out(self, values: np.ndarray) -> jax.Array:
        return as_floats(np.repeat(values, self.multiplicity) if self.is_written_out else values)

    def __add__(self, other: "Counts") -> "Counts":
        """The rows of both, for example of two parts of a class. Names are kept if both have them."""
        if not isinstance(other, Counts):
            return NotImplemented
        both_named = self._names is not None and other._names is not None
        return Counts(
            k=np.concatenate([self.k, other.k]),
            n=np.concatenate([self.n, other.n]),
            names=self.names + other.names if both_named else None,
            multiplicity=np.concatenate([self.multiplicity, other.multiplicity]),
        )

    def __len__(self) -> int:
        """The number of rows."""
        return len(self.k)

    def __repr__(self) -> str:
        rows = zip(self.names[:6], self.k, self.n, self.multiplicity, strict=False)
        shown = ", ".join(f"{name} {k}/{n}" + (f" x{times}" if times != 1 else "") for name, k, n, times in rows)
        return f"Counts({self.students} students: {shown}{', ...' if len(self) > 6 else ''})"

    def _repr_html_(self) -> str:
        return counts_html(self.names, self.k, self.n, self.multiplicity)


def _merged(k: np.ndarray, n: np.ndarray, multiplicity: np.ndarray) -> Pairs:
    """The different (k, n) among these rows, in order, and how many students have each."""
    table = pl.DataFrame({"k": k, "n": n, "students": multiplicity})
    table = table.group_by("n", "k").agg(pl.col("students").sum()).sort("n", "k")
    return Pairs(*(table[column].to_numpy() for column in ("k", "n", "students")))
