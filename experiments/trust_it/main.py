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

from experiments.methods.hyperpriors import hyperprior_named
from experiments.presentation.axes import new_figure
from experiments.presentation.markdown import markdown
from experiments.presentation.results import write_results
from experiments.presentation.screen import print_line, print_table, progress_bar
from experiments.presentation.table_text import TableText, table_text
from experiments.presentation.written_docs import ROOT, write
from experiments.trust_it.cases import case
from experiments.trust_it.methods import METHODS
from experiments.trust_it.options import TrustIt
from experiments.trust_it.panels import name_the_markers, plot_distances
from experiments.trust_it.record import Record, code
from experiments.trust_it.runs import WRONG_TRUSTED, Task
from experiments.trust_it.tables import OUTCOMES, listed, outcomes, worst_cases
from experiments.trust_it.workers import FLOAT_TYPES, run_in_processes
from inference.numerics.whole_file import whole_file
from models import CountsError

RECORD = "runs.jsonl"
PAGE, FIGURE = Path("docs/trust.md"), Path("docs/trust.png")
QUICK_METHODS = ("importance, aggregated",)


class Result(NamedTuple):
    """Every requested run, and the tables that summarise them."""

    runs: pl.DataFrame
    outcomes: pl.DataFrame
    worst: pl.DataFrame
    seconds: dict[str, float]


def run(options: TrustIt) -> Result:
    """Make the requested runs that are not on record yet.

    Args:
        options: seed, pairs, and whether to run only one pair, method or hyperprior.

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

    missing = {kind: [task for task in tasks if recorded(task, kind) is None] for kind in FLOAT_TYPES}
    with progress_bar() as progress:
        row = progress.add_task("every method on every pair", total=sum(map(len, missing.values())))

        def keep(found: dict[str, Any]) -> None:
            with lock:
                record.add(found | {"code": fingerprint})
                progress.advance(row)

        run_in_processes(missing, keep)
    runs = listed(found for kind in FLOAT_TYPES for task in tasks if (found := recorded(task, kind)) is not None)
    return Result(runs, outcomes(runs), worst_cases(runs), {"runs": time.perf_counter() - start})


def tasks_asked(options: TrustIt) -> list[Task]:
    """The requested tasks, pair by pair.

    Args:
        options: pairs, and whether to run only one pair, method or hyperprior.

    Returns:
        The tasks.

    Raises:
        OptionError: if the hyperprior cannot be used.
        CountsError: if there is no such method.
    """
    methods = QUICK_METHODS if options.quick else tuple(METHODS)
    if options.method is not None:
        if options.method not in METHODS:
            raise CountsError(f"no method {options.method!r}; there are {'; '.join(METHODS)}")
        methods = (options.method,)
    place = options.hyperprior_file
    hyperprior = options.hyperprior if place is None else f"{place.path}:{place.name}"
    if hyperprior is not None:
        hyperprior_named(hyperprior)  # raises an error now, if it cannot be used
    return [
        Task(number, hyperprior or case(number, seed=options.seed).hyperprior, method, options.seed)
        for number in options.numbers
        for method in methods
    ]


def plot(result: Result) -> Figure:
    """How far every run is off, in float32 and float64."""
    methods = result.runs["method"].n_unique()
    figure, axes = new_figure(len(FLOAT_TYPES), width=6.4, height=1.8 + 0.36 * methods)
    for ax, float_type in zip(axes, FLOAT_TYPES, strict=True):
        plot_distances(ax, result.runs.filter(float_type=float_type), float_type)
    name_the_markers(figure)
    return figure


def main(options: TrustIt) -> None:
    """Run, print the tables, write the files, and with --write-docs the documentation."""
    folder = options.folder
    result = run(options)
    table = _outcomes(result.outcomes)
    print_table(table)
    print_line("For each method, the trusted run that is furthest from exact, in its own errors:")
    for row in result.worst.drop_nulls("distance").iter_rows(named=True):
        print_line(f"  {row['distance']:.2g} ({row['worst']}, {row['float_type']}): {row['command']}")
    print_line(_sentence(result.runs))
    also = {RECORD}
    if options.only is not None:
        counts = case(options.only, seed=options.seed)
        name = f"counts-{options.seed}-{options.only}.csv"
        with whole_file(folder / name) as path:
            pl.DataFrame({"k": counts.k, "n": counts.n}).write_csv(path)
        also |= {name}
    figure = plot(result)
    write_results(
        folder,
        summary={"outcomes": result.outcomes.to_dicts(), "worst": result.worst.to_dicts()},
        seconds=result.seconds,
        tables={"outcomes": result.outcomes, "worst": result.worst, "runs": result.runs},
        figures={"trust_it": figure},
        also=also,
    )
    if options.write_docs:
        worst = result.worst.drop_nulls("distance").with_columns(command=pl.format("`{}`", "command"))
        columns = {"method": "method", "float_type": "floats", "distance": "errors off", "worst": "worst quantity"}
        columns |= {"command": "to run it again"}
        blocks = {
            "found": f"{result.runs['number'].n_unique()} pairs. {_sentence(result.runs)}",
            "outcomes": markdown(table),
            "worst": markdown(table_text("Worst cases", worst, columns=columns, digits={"distance": 2})),
        }
        write(blocks, options.experiment, [PAGE])
        figure.savefig(ROOT / FIGURE, dpi=150)


def _outcomes(outcomes: pl.DataFrame) -> TableText:
    columns = {"method": "method", "float_type": "floats", "runs": "runs", **{outcome: outcome for outcome in OUTCOMES}}
    columns |= {"wasted": "right answers not trusted (share)"}
    return table_text("Right or wrong, trusted or not", outcomes, columns=columns, digits={"wasted": 3})


def _sentence(runs: pl.DataFrame) -> str:
    wrong = runs.filter(outcome=WRONG_TRUSTED)
    if wrong.is_empty():
        return f"No wrong answer is trusted, in {runs.height} runs."
    named = "; ".join(
        f"{row['method']} on {row['number']} ({row['hyperprior']}, {row['float_type']})"
        for row in wrong.iter_rows(named=True)
    )
    return f"{wrong.height} wrong of {runs.height} are TRUSTED: {named}."
