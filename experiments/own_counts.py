"""The first experiment's inference on a reader's own file: learn the population, then shrink every row."""

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
from experiments.report import device, print_line, print_table, write_results
from models import Counts, Hyperprior, box, mean_concentration

COLUMNS = ("E[mu]", "E[lam]", "E[a]", "E[b]", "log Z")
MOST_ROWS_PRINTED = 40


class Result(NamedTuple):
    """The counts that were read, and what each method learned from them."""

    counts: Counts
    learned: dict[str, Learned]
    tables: dict[str, pl.DataFrame]


def run(options: OwnCounts) -> Result:
    """Read the file and learn its population with every method.

    Args:
        options: file, columns, hyperprior, seed and number of particles.

    Returns:
        The counts, what each method learned, and the students' tables of the marginal form and of the exact answer.

    Raises:
        CountsError: if the file cannot be used.
    """
    counts = Counts.read(options.file, k=options.k, n=options.n, name=options.name, multiplicity=options.multiplicity)
    learned = learn(_hyperprior(options), counts, key=jax.random.key(options.seed), n_particles=options.n_particles)
    tables = {name: learned[name].posterior.shrinkage(counts) for name in (_sampled(learned), EXACT)}
    return Result(counts, learned, tables)


def _sampled(learned: dict[str, Learned]) -> str:
    """The sampled answer to show next to the exact one: a class too large to be written out has no marginal form."""
    return "marginal" if "marginal" in learned else AGGREGATED


def _hyperprior(options: OwnCounts) -> Hyperprior:
    if options.hyperprior == "box":
        return box() if options.bounds is None else box(*options.bounds)
    return mean_concentration() if options.bounds is None else mean_concentration(lam=options.bounds)


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
    counts, learned, tables = result
    print_table(
        f"{options.file}: {students_of(counts)}, {options.hyperprior}, on {device()}",
        method_header(COLUMNS),
        method_rows(learned, COLUMNS),
    )
    for method, (posterior, _, _) in learned.items():
        print_line(f"{method}: {posterior.verdict}")
    rows = student_rows(*tables.values())
    sampled = _sampled(learned)
    print_table(f"Each row, from the {sampled} form and exactly", STUDENT_HEADER, rows[:MOST_ROWS_PRINTED])
    if len(rows) > MOST_ROWS_PRINTED:
        print_line(f"... and {len(rows) - MOST_ROWS_PRINTED} more rows in students.csv")
    write_results(
        options.output_dir / name_of(options),
        summary=summary(result),
        seconds=method_seconds(learned),
        tables={"students": tables[EXACT], f"students_{sampled}": tables[sampled]},
        figures={"own_counts": plot(result)},
    )


def students_of(counts: Counts) -> str:
    """How many students, and rows if they are fewer."""
    return f"{counts.students} students" + (f" in {len(counts)} rows" if len(counts) != counts.students else "")


def summary(result: Result) -> dict[str, Any]:
    """Every number printed but times."""
    return {
        "methods": method_summary(result.learned),
        "students": {name: table.to_dicts() for name, table in result.tables.items()},
    }
