"""The first experiment's inference on a reader's own file: learn the population, then shrink every row.

A file too large to be held is streamed: its tables have a row per different (k, n), and its students go to a file.
"""

import time
from pathlib import Path
from typing import Any, NamedTuple

import jax
import polars as pl
from matplotlib.figure import Figure

from experiments import figures
from experiments.learning import (
    AGGREGATED,
    EXACT,
    STUDENT_HEADER,
    Learned,
    learn,
    method_header,
    method_rows,
    method_seconds,
    method_summary,
    student_rows,
)
from experiments.options import OwnCounts, name_of
from experiments.report import device, print_line, print_table, progress_bar, write_results
from inference import Posterior, write_students
from models import Counts, Hyperprior, bda3, box, mean_concentration, pareto
from models.streaming import is_large

COLUMNS = ("E[mu]", "E[lam]", "E[a]", "E[b]", "log Z")
MOST_ROWS_PRINTED = 40


class Result(NamedTuple):
    """The counts that were read, what each method learned from them, and its table of their rows.

    If the file is large, these rows are the different (k, n) rather than students.
    """

    counts: Counts
    learned: dict[str, Learned]
    tables: dict[str, pl.DataFrame]
    is_large: bool
    reading_seconds: float


def run(options: OwnCounts) -> Result:
    """Read the file and learn its population with every method.

    Args:
        options: file, columns, hyperprior, seed and number of particles.

    Returns:
        The counts, what each method learned, and the rows' tables of the marginal form and of the exact answer.

    Raises:
        CountsError: if the file cannot be used.
    """
    start = time.perf_counter()
    with progress_bar() as progress:
        progress.add_task(f"reading {options.path}", total=1)
        counts = Counts.read(options.path, **_columns(options))
    reading_seconds = time.perf_counter() - start
    learned = learn(_hyperprior(options), counts, key=jax.random.key(options.seed), n_particles=options.n_particles)
    tables = {name: learned[name].posterior.shrinkage(counts) for name in (_sampled(learned), EXACT)}
    large = is_large(options.path)
    if large:  # names are for students
        numbers = pl.Series("name", [f"{number} students" for number in counts.multiplicity])
        tables = {name: table.with_columns(numbers) for name, table in tables.items()}
    return Result(counts, learned, tables, large, reading_seconds)


def _columns(options: OwnCounts) -> dict[str, Any]:
    """Which columns of the file are meant."""
    return {"k": options.k, "n": options.n, "name": options.name, "multiplicity": options.multiplicity}


def _sampled(learned: dict[str, Learned]) -> str:
    """The sampled answer to show next to the exact one: a class too large to be written out has no marginal form."""
    return "marginal" if "marginal" in learned else AGGREGATED


def _hyperprior(options: OwnCounts) -> Hyperprior:
    if options.hyperprior == "pareto":
        return pareto()
    if options.hyperprior == "box":
        return box() if options.bounds is None else box(*options.bounds)
    of_lam = bda3 if options.hyperprior == "bda3" else mean_concentration
    return of_lam() if options.bounds is None else of_lam(lam=options.bounds)


def plot(result: Result) -> Figure:
    """Particles over exact contours; the learned population; every row's shrinkage."""
    truth = result.learned[EXACT].posterior
    figure, (plane, population, students) = figures.new_figure(3, height=max(4.2, 0.09 * min(len(result.counts), 80)))
    figures.plot_plane(plane, result.learned[_sampled(result.learned)].posterior, truth, result.counts)
    figures.plot_population(population, {"learned": (truth, result.counts, figures.BLUE)})
    figures.plot_shrinkage(students, result.tables[EXACT])
    return figure


def main(options: OwnCounts) -> None:
    """Run, print the tables, write the files."""
    result = run(options)
    counts, learned, tables = result.counts, result.learned, result.tables
    print_table(
        f"{options.path}: {students_of(counts)}, {options.hyperprior}, on {device()}",
        method_header(COLUMNS),
        method_rows(learned, COLUMNS),
    )
    for method, (posterior, _, _) in learned.items():
        print_line(f"{method}: {posterior.verdict}")
    rows = student_rows(*tables.values())
    sampled, of_rows = _sampled(learned), _rows(result)
    each = "different k and n" if result.is_large else "row"
    print_table(f"Each {each}, from the {sampled} form and exactly", STUDENT_HEADER, rows[:MOST_ROWS_PRINTED])
    if len(rows) > MOST_ROWS_PRINTED:
        print_line(f"... and {len(rows) - MOST_ROWS_PRINTED} more rows in {of_rows}.csv")
    folder = options.output_dir / name_of(options)
    seconds = {"reading": result.reading_seconds} | method_seconds(learned)
    if result.is_large:
        seconds["students.parquet"] = _write_students(learned[EXACT].posterior, counts, options, folder)
    write_results(
        folder,
        summary=summary(result),
        seconds=seconds,
        tables={of_rows: tables[EXACT], f"{of_rows}_{sampled}": tables[sampled]},
        figures={"own_counts": plot(result)},
    )


def _rows(result: Result) -> str:
    """What a row of the tables is."""
    return "pairs" if result.is_large else "students"


def _write_students(posterior: Posterior, counts: Counts, options: OwnCounts, folder: Path) -> float:
    """Stream every student's rate to students.parquet, under a progress bar; returns the seconds it took."""
    folder.mkdir(parents=True, exist_ok=True)
    start = time.perf_counter()
    with progress_bar() as progress:
        task = progress.add_task("writing students.parquet", total=counts.students)
        write_students(
            posterior,
            counts,
            options.path,
            folder / "students.parquet",
            **_columns(options),
            written=lambda students: progress.advance(task, students),
        )
    seconds = time.perf_counter() - start
    print_line(f"{counts.students} students in {seconds:.1f} s: {counts.students / seconds:.3g} a second")
    return seconds


def students_of(counts: Counts) -> str:
    """How many students, and rows if they are fewer."""
    return f"{counts.students} students" + (f" in {len(counts)} rows" if len(counts) != counts.students else "")


def summary(result: Result) -> dict[str, Any]:
    """Every number printed but times."""
    return {
        "methods": method_summary(result.learned),
        _rows(result): {name: table.to_dicts() for name, table in result.tables.items()},
    }
