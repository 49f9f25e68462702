"""Is a wrong answer ever trusted? Every method on hard data sets, in float32 and float64, next to the exact answer.

A run is right if E[mu], log Z, the median of lam and the rates of two students are within five of its own errors of
the exact ones, and trusted if its verdict says so. So there are four combinations. "Trusted, wrong" must not happen;
"not trusted, right" is a right answer that cannot be used. Every run is kept in runs.jsonl, and is not
repeated until the code changes.
"""

import time
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

import polars as pl
from matplotlib.figure import Figure

from experiments.presentation.axes import new_figure
from experiments.presentation.csv_file import write_csv
from experiments.presentation.results import png, write_results
from experiments.presentation.screen import print_line, print_table, progress_bar
from experiments.presentation.written_docs import ROOT, write
from experiments.trust_it.cases import case
from experiments.trust_it.families import OWN, case_of, hyperprior_of
from experiments.trust_it.methods import methods_of
from experiments.trust_it.options import BETA, TrustIt
from experiments.trust_it.panels import name_the_markers, plot_distances
from experiments.trust_it.record import Record, code
from experiments.trust_it.runs import Task
from experiments.trust_it.shown import blocks_of_page, found_sentence, outcomes_text
from experiments.trust_it.tables import listed, outcomes, worst_cases
from experiments.trust_it.workers import FLOAT_TYPES, run_in_processes
from inference.numerics.whole_file import whole_file
from models import CountsError

RECORD = "runs.jsonl"
PAGE, FIGURE = Path("docs/trust.md"), Path("docs/trust.png")
QUICK_METHODS = ("importance, aggregated",)
QUICK_METHODS_OF_EACH = ("importance, marginal",)  # where each group has a population of its own


class Result(NamedTuple):
    """Every requested run, and the tables that summarise them."""

    runs: pl.DataFrame
    outcomes: pl.DataFrame
    worst: pl.DataFrame
    seconds: dict[str, float]


def run(options: TrustIt) -> Result:
    """Make the requested runs that are not on record yet.

    Args:
        options: family, seed, pairs, and whether to run only one pair, method or hyperprior.

    Returns:
        All requested runs in their order, whether made now or earlier.

    Raises:
        OptionError: if the hyperprior cannot be used.
        CountsError: if there is no such method.
    """
    start = time.perf_counter()
    tasks, fingerprint = tasks_asked(options), code(options.hyperprior_file)
    record, lock = Record(options.folder / RECORD), Lock()

    def recorded(task: Task, float_type: str) -> dict[str, Any] | None:
        return record.get(**task._asdict(), float_type=float_type, code=fingerprint)

    kinds = tuple(FLOAT_TYPES) if options.float_type is None else (options.float_type,)
    missing = {kind: [task for task in tasks if recorded(task, kind) is None] for kind in kinds}
    with progress_bar() as progress:
        row = progress.add_task("every method on every pair", total=sum(map(len, missing.values())))

        def keep(found: dict[str, Any]) -> None:
            with lock:
                record.add(found | {"code": fingerprint})
                progress.advance(row)

        run_in_processes(missing, keep, options.side_by_side)
    runs = listed(found for kind in kinds for task in tasks if (found := recorded(task, kind)) is not None)
    tables = outcomes(runs, options.family), worst_cases(runs, options.family)
    return Result(runs, *tables, {"runs": time.perf_counter() - start})


def tasks_asked(options: TrustIt) -> list[Task]:
    """The requested tasks, pair by pair.

    Args:
        options: family, pairs, and whether to run only one pair, method or hyperprior.

    Returns:
        The tasks.

    Raises:
        OptionError: if the hyperprior cannot be used.
        CountsError: if there is no such method.
    """
    place, own = options.hyperprior_file, None if options.family == BETA else OWN
    hyperprior = own or (options.hyperprior if place is None else f"{place.path}:{place.name}")

    def hyperprior_of_case(number: int) -> str:
        return hyperprior or case(number, seed=options.seed).hyperprior

    # An error is raised now, if the hyperprior cannot be used.
    of_first = hyperprior_of(options.family, hyperprior_of_case(options.numbers[0]))
    methods = methods_of(of_first)
    if options.method is not None:
        if options.method not in methods:
            raise CountsError(f"no method {options.method!r} of {options.family}; there are {'; '.join(methods)}")
        methods = (options.method,)
    elif options.quick:
        methods = QUICK_METHODS if of_first.is_shared else QUICK_METHODS_OF_EACH
    return [
        Task(number, hyperprior_of_case(number), method, options.seed, options.family)
        for number in options.numbers
        for method in methods
    ]


TITLE = '{}: no run beyond the line\nmay say "trust"'


def plot(result: Result) -> Figure:
    """How far every run is off, a panel for each float type."""
    methods, float_types = result.runs["method"].n_unique(), result.runs["float_type"].unique(maintain_order=True)
    figure, axes = new_figure(len(float_types), width=6.4, height=1.8 + 0.36 * methods)
    for ax, float_type in zip(axes, float_types, strict=True):
        plot_distances(ax, result.runs.filter(float_type=float_type), TITLE.format(float_type))
    name_the_markers(figure)
    return figure


def _print(result: Result, options: TrustIt) -> None:
    print_table(outcomes_text(result.outcomes, options.family))
    print_line("For each method, the trusted run that is furthest from exact, in its own errors:")
    for row in result.worst.drop_nulls("distance").iter_rows(named=True):
        print_line(f"  {row['distance']:.2g} ({row['worst']}, {row['float_type']}): {row['command']}")
    print_line(found_sentence(result.runs))


def main(options: TrustIt) -> None:
    """Run, write the files, print the tables, and with --write-docs the documentation."""
    folder = options.folder
    result = run(options)
    also = {RECORD}
    if options.only is not None:
        hyperprior = str(result.runs["hyperprior"][0])
        name = f"counts-{options.seed}-{options.only}.csv"
        with whole_file(folder / name) as path:
            write_csv(case_of(options.family, options.only, seed=options.seed, hyperprior=hyperprior).table, path)
        also |= {name}
    figure = plot(result)
    write_results(
        folder,
        show=lambda: _print(result, options),
        summary={"outcomes": result.outcomes.to_dicts(), "worst": result.worst.to_dicts()},
        seconds=result.seconds,
        tables={"outcomes": result.outcomes, "worst": result.worst, "runs": result.runs},
        figures={"trust_it": figure},
        also=also,
    )
    if options.write_docs:
        write(blocks_of_page(options.family, *result[:3]), options.experiment, [PAGE])
        if options.family == BETA:
            (ROOT / FIGURE).write_bytes(png(figure))
