"""The counts everything is conditioned on: k successes out of n for each student.

Bad input stops here, with the row, the column and what was wrong, before any JAX runs.
"""

from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import polars as pl
from genjax import Pytree

LARGEST_FLOAT32_COUNT = 2**24  # float32 skips whole numbers above this


class CountsError(ValueError):
    """Counts that cannot be used; the message says which row and column, and why."""


@Pytree.dataclass
class Trials(Pytree):
    """The argument of every form: how often each student was asked.

    Args:
        n: trials of each student, floating point, shape (students,).
        max_n: largest n, a Python int, so that a program may use it as an array size.
    """

    n: jax.Array
    max_n: int = Pytree.static()


class Counts:
    """k successes out of n trials for each student.

    Args:
        k: successes of each student, whole numbers 0 <= k <= n, shape (students,).
        n: trials of each student, whole numbers; n = 0 is a student nobody has seen, shape (students,).
        names: one name a student, all different; "student 1", "student 2", ... if omitted.

    Raises:
        CountsError: if a value is missing, not a number, not whole, negative or k > n, if the lengths differ, if
            there is no student, or if a name is missing or comes twice. Rows are counted from 1.
    """

    k: np.ndarray
    n: np.ndarray
    names: tuple[str, ...]

    def __init__(self, k: Sequence[Any] | Any, n: Sequence[Any] | Any, names: Sequence[str] | None = None):
        columns = {"k": _series("k", k), "n": _series("n", n)}
        if names is not None:
            columns["names"] = _series("names", names)
        lengths = {column: len(series) for column, series in columns.items()}
        if len(set(lengths.values())) > 1:
            described = ", ".join(f"{column} has {length}" for column, length in lengths.items())
            raise CountsError(f"unequal lengths: {described}; give one value a student in each")
        self._fill(columns["k"], columns["n"], columns.get("names"), source="")

    @classmethod
    def read(cls, path: str | PathLike[str], *, k: str = "k", n: str = "n", name: str | None = None) -> "Counts":
        """Read counts from a CSV or Parquet file, a row per student.

        Args:
            path: file ending in .csv or .parquet. Lines of a CSV that begin with # are comments.
            k: column of successes.
            n: column of trials.
            name: column of names; by default the column "name" if there is one.

        Returns:
            The counts, in the file's order. Other columns are ignored.

        Raises:
            CountsError: if the file is empty, not readable as a table, lacks a column or holds a bad value.
            FileNotFoundError: if there is no such file.
        """
        path = Path(path)
        table = _read_table(path)
        if name is None and "name" in table.columns:
            name = "name"
        for column in (k, n) if name is None else (k, n, name):
            if column not in table.columns:
                found = ", ".join(repr(found) for found in table.columns)
                raise CountsError(f"{path}: there is no column {column!r}; its columns are {found}")
        counts = cls.__new__(cls)
        counts._fill(table[k], table[n], None if name is None else table[name], source=f"{path}: ")
        return counts

    def _fill(self, k: pl.Series, n: pl.Series, names: pl.Series | None, *, source: str) -> None:
        if len(k) == 0:
            raise CountsError(f"{source}no students: there are no rows of counts")
        self.names = _names(names, len(k), source)
        self.k = _whole_numbers(k, source)
        self.n = _whole_numbers(n, source)
        above = np.flatnonzero(self.k > self.n)
        if above.size:
            row = int(above[0])
            problem = f"{self.k[row]} successes out of {self.n[row]} trials; {k.name} must not exceed {n.name}"
            raise CountsError(_located(source, row, f"{k.name}, {n.name}", problem, above.size))
        self.k.flags.writeable = self.n.flags.writeable = False

    @property
    def trials(self) -> Trials:
        """The one argument of every form, in JAX's default float dtype (float64 under x64)."""
        return Trials(n=_to_jax(self.n), max_n=int(self.n.max()))

    @property
    def observed(self) -> dict[str, dict[str, jax.Array]]:
        """The observation map that conditions every form: address "students", then "k"."""
        return {"students": {"k": _to_jax(self.k)}}

    def __len__(self) -> int:
        return len(self.k)

    def __repr__(self) -> str:
        shown = ", ".join(f"{name} {k}/{n}" for name, k, n in zip(self.names[:6], self.k, self.n, strict=False))
        return f"Counts({len(self)} students: {shown}{', ...' if len(self) > 6 else ''})"


def _to_jax(values: np.ndarray) -> jax.Array:
    """Counts as floats: GenJAX raises a TypeError for integer choices, whose cotangents are not floats."""
    dtype = jnp.zeros(()).dtype
    if dtype == jnp.float32 and values.max() > LARGEST_FLOAT32_COUNT:
        raise CountsError(
            f"{values.max()} is too large for float32, which skips whole numbers above {LARGEST_FLOAT32_COUNT}; "
            "run inside `with jax.enable_x64(True):`"
        )
    return jnp.asarray(values, dtype=dtype)


def _series(column: str, values: Sequence[Any] | Any) -> pl.Series:
    """One column from a list, a NumPy or JAX array, or a polars or pandas series."""
    if isinstance(values, pl.Series):
        return values.alias(column)
    if isinstance(values, str | bytes) or not hasattr(values, "__iter__"):
        raise CountsError(f"column {column} is {values!r}; give a sequence with one value a student")
    array = np.asarray(values) if hasattr(values, "__array__") else np.asarray(list(values), dtype=object)
    if array.ndim != 1:
        raise CountsError(f"column {column} has shape {array.shape}; give one value a student")
    if array.dtype == object:  # lists may mix numbers, text and None: read each value as text, as from a file
        return pl.Series(column, [None if value is None else str(value) for value in array], dtype=pl.String)
    return pl.Series(column, array)


def _read_table(path: Path) -> pl.DataFrame:
    if not path.is_file():
        raise FileNotFoundError(f"{path}: there is no such file")
    suffix = path.suffix.lower()
    try:
        if suffix == ".csv":
            # As text, so that a bad value can be quoted back to the reader.
            table = pl.read_csv(path, infer_schema=False, comment_prefix="#", truncate_ragged_lines=False)
            return _without_blank_end(table.rename(str.strip))
        if suffix == ".parquet":
            return pl.read_parquet(path)
    except pl.exceptions.NoDataError:
        raise CountsError(f"{path}: the file is empty; give a header line and a row per student") from None
    except (pl.exceptions.PolarsError, OSError) as error:
        first_line = str(error).strip().splitlines()[0]
        raise CountsError(f"{path}: not readable as {suffix[1:]}: {first_line}") from None
    raise CountsError(f"{path}: the name must end in .csv or .parquet, not {suffix!r}")


def _without_blank_end(table: pl.DataFrame) -> pl.DataFrame:
    """The table without blank lines at its end; one in between is reported as missing values."""
    filled = np.flatnonzero(~table.select(pl.all_horizontal(pl.all().is_null())).to_series().to_numpy())
    return table.head(filled[-1] + 1 if filled.size else 0)


def _located(source: str, row: int, column: str, problem: str, how_many: int) -> str:
    more = f" (and {how_many - 1} more such rows)" if how_many > 1 else ""
    return f"{source}row {row + 1}, column {column}: {problem}{more}"


def _whole_numbers(values: pl.Series, source: str) -> np.ndarray:
    """The column as int64, or an error that names the first bad row."""

    def refuse(bad: pl.Series | np.ndarray, problem: str) -> None:
        rows = np.flatnonzero(np.asarray(bad))
        if rows.size:
            row = int(rows[0])
            raise CountsError(_located(source, row, str(values.name), problem.format(values[row]), rows.size))

    if values.dtype == pl.String:
        values = values.str.strip_chars().replace("", None)
    refuse(values.is_null(), "missing; write 0 if it is none")
    exact = values.cast(pl.Int64, strict=False) if not values.dtype.is_float() else None
    if exact is not None and exact.null_count() == 0:
        whole = exact.to_numpy().copy()
    else:
        numbers = values.cast(pl.Float64, strict=False)
        refuse(numbers.is_null(), "{!r} is not a number")
        numbers = numbers.to_numpy()
        refuse(~np.isfinite(numbers), "{!r} is not a finite number")
        refuse(numbers != np.floor(numbers), "{} is not a whole number")
        refuse(np.abs(numbers) > 2.0**53, "{} is too large to be told from its neighbours")
        whole = numbers.astype(np.int64)
    refuse(whole < 0, "{} is negative")
    return whole


def _names(names: pl.Series | None, students: int, source: str) -> tuple[str, ...]:
    if names is None:
        return tuple(f"student {i + 1}" for i in range(students))
    text = names.cast(pl.String).str.strip_chars()
    missing = np.flatnonzero((text.is_null() | (text == "")).to_numpy())
    if missing.size:
        raise CountsError(_located(source, int(missing[0]), str(names.name), "missing name", missing.size))
    twice = np.flatnonzero((~text.is_first_distinct()).to_numpy())
    if twice.size:
        row = int(twice[0])
        first = int((text == text[row]).arg_true()[0])
        problem = f"the name {text[row]!r} comes twice (first in row {first + 1}); give each student one row"
        raise CountsError(_located(source, row, str(names.name), problem, twice.size))
    return tuple(text.to_list())
