"""The table that calibration prints, and the verdict: whether the right programs pass and the wrong one fails."""

from collections.abc import Iterator

import polars as pl

from experiments.calibration.methods import BIASED, PLANTED
from experiments.calibration.result import LEVEL, STUDENT, TRIALS, Result
from experiments.machine import device
from experiments.presentation.numbers import probability, with_error
from experiments.presentation.screen import print_line, print_table
from experiments.presentation.table_text import table_text
from inference.studies.calibration import NAMES


def print_result(result: Result) -> None:
    """Print the table of the methods, what its columns mean, and the verdict."""
    _print_table(result.methods)
    for sentence in _verdict(result.methods):
        print_line(sentence)


def _print_table(methods: pl.DataFrame) -> None:
    columns = {
        "method": "program",
        "data_sets": "data sets",
        "draws": "draws",
        "median_ess": "ESS",
        "data_sets_below": "data sets with low ESS",
        "ess_wanted": "least ESS",
        **{f"p_{name}": f"p {name}" for name in NAMES},
        **{f"corrected_{name}": f"corrected p {name}" for name in NAMES},
        "distance_from_exact": "distance from exact",
        "passes": "passes",
    }
    print_table(
        table_text(
            f"Are the ranks uniform? n = {' '.join(map(str, TRIALS))}, mean_concentration(), on {device()}",
            methods.rename({"distance_error": "distance_from_exact_error"}),
            columns=columns,
            digits={"median_ess": 1, "ess_wanted": 1},
            probabilities=[f"corrected_{name}" for name in NAMES],
        )
    )
    print_line(
        "ESS: median over data sets; data sets with low ESS: those with less than the least ESS, whose draws are not "
        "independent enough; they are ranked too. "
        f"theta: of the student with {TRIALS[STUDENT]} trials. Corrected: Holm, for all tests of the programs that "
        "should pass, and for the three of the wrong one and of VI. Distance from exact: root mean square "
        "distance of ranks from the exact ones, 1 being the noise of independent draws, sqrt(1 + "
        "draws/ESS) that of resampled ones; the largest of the three quantities."
    )


def _verdict(methods: pl.DataFrame) -> Iterator[str]:
    """Whether the right programs pass and the wrong one fails."""
    right, wrong = methods.filter(~pl.col("method").is_in([PLANTED, BIASED])), methods.filter(method=PLANTED)
    columns = [f"corrected_{name}" for name in NAMES]
    least, found = (float(frame.select(columns).to_numpy().min()) for frame in (right, wrong))
    failing = right.filter(~pl.col("passes"))["method"].to_list()
    number = len(columns) * right.height
    yield (
        f"NOT calibrated at the {LEVEL:.0%} level: {'; '.join(failing)}."
        if failing
        else f"All {right.height} programs pass: the smallest of {number} corrected p-values is {probability(least)}, "
        f"not below {LEVEL}."
    )
    yield (
        f"The planted error, binomial(n, theta) for binomial(n, logits=...), is found: p {probability(found)}."
        if not wrong["passes"].item()
        else f"The planted error is NOT found: p {probability(found)}. Take more --data-sets."
    )
    for row in methods.filter(method=BIASED).iter_rows(named=True):
        yield (
            f"VI, biased as it is, {'passes' if row['passes'] else 'FAILS'} with {row['data_sets']} data sets: p "
            f"{probability(min(row[column] for column in columns))}, and its ranks are "
            f"{with_error(row['distance_from_exact'], row['distance_error'])} from the exact ones, where draws of the "
            "posterior would be 1."
        )
