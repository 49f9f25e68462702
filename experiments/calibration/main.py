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
from typing import Any

import jax
import numpy as np
import polars as pl
from matplotlib.figure import Figure

from experiments.calibration.methods import (
    BIASED,
    FULL,
    MARGINAL,
    ONE_BY_ONE,
    PLANTED,
    QUICK,
    Learner,
    learners_of,
    mistaken_student,
)
from experiments.calibration.options import Calibration
from experiments.calibration.panels import plot_ranks
from experiments.calibration.result import LEVEL, STUDENT, TRIALS, Result
from experiments.calibration.tables import print_result
from experiments.presentation.results import write_results
from experiments.presentation.screen import progress_bar
from inference.numerics.uniformity import distance, holm, uniformity
from inference.studies.calibration import NAMES, DataSets, data_sets, exact_probabilities, ranks
from inference.studies.many_data_sets import ManyDraws
from models import classroom, explicit, mean_concentration

EXACT = "exact"
QUICK_DATA_SETS = 20


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
                "draws": draws[method].n_draws if method in draws else None,
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
    return max(distance(u[name], exact[name], draws.n_draws) for name in NAMES)


def plot(result: Result) -> Figure:
    """How far the ranks of every program are from uniform, with the band that chance allows."""
    return plot_ranks(result.u, EXACT, PLANTED)


def main(options: Calibration) -> None:
    """Run, write the files, print the table."""
    result = run(options)
    every = [
        pl.DataFrame({"method": [method] * len(by_name["mu"]), "data_set": range(len(by_name["mu"])), **by_name})
        for method, by_name in result.u.items()
    ]
    write_results(
        options.folder,
        show=lambda: print_result(result),
        summary=summary(result),
        seconds=result.seconds,
        tables={"methods": result.methods, "normalised_ranks": pl.concat(every)},
        figures={"calibration": plot(result)},
    )


def summary(result: Result) -> dict[str, Any]:
    """Every printed number except times."""
    return {"methods": result.methods.to_dicts(), "level": LEVEL}
