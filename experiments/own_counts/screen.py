"""What `own-counts` prints."""

import polars as pl

from experiments.machine import device
from experiments.methods.learned import EXACT
from experiments.methods.method_table import method_text, student_text
from experiments.own_counts.answers import MOST_COMPARED, agreement
from experiments.own_counts.choice import choice_sentence, ranks_caption
from experiments.own_counts.compared import CAPTION, compared_sentence
from experiments.own_counts.kinds import kind_of
from experiments.own_counts.options import OwnCounts
from experiments.own_counts.precision import is_beyond_float32
from experiments.own_counts.prior import print_prior
from experiments.own_counts.result import Result
from experiments.own_counts.strata.shown import strata_sentences, strata_tables
from experiments.presentation.numbers import percent
from experiments.presentation.screen import print_line, print_table
from experiments.presentation.table_text import table_text
from inference import elpd
from models import Observations
from models.observations.trials import LARGEST_FLOAT32_COUNT

MOST_ROWS = 40


def print_result(result: Result, options: OwnCounts, *, writing_seconds: float | None = None) -> None:
    """Print every table, cut at 40 rows, and sentences that explain it.

    Args:
        result: of the experiment.
        options: its options.
        writing_seconds: how long it took to write every student of a large file.
    """
    counts, learned, truth = result.counts, result.learned, result.answers[EXACT].tables
    kind = kind_of(counts)
    for sentence in result.read:
        print_line(sentence)
    estimates = kind.estimates(learned[EXACT].posterior)
    caption = f"{options.path}: {students_of(counts)}, {options.hyperprior_name}, on {device()}"
    print_table(method_text(caption, learned, [name for name in kind.columns if name in estimates], kind.estimates))
    for method, (posterior, _, _) in learned.items():
        print_line(f"{method}: {posterior.verdict}")
    if options.x64:
        print_line("computed in x64")
    elif is_beyond_float32(counts):
        print_line(f"computed in x64, because float32 skips whole numbers above {LARGEST_FLOAT32_COUNT:,}")
    print_prior(truth["learned_prior"])
    interval = f"central {percent(result.interval)} interval"
    each = "different k and n" if result.is_large else "row"
    if result.sampled is None:
        columns = ("name", "k", kind.design, "raw", "plug_in", "mean", "sd", "low", "high", "own_weight")
        _print(f"Each {each}, exactly; low and high: {interval}", truth["groups"].select(columns))
    else:
        both = [tables["groups"].head(MOST_ROWS) for tables in (result.answers[result.sampled].tables, truth)]
        print_table(
            student_text(
                f"Each {each}, by {result.sampled} and exactly", *both, design=kind.design, interval=result.interval
            )
        )
        _print_more(len(truth["groups"]))
    if result.strata is not None:
        for table in strata_tables(result.strata, result.interval):
            print_table(table)
        for sentence in strata_sentences(result.strata, result.interval):
            print_line(sentence)
    if "thresholds" in truth:
        _print("Probability of a rate above a threshold, exactly", truth["thresholds"])
    if "contrast" in truth:
        _print(f"{CAPTION}; low and high: {interval}", truth["contrast"])
        print_line(compared_sentence(truth["contrast"], result.interval))
    _print(f"The next {options.predict:,.10g} {kind.next}, exactly; low and high: {interval}", truth["predictions"])
    if "ranking" not in truth:
        print_line(comparison_missing(counts))
    else:
        _print(f"{ranks_caption(options.best)}; rank_low and rank_high: {interval}", truth["ranking"])
        print_line(kind.ranks)
        print_line(choice_sentence(truth["ranking"], options.best))
        if "checks" in truth:
            _print(f"Checks of the model on replicated data; low and high: {interval}", truth["checks"])
        print_line(left_out_sentence(result))
    if result.hyperpriors is not None:
        _print("The same groups under other hyperpriors, exactly", result.hyperpriors.hyperpriors)
    if "held_out" in truth:
        _print("Later counts, predicted by the first ones, exactly", truth["held_out"])
        if result.hyperpriors is not None and result.hyperpriors.held_out_by_hyperprior is not None:
            _print("Partial pooling of later counts by hyperprior", result.hyperpriors.held_out_by_hyperprior)
    if result.sampled is not None:
        print_line(agreement_sentence(result))
    if writing_seconds is not None:
        rate = counts.students / writing_seconds
        print_line(f"{counts.students} groups written in {writing_seconds:.1f} s: {rate:.3g} a second")


def _print(title: str, table: pl.DataFrame) -> None:
    print_table(table_text(title, table.head(MOST_ROWS)))
    _print_more(len(table))


def _print_more(rows: int) -> None:
    if rows > MOST_ROWS:
        print_line(f"... and {rows - MOST_ROWS} more rows in the table that is written")


def students_of(counts: Observations) -> str:
    """The number of groups, and the number of rows if it is another."""
    return f"{counts.students} groups" + (f" in {len(counts)} rows" if len(counts) != counts.students else "")


def comparison_missing(counts: Observations) -> str:
    """Why the groups are not compared with each other."""
    return (
        f"Groups are ranked, left out one by one and predicted under other hyperpriors where there are 2 to "
        f"{MOST_COMPARED} of them, a row each; here are {students_of(counts)}."
    )


def left_out_sentence(result: Result) -> str:
    """The sum of the leave-one-out log probabilities, exactly and by the sampled method."""
    found = elpd(result.answers[EXACT].tables["leave_one_out"])
    spread = "" if found.standard_error is None else f" ± {found.standard_error:.1f} as groups are exchanged"
    sentence = f"Each group predicted from all the others: log predictive {found.value:.2f}{spread}, exactly"
    if result.sampled is not None:
        table = result.answers[result.sampled].tables["leave_one_out"]
        smoothed = elpd(table)
        sentence += (
            f"; {smoothed.value:.2f} ± {smoothed.error:.2f} by Pareto-smoothed {result.sampled}, whose largest k-hat "
            f"is {table['khat'].max():z.2f}"
        )
    return sentence + "."


def agreement_sentence(result: Result) -> str:
    """How far the sampled method is from the exact one, in its own errors."""
    table = agreement(result.answers[str(result.sampled)].tables, result.answers[EXACT].tables)
    worst = table.sort("in_errors", descending=True).row(0, named=True)
    far = "less than" if worst["in_errors"] < worst["chance"] else "more than"
    return (
        f"{result.sampled} against exact, {table['numbers'].sum()} numbers: furthest off is {worst['column']} of "
        f"{worst['answer']}, by {worst['in_errors']:.2f} of its own standard errors, {far} the {worst['chance']:.2f} "
        "that one of them exceeds by chance in one run of a hundred."
    )
