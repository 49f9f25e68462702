"""The files that an experiment writes, each either complete or absent."""

import json
import math
import os
from collections.abc import Callable, Collection, Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import polars as pl
from matplotlib.figure import Figure

from experiments.machine import device, versions
from experiments.presentation.csv_file import write_csv
from experiments.presentation.drawing import drawn
from experiments.presentation.screen import print_line
from experiments.presentation.style import DOTS_PER_INCH
from inference.numerics.whole_file import whole_file

RESULTS = {".json", ".csv", ".parquet", ".png", ".html"}  # ends of the names of results


def check_writable(folder: Path) -> None:
    """Check before a long run that its results can be written.

    Args:
        folder: where the results will be written; it need not exist yet.

    Raises:
        OSError: if it, or the nearest path above it that exists, is a file, a link to nothing, or a folder that cannot
            be written to; or if a folder in it has a name that is one of a result.
    """
    existing = next(path for path in (folder, *folder.absolute().parents) if path.exists() or path.is_symlink())
    if not existing.exists():
        raise NotADirectoryError(f"{existing} is a link to nothing, so that results cannot be written to {folder}")
    if not existing.is_dir():
        raise NotADirectoryError(f"{existing} is a file, so that results cannot be written to {folder}")
    if not os.access(existing, os.W_OK | os.X_OK):
        raise PermissionError(f"no permission to write to {existing}")
    try:
        with TemporaryFile(dir=existing):  # what a file system refuses, such as /proc, only an attempt shows
            pass
    except OSError as error:
        raise type(error)(error.errno, f"cannot write to {existing}: {error.strerror}") from None
    for path in sorted(folder.glob("*") if folder.exists() else ()):
        if path.suffix in RESULTS and path.is_dir() and not path.is_symlink():
            raise IsADirectoryError(f"{path} is a folder, where a result may have to be written: move or rename it")


def write_results(
    folder: Path,
    *,
    show: Callable[[], None],
    summary: Mapping[str, Any],
    seconds: Mapping[str, float],
    tables: Mapping[str, pl.DataFrame],
    figures: Mapping[str, Figure],
    measured: Mapping[str, Any] | None = None,
    also: Collection[str] = (),
) -> None:
    """Write everything an experiment found, then show it on the screen, and last say which files there are.

    Args:
        folder: where the files go; it is made if needed.
        show: function that prints the results, called when every file is there.
        summary: every printed number except times, to summary.json in full precision.
        seconds: times, to timing.json with the device and the versions.
        tables: by file name, to CSV, see `write_csv`.
        figures: by file name, to PNG.
        measured: other values that differ from run to run, such as memory, to timing.json too.
        also: names of files that this run has already written there, to be listed with the others.

    Raises:
        OSError: if the folder cannot be made or written to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    timing = {
        "seconds": dict(seconds),
        "device": device(),
        "versions": versions(),
    } | dict(measured or {})
    for name, content in (("summary", summary), ("timing", timing)):
        text = json.dumps(_plain(content), indent=2, sort_keys=True, allow_nan=False) + "\n"
        with whole_file(folder / f"{name}.json") as path:
            path.write_text(text, encoding="utf-8")
    for name, table in tables.items():
        with whole_file(folder / f"{name}.csv") as path:
            write_csv(table, path)
    for name, figure in figures.items():
        with whole_file(folder / f"{name}.png") as path:
            path.write_bytes(png(figure))
    written = {"summary.json", "timing.json", *also, *(f"{name}.csv" for name in tables)}
    written |= {f"{name}.png" for name in figures}
    show()
    print_line(f"written to {folder}/: {', '.join(sorted(written))}")
    earlier = {path.name for path in folder.iterdir() if path.is_file()} - written
    if earlier:
        print_line(f"left there by an earlier run with other options: {', '.join(sorted(earlier))}")


def png(figure: Figure) -> bytes:
    """A figure as a PNG with DOTS_PER_INCH pixels per inch."""
    return _png(figure, *figure.get_size_inches())


@cache  # drawing much text takes seconds, and a report shows the same figures that are written, in one size or in two
def _png(figure: Figure, width: float, height: float) -> bytes:
    return drawn(figure, "png", dpi=DOTS_PER_INCH)


def _plain(content: Any) -> Any:
    """The content as JSON can hold it: JSON has no NaN, so a number that is not finite becomes null."""
    if isinstance(content, Mapping):
        return {str(name): _plain(below) for name, below in content.items()}
    if isinstance(content, list | tuple):
        return [_plain(item) for item in content]
    if isinstance(content, str | bool | int) or content is None:
        return content
    value = float(content)
    return value if math.isfinite(value) else None
