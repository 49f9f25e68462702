"""Your own file: every group's shrunk rate, who is best, predictions, checks, hyperpriors, and a report to open.

A file too large for memory is streamed: its tables have a row per different (k, n), and its students go to a file.
"""

import time
from pathlib import Path
from typing import Any

import polars as pl
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from experiments.machine import device, versions
from experiments.methods.learned import EXACT, learn_and_time
from experiments.methods.method_table import method_seconds, method_summary
from experiments.own_counts.answers import agreement, answers, are_compared
from experiments.own_counts.funnel import funnel_of
from experiments.own_counts.funnel_panel import funnel_figure
from experiments.own_counts.hyperpriors import compare_with_other_hyperpriors
from experiments.own_counts.kinds import kind_of
from experiments.own_counts.methods import hyperprior_asked, later_counts, methods_asked
from experiments.own_counts.options import OwnCounts
from experiments.own_counts.precision import enough_digits
from experiments.own_counts.reading import (
    check_compared,
    is_streamed,
    read_counts,
    reading_sentences,
    strata_of,
)
from experiments.own_counts.result import Result
from experiments.own_counts.row_figures import MOST_ARROWS, evenly_spaced, row_figures
from experiments.own_counts.screen import print_result
from experiments.own_counts.sections import MOST_ROWS_SHOWN, file_of_groups, sections
from experiments.own_counts.strata.learn import learn_strata
from experiments.own_counts.strata.shown import strata_figure
from experiments.own_counts.strata.split import without_covariates
from experiments.presentation.axes import new_figure
from experiments.presentation.colours import BLUE
from experiments.presentation.numbers import percent
from experiments.presentation.page import write_page
from experiments.presentation.population_panels import plot_plane, plot_population
from experiments.presentation.results import write_results
from experiments.presentation.screen import progress_bar
from experiments.presentation.shrinkage import height_of, plot_shrinkage
from inference import Posterior, write_students
from models import Counts, CountsError, Events

STUDENTS = "students.parquet"  # every student of a large file


def run(options: OwnCounts) -> Result:
    """Read the file, learn its population and compute all answers.

    Args:
        options: file, columns, hyperprior, method and questions.

    Returns:
        The answers.

    Raises:
        OptionError: if the hyperprior cannot be used.
        CountsError: if the file cannot be used.
    """
    hyperprior = hyperprior_asked(options)  # before anything is read, so that an error comes at once
    start = time.perf_counter()
    with progress_bar() as progress:
        progress.add_task(f"reading {options.path}", total=1)
        counts = read_counts(options)
        large, sentences = is_streamed(counts), reading_sentences(counts)
        check_compared(options, counts)
        groups_of = strata_of(options, counts)
        counts = counts if groups_of is None else without_covariates(counts)
        later = None if large else later_counts(options, counts)
    read = time.perf_counter()
    if large:
        counts = _named_by_numbers(counts, options.path)
    with enough_digits(counts, x64=options.x64):
        learned = learn_and_time(methods_asked(options, hyperprior, counts), repeats=0)
    begun = time.perf_counter()
    with enough_digits(counts, x64=options.x64), progress_bar() as progress:
        task = progress.add_task("answering", total=len(learned) + 1)
        found = {}
        for method, (posterior, _, _) in learned.items():
            found[method] = answers(posterior, counts, later, options)
            progress.advance(task)
        hyperpriors = (
            compare_with_other_hyperpriors(options, hyperprior, counts, later) if are_compared(counts) else None
        )
        strata = None
        if options.by is not None and groups_of is not None:
            together = learned[EXACT].posterior
            strata = learn_strata(options.by, groups_of, hyperprior, together, interval=options.interval)
    answering = time.perf_counter() - begun
    seconds = read - start, answering
    return Result(counts, later, learned, found, hyperpriors, large, sentences, *seconds, options.interval, strata)


def _named_by_numbers(counts: Counts | Events, path: Path) -> Counts:
    """The different (k, n) of a large file, in which a row is not one student, each named after its k and n."""
    if not isinstance(counts, Counts):
        raise CountsError(f"{path} is too large: a file of this size is read by its different (k, n), of trials")
    names = [f"{k} of {n}" for k, n in zip(counts.k, counts.n, strict=True)]
    return Counts(counts.k, counts.n, names, counts.multiplicity)


def plot(result: Result) -> Figure:
    """Particles over exact contours; the learned population; every row's shrinkage."""
    truth, counts, table = result.learned[EXACT].posterior, result.counts, result.answers[EXACT].tables["groups"]
    largest = truth.hyperprior.family.rate_interval[1]
    highest = 1.0 if largest == 1.0 else 1.2 * float(table["high"].to_numpy().max())
    figure, (plane, population, students) = new_figure(3, height=height_of(table.height))
    shown = result.learned[result.sampled or EXACT].posterior
    plot_plane(plane, shown, truth, counts)
    if isinstance(plane.xaxis.get_major_locator(), MaxNLocator):  # of many groups the numbers have many digits
        plane.locator_params(axis="x", nbins=4)
    plot_population(population, {"learned": (truth, counts, BLUE)}, highest=highest, interval=result.interval)
    drawn = evenly_spaced(table, MOST_ARROWS)
    plot_shrinkage(students, drawn, design=kind_of(counts).design, largest=largest, interval=result.interval)
    if len(drawn) < len(table):
        students.set_ylabel(f"{len(drawn):,} of {len(table):,} rows, evenly spaced by mean")
    return figure


def main(options: OwnCounts) -> None:
    """Run, write the files and the report, print the tables."""
    result = run(options)
    folder = options.folder
    seconds = {"reading": result.reading_seconds, "answering": result.answering_seconds}
    seconds |= method_seconds(result.learned)
    if isinstance(result.counts, Counts) and result.is_large:
        seconds[STUDENTS] = _write_students(result.learned[EXACT].posterior, result.counts, options, folder)
    pictures = {"own_counts": plot(result)} | row_figures(result, best=options.best)
    funnel = funnel_of(result.learned[EXACT].posterior, result.counts, interval=result.interval)
    largest = result.learned[EXACT].posterior.hyperprior.family.rate_interval[1]
    pictures["funnel"] = funnel_figure(result.counts, funnel, interval=result.interval, largest=largest)
    if result.strata is not None:
        pictures["strata"] = strata_figure(result.strata, result.interval)
    folder.mkdir(parents=True, exist_ok=True)
    addresses = ", ".join(_addresses(result))
    facts = {"file": str(options.path), "hyperprior": f"{options.hyperprior_asked}, addresses {addresses}"}
    facts |= {"method": options.method, "intervals": f"{percent(options.interval)}, central"}
    facts |= {"computed on": device(), "with": ", ".join(f"{name} {text}" for name, text in versions().items())}
    write_page(
        folder / "report.html",
        f"{options.path.stem}: what the counts say",
        facts,
        sections(result, options, pictures, funnel),
    )
    also = ["report.html", STUDENTS] if result.is_large else ["report.html"]
    write_results(
        folder,
        show=lambda: print_result(result, options, writing_seconds=seconds.get(STUDENTS)),
        summary=summary(result, options),
        seconds=seconds,
        tables=tables(result),
        figures=pictures,
        also=also,
    )


def tables(result: Result) -> dict[str, pl.DataFrame]:
    """Every table by the name of its file; the names of a sampled method's tables end in the name of the method."""
    found = {_named(name, result): table for name, table in result.answers[EXACT].tables.items()}
    if result.sampled is not None:
        sampled = result.answers[result.sampled].tables
        found |= {f"{_named(name, result)}_{result.sampled}": table for name, table in sampled.items()}
        found["agreement"] = agreement(sampled, result.answers[EXACT].tables)
    if result.strata is not None:
        found |= result.strata.tables
    if result.hyperpriors is not None:
        found |= {name: table for name, table in result.hyperpriors._asdict().items() if table is not None}
    return found


def _named(name: str, result: Result) -> str:
    """The name of a table; that of "groups" says what its rows are, pairs (k, n) or students."""
    return file_of_groups(result) if name == "groups" else name


def _write_students(posterior: Posterior, counts: Counts, options: OwnCounts, folder: Path) -> float:
    """Stream every student's rate to students.parquet, under a progress bar; returns the seconds it took."""
    folder.mkdir(parents=True, exist_ok=True)
    start = time.perf_counter()
    with progress_bar() as progress:
        task = progress.add_task(f"writing {STUDENTS}", total=counts.students)
        write_students(
            posterior,
            counts,
            options.path,
            folder / STUDENTS,
            k=options.k,
            n=options.n,
            failures=options.failures,
            guess=options.guess,
            interval=options.interval,
            **options.how_to_read,
            written=lambda students: progress.advance(task, students),
        )
    return time.perf_counter() - start


def _addresses(result: Result) -> tuple[str, ...]:
    """The addresses of the requested hyperprior."""
    return result.learned[EXACT].posterior.hyperprior.addresses


def summary(result: Result, options: OwnCounts) -> dict[str, Any]:
    """Every printed number except times; of a long table the first rows, and where the others are.

    The pairs of groups are not printed; they are only in their CSV file.
    """
    shown = {name: table for name, table in tables(result).items() if not name.startswith("pairwise")}
    cut = {
        name: {"rows": len(table), "rows_here": MOST_ROWS_SHOWN, "all_rows_in": f"{name}.csv"}
        for name, table in shown.items()
        if len(table) > MOST_ROWS_SHOWN
    }
    return (
        {
            "hyperprior": {"name": options.hyperprior_name, "addresses": list(_addresses(result))},
            "interval": options.interval,
            "methods": method_summary(result.learned, kind_of(result.counts).estimates),
            "tables": {name: table.head(MOST_ROWS_SHOWN).to_dicts() for name, table in shown.items()},
        }
        | ({"cut": cut} if cut else {})
        | _evidence_of_strata(result)
    )


def _evidence_of_strata(result: Result) -> dict[str, Any]:
    if result.strata is None:
        return {}
    value, error = result.strata.separate
    return {"separate_populations": {"log_bayes_factor": value, "log_bayes_factor_error": error}}
