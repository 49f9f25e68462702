"""The table of `Posterior.shrinkage` for every student in a file of any size, streamed to another file."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from inference.numerics.whole_file import whole_file
from inference.posteriors.posterior import Posterior
from inference.programs.prepared import as_counts, check_one_beta
from models import Counts, CountsError
from models.numerics.arithmetic import own_arithmetic
from models.observations.columns import Rows
from models.observations.files.file_columns import missing_in, names_in, number_format
from models.observations.files.located import located
from models.observations.files.numbers_in_text import NumberFormat
from models.observations.files.reading import Asked, asked_of
from models.observations.files.sources import Source
from models.observations.large_files import different_rows
from models.observations.number_columns import whole_numbers

PER_PAIR = ("raw", "plug_in", "mean", "sd", "low", "high")
LARGEST_SIDE = 2_000  # side of a square table of all (k, n), 16 MB: ten times as fast as a join, but only for small n


@own_arithmetic
def write_students(
    posterior: Posterior,
    counts: Counts,
    source: str | PathLike[str],
    target: str | PathLike[str],
    *,
    k: str = "k",
    n: str = "n",
    failures: str | None = None,
    name: str | Sequence[str] | None = None,
    multiplicity: str | None = None,
    decimal: str | None = None,
    thousands: str | None = None,
    sheet: str | None = None,
    drop_missing: bool = False,
    guess: bool = False,
    interval: float = 0.9,
    written: Callable[[int], object] = lambda students: None,
) -> None:
    """Write each student's rate given the counts of all students, in the order of the source.

    The rates depend on k and n alone. They are computed once for each different (k, n) and looked up for every row, one
    batch at a time, so that memory does not grow with the file.

    Args:
        posterior: posterior of the population.
        counts: the counts of the source, `Counts.read(source, ...)` with the same options.
        source: the file, of any kind that `Counts.read` reads with a row per student.
        target: Parquet file to write: name, k, n and multiplicity as far as the source has them, and raw, plug_in,
            mean, sd, low and high of `Posterior.shrinkage`. The file is written completely or not at all: an
            interrupted write creates no file and leaves an older one unchanged.
        k: the source's column of successes.
        n: the source's column of trials.
        failures: the source's column of failures, instead of trials.
        name: the source's column of names, which are copied, or several, which are joined; by default the column "name"
            if there is one.
        multiplicity: the source's column of the number of students that a row stands for; by default "multiplicity" if
            there is one.
        decimal: decimal sign; this and the following are as for `Counts.read`.
        thousands: what groups thousands.
        sheet: sheet of a workbook.
        drop_missing: whether rows with a missing value are left out.
        guess: whether columns that are not there are guessed by their names.
        interval: probability of the central interval (low, high).
        written: called with the number of students of each batch, from polars' own threads.

    Raises:
        TypeError: if the population is not one Beta of all students.
        CountsError: if the source is not readable, or has a row that is not in `counts`, so that it has changed since.
        OSError: if the target cannot be written.
        ValueError: if `interval` is not between 0 and 1.
    """
    check_one_beta(posterior.hyperprior, "write_students", "use posterior.shrinkage(counts) and write its table")
    counts = as_counts(posterior.hyperprior, counts)
    how: dict[str, Any] = {
        "decimal": decimal,
        "thousands": thousands,
        "sheet": sheet,
        "drop_missing": drop_missing,
        "guess": guess,
    }
    counted = {"k": k, "n": n} if failures is None else {"k": k, "failures": failures}
    asked = asked_of(counted, name=name, multiplicity=multiplicity, covariates=(), **how)
    table, asked = located(source, asked)
    pairs = posterior.shrinkage(counts, interval=interval).unique(["k", "n"], maintain_order=True)
    rates = _Rates(table, asked, pairs, written)
    students = table.scan(asked.columns).map_batches(rates, schema=rates.schema, streamable=True)
    with whole_file(Path(target)) as temporary:
        # Snappy, because writing takes most of the time: zstd would halve the file size, but also the speed.
        students.sink_parquet(temporary, compression="snappy")


class _Rates:
    """Function of a batch of the source to the rows of the target.

    Args:
        source: the file.
        asked: its columns, and how they are read.
        pairs: the rates of each different (k, n).
        written: called with the number of students of each batch.
    """

    def __init__(self, source: Source, asked: Asked, pairs: pl.DataFrame, written: Callable[[int], object]):
        self._source, self._asked, self._written = source, asked, written
        self._per_pair = pairs.select(PER_PAIR)
        self._places_of = _places(pairs["k"].to_numpy(), pairs["n"].to_numpy())
        # What one batch leaves open, as whether 1.000 is a thousand, all numbers of the file decide.
        numbers = NumberFormat() if source.text is None else _format(source, asked)
        self._rows = Rows(numbers=numbers)
        names = source.scan(asked.name).collect_schema().dtypes()
        self._name_type = None if not names else names[0] if len(names) == 1 else pl.String()
        more = {} if asked.multiplicity is None else {"multiplicity": pl.Int64}
        whole = dict.fromkeys(("k", "n"), pl.Int64) | more
        self.schema = ({} if self._name_type is None else {"name": self._name_type}) | whole | self._per_pair.schema

    def __call__(self, batch: pl.DataFrame) -> pl.DataFrame:
        changed = CountsError(
            f"{self._source.name} has changed since `counts` were read from it: read the counts again"
        )
        if self._asked.drop_missing:
            batch = batch.filter(~missing_in(batch, self._asked))
        try:
            whole = self._whole(batch)
        except CountsError:  # its row number counts from this batch, not from the start of the file
            raise changed from None
        places = self._places_of(whole["k"], whole["n"])
        if np.any(places < 0):
            raise changed
        self._written(int(whole["multiplicity"].sum()) if "multiplicity" in whole else batch.height)
        names = pl.DataFrame() if self._name_type is None else pl.DataFrame({"name": self._names(batch)})
        return pl.concat([names, pl.DataFrame(whole), self._per_pair[places]], how="horizontal")

    def _whole(self, batch: pl.DataFrame) -> dict[str, np.ndarray]:
        counted = {role: whole_numbers(batch[column], self._rows) for role, column in self._asked.counted.items()}
        n = counted["k"] + counted["failures"] if "failures" in counted else counted["n"]
        whole = {"k": counted["k"], "n": n}
        if self._asked.multiplicity is not None:
            whole["multiplicity"] = whole_numbers(batch[self._asked.multiplicity], self._rows)
        return whole

    def _names(self, batch: pl.DataFrame) -> pl.Series:
        if self._name_type == pl.String:
            return names_in(self._source, batch, self._asked.name)
        return batch[self._asked.name[0]]


def _format(source: Source, asked: Asked) -> NumberFormat:
    return number_format(source, different_rows(source, asked.numbers)[0], replace(asked, covariates=()))


def _places(k: np.ndarray, n: np.ndarray) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """A function that looks up (k, n) among the different ones given here.

    Args:
        k: successes, shape (pairs,).
        n: trials, shape (pairs,).

    Returns:
        A function of the k and n of some rows, each of shape (rows,), that returns the index of each row's (k, n), or
        -1 if it is not among them.
    """
    side = int(n.max()) + 1
    if side > LARGEST_SIDE:
        known = pl.DataFrame({"k": k, "n": n}).with_row_index("place")

        def joined(k: np.ndarray, n: np.ndarray) -> np.ndarray:
            asked = pl.DataFrame({"k": k, "n": n})
            places = asked.join(known, on=["k", "n"], how="left", maintain_order="left")["place"]
            return places.cast(pl.Int64).fill_null(-1).to_numpy()

        return joined

    square = np.full((side + 1, side + 1), -1, np.int32)  # a larger k or n is looked up as `side`, which stays -1
    square[k, n] = np.arange(len(k))
    return lambda k, n: square[np.minimum(k, side), np.minimum(n, side)]
