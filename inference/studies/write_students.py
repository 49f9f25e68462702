"""The table of `Posterior.shrinkage` for every student in a file of any size, streamed to another file."""

from collections.abc import Callable
from os import PathLike
from pathlib import Path

import numpy as np
import polars as pl

from inference.numerics.whole_file import whole_file
from inference.posteriors.posterior import Posterior
from inference.programs.prepared import as_counts, check_one_beta
from models import Counts, CountsError
from models.numerics.arithmetic import own_arithmetic
from models.observations.columns import Rows, whole_numbers
from models.observations.large_files import scan_table
from models.observations.small_files import columns_of, readable

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
    name: str | None = None,
    multiplicity: str | None = None,
    interval: float = 0.9,
    written: Callable[[int], object] = lambda students: None,
) -> None:
    """Write each student's rate given the counts of all students, in the order of the source.

    The rates depend on k and n alone. They are computed once for each different (k, n) and looked up for every row, one
    batch at a time, so that memory does not grow with the file.

    Args:
        posterior: posterior of the population.
        counts: the counts of the source, `Counts.read(source, ...)`.
        source: file ending in .csv or .parquet.
        target: Parquet file to write: name, k, n and multiplicity as far as the source has them, and raw, plug_in,
            mean, sd, low and high of `Posterior.shrinkage`. The file is written completely or not at all: an
            interrupted write creates no file and leaves an older one unchanged.
        k: the source's column of successes.
        n: the source's column of trials.
        name: the source's column of names, which are copied; by default the column "name" if there is one.
        multiplicity: the source's column of the number of students that a row stands for; by default "multiplicity" if
            there is one.
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
    source, target = Path(source), Path(target)
    with readable(source):
        table = scan_table(source)
        dtypes = table.collect_schema()
    columns = columns_of(source, dtypes.names(), k, n, name, multiplicity)
    names = columns.pop("names", None)
    pairs = posterior.shrinkage(counts, interval=interval).unique(["k", "n"], maintain_order=True)
    per_pair, places_of = pairs.select(PER_PAIR), _places(pairs["k"].to_numpy(), pairs["n"].to_numpy())
    changed = CountsError(f"{source} has changed since `counts` were read from it: read the counts again")

    def rates(batch: pl.DataFrame) -> pl.DataFrame:
        try:
            whole = {role: whole_numbers(batch[role], Rows()) for role in columns}
        except CountsError:  # its row number counts from this batch, not from the start of the file
            raise changed from None
        places = places_of(whole["k"], whole["n"])
        if np.any(places < 0):
            raise changed
        written(int(whole["multiplicity"].sum()) if "multiplicity" in whole else batch.height)
        return pl.concat([batch.drop(*columns), pl.DataFrame(whole), per_pair[places]], how="horizontal")

    selected = [pl.col(column).alias(role) for role, column in columns.items()]
    schema = dict.fromkeys(columns, pl.Int64) | per_pair.schema
    if names is not None:
        is_text = dtypes[names] == pl.String
        selected.append((pl.col(names).str.strip_chars() if is_text else pl.col(names)).alias("name"))
        schema = {"name": dtypes[names]} | schema
    students = table.select(selected).map_batches(rates, schema=schema, streamable=True)
    with whole_file(target) as temporary:
        # Snappy, because writing takes most of the time: zstd would halve the file size, but also the speed.
        students.sink_parquet(temporary, compression="snappy")


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
