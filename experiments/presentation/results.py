"""What an experiment prints and writes: tables on the screen, and files that are either complete or absent."""

import io
import json
import math
import os
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jax
import polars as pl
from matplotlib.figure import Figure
from rich.console import Console
from rich.markup import escape
from rich.measure import Measurement
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from inference.numerics.whole_file import whole_file


def print_line(text: str) -> None:
    """Print a sentence unchanged, brackets included."""
    Console(highlight=False).print(escape(text), soft_wrap=True)


def print_table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table, first column to the left and the others to the right.

    Args:
        title: a line above the table.
        header: name of each column.
        rows: the cells, already text.
    """
    table = Table(title=escape(title), title_justify="left", title_style="bold")
    for i, name in enumerate(header):
        table.add_column(escape(name), justify="left" if i == 0 else "right", no_wrap=True)
    for row in rows:
        table.add_row(*map(escape, row))
    # The console is made as wide as the table: in 80 columns, or in a pipe, rich would cut numbers to "-12.…".
    console = Console(highlight=False)
    console.width = max(console.width, Measurement.get(console, console.options.update(width=10_000), table).maximum)
    console.print(table, soft_wrap=True)


def rounded(value: float, error: float | None = None, digits: int = 4) -> str:
    """A number with the digits that are known: down to the second digit of its error.

    Args:
        value: the number.
        error: its standard error; None or 0 for a number without one.
        digits: decimals of a number without an error; with an error, the largest number of decimals.

    Returns:
        Text such as "14.54 ± 0.06"; "-" for a value that is not finite.
    """
    if not math.isfinite(value):
        return "-"
    if error is None or not math.isfinite(error) or error <= 0:
        return f"{value:.{digits}f}"
    decimals = min(max(1 - math.floor(math.log10(error)), 0), digits)
    return f"{value:.{decimals}f} ± {error:.{decimals}f}"


def progress_bar() -> Progress:
    """A progress bar on stderr, which disappears when it is done; none where stderr is not a terminal."""
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:.0f}/{task.total:.0f}"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


def device() -> str:
    """What JAX computes on, such as "cpu", "gpu (NVIDIA H100)", "4 x cpu" or "2 x cpu in 2 processes"."""
    devices, processes = jax.devices(), jax.process_count()
    kind = devices[0].platform
    if devices[0].device_kind != kind:
        kind = f"{kind} ({devices[0].device_kind})"
    number = f"{len(devices)} x " if len(devices) > 1 else ""
    return f"{number}{kind}" + (f" in {processes} processes" if processes > 1 else "")


def versions() -> dict[str, str]:
    """Versions of the packages that do the computing."""
    return {package: version(package) for package in ("genjax", "jax", "jaxlib", "numpy", "scipy")}


def check_writable(folder: Path) -> None:
    """Check before a long run that its results can be written.

    Args:
        folder: where the results will be written; it need not exist yet.

    Raises:
        OSError: if it, or the nearest folder above it that exists, is a file or cannot be written to.
    """
    existing = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not existing.is_dir():
        raise NotADirectoryError(f"{existing} is a file, so that results cannot be written to {folder}")
    if not os.access(existing, os.W_OK | os.X_OK):
        raise PermissionError(f"no permission to write to {existing}")


def write_results(
    folder: Path,
    *,
    summary: Mapping[str, Any],
    seconds: Mapping[str, float],
    tables: Mapping[str, pl.DataFrame],
    figures: Mapping[str, Figure],
    measured: Mapping[str, Any] | None = None,
    also: Collection[str] = (),
) -> None:
    """Write everything an experiment found.

    Args:
        folder: where the files go; it is made if needed.
        summary: every printed number except times, to summary.json in full precision.
        seconds: times, to timing.json with the device and the versions.
        tables: by file name, to CSV.
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
            table.write_csv(path)
    for name, figure in figures.items():
        with whole_file(folder / f"{name}.png") as path:
            path.write_bytes(png(figure))
    written = {"summary.json", "timing.json", *also, *(f"{name}.csv" for name in tables)}
    written |= {f"{name}.png" for name in figures}
    print_line(f"written to {folder}/: {', '.join(sorted(written))}")
    earlier = {path.name for path in folder.iterdir() if path.is_file()} - written
    if earlier:
        print_line(f"left there by an earlier run with other options: {', '.join(sorted(earlier))}")


@cache  # drawing much text takes seconds, and a report shows the same figures that are written
def png(figure: Figure) -> bytes:
    """A figure as a PNG with 150 pixels per inch."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=150)
    return buffer.getvalue()


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
