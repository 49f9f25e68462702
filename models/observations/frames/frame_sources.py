"""Data frames in memory, and relations of a database, as tables to be scanned: the same checks follow as of a file.

Nothing but polars and narwhals is imported: whoever has a frame of another library has that library.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from os import PathLike
from typing import Any

import narwhals as nw
import polars as pl

from models.observations.columns import CountsError, typed_column
from models.observations.files.sources import Source
from models.observations.frames.pandas_columns import PandasTable

SHOWN = {"duckdb": "DuckDB", "_duckdb": "DuckDB", "DuckDBPyRelation": "relation"}
FRAMES = "a data frame of pandas, polars, Arrow or DuckDB"
# Whatever another library says of its own table; Arrow types that polars does not know end in a panic.
UNREADABLE = (Exception, pl.exceptions.PanicException)


def is_file(source: Any) -> bool:
    """Whether what is read is a path, and no frame."""
    return isinstance(source, str | PathLike)


def source_of_frame(frame: Any) -> Source:
    """The table in a frame. Only columns that are asked for are converted, when they are.

    Args:
        frame: a frame of pandas, polars or pyarrow, lazy or not, a relation of DuckDB, another frame that narwhals
            knows, or anything with the Arrow PyCapsule interface.

    Returns:
        The table.

    Raises:
        CountsError: if it is nothing of this, or has columns of equal names.
    """
    frame = nw.to_native(frame, pass_through=True)
    name = shown_type(frame)
    if nw.dependencies.is_pandas_like_dataframe(frame):
        table = PandasTable(frame)
        return Source(
            name,
            lambda places: table.taken(places).lazy(),
            table.columns,
            size=len(frame),
            place_of=table.place_of,
            row_names=table.row_names,
            remarks=table.remarks,
        )
    with _readable(name):
        known = nw.from_native(frame, pass_through=True)
        has_capsule = any(hasattr(frame, capsule) for capsule in ("__arrow_c_stream__", "__arrow_c_array__"))
        if known is frame and has_capsule and not nw.dependencies.is_into_series(frame):
            known = nw.from_native(pl.DataFrame(frame))
        if not isinstance(known, nw.DataFrame | nw.LazyFrame):
            raise CountsError(f"{name}: this is neither a file nor a table; give a path, or {FRAMES}")
        columns = tuple(known.collect_schema().names())
        size = len(known) if isinstance(known, nw.DataFrame) else _height(known)
    return Source(name, lambda places: _taken(known, name, columns, places), columns, size=size)


def shown_type(frame: Any) -> str:
    """What kind of frame it is, for messages: "polars LazyFrame"."""
    kind = type(frame)
    library = kind.__module__.partition(".")[0]
    return " ".join(SHOWN.get(part, part) for part in (library, kind.__name__) if part != "builtins")


def _height(table: nw.LazyFrame) -> int:
    return int(_scanned(table.select(nw.len())).collect().item())


def _taken(table: Any, name: str, columns: tuple[str, ...], places: Mapping[str, int]) -> pl.LazyFrame:
    """Some columns, by new names."""
    with _readable(name):
        chosen = _scanned(table.select(columns[at] for at in dict.fromkeys(places.values())))
        return chosen.select(pl.col(columns[at]).alias(column) for column, at in places.items())


def _scanned(table: Any) -> pl.LazyFrame:
    """A frame of any library in polars; Python objects in it are taken for what they are."""
    frame = table.to_native()
    if isinstance(frame, pl.LazyFrame):
        return frame
    if not isinstance(frame, pl.DataFrame):  # by the capsule, for DuckDB's own way needs pyarrow
        by_capsule = hasattr(frame, "__arrow_c_stream__")
        frame = pl.DataFrame(frame) if by_capsule else table.lazy().collect("polars").to_native()
    objects = [column for column, dtype in frame.schema.items() if dtype == pl.Object]
    return frame.lazy().with_columns(typed_column(column, frame[column].to_list()) for column in objects)


@contextmanager
def _readable(name: str) -> Iterator[None]:
    try:
        yield
    except CountsError:
        raise
    except UNREADABLE as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise CountsError(f"{name}: not readable as a table: {reason}") from None
