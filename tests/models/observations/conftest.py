"""One example of each kind of data, so that a test of what all kinds share runs for each of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from models import Categories, Counts, Events, Observations
from models.observations import large_files


@dataclass(frozen=True)
class Example:
    """Four groups, of which the first and the last are alike.

    Args:
        kind: the class.
        columns: the columns of k and of what it is out of, by name.
        whole: those of them that hold whole numbers.
        design: the design of each row.
    """

    kind: type[Observations]
    columns: Mapping[str, Sequence[Any]]
    whole: tuple[str, ...]
    design: Sequence[float]

    def made(self, columns: Mapping[str, Any] | None = None, **others: Any) -> Any:
        """The data in memory, of these columns or of other ones."""
        columns = self.columns if columns is None else columns
        return Categories(columns, **others) if self.kind is Categories else self.kind(**columns, **others)

    def read(self, path: Path, **others: Any) -> Any:
        """The data in a file that has these columns."""
        return self.kind.read(path, k=tuple(self.columns) if self.kind is Categories else "k", **others)  # pyright: ignore

    def frame(self, **others: Any) -> pl.DataFrame:
        """The columns as a data frame, and others."""
        return pl.DataFrame({**self.columns, **others})


EXAMPLES = {
    "counts": Example(Counts, {"k": [3, 1, 0, 3], "n": [5, 1, 0, 5]}, ("k", "n"), [5, 1, 0, 5]),
    "events": Example(Events, {"k": [3, 1, 0, 3], "exposure": [2.5, 0.1, 0.0, 2.5]}, ("k",), [2.5, 0.1, 0.0, 2.5]),
    "categories": Example(
        Categories, {"red": [1, 0, 0, 1], "blue": [4, 1, 0, 4]}, ("red", "blue"), design=[5, 1, 0, 5]
    ),
}


@pytest.fixture(params=EXAMPLES.values(), ids=EXAMPLES)
def example(request) -> Example:
    """One example of each kind of data."""
    return request.param


@pytest.fixture
def streamed(monkeypatch):
    """`streamed(read, path, ...)`: what `read` returns as if the file were large."""

    def read_as_large(read, path: Path, **columns: Any) -> Any:
        with monkeypatch.context() as patch:
            patch.setattr(large_files, "MOST_ROWS_HELD", -1)
            patch.setattr(large_files, "MOST_BYTES_HELD", -1)
            return read(path, **columns)

    return read_as_large
