"""Files of counts: CSV and Parquet tables, and the choice of their columns."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import polars as pl

from models.observations.columns import CountsError


def read_table(path: Path) -> pl.DataFrame:
    """Read a CSV file, with all columns as text, or a Parquet file.

    Args:
        path: file ending in .csv or .parquet. Lines of a CSV that begin with # are comments.

    Returns:
        The table.

    Raises:
        CountsError: if the file is empty or not readable as a table.
        FileNotFoundError: if there is no such file.
    """
    with readable(path) as suffix:
        if suffix == ".parquet":
            return pl.read_parquet(path)
        # As text, so that an error message can quote a bad value as it was written.
        table = pl.read_csv(path, infer_schema=False, comment_prefix="#", truncate_ragged_lines=False)
        return _without_blank_end(table.rename(str.strip))


@contextmanager
def readable(path: Path) -> Iterator[str]:
    """Raise a CountsError with the reason if a file cannot be read as a table inside the `with`.

    Args:
        path: the file.

    Yields:
        Its suffix, ".csv" or ".parquet".

    Raises:
        CountsError: if the name does not end in .csv or .parquet, or the file is empty or not a table.
        FileNotFoundError: if there is no such file.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path}: there is no such file")
    suffix = path.suffix.lower()
    if suffix not in (".csv", ".parquet"):
        raise CountsError(f"{path}: the name must end in .csv or .parquet, not {suffix!r}")
    try:
        yield suffix
    except pl.exceptions.NoDataError:
        raise CountsError(f"{path}: the file is empty; give a header line and a row per student") from None
    except (pl.exceptions.PolarsError, OSError) as error:
        first_line = str(error).strip().splitlines()[0]
        raise CountsError(f"{path}: not readable as {suffix[1:]}: {first_line}") from None


def columns_of(
    path: Path, existing: Sequence[str], k: str, n: str, name: str | None, multiplicity: str | None
) -> dict[str, str]:
    """The columns of a file to read, by what they hold: "k", "n", and "names" and "multiplicity" where there are any.

    Args:
        path: the file.
        existing: the columns it has.
        k: column of successes.
        n: column of trials.
        name: column of names; "name" if None and there is one.
        multiplicity: column of how many students a row stands for; "multiplicity" if None and there is one.

    Raises:
        CountsError: if a column is missing.
    """
    name, multiplicity = column_or(name, "name", existing), column_or(multiplicity, "multiplicity", existing)
    asked = {"k": k, "n": n, "names": name, "multiplicity": multiplicity}
    columns = {role: column for role, column in asked.items() if column is not None}
    check_columns(path, existing, columns.values())
    return columns


def column_or(asked: str | None, default: str, existing: Sequence[str]) -> str | None:
    """The column that was asked for; if None was, the default one if it exists."""
    return default if asked is None and default in existing else asked


def check_columns(path: Path, existing: Sequence[str], columns: Iterable[str]) -> None:
    """Raise a CountsError that names the first of these columns that a file does not have."""
    for column in columns:
        if column not in existing:
            described = ", ".join(repr(column) for column in existing)
            raise CountsError(f"{path}: there is no column {column!r}; its columns are {described}")


def _without_blank_end(table: pl.DataFrame) -> pl.DataFrame:
    """The table without blank lines at its end; a blank line in between is reported as missing values."""
    filled = np.flatnonzero(~table.select(pl.all_horizontal(pl.all().is_null())).to_series().to_numpy())
    return table.head(filled[-1] + 1 if filled.size else 0)
