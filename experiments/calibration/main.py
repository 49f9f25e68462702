"""Simulation-based calibration of every program: does it learn the posterior of its own model?

(i) Populations, rates and counts are drawn from the model, D times with the same few students. Every form and every
algorithm learns from each data set, and the true mu, lam and one student's theta are ranked among draws of the
posterior. If all is right, the ranks are uniform. `exact` gives P(x < truth | k) instead, which is uniform too. VI is
biased; it is shown but not required to pass. (ii) Ranks that ignore the counts would be uniform as well, so each rank
is compared with the exact one. (iii) The same for data drawn with a mistake: GenJAX's `binomial(n, theta)` takes theta
for log-odds. A check that cannot fail shows nothing, so this one must fail.
"""

import time
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import NamedTuple

import jax
import numpy as np
import polars as pl
from matplotlib.figure import Figure

from experiments.calibration.methods import (
    BIASED,
    FULL,
    MARGINAL,
    ONE_BY_ONE,
    QUICK,
    Learner,
    learners_of,
    mistaken_student,
)
from experiments.calibration.options import Calibration
from experiments.calibration.panels import plot_ranks
from experiments.machine import device
from experiments.presentation.numbers import probability, with_error
from experiments.presentation.results import write_results
from experiments.presentation.screen import print_line, print_table, progress_bar
from experiments.presentation.table_text import table_text
from inference.numerics.uniformity import distance, holm, uniformity
from inference.studies.calibration import NAMES, DataSets, data_sets, exact_probabilities, ranks
from inference.studies.many_data_sets import ManyDraws
from models import classroom, explicit, mean_concentration

TRIALS = (20, 10, 5, 2, 1)
STUDENT = 3  # index of the ranked student, who has 2 trials, so that theta also depends on the other students
LEVEL = 0.01
EXACT = "exact"
PLANTED = "planted error"
QUICK_DATA_SETS = 20


class Result(NamedTuple):
    """Normalised ranks, the results of the test of uniformity, and seconds."""

    u: dict[str, dict[str, np.ndarray]]  # by method and quantity, each (data sets,)
    methods: pl.DataFrame  # a row for each method
    seconds: dict[str, float]


def run(options: Calibration) -> Result:
    """Draw the data sets, learn from each by every method, and rank the true values.

    Args:
        options: seed and number of data sets.

    Returns:
        Ranks, p-values and seconds, the planted error last.
    """
    sizes, number = QUICK if options.quick else FULL, options.at_most(options.data_sets, QUICK_DATA_SETS)
    hyperprior = mean_concentration()
    key_sets, key_planted, key = jax.random.split(jax.random.key(options.seed), 3)
    right = data_sets(explicit(hyperprior), TRIALS, key=key_sets, n_data_sets=number)
    wrong = data_sets(classroom(mistaken_student, hyperprior), TRIALS, key=key_planted, n_data_sets=number)
    learners = learners_of(sizes)
    learners |= {PLANTED: learners[MARGINAL]}
    keys = dict(zip(learners, jax.random.split(key, len(learners)), strict=True))

    u, draws, seconds = {}, {}, {}
    with progress_bar() as progress, warnings.catch_warnings(), ThreadPoolExecutor(1) as beside:
        # SciPy hides this warning in its own line searches, but the other thread may undo the setting that hides it.
        warnings.filterwarnings("ignore", "The line search algorithm did not converge")
        task = progress.add_task("learning from every data set", total=len(learners) + 1)

        @contextmanager
        def timed(method: str) -> Iterator[None]:
            begin = time.perf_counter()
            yield
            seconds[method] = time.perf_counter() - begin
            progress.advance(task)

        def learn_exactly() -> None:
            with timed(EXACT):
                u[EXACT] = exact_probabilities(hyperprior, right, student=STUDENT)

        def learn(method: str) -> None:
            with timed(method):
                sets = wrong if method == PLANTED else right
                u[method], draws[method] = _ranked(sets, learners[method], sizes.n_draws, keys[method])

        # Methods that learn from one data set after the other use only one core, so they run beside the others.
        one_by_one = [method for method in learners if method in ONE_BY_ONE]
        running = [beside.submit(learn_exactly), *(beside.submit(learn, method) for method in one_by_one)]
        for method in learners:
            if method not in one_by_one:
                learn(method)
        for each in running:
            each.result()
    u = {method: u[method] for method in (EXACT, *learners)}
    return Result(u, _tested(u, draws), seconds)


def _ranked(sets: DataSets, learner: Learner, n_draws: int, key: jax.Array) -> tuple[dict[str, np.ndarray], ManyDraws]:
    key_learn, key_ranks = jax.random.split(key)
    draws = learner(sets.counts, key=key_learn, n_draws=n_draws)
    return ranks(sets, draws, student=STUDENT, key=key_ranks), draws


def _tested(u: dict[str, dict[str, np.ndarray]], draws: dict[str, ManyDraws]) -> pl.DataFrame:
    """p-values, corrected for the number of tests separately: of all right programs, the wrong one, the biased one."""
    p_values = {(method, name): uniformity(values) for method, by_name in u.items() for name, values in by_name.items()}
    corrected = holm({test: p for test, p in p_values.items() if test[0] not in (PLANTED, BIASED)})
    for apart in (PLANTED, BIASED):
        corrected |= holm({test: p for test, p in p_values.items() if test[0] == apart})
    far = {method: _furthest(u[method], u[EXACT], draws[method]) for method in draws if method != PLANTED}
    return pl.DataFrame(
        [
            {
                "method": method,
                "data_sets": len(u[method]["mu"]),
                "draws": draws[method].a.shape[1] if method in draws else None,
                "median_ess": float(np.median(draws[method].ess)) if method in draws else None,
                "ess_wanted": float(draws[method].required_ess) if method in draws else None,
                "data_sets_below": draws[method].too_dependent if method in draws else None,
                **{f"p_{name}": p_values[method, name] for name in NAMES},
                **{f"corrected_{name}": corrected[method, name] for name in NAMES},
                "distance_from_exact": far[method][0] if method in far else None,
                "distance_error": far[method][1] if method in far else None,
                "passes": min(corrected[method, name] for name in NAMES) >= LEVEL,
            }
            for method in u
        ]
    )


def _furthest(u: dict[str, np.ndarray], exact: dict[str, np.ndarray], draws: ManyDraws) -> tuple[float, float]:
    """Distance from the exact answer, and its error, of the quantity that is furthest from it."""
    return max(distance(u[name], exact[name], draws.a.shape[1]) for name in NAMES)


def plot(result: Result) -> Figure:
    """How far the ranks of every program are from uniform, with the band that chance allows."""
    return plot_ranks(result.u, EXACT, PLANTED)


def main(options: Calibration) -> None:
    """Run, print the table, write the files."""
    result = run(options)
    _print_table(result.methods)
    for sentence in _verdict(result.methods):
        print_line(sentence)
    every = [
        pl.DataFrame({"method": [method] * len(by_name["mu"]), "data_set": range(len(by_name["mu"])), **by_name})
        for method, by_name in result.u.items()
    ]
    write_results(
        options.folder,
        summary={"methods": result.methods.to_dicts(), "level": LEVEL},
        seconds=result.seconds,
        tables={"methods": result.methods, "normalised_ranks": pl.concat(every)},
        figures={"calibration": plot(result)},
    )


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
